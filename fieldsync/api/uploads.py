"""Resumable uploads: tus 1.0 with creation, creation-with-upload, checksum, expiration, termination."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint
from sqlalchemy import BigInteger, Column, String

from fieldsync import db
from fieldsync.api.doors import PUBLIC, SIGNED_IN, allow, darkroom, me
from fieldsync.db import db as database
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.journal import text_of

UPLOADS = database.Table(
    "upload",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("expires_at", String(40), nullable=False),
    # open, complete, gone
    Column("state", String(8), nullable=False),
)
_EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
_PIECE = 1 << 16
_CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}

blp = Blueprint("uploads", __name__, url_prefix="/api/v1/uploads", description="上传 Uploads (tus 1.0)")


@blp.route("", methods=["OPTIONS"])
@allow(PUBLIC)
@blp.response(204)
def options() -> Response:
    """Tell what this server supports."""
    return _answer(
        204,
        {
            "Tus-Version": "1.0.0",
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(current_app.config["MAX_UPLOAD_BYTES"]),
            "Tus-Checksum-Algorithm": ",".join(_CHECKSUMS),
        },
    )


@blp.route("", methods=["POST"])
@allow(SIGNED_IN)
@blp.response(201)
def create() -> Response:
    """Begin an upload; metadata `sha256` (hex) is required, a known hash is complete at once."""
    size, sha256 = _length(), _announced_hash()
    _forget_expired()
    upload_id = new_id()
    known = _is_known(sha256)
    expires = datetime.now(UTC) + timedelta(hours=current_app.config["UPLOAD_HOURS"])
    row = (
        me().actor.cell,
        upload_id,
        me().actor.user,
        sha256,
        size,
        text_of(expires),
        "complete" if known else "open",
    )
    with db.writing() as connection:
        db.upsert(connection, UPLOADS, [row])
    headers = {"Location": f"{request.base_url}/{upload_id}", "Upload-Expires": _http_date(expires)}
    if known:
        darkroom().arrive(me().actor.cell, sha256)
        return _answer(201, headers | {"Upload-Offset": str(size)})
    if request.mimetype == "application/offset+octet-stream" or size == 0:
        return _answer(201, headers | {"Upload-Offset": str(_receive(upload_id, sha256, size, 0))})
    return _answer(201, headers | {"Upload-Offset": "0"})


@blp.route("/<uuid:upload_id>", methods=["HEAD"])
@allow(SIGNED_IN)
@blp.response(200)
def offset(upload_id: Any) -> Response:
    """Tell how many bytes are safely on disk."""
    row = _find(str(upload_id))
    done = row.size if row.state == "complete" else darkroom().blobs.offset(row.id)
    return _answer(200, {"Upload-Offset": str(done), "Upload-Length": str(row.size)})


@blp.route("/<uuid:upload_id>", methods=["PATCH"])
@allow(SIGNED_IN)
@blp.response(204)
def append(upload_id: Any) -> Response:
    """Take in bytes from the offset on; the file is verified when the last one is there."""
    if request.mimetype != "application/offset+octet-stream":
        raise Problem("bad-type")
    row = _find(str(upload_id))
    if row.state == "complete":
        # Known by its hash, or the answer to the last piece was lost: nothing more is needed.
        for _ in _pieces():
            pass
        return _answer(204, {"Upload-Offset": str(row.size)})
    given = request.headers.get("Upload-Offset", "")
    if not given.isdecimal():
        raise Problem("bad-value", "type")
    return _answer(204, {"Upload-Offset": str(_receive(row.id, row.sha256, row.size, int(given)))})


@blp.route("/<uuid:upload_id>", methods=["DELETE"])
@allow(SIGNED_IN)
@blp.response(204)
def terminate(upload_id: Any) -> Response:
    """Give up an upload; what is complete stays with its photo."""
    row = _find(str(upload_id))
    darkroom().blobs.discard(row.id)
    _set_state(row.id, "gone")
    return _answer(204, {})


def _receive(upload_id: str, sha256: str, size: int, start: int) -> int:
    """Store the request's bytes; return the offset that is on disk; finish a complete file."""
    blobs = darkroom().blobs
    checksum, expected = _checksum()
    done = blobs.append(upload_id, start, _pieces(checksum), size)
    if checksum is not None and checksum.digest() != expected:
        blobs.cut(upload_id, start)
        raise Problem("checksum-mismatch")
    if done == size:
        _finish(upload_id, sha256)
    return done


