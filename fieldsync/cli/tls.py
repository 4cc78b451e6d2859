"""`fieldsync tls`: a local certificate authority, and how phones come to trust it."""

import click
import segno

from fieldsync.cli.https import see_to
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.tls import names
from fieldsync.tls.certificates import Tls, covered, make_authority

PLAIN_PORT = 8001


@click.command()
@click.option("--name", "extra", multiple=True, metavar="NAME", help="One more name or address; may be repeated.")
@click.option("--new-authority", is_flag=True, help="Make another authority: all phones must trust it anew.")
@click.option(
    "--plain-port",
    type=click.IntRange(1, 65535),
    default=PLAIN_PORT,
    show_default=True,
    help="Where `serve --tls` answers plain HTTP; for the address that is printed.",
)
@pass_instance
def tls(instance: Instance, extra: tuple[str, ...], new_authority: bool, plain_port: int) -> None:
    """Make or renew the certificate of `serve --tls`, and print how phones come to trust it."""
    for name in extra:
        if not names.address_of(name) and not names.is_name(name.lower()):
            raise mistake(f"{name} 不是主机名或地址", f"{name} is neither a host name nor an address")
    store = Tls(instance.folder.resolve() / "tls")
    if new_authority:
        make_authority(store, list(dict.fromkeys([*names.of_machine(), *map(str.lower, extra)])))
    made = see_to(store, extra)
    certificate = store.served()
    assert certificate is not None
    until = certificate.not_valid_after_utc.date()
    if made:
        say(f"服务器证书已签发，有效期至 {until}", f"a server certificate was made, valid until {until}")
    else:
        say(f"服务器证书有效期至 {until}", f"the server certificate is valid until {until}")
    click.echo(f"  {', '.join(covered(certificate))}")
    tell(store, shown_address(), plain_port)


def shown_address(host: str = "") -> str:
    """Return the address that phones may type: the one listened on, or the machine's towards the world."""
    given = "" if host in ("", "0.0.0.0", "::") else host  # noqa: S104
    found = given or next(iter(names.addresses()), "127.0.0.1")
    return f"[{found}]" if ":" in found else found


def tell(store: Tls, address: str, plain_port: int) -> None:
    """Print where a phone finds the authority's certificate, and the fingerprint to compare there."""
    url = f"http://{address}:{plain_port}/trust"
    segno.make(url, error="m").terminal(compact=True)
    say(f"手机首次使用前打开 {url}，按提示安装并信任证书", f"before first use a phone opens {url}")
    say("核对指纹 (SHA-256)：", "its fingerprint there must be (SHA-256):")
    digits = store.fingerprint()
    click.echo(f"  {digits[:48]}\n  {digits[48:]}")
