"""Resumable uploads: tus 1.0 with creation, creation-with-upload, checksum, expiration, termination."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from socket import SHUT_RD, socket
from typing import Any

from flask import Response, current_app, request, url_for
from flask_smorest import Blueprint
from sqlalchemy import BigInteger, Column, String, Text
from werkzeug.exceptions import ClientDisconnected

from fieldsync import db
from fieldsync.api import tus
from fieldsync.api.doors import HANDING_IN, PUBLIC, allow, darkroom, me
from fieldsync.db import db as database
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.monitoring.metrics import meters
from fieldsync.sync.journal import text_of

UPLOADS = database.Table(
    "upload",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("expires_at", String(40), nullable=False),
    # open, complete, gone
    Column("state", String(8), nullable=False),
)
_PIECE = 1 << 16
_LEAST = 1 << 10
# How much of a refused request is still read, and how long: a client reads its answer only behind its own words.
_REFUSED_MOST = 1 << 20
_REFUSED_S = 2.0
# How long a request waits for the one before it on the same upload to end.
_PATIENCE_S = 5.0

# Connections of this process that bring bytes at the moment, by upload: see `_interrupt`.
_receiving: dict[str, socket] = {}
_receiving_lock = threading.Lock()

blp = Blueprint("uploads", __name__, url_prefix="/api/v1/uploads", description="上传 Uploads (tus 1.0)")
blp.before_request(tus.check_version)
blp.after_request(tus.put_version)


@blp.route("", methods=["OPTIONS"])
@allow(PUBLIC)
@blp.response(204)
def options() -> Response:
    """Tell what this server supports."""
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(current_app.config["MAX_UPLOAD_BYTES"]),
        "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
    }
    return tus.answer(204, headers)


@blp.route("", methods=["POST"])
@allow(HANDING_IN)
@blp.response(201)
def create() -> Response:
    """Begin an upload; metadata `sha256` (hex) is required, a known hash is complete at once."""
    size, metadata = tus.length(), tus.metadata()
    sha256 = tus.announced_hash(metadata)
    _forget_expired()
    known = _is_known(sha256, size)
    row = _enter(sha256, size, metadata, "complete" if known else "open")
    done = 0
    if known:
        darkroom().arrive(me().actor.cell, sha256)
        _drain(size)
        done = size
    elif tus.is_bytes() or size == 0:
        done = _receive(row, 0)
    location = url_for("uploads.offset", upload_id=row["id"])
    return tus.answer(201, {"Location": location, "Upload-Offset": str(done)} | _expiry(row, done))


@blp.route("/<uuid:upload_id>", methods=["HEAD"])
@allow(HANDING_IN)
@blp.response(200)
def offset(upload_id: Any) -> Response:
    """Tell how many bytes are safely on disk; a connection that still brings some is cut off first."""
    row = _find(str(upload_id))
    done = row["size"]
    if row["state"] == "open":
        row, done = _look(row["id"])
    headers = {"Upload-Offset": str(done), "Upload-Length": str(row["size"]), "Upload-Metadata": row["metadata"]}
    return tus.answer(200, headers | _expiry(row, done))


def _look(upload_id: str) -> tuple[dict[str, Any], int]:
    """Return the row of an unfinished upload and its offset, once nobody brings bytes any more."""
    _interrupt(upload_id)
    with darkroom().blobs.locked(upload_id, wait=_PATIENCE_S):
        # The one before may have brought the last byte, or the server died right behind it.
        row = _find(upload_id)
        return row, _settle(row, darkroom().blobs.offset(upload_id))


@blp.route("/<uuid:upload_id>", methods=["PATCH"])
@allow(HANDING_IN)
@blp.response(204)
def append(upload_id: Any) -> Response:
    """Take in bytes from the offset on; the file is verified when the last one is there."""
    if not tus.is_bytes():
        raise Problem("bad-type")
    row, start = _find(str(upload_id)), tus.offset()
    done = _receive(row, start)
    return tus.answer(204, {"Upload-Offset": str(done)} | _expiry(row, done))


@blp.route("/<uuid:upload_id>", methods=["DELETE"])
@allow(HANDING_IN)
@blp.response(204)
def terminate(upload_id: Any) -> Response:
    """Give up an upload; what is complete stays with its photo."""
    row = _find(str(upload_id))
    _interrupt(row["id"])
    with darkroom().blobs.locked(row["id"], wait=_PATIENCE_S):
        _set_state(row["id"], "gone")
        darkroom().blobs.discard(row["id"])
    return tus.answer(204, {})


@blp.route("/<uuid:upload_id>", methods=["POST"])
@allow(HANDING_IN)
@blp.response(204)
def overridden(upload_id: Any) -> Response:
    """Do what X-HTTP-Method-Override says, for clients that can send nothing but POST."""
    methods = {"HEAD": offset, "PATCH": append, "DELETE": terminate}
    method = methods.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if method is None:
        raise Problem("not-found")
    response: Response = method(upload_id=upload_id)
    return response


# Bytes


def _receive(row: dict[str, Any], start: int) -> int:
    """Store the request's bytes; return the offset that is on disk; finish a complete file."""
    if start + (request.content_length or 0) > row["size"]:
        raise Problem("too-large", "limit")
    checksum, blobs = tus.checksum(), darkroom().blobs
    if row["state"] == "complete":
        # Known by its hash, or the answer to the last piece was lost: nothing more is needed.
        _drain(row["size"])
        return int(row["size"])
    with blobs.locked(row["id"]):
        row = _find(row["id"])
        if row["state"] == "open":
            holds = None if checksum is None else checksum.holds
            with _as_receiver(row["id"]):
                start = blobs.append(row["id"], start, _pieces(checksum), row["size"], holds)
        return _settle(row, start)


