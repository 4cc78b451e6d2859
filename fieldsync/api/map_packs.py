"""Map packs of the asking person's county: the list, and each file in one piece or in ranges."""

from pathlib import Path
from typing import Any

from flask import Response, current_app, send_file
from flask_smorest import Blueprint

from fieldsync.api.doors import SIGNED_IN, allow, me
from fieldsync.errors import Problem
from fieldsync.geo import packs

blp = Blueprint("map_packs", __name__, url_prefix="/api/v1/map_packs", description="离线地图 Map packs")


@blp.route("")
@allow(SIGNED_IN)
@blp.response(200, content_type="application/json")
def listing() -> dict[str, Any]:
    """List the packs of one's county: bounds, zooms, size, SHA-256, datum."""
    return {"packs": packs.listed(Path(current_app.instance_path), me().actor.cell)}


@blp.route("/<name>")
@allow(SIGNED_IN)
@blp.response(200, content_type="application/vnd.pmtiles")
def content(name: str) -> Response:
    """Return a pack as PMTiles; `Range` and `If-Range` take a download up again where it was cut."""
    found = packs.find(Path(current_app.instance_path), me().actor.cell, name)
    if found is None:
        raise Problem("not-found")
    path, facts = found
    return send_file(path, "application/vnd.pmtiles", conditional=True, etag=facts["sha256"])
