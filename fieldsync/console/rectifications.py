"""Rectifications by the day on which they are due: ordered, reported done, re-checked."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, names
from fieldsync.domain import rectifications
from fieldsync.domain.checklists import FAULTS
from fieldsync.errors import Problem

bp = Blueprint("rectifications", __name__, url_prefix="/rectifications")

TEXTS = ("requirement", "owner_unit", "owner", "due_on", "extended_to", "extension_reason")


@bp.get("")
def listing() -> str:
    """List what is to be made good, the first due first."""
    return _page()


@bp.post("")
def create() -> ResponseReturnValue:
    """Order a rectification of a site."""
    given = {name: doors.typed(name) for name in ("fault", "description", *TEXTS) if doors.typed(name)}
    site = doors.typed("site_id")
    try:
        doors.make("rectification.create", given, site)
    except Problem as problem:
        return doors.again(problem, _page)
    return doors.done(url_for("console.sites.show", site_id=site))


@bp.post("/<uuid:rectification_id>")
def act(rectification_id: Any) -> ResponseReturnValue:
    """Change the order, or re-check what was reported done."""
    verb = doors.verb("edit", "pass", "fail")
    try:
        if verb == "edit":
            doors.perform("rectification.edit", rectification_id, _changes(rectification_id))
        else:
            doors.perform("rectification.recheck", rectification_id, {"result": verb})
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(str(rectification_id), **more))
    return doors.done(url_for(".listing", status=doors.given("status") or "open"))


def _changes(rectification_id: Any) -> dict[str, Any]:
    with db.reading() as connection:
        row = doors.load(connection, rectifications.NOUN, rectification_id)
    wish = doors.changes(row, TEXTS)
    if not wish:
        raise Problem("bad-value", "empty")
    return wish


def _page(failed: str = "", problem: dict[str, Any] | None = None) -> str:
    status = doors.given("status") if doors.given("status") in rectifications.STATUSES else "open"
    fault, town, cell = doors.given("fault"), doors.given("town"), me().actor.cell
    found = doors.paged(
        lambda connection, limit, offset: rectifications.listing(
            connection, cell, status, fault, f"t-{town}" if town else "", limit, offset
        )
    )
    with db.reading() as connection:
        revs = {row.id: doors.load(connection, rectifications.NOUN, row.id).rev for row in found["rows"]}
        if failed:
            doors.load(connection, rectifications.NOUN, failed)
    return render_template(
        "rectifications/list.html", **found, bodies={r.id: orjson.loads(r.body) for r in found["rows"]}, revs=revs,
        status=status, fault=fault, town=town, towns=names.towns(), today=display.today(), failed=failed,
        problem=problem, STATUSES=rectifications.STATUSES, FAULTS=FAULTS,
    )  # fmt: skip
