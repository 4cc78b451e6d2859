"""The bytes of photos, by permission; each look leaves a line in the county's chain (evidence.md, rule 6)."""

from typing import Any

import orjson
from flask import Response, request, send_file
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.api.doors import SIGNED_IN, allow, darkroom, engine, find, me
from fieldsync.domain import photos
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.records import Record

blp = Blueprint("photo_files", __name__, url_prefix="/api/v1/photos", description="照片文件 Photo files")

_TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic",
    "avif": "image/avif", "tiff": "image/tiff",
}  # fmt: skip


@blp.route("/<uuid:photo_id>/original")
@allow(SIGNED_IN)
@blp.response(200, content_type="application/octet-stream")
def original(photo_id: Any) -> Response:
    """Return the original as it was received, byte by byte."""
    return send_original(str(photo_id))


def send_original(photo_id: str) -> Response:
    """Note the look and return the original; the console's page calls this too."""
    photo, sha256, is_preview = _find(photo_id)
    if is_preview:
        raise Problem("not-found")
    _note_look(photo_id, "original")
    kind = _TYPES.get(photo.text("format"), "application/octet-stream")
    # Whole and every time anew: each look is a line in the chain.
    response = send_file(darkroom().blobs.path(sha256), kind, conditional=False, etag=False)
    # Whatever a stranger's file claims to be, the browser must not run it.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blp.route("/<uuid:photo_id>/preview")
@allow(SIGNED_IN)
@blp.response(200, content_type="image/jpeg")
def preview(photo_id: Any) -> Response:
    """Return the picture at 512 or 1600 pixels, upright, without metadata.

    While the original is not there, it is made from the phone's preview: `Fieldsync-Preview: phone`.
    """
    return send_preview(str(photo_id), request.args.get("px", "512"))


def send_preview(photo_id: str, px: str) -> Response:
    """Note the look and return a preview; the console's page calls this too."""
    if px not in ("512", "1600"):
        raise Problem("bad-value", "choice")
    _photo, sha256, is_preview = _find(photo_id)
    path = darkroom().blobs.preview(sha256, int(px))
    _note_look(photo_id, f"phone-preview-{px}" if is_preview else f"preview-{px}")
    if path is None:
        raise Problem("not-found")
    response = send_file(path, conditional=False, etag=False)
    if is_preview:
        response.headers["Fieldsync-Preview"] = "phone"
    return response


def _find(photo_id: str) -> tuple[Record, str, bool]:
    """Return a photo, the hash of what may be shown of it, and whether that is only the phone's preview."""
    with db.reading() as connection:
        row = find(connection, photos.NOUN, photo_id)
        photo = Record(me().actor.cell, row[1], row[0])
        photo.body = orjson.loads(row[4])
        sha256, is_preview = photos.shown_file(connection, photo)
    if not darkroom().blobs.has(sha256):
        raise Problem("not-found")
    return photo, sha256, is_preview


def _note_look(photo_id: str, what: str) -> None:
    """Leave a line in the chain before anything is shown."""
    engine().perform(me().actor, "photo.view", photo_id, op=new_id(), set_={"what": what})
