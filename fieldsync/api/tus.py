"""The headers of tus 1.0: what a client says, checked, and what it is told."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, request

from fieldsync.errors import Problem

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BYTES = "application/offset+octet-stream"
METADATA_MOST = 4000
CHECKSUMS: dict[str, Callable[[], Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}


@dataclass
class Checksum:
    """The running hash of one piece and the digest that it should have."""

    running: Any
    expected: bytes

    def holds(self) -> bool:
        """Tell whether the piece has its checksum."""
        return bool(self.running.digest() == self.expected)


def check_version() -> None:
    """Refuse a request that does not speak this version of the protocol."""
    if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
        raise Problem("bad-version")


def put_version(response: Response) -> Response:
    """Tell the version in every answer, refusals too; those of another version hear which are spoken."""
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


def is_bytes() -> bool:
    """Tell whether the request brings bytes of a file."""
    return request.mimetype == BYTES


def length() -> int:
    """Return the size of the file that is announced."""
    size = _number("Upload-Length")
    if size > current_app.config["MAX_UPLOAD_BYTES"]:
        raise Problem("too-large", "limit")
    return size


def offset() -> int:
    """Return where the bytes of this request begin."""
    return _number("Upload-Offset")


def _number(name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise Problem("bad-value", "type", header=name)
    return int(text)


def metadata() -> str:
    """Return the metadata as it was given; HEAD repeats it."""
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > METADATA_MOST:
        raise Problem("bad-value", "limit", header="Upload-Metadata")
    return text


def announced_hash(text: str) -> str:
    """Return the SHA-256 (hex) of the metadata."""
    for pair in text.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "sha256":
            sha256 = _plain(value).lower()
            if len(sha256) == 64 and all(c in "0123456789abcdef" for c in sha256):
                return sha256
    raise Problem("bad-value", "hash")


def _plain(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        return ""


def checksum() -> Checksum | None:
    """Return the checksum that this piece must have, or None."""
    algorithm, _, encoded = request.headers.get("Upload-Checksum", "").partition(" ")
    if not algorithm:
        return None
    if algorithm not in CHECKSUMS:
        raise Problem("bad-value", "type", header="Upload-Checksum")
    running, expected = CHECKSUMS[algorithm](), b""
    with suppress(ValueError):
        expected = base64.b64decode(encoded, validate=True)
    if len(expected) != running.digest_size:
        raise Problem("bad-value", "type", header="Upload-Checksum")
    return Checksum(running, expected)


def http_date(text: str) -> str:
    """Return a time of the wire as HTTP writes it."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def answer(status: int, headers: dict[str, str]) -> Response:
    """Return an answer without a body."""
    response = Response(status=status, headers=headers)
    response.headers.pop("Content-Type", None)
    return response