def _settle(row: dict[str, Any], done: int) -> int:
    """Verify a file that is all there, or has come by another way; return how many bytes of it are."""
    cell, sha256, size = me().actor.cell, row["sha256"], int(row["size"])
    if row["state"] == "complete":
        darkroom().blobs.discard(row["id"])
        return size
    if done == size:
        _verify(row)
        darkroom().read(cell, sha256)
    elif not _is_known(sha256, size):
        return done
    darkroom().arrive(cell, sha256)
    # Last: until all of this is done the client must come back and ask.
    _set_state(row["id"], "complete")
    meters().uploaded(size)
    darkroom().blobs.discard(row["id"])
    return size


def _verify(row: dict[str, Any]) -> None:
    """Let a file have its hash, or end the upload that brought another one."""
    try:
        darkroom().blobs.finish(row["id"], row["sha256"])
    except Problem:
        _set_state(row["id"], "gone")
        raise


def _pieces(checksum: tus.Checksum | None = None) -> Iterator[bytes]:
    """Yield the body as it arrives; a cut line ends it, and what came before the cut counts."""
    size = _PIECE
    while size >= _LEAST:
        try:
            piece = request.stream.read(size)
        except (OSError, ClientDisconnected):
            # The server in front may have less in hand than was asked for: ask for less.
            _wait_no_more()
            size //= 2
            continue
        if not piece:
            return
        if checksum is not None:
            checksum.running.update(piece)
        yield piece


def _drain(most: int) -> None:
    """Read what the client sends and nobody needs, so that it comes to read the answer."""
    for piece in _pieces():
        most -= len(piece)
        if most < 0:
            return


@blp.after_request
def _hear_out(response: Response) -> Response:
    """Read some more of a request that was refused before its end."""
    if response.status_code >= 400 and tus.is_bytes():
        connection = _socket()
        if connection is not None:
            with suppress(OSError):
                connection.settimeout(_REFUSED_S)
        _drain(_REFUSED_MOST)
        if connection is not None:
            with suppress(OSError):
                connection.settimeout(None)
    return response


# Connections


def _socket() -> socket | None:
    """Return the connection of this request, where the server in front tells it."""
    found = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    return found if isinstance(found, socket) else None


def _wait_no_more() -> None:
    """Read from here on only what has arrived."""
    connection = _socket()
    if connection is not None:
        with suppress(OSError):
            connection.settimeout(0)


@contextmanager
def _as_receiver(upload_id: str) -> Iterator[None]:
    """Receive with an end: a phone that fell silent gives its upload free after a while."""
    connection = _socket()
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(float(current_app.config["UPLOAD_IDLE_S"]))
    with _receiving_lock:
        _receiving[upload_id] = connection
    try:
        yield
    finally:
        with _receiving_lock:
            if _receiving.get(upload_id) is connection:
                del _receiving[upload_id]
        with suppress(OSError):
            connection.settimeout(before)


def _interrupt(upload_id: str) -> None:
    """End a connection that still brings bytes: its phone has lost it and asks on another one."""
    with _receiving_lock:
        connection = _receiving.get(upload_id)
        if connection is not None:
            with suppress(OSError):
                # By the class of plain sockets: one of TLS would forget its keys, and the bytes that still
                # stand in line would be taken for the photo's as they are, enciphered.
                socket.shutdown(connection, SHUT_RD)


# Rows


def _enter(sha256: str, size: int, metadata: str, state: str) -> dict[str, Any]:
    """Note a new upload; return its row."""
    hours = current_app.config["UPLOAD_HOURS"]
    row = {
        "cell": me().actor.cell, "id": new_id(), "person_id": me().actor.user, "sha256": sha256, "size": size,
        "metadata": metadata, "expires_at": text_of(datetime.now(UTC) + timedelta(hours=hours)), "state": state,
    }  # fmt: skip
    with db.writing() as connection:
        db.upsert(connection, UPLOADS, [tuple(row.values())])
    return row


def _is_known(sha256: str, size: int) -> bool:
    """Tell whether this county has the file; that another has it is none of its business."""
    with db.reading() as connection:
        row = db.row(
            connection, "SELECT size FROM file WHERE cell = :cell AND sha256 = :sha256",
            cell=me().actor.cell, sha256=sha256,
        )  # fmt: skip
    return row is not None and row[0] == size and darkroom().blobs.has(sha256)


def _find(upload_id: str) -> dict[str, Any]:
    """Return the row of an own upload; what was given up or expired is gone."""
    with db.reading() as connection:
        row = db.row(
            connection,
            "SELECT cell, id, person_id, sha256, size, metadata, expires_at, state FROM upload"
            " WHERE cell = :cell AND id = :id",
            cell=me().actor.cell, id=upload_id,
        )  # fmt: skip
    if row is None or row.person_id != me().actor.user:
        raise Problem("not-found")
    if row.state == "gone" or (row.state == "open" and row.expires_at < text_of(datetime.now(UTC))):
        raise Problem("gone")
    return dict(row._mapping)


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


def _expiry(row: dict[str, Any], done: int) -> dict[str, str]:
    """Return the header that tells until when an unfinished upload is kept."""
    return {"Upload-Expires": tus.http_date(row["expires_at"])} if done < row["size"] else {}
