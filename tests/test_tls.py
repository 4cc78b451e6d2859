"""HTTPS with a certificate of one's own making: what it vouches for, when it is renewed, how it is served."""

import hashlib
import os
import re
import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from fieldsync.cli import https as https_module
from fieldsync.cli import main
from fieldsync.cli.https import Https
from fieldsync.https import plain_app
from fieldsync.tls import names
from fieldsync.tls.certificates import (
    AUTHORITY_DAYS,
    RENEW_DAYS,
    SERVER_DAYS,
    NotPermitted,
    Tls,
    covered,
    ensure,
    make_authority,
)

MACHINE = ["office-pc", "localhost", "192.168.1.20", "127.0.0.1", "::1"]
NOW = datetime.now(UTC)


@pytest.fixture
def tls(tmp_path) -> Tls:
    made = Tls(tmp_path / "instance" / "tls")
    assert ensure(made, MACHINE)
    return made


def greet(tls: Tls, name: str, cafile: Path | None) -> None:
    """Shake hands with a server of this certificate, as somebody who trusts the authority (or nobody)."""
    ours, theirs = socket.socketpair()
    context = Https(tls.server).context()

    def serve() -> None:
        try:
            with context.wrap_socket(theirs, server_side=True) as line:
                line.sendall(b"hello")
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    client = ssl.create_default_context(cafile=cafile)
    try:
        with client.wrap_socket(ours, server_hostname=name) as line:
            assert line.recv(5) == b"hello"
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("name", ["office-pc", "localhost", "192.168.1.20", "::1"])
def test_who_trusts_the_authority_trusts_the_server(tls, name):
    greet(tls, name, tls.authority)


def test_a_renewed_certificate_is_served_at_once_and_half_of_one_never(tls):
    https = Https(tls.server)
    first = https.context()
    assert https.context() is first
    whole = tls.server.read_bytes()
    tls.server.write_bytes(whole[:300])
    os.utime(tls.server, (1, 1))
    assert https.context() is first
    tls.server.unlink()
    assert https.context() is first
    tls.server.write_bytes(whole)
    os.utime(tls.server, (2, 2))
    assert https.context() is not first


def test_a_server_that_runs_for_long_renews_its_certificate(tls):
    # As after a year: it ends tomorrow.
    assert ensure(tls, names.of_machine(), now=NOW - timedelta(days=SERVER_DAYS - 2))
    https = Https(tls.server, tls=tls)
    https.context()
    assert tls.served().not_valid_after_utc > NOW + timedelta(days=SERVER_DAYS - 3)


def test_a_phone_that_says_nothing_more_gives_its_thread_back(tls, monkeypatch):
    monkeypatch.setattr(https_module, "_HANDSHAKE_S", 0.2)
    ours, theirs = socket.socketpair()
    context = Https(tls.server).context()
    with closing(ours), closing(theirs):
        ours.send(b"\x16")
        with pytest.raises(ConnectionResetError):
            context.wrap_socket(theirs, server_side=True)


def test_nobody_else_does(tls):
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(tls, "office-pc", None)
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(tls, "other-pc", tls.authority)


def test_what_browsers_ask_of_a_certificate(tls):
    served = tls.served()
    assert served.not_valid_after_utc - served.not_valid_before_utc < timedelta(days=SERVER_DAYS)
    assert served.not_valid_before_utc < NOW - timedelta(hours=20)
    usage = served.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert covered(served) == MACHINE
    assert isinstance(served.public_key().curve, ec.SECP256R1)
    authority = tls.certificate()
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical


