"""The points of patrol tracks: for their owner, his managers and the county; each look is a line in the chain."""

from typing import Any

import orjson
from flask import Response, send_file
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.api.doors import SIGNED_IN, allow, darkroom, engine, find, me
from fieldsync.domain import patrol_tracks
from fieldsync.errors import Problem
from fieldsync.ids import new_id

blp = Blueprint("track_files", __name__, url_prefix="/api/v1/patrol_tracks", description="轨迹文件 Track files")


@blp.route("/<uuid:record_id>/points")
@allow(SIGNED_IN)
@blp.response(200, content_type="application/x-ndjson")
def points(record_id: Any) -> Response:
    """Return the points as they were received, a line of JSON for each: [t, lat, lon, accuracy]."""
    with db.reading() as connection:
        body = orjson.loads(find(connection, patrol_tracks.NOUN, str(record_id))[4])
        sha256 = str(body.get("sha256") or "")
        # Only a file that came to this county itself.
        here = db.row(
            connection, "SELECT 1 FROM file WHERE cell = :cell AND sha256 = :sha256",
            cell=me().actor.cell, sha256=sha256,
        )  # fmt: skip
    if here is None or body.get("points_erased_at") or not darkroom().blobs.has(sha256):
        raise Problem("not-found")
    engine().perform(me().actor, "patrol_track.view", str(record_id), op=new_id(), set_={"what": "points"})
    response = send_file(
        darkroom().blobs.path(sha256), "application/x-ndjson", conditional=False, etag=False, as_attachment=True,
        download_name=f"{record_id}.ndjson",
    )  # fmt: skip
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
