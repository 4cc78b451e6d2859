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
    body = _open(photo_id, "original")
    kind = _TYPES.get(str(body.get("format")), "application/octet-stream")
    # Whole and every time anew: each look is a line in the chain.
    response = send_file(darkroom().blobs.path(body["sha256"]), kind, conditional=False, etag=False)
    # Whatever a stranger's file claims to be, the browser must not run it.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blp.route("/<uuid:photo_id>/preview")
@allow(SIGNED_IN)
@blp.response(200, content_type="image/jpeg")
def preview(photo_id: Any) -> Response:
    """Return the preview of 512 or 1600 pixels: upright, without metadata."""
    return send_preview(str(photo_id), request.args.get("px", "512"))


def send_preview(photo_id: str, px: str) -> Response:
    """Note the look and return a preview; the console's page calls this too."""
    if px not in ("512", "1600"):
        raise Problem("bad-value", "choice")
    body = _open(photo_id, f"preview-{px}")
    path = darkroom().blobs.preview(body["sha256"], int(px))
    if path is None:
        raise Problem("not-found")
    return send_file(path, conditional=False, etag=False)


def _open(photo_id: str, what: str) -> dict[str, Any]:
    """Note that a photo is looked at, and return its body."""
    with db.reading() as connection:
        body: dict[str, Any] = orjson.loads(find(connection, photos.NOUN, photo_id)[4])
    if body.get("have") is not True or not darkroom().blobs.has(body["sha256"]):
        raise Problem("not-found")
    engine().perform(me().actor, "photo.view", photo_id, op=new_id(), set_={"what": what})
    return body