def _finish(upload_id: str, sha256: str) -> None:
    try:
        darkroom().blobs.finish(upload_id, sha256)
    except Problem:
        _set_state(upload_id, "gone")
        raise
    _set_state(upload_id, "complete")
    darkroom().read(me().actor.cell, sha256)
    darkroom().arrive(me().actor.cell, sha256)


def _pieces(checksum: Any = None) -> Iterator[bytes]:
    """Yield the body as it arrives; a cut line ends it, and what came before the cut counts."""
    while True:
        try:
            piece = request.stream.read(_PIECE)
        except OSError:
            return
        if not piece:
            return
        if checksum is not None:
            checksum.update(piece)
        yield piece


def _checksum() -> tuple[Any, bytes]:
    """Return the running hash that Upload-Checksum asks for and the expected digest."""
    algorithm, _, encoded = request.headers.get("Upload-Checksum", "").partition(" ")
    if not algorithm:
        return None, b""
    if algorithm not in _CHECKSUMS:
        raise Problem("bad-value", "type")
    try:
        return _CHECKSUMS[algorithm](), base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise Problem("bad-value", "type") from None


def _length() -> int:
    text = request.headers.get("Upload-Length", "")
    if not text.isdecimal() or len(text) > 15:
        raise Problem("bad-value", "type")
    if int(text) > current_app.config["MAX_UPLOAD_BYTES"]:
        raise Problem("too-large", "limit")
    return int(text)


def _announced_hash() -> str:
    """Return the SHA-256 (hex) of the metadata."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "sha256":
            try:
                text = base64.b64decode(value, validate=True).decode("ascii").lower()
            except ValueError:
                break
            if len(text) == 64 and all(c in "0123456789abcdef" for c in text):
                return text
    raise Problem("bad-value", "hash")


def _is_known(sha256: str) -> bool:
    """Tell whether this county has the file; that another has it is none of its business."""
    with db.reading() as connection:
        row = db.row(
            connection, "SELECT 1 FROM file WHERE cell = :cell AND sha256 = :sha256",
            cell=me().actor.cell, sha256=sha256,
        )  # fmt: skip
    return row is not None and darkroom().blobs.has(sha256)


def _find(upload_id: str) -> Any:
    """Return the row of an own upload; what was given up or expired is gone."""
    with db.reading() as connection:
        row = db.row(
            connection,
            "SELECT id, person_id, sha256, size, state, expires_at FROM upload WHERE cell = :cell AND id = :id",
            cell=me().actor.cell, id=upload_id,
        )  # fmt: skip
    if row is None or row.person_id != me().actor.user:
        raise Problem("not-found")
    if row.state == "gone" or (row.state == "open" and row.expires_at < text_of(datetime.now(UTC))):
        raise Problem("gone")
    return row


def _set_state(upload_id: str, state: str) -> None:
    with db.writing() as connection:
        db.execute(
            connection, "UPDATE upload SET state = :state WHERE cell = :cell AND id = :id",
            state=state, cell=me().actor.cell, id=upload_id,
        )  # fmt: skip


def _forget_expired() -> None:
    """Remove what was begun and never finished."""
    with db.reading() as connection:
        expired = db.rows(
            connection, "SELECT id FROM upload WHERE cell = :cell AND state = 'open' AND expires_at < :now",
            cell=me().actor.cell, now=text_of(datetime.now(UTC)),
        )  # fmt: skip
    for row in expired:
        darkroom().blobs.discard(row[0])
        _set_state(row[0], "gone")


def _http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _answer(status: int, headers: dict[str, str]) -> Response:
    response = Response(status=status, headers=headers | {"Tus-Resumable": "1.0.0"})
    response.headers.pop("Content-Type", None)
    return response
