"""Key areas and key minerals with their days; the notice's lists beside them."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, names
from fieldsync.domain import key_areas, key_lists, key_minerals
from fieldsync.domain.words import MINERALS
from fieldsync.errors import Problem

bp = Blueprint("key_areas", __name__, url_prefix="/key_areas")


@bp.get("")
def listing() -> str:
    """List what is key, since when and until when."""
    return _page()


@bp.post("")
def create() -> ResponseReturnValue:
    """Name a key area or a key mineral."""
    days = {name: doors.typed(name) for name in ("valid_from", "valid_to", "source") if doors.typed(name)}
    try:
        if doors.verb("area", "mineral") == "mineral":
            doors.make("key_mineral.create", {"mineral_code": doors.typed("mineral_code")} | days)
        else:
            doors.make("key_area.create", _area() | days)
    except Problem as problem:
        return doors.again(problem, _page)
    return doors.done(url_for(".listing"))


def _area() -> dict[str, Any]:
    """Return level, code and name of the area that was chosen."""
    code = doors.typed("code")
    known = {me().actor.cell: names.county()} | names.towns()
    if code not in known:
        raise Problem("bad-value", "choice")
    return {"level": "county" if len(code) == 6 else "township", "code": code, "name": known[code]}


@bp.post("/<any(area, mineral):kind>/<uuid:record_id>")
def end(kind: str, record_id: Any) -> ResponseReturnValue:
    """Set the last day of an entry."""
    try:
        doors.perform(f"key_{kind}.edit", record_id, {"valid_to": doors.typed("valid_to") or None})
    except Problem as problem:
        return doors.again(problem, _page)
    return doors.done(url_for(".listing"))


def _page(problem: dict[str, Any] | None = None) -> str:
    cell = me().actor.cell
    with db.reading() as connection:
        areas = [(row, orjson.loads(row.body)) for row in key_areas.listing(connection, cell) if not row.voided]
        minerals = [(r, orjson.loads(r.body)) for r in key_minerals.listing(connection, cell) if not r.voided]
    return render_template(
        "key_areas/list.html", areas=areas, minerals=minerals, problem=problem, LEVELS=key_areas.LEVELS,
        MINERALS=MINERALS, today=display.today(), towns=names.towns(), cell=cell,
        shipped_areas=key_lists.shipped("key_areas"), shipped_minerals=key_lists.shipped("key_minerals"),
    )  # fmt: skip
