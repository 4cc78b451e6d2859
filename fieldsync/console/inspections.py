"""The review queue, and one inspection with its photos and its history."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, names, photos
from fieldsync.domain import conflicts, inspections, sites
from fieldsync.domain import photos as photos_
from fieldsync.errors import Problem
from fieldsync.sync.records import Record

bp = Blueprint("inspections", __name__, url_prefix="/inspections")

# What the head and the side of the page show already.
_HEADED = frozenset(
    ["record_no", "state", "site_id", "town_code", "created_by", "form", "review_comment", "reviewed_by",
     "reviewed_at", "approved_rev"]
)  # fmt: skip


@bp.get("")
def queue() -> str:
    """List what waits for review, the most urgent first, or inspections of one state."""
    state, town = doors.given("state"), doors.given("town")
    states = [state] if state in (*inspections.STATES, "voided") else inspections.QUEUE
    home = f"t-{town}" if town else ""
    cell = me().actor.cell
    found = doors.paged(
        lambda connection, limit, offset: inspections.queue(connection, cell, states, home, limit, offset)
    )
    with db.reading() as connection:
        below = photos_.beneath(connection, cell, [row.id for row in found["rows"]])
    return render_template(
        "inspections/list.html", **found, state=state, town=town, numbers=_numbers(found["rows"]),
        STATES=inspections.STATES, ACTIVITY=inspections.ACTIVITY, towns=names.towns(),
        flags={parent: photos.flags(records) for parent, records in below.items()},
    )  # fmt: skip


def _numbers(rows: list[Any]) -> dict[str, str]:
    """Return the record numbers of the inspections on this page."""
    return {row.id: str(orjson.loads(row.body).get("record_no") or row.id[-8:]) for row in rows}


@bp.get("/<uuid:inspection_id>")
def show(inspection_id: Any) -> str:
    """Show what was seen, where, by whom, with photos and history."""
    return _page(inspection_id)


@bp.post("/<uuid:inspection_id>")
def act(inspection_id: Any) -> ResponseReturnValue:
    """Begin the review, approve, return or void: on the revision that was on the screen."""
    verb = doors.verb("begin_review", "approve", "return", "void")
    comments = {f"review_fields/{path}": text for path, text in doors.typed_under("comment:").items()}
    try:
        outcome = doors.perform(f"inspection.{verb}", inspection_id, comments if verb == "return" else None)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(inspection_id, **more))
    kept = _("Somebody changed it since: the wish to void it is kept as a conflict.")
    return doors.done(url_for(".show", inspection_id=inspection_id), kept if outcome.conflicts else "")


def _page(inspection_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of one inspection, today's or as it was at `at`."""
    with db.reading() as connection:
        inspection = doors.load(connection, inspections.NOUN, inspection_id)
        versions, was = doors.versions(connection, inspection), doors.as_was(connection, inspection)
        site = _site(connection, inspection)
        shots = photos_.beneath(connection, inspection.cell, [inspection.id]).get(inspection.id, [])
        contested = conflicts.of_record(connection, inspection.cell, inspection.id)
    body = inspection.body if was is None else was[1]
    fields = inspections.NOUN.fields
    return render_template(
        "inspections/show.html", inspection=inspection, body=body, site=site, problem=problem, was=was,
        lines=[line for line in display.lines(fields, body) if line.path not in _HEADED],
        missing=display.missing(fields, body), versions=versions, fields=fields, contested=contested,
        photos=[photos.card(shot) for shot in shots], QUEUE=inspections.QUEUE, STATES=inspections.STATES,
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
        amendments=_amendments(versions, inspection), few=len(shots) < doors.setting("MIN_PHOTOS"),
    )  # fmt: skip


def _site(connection: Any, inspection: Record) -> Record | None:
    """Return the site that was visited, where the asking person may see it."""
    try:
        return doors.load(connection, sites.NOUN, inspection.text("site_id"))
    except Problem:
        return None


def _amendments(versions: list[dict[str, Any]], inspection: Record) -> list[dict[str, Any]]:
    """Return what changed after the revision that was approved, while that waits for review."""
    if inspection.text("state") not in ("amended", "under_review") or not inspection.text("approved_rev"):
        return []
    later = display.since(versions, inspection.text("approved_rev"))
    return [version for version in later if version["action"] != "inspection.approve"]
