"""A phone that trusts the local authority: an origin of its own name is secure, and everything is there."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.axe import prepare, violations
from browser.handset import Handset, photo, take_photo
from browser.test_nothing_lost import fill_new_site, hand_in, names
from serving import serving

from fieldsync.cli.https import Https
from fieldsync.tls.certificates import Tls, ensure

CERTUTIL = shutil.which("certutil")
NAME = "fieldsync.test"
KEY = """(async () => {
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(kind, false, ["sign", "verify"]);
  const how = { name: "ECDSA", hash: "SHA-256" };
  const text = new TextEncoder().encode("巡查");
  const signature = await crypto.subtle.sign(how, privateKey, text);
  const taken = await crypto.subtle.exportKey("pkcs8", privateKey).then(() => true, () => false);
  return [await crypto.subtle.verify(how, publicKey, signature, text), taken];
})()"""


@pytest.fixture
def tls(app) -> Tls:
    made = Tls(Path(app.instance_path) / "tls")
    ensure(made, ["office-pc", "127.0.0.1"], extra=[NAME])
    return made


@pytest.fixture
def origin(app, tls) -> Iterator[str]:
    """The application over HTTPS, under a name that is not localhost."""
    context = Https(tls.server).context()
    with serving(app, ssl_context=context) as port:
        yield f"https://{NAME}:{port}"


@pytest.fixture
def open_page(open_phone, tmp_path):
    """Open a browser that finds the name here, and trusts the authority given."""

    def start(authority=None):
        home = tmp_path / ("trusting" if authority else "wary")
        if authority:
            trust(home, authority)
        flags = [f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
        return open_phone(home.name, flags=flags, env=os.environ | {"HOME": str(home)}).new_page()

    return start


def trust(home, authority) -> None:
    if CERTUTIL is None:
        pytest.skip("certutil (libnss3-tools) is not installed")
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    for words in (("-N", "--empty-password"), ("-A", "-t", "C,,", "-n", "FieldSync", "-i", str(authority))):
        subprocess.run([CERTUTIL, "-d", f"sql:{database}", *words], check=True)


def test_a_phone_that_trusts_the_authority_has_all_it_needs(open_page, origin, tls):
    page = open_page(tls.authority)
    page.goto(f"{origin}/phone.html")
    assert page.evaluate("isSecureContext")
    assert page.evaluate("'serviceWorker' in navigator && 'geolocation' in navigator")
    assert page.evaluate(KEY) == [True, False]
    assert page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => true)")


def test_a_phone_that_does_not_is_warned(open_page, origin):
    page = open_page()
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(f"{origin}/phone.html")


def test_the_page_of_trust_on_a_phone(open_page, origin, tls, url):
    page = open_page()
    page.goto(f"{url}/trust")
    assert page.inner_text("h1") == "信任本服务器"
    assert tls.fingerprint() in page.inner_text(".code")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    prepare(page)
    assert violations(page) == []
    with page.expect_download() as download:
        page.click("text=下载证书")
    assert download.value.suggested_filename == "fieldsync-ca.crt"


def test_a_whole_visit_to_the_county_over_the_local_authority(county, open_phone, origin, tls, tmp_path):
    home = tmp_path / "trusting"
    trust(home, tls.authority)
    flags = [f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]

    def start(name: str, **more):
        return open_phone(home.name, flags=flags, env=os.environ | {"HOME": str(home)}, **more)

    phone = Handset(county, start, origin, county.person("inspector", "t-350899101"))
    phone.enrol()
    phone.until("navigator.serviceWorker.controller !== null || location.reload()")
    fill_new_site(phone, "内网硐")
    take_photo(phone, photo(tmp_path, "tls", "green", noise=300_000))
    phone.sees("照片已保存在手机")
    hand_in(phone)
    phone.sync()
    [record] = county.screen().get("photos")["records"]
    assert (record["body"]["have"], record["body"]["claim_verdict"]) == (True, "valid")
    assert names(county) == ["内网硐"]
