"""What webhooks are sent by: signatures, addresses that are allowed, one POST that follows nothing."""

import base64
import hashlib
import hmac
import ipaddress
import time

import pytest

from fieldsync.hooks import addresses, sending, signing
from fieldsync.tls.certificates import Tls, ensure

from .receiver import Receiver, start, verify

HERE = addresses.networks(["127.0.0.1/32"])


@pytest.fixture
def receiver():
    made = Receiver()
    server = start(made)
    yield made
    server.shutdown()
    server.server_close()


def why(url: str, allowed=(), **more) -> tuple[str, int]:
    with pytest.raises(sending.Failed) as failed:
        sending.post(url, b"{}", {}, allowed, **more)
    return failed.value.why, failed.value.status


def test_a_signature_covers_id_time_and_every_byte():
    secret, body = signing.new_secret(), '{"type": "档案"}'.encode()
    headers = signing.headers(secret, "msg_1", 1_800_000_000, body)
    digest = hmac.new(base64.b64decode(secret[6:]), b"msg_1.1800000000." + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    now = 1_800_000_100.0
    assert verify(secret, headers, body, now)
    assert not verify(secret, headers, body + b" ", now)
    assert not verify(secret, headers | {"webhook-id": "msg_2"}, body, now)
    assert not verify(secret, headers | {"webhook-timestamp": "1800000001"}, body, now)
    assert not verify(secret, headers, body, now + 3600), "an old message, sent once more by a stranger"
    assert not verify(signing.new_secret(), headers, body, now)


def test_secrets_are_long_and_never_the_same():
    one, other = signing.new_secret(), signing.new_secret()
    assert one != other
    assert signing.is_secret(one)
    short, raw = "whsec_" + base64.b64encode(b"x" * 23).decode(), one[6:]
    assert [signing.is_secret(text) for text in (short, raw, "whsec_!", "whsec_密", "")] == [False] * 5


@pytest.mark.parametrize(
    "url",
    ["", "ftp://example.org/", "example.org", "https:///x", "https://a:b@example.org/", "https://exa mple.org/",
     "https://example.org:99999/", "https://example.org/#x", "https://example.org/\r\nHost: x", "https://密.example/密",
     "file:///etc/passwd", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address(url):
    with pytest.raises(addresses.NotAllowed):
        addresses.parse(url)


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001::1", "::7f00:1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_inner_addresses_are_out_of_reach_however_they_are_written(address):
    assert not addresses.is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert why(f"https://{host}/x") in (("address", 0), ("unknown-host", 0))


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
def test_names_and_odd_numbers_lead_nowhere_inside_either(host, receiver):
    port = receiver.url.rpartition(":")[2]
    for scheme in ("http", "https"):
        assert why(f"{scheme}://{host}:{port}")[0] == "address"
    assert receiver.came == []


def test_public_addresses_are_reached_by_https_alone():
    assert addresses.is_public(ipaddress.ip_address("8.8.8.8"))
    assert addresses.is_public(ipaddress.ip_address("2606:4700::1111"))
    assert addresses.choose(addresses.parse("https://8.8.8.8/x"), ()) == "8.8.8.8"
    assert why("http://8.8.8.8/x") == ("address", 0)
    intranet = addresses.networks(["10.20.0.0/16"])
    assert addresses.choose(addresses.parse("http://10.20.3.4/x"), intranet) == "10.20.3.4"
    for beside in ("10.21.0.1", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(addresses.NotAllowed):
            addresses.choose(addresses.parse(f"https://{beside}/"), intranet)


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [302, 308, 500, 204]
    assert why(receiver.url, HERE) == ("redirect", 302)
    assert why(receiver.url, HERE) == ("redirect", 308)
    assert why(receiver.url, HERE) == ("status", 500)
    assert sending.post(receiver.url, b"{}", {"webhook-id": "1"}, HERE) == 204
    assert len(receiver.came) == 4
    assert receiver.came[-1][0]["content-type"] == "application/json"


def test_a_host_must_prove_its_name(tmp_path, monkeypatch):
    tls, receiver = Tls(tmp_path / "tls"), Receiver()
    ensure(tls, ["127.0.0.1"])
    server = start(receiver, tls.server)
    try:
        assert why(receiver.url, HERE)[0] == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.authority))
        assert sending.post(receiver.url, b"{}", {}, HERE) == 204
        assert why(receiver.url.replace("127.0.0.1", "localhost"), HERE)[0] == "tls"
    finally:
        server.shutdown()
        server.server_close()
    assert len(receiver.came) == 1


def test_who_drips_or_is_gone_does_not_hold_the_line(receiver):
    receiver.drips = 5
    begun = time.monotonic()
    assert why(receiver.url, HERE, seconds=0.4)[0] == "timeout"
    assert time.monotonic() - begun < 3
    assert why("http://127.0.0.1:9/x", HERE)[0] == "connection"
    assert why("https://127.0.0.1:9/x", HERE)[0] == "connection"
    assert why(receiver.url.replace("http", "https"), HERE, seconds=2)[0] in ("tls", "timeout")
    assert why("https://no-such-name.invalid/")[0] == "unknown-host"