def test_the_authority_cannot_vouch_for_other_sites(tls):
    """Even with its key in the wrong hands: whoever verifies refuses the name."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = serialization.load_pem_private_key(tls.authority_key.read_bytes(), None)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(tls.certificate().subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example.com")]), critical=True)
        .sign(signer, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    tls.server.write_bytes(forged.public_bytes(serialization.Encoding.PEM) + private)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        greet(tls, "bank.example.com", tls.authority)


def test_keys_are_their_owners_alone(tls):
    assert tls.folder.stat().st_mode & 0o777 == 0o700
    for path in (tls.authority_key, tls.server):
        assert path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tls.folder.iterdir() if path.name.startswith(".")] == []


def test_it_is_made_once_and_renewed_in_time(tls):
    first, authority = tls.server.read_bytes(), tls.authority.read_bytes()
    assert not ensure(tls, MACHINE)
    assert not ensure(tls, MACHINE[1:])
    assert tls.server.read_bytes() == first
    soon = NOW + timedelta(days=SERVER_DAYS - RENEW_DAYS)
    assert ensure(tls, MACHINE, now=soon)
    assert tls.served().not_valid_after_utc > soon + timedelta(days=SERVER_DAYS - 2)
    assert tls.authority.read_bytes() == authority


def test_new_names_ask_for_a_new_certificate_and_are_kept(tls):
    assert ensure(tls, [*MACHINE, "10.0.0.7"])
    assert ensure(tls, MACHINE, extra=["Patrol.lan"])
    assert "patrol.lan" in covered(tls.served())
    assert not ensure(tls, MACHINE)
    assert ensure(tls, [*MACHINE, "10.0.0.8"])
    assert {"patrol.lan", "10.0.0.8"} <= set(covered(tls.served()))


def test_names_beyond_the_authoritys_limits(tls):
    with pytest.raises(NotPermitted) as refused:
        ensure(tls, MACHINE, extra=["patrol.example.com", "203.0.113.9"])
    assert refused.value.args == ("patrol.example.com", "203.0.113.9")
    # What the machine got by itself is passed over: the others still work.
    assert not ensure(tls, [*MACHINE, "203.0.113.9"])
    make_authority(tls, [*MACHINE, "patrol.example.com"])
    assert ensure(tls, MACHINE, extra=["www.patrol.example.com"])
    greet(tls, "www.patrol.example.com", tls.authority)


def test_an_authority_outlives_its_certificates(tls):
    life = tls.certificate().not_valid_after_utc - NOW
    assert timedelta(days=AUTHORITY_DAYS - 2) < life <= timedelta(days=AUTHORITY_DAYS)


def test_the_machine_knows_its_names():
    found = names.of_machine()
    assert {"localhost", "127.0.0.1", "::1"} <= set(found)
    assert len(found) == len(set(found))
    for address in names.addresses():
        assert not names.address_of(address).is_loopback


# The command and the page


@pytest.fixture
def shell(tmp_path):
    return lambda *words: CliRunner().invoke(main, ["--instance", str(tmp_path / "instance"), *words])


def test_the_page_shows_the_fingerprint_that_the_command_prints(shell, make_app):
    done = shell("tls", "--name", "patrol.lan")
    assert done.exit_code == 0, done.output
    printed = "".join(re.findall(r"^  ((?:[0-9A-F]{2}:?)+)$", done.output, re.MULTILINE))
    assert len(printed) == 95
    client = make_app().test_client()
    content = client.get("/trust/fieldsync-ca.crt")
    assert content.mimetype == "application/x-x509-ca-cert"
    assert printed.replace(":", "") == hashlib.sha256(content.data).hexdigest().upper()
    for language, words in (("zh", "安卓手机"), ("en", "Trust this server")):
        page = client.get(f"/trust?lang={language}").text
        assert printed in page
        assert words in page


def test_without_an_authority_there_is_nothing_to_trust(make_app):
    client = make_app().test_client()
    assert client.get("/trust").status_code == client.get("/trust/fieldsync-ca.crt").status_code == 404


def test_the_command_again_and_with_other_names(shell):
    first = shell("tls").output
    again = shell("tls").output
    assert first.splitlines()[-1] == again.splitlines()[-1]
    assert "is valid until" in again
    assert "neither a host name" in shell("tls", "--name", "a b").output
    refused = shell("tls", "--name", "patrol.example.com")
    assert refused.exit_code == 1
    assert "--new-authority" in refused.output
    renewed = shell("tls", "--name", "patrol.example.com", "--new-authority")
    assert renewed.exit_code == 0, renewed.output
    assert renewed.output.splitlines()[-1] != first.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--tls", "--cert", "X"), "exclude"),
        (("--key", "X"), "goes with --cert"),
        (("--cert", "X"), "cannot be used"),
    ],
)
def test_serve_refuses_what_it_cannot_serve_with(shell, tmp_path, options, words):
    (tmp_path / "no.pem").write_text("no certificate")
    done = shell("serve", *(str(tmp_path / "no.pem") if word == "X" else word for word in options))
    assert done.exit_code == 1
    assert words in done.output


def test_plain_http_serves_trust_and_leads_over(shell, tmp_path):
    shell("tls")
    client = plain_app(tmp_path / "instance", 8443).test_client()
    for path in ("/trust", "/trust/fieldsync-ca.crt", "/static/style.css"):
        with client.get(path) as answer:
            assert answer.status_code == 200
    for path in ("/", "/console/sites?q=a", "/static/phone/main.js", "/trust/more"):
        answer = client.get(path, headers={"Host": "patrol.lan:8444"})
        assert (answer.status_code, answer.location) == (302, f"https://patrol.lan:8443{path}")
    ipv6 = client.get("/x", headers={"Host": "[fd00::2]:8444"})
    assert ipv6.location == "https://[fd00::2]:8443/x"
    assert plain_app(tmp_path, 443).test_client().get("/trust").location == "https://localhost/trust"


def test_a_proxy_is_believed_only_where_one_stands(make_app):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "patrol.example.com", "X-Forwarded-For": "10.1.1.1"}
    alone, behind = make_app("alone").test_client(), make_app("behind", TRUSTED_PROXIES=1).test_client()
    assert "Secure" not in alone.get("/console/sign-in", headers=told).headers["Set-Cookie"]
    assert "Secure" in behind.get("/console/sign-in", headers=told).headers["Set-Cookie"]
    assert "Secure" not in behind.get("/console/sign-in").headers["Set-Cookie"]
