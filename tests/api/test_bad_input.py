"""Requests that are wrong as a whole: each is answered with a clear problem, in bounded memory."""

import gzip
import io
import json
import tracemalloc
import zlib
from typing import Any

import orjson
import pytest
import zstandard
from county import CELL, PASSWORD, T1

from fieldsync.demo.phone import Phone

from .door import PUSH, SITE, Door, check_problem

pytestmark = pytest.mark.usefixtures("nothing_failed_inside")

EMPTY = b'{"ops": []}'
NOT_JSON = {
    "nothing": b"",
    "a brace": b"{",
    "words": b"not json",
    "half": b'{"ops": [',
    "UTF-16": b"\xff\xfe\x00",
    "more behind": EMPTY + b" trailing",
    "Python": b"{'ops': []}",
    "NULs": b"\x00" * 100,
    "5,000 objects deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "200,000 brackets": b"[" * 200_000,
    "HTML": b"<html></html>",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json(door: Door, body: bytes):
    answer = door.send(body)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/bad-json")


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"ops"', b"true", b'[{"ops": []}]'])
def test_json_that_is_not_an_object(door: Door, body: bytes):
    assert door.send(body).status_code == 400


@pytest.mark.parametrize("ops", ["x", 1, {"op": "x"}, None, True])
def test_operations_that_are_no_list(door: Door, ops: Any):
    assert door.send(json.dumps({"ops": ops}).encode()).status_code == 400


@pytest.mark.parametrize(
    "members",
    [{"seen": 1}, {"seen": {CELL: 5}}, {"seen": {CELL: "x.y"}}, {"seen": {"nowhere": "1.2"}}, {"sent_at": 5},
     {"seen": {CELL: "\ud83d.x"}}, {"sent_at": "yesterday"}, {"app": []}, {"protocol": "x"}, {"head": 7}],
)  # fmt: skip
def test_odd_members_around_the_operations_do_no_harm(door: Door, members: dict):
    (result,) = door.push(door.good(), **members)
    assert result["status"] == "applied"


def bomb() -> bytes:
    """Return about 1 MB of gzip that inflates to 1 GB: one deflated piece, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b'{"ops": "' + b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    more = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + piece + more * 1023 + b"\x03\x00" + b"\0" * 8


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_in_little_memory(door: Door, encoding: str):
    if encoding == "gzip":
        body = bomb()
    else:
        packed = io.BytesIO()
        with zstandard.ZstdCompressor().stream_writer(packed, closefd=False) as writer:
            for _ in range(1 << 10):
                writer.write(b" " * (1 << 20))
        body = packed.getvalue()
    assert len(body) < 1_500_000
    door.send(b"{}")
    tracemalloc.start()
    try:
        answer = door.send(body, Content_Encoding=encoding)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-large")
    assert most < 20_000_000


def test_ten_kilobytes_that_inflate_a_thousandfold(door: Door):
    body = gzip.compress(b" " * 10_000_000)
    assert len(body) < 11_000
    assert door.send(body, Content_Encoding="gzip").status_code == 413


BROKEN = {
    "no gzip": ("gzip", b"not gzip"),
    "gzip without its end": ("gzip", gzip.compress(EMPTY)[:-9]),
    "gzip with another middle": ("gzip", gzip.compress(EMPTY)[:15] + b"\xff" * 20),
    "nothing": ("gzip", b""),
    "no zstd": ("zstd", b"not zstd"),
    "zstd without its end": ("zstd", zstandard.compress(EMPTY * 50)[:-5]),
    "zstd with another middle": ("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 40),
    "brotli": ("br", b"\x0b\x05\x80"),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(EMPTY))),
    "deflate": ("deflate", zlib.compress(EMPTY)),
    "a long name": ("x" * 300, b"{}"),
}


@pytest.mark.parametrize(("encoding", "body"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_or_unknown_compression(door: Door, encoding: str, body: bytes):
    answer = door.send(body, Content_Encoding=encoding)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/bad-json")


def test_compressed_and_sound(door: Door):
    body = orjson.dumps({"ops": [door.good()]})
    for encoding, content in (
        ("GZIP", gzip.compress(body)),
        ("zstd", zstandard.compress(body)),
        ("identity", body),
    ):
        assert door.send(content, Content_Encoding=encoding).status_code == 200


def test_three_megabytes_of_operations(door: Door):
    ops = [door.op("site.create", set=SITE | {"raw_coord": "x" * 100_000}) for _ in range(30)]
    answer = door.send(json.dumps({"ops": ops}).encode())
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-large")
    assert door.receipts(*(op["op"] for op in ops)) == []
    for half in (ops[:15], ops[15:]):
        assert {r["status"] for r in door.push(*half)} == {"applied"}


def test_a_body_in_pieces_without_a_length_is_bounded_too(door: Door):
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            assert self.given < 50_000_000
            buffer[:] = b" " * len(buffer)
            return len(buffer)

    for extra in ({}, {"HTTP_CONTENT_ENCODING": "gzip"}):
        stream = Endless()
        answer = door.county.app.test_client().post(
            PUSH,
            headers={"Authorization": f"Bearer {door.phone.token}", "Content-Type": "application/json"},
            environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True,
                               "HTTP_TRANSFER_ENCODING": "chunked", **extra},
        )  # fmt: skip
        check_problem(answer)
        assert answer.status_code in (400, 413)
        assert stream.given < 10_000_000


def test_a_compressed_body_in_pieces_is_taken(door: Door):
    body = gzip.compress(orjson.dumps({"ops": [door.good()]}))
    answer = door.county.app.test_client().post(
        PUSH,
        headers={"Authorization": f"Bearer {door.phone.token}", "Content-Encoding": "gzip"},
        environ_overrides={"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True,
                           "HTTP_TRANSFER_ENCODING": "chunked"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json["results"][0]["status"] == "applied"


def test_more_than_five_hundred_operations(door: Door):
    ops = [door.good() for _ in range(501)]
    answer = door.send(json.dumps({"ops": ops}).encode())
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-large")
    assert {r["status"] for r in door.push(*ops[:500])} == {"applied"}


@pytest.mark.parametrize("token", ["", "x", "350899.x", "Bearer", "350899." + "a" * 5000, "\x7f"])
def test_a_token_that_is_none(door: Door, token: str):
    answer = door.send(b'{"ops": []}', Authorization=f"Bearer {token}")
    assert answer.status_code == 401


def test_a_session_without_a_device_cannot_push(door: Door):
    login = door.county.person("inspector", f"t-{T1}")
    bare = Phone(door.county.wire)
    bare.sign_in(login, PASSWORD)
    answer = door.send(b'{"ops": []}', Authorization=f"Bearer {bare.token}")
    assert (answer.status_code, answer.json["reason"]) == (403, "device")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/nowhere", b"", 404),
        ("DELETE", PUSH, b"", 405),
        ("GET", "/api/v1/sites/not-an-id", b"", 404),
        ("GET", "/api/v1/sites/0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10", b"", 404),
        ("GET", "/api/v1/sites?limit=-1", b"", 400),
        ("GET", "/api/v1/sites?limit=x", b"", 400),
        ("GET", "/api/v1/sync/pull?limit=0", b"", 400),
        ("GET", "/api/v1/sync/pull?limit=99999999999999999999", b"", 400),
        ("GET", "/api/v1/sync/pull?max_bytes=x", b"", 400),
        ("GET", "/api/v1/sync/verify?scope=t-350899102", b"", 404),
        ("POST", "/api/v1/sites", b"[]", 400),
        ("POST", "/api/v1/sites", b"{", 400),
        ("POST", "/api/v1/sites", b'{"set": []}', 400),
        ("POST", "/api/v1/sites", b'{"set": {"A B": 1}}', 400),
        ("POST", "/api/v1/sites", b'{"set": {"name": "\\u0000"}}', 400),
        ("POST", "/api/v1/sites", b'{"id": "x", "set": {"name": "x"}}', 400),
        ("POST", "/api/v1/sites", b'{"parent": "x", "set": {"name": "x"}}', 400),
        ("PATCH", "/api/v1/sites/0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10", b'{"set": {"name": "x"}}', 428),
        ("POST", "/api/v1/session", b'{"username": 1, "password": []}', 400),
        ("POST", "/api/v1/session", b'{"username": "nobody", "password": "wrong"}', 401),
        ("POST", "/api/v1/devices/enrol", b'{"code": "x", "public_key": {}}', 400),
        ("POST", "/api/v1/devices/enrol", b'{"code": "x", "public_key": {"kty": "EC", "crv": "P-256",'
         b' "x": "AA", "y": "AA"}}', 400),
    ],
)  # fmt: skip
def test_other_doors_answer_with_problems(door: Door, method: str, path: str, body: bytes, status: int):
    answer = door.send(body, method, path)
    assert answer.status_code == status


def test_the_language_of_a_problem(door: Door):
    assert door.send(b"{").json["title"] == "请求内容不是有效的 JSON"
    for asked in ("en", "en-US,en;q=0.9", "fr, en;q=0.5", "en;q=1, zh;q=0.5"):
        assert door.send(b"{", Accept_Language=asked).json["title"] == "The request is not valid JSON"
    for asked in ("zh-CN", "zh, en;q=0.5", "fr", "*", "\x7f"):
        assert door.send(b"{", Accept_Language=asked).json["title"] == "请求内容不是有效的 JSON"


def test_the_language_of_the_problem_of_one_operation(door: Door):
    op = door.op(record_id="x")
    body = json.dumps({"ops": [op]}).encode()
    assert door.send(body).json["results"][0]["problem"]["title"] == "内容不符合规定"
    english = door.send(body, Accept_Language="en").json["results"][0]["problem"]
    assert english["title"] == "A value is not acceptable"
    assert english["detail"] == "The operation lacks a part or is malformed"
    receipts = door.send(b"", "GET", f"/api/v1/sync/receipts?op={op['op']}", Accept_Language="en").json["receipts"]
    assert receipts[0]["problem"]["title"] == "A value is not acceptable"
