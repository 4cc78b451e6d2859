"""The review queue, and one inspection with everything that its reviewer must see."""

import uuid
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.console import display, doors, names, photos
from fieldsync.console.conflicts import parse
from fieldsync.console.review import page
from fieldsync.console.review import queue as listed
from fieldsync.console.review.answers import correctable
from fieldsync.console.review.candidates import WRITABLE
from fieldsync.domain import inspections, risks
from fieldsync.domain import photos as photos_
from fieldsync.errors import Problem
from fieldsync.sync.operations import is_id
from fieldsync.sync.records import Record

bp = Blueprint("inspections", __name__, url_prefix="/inspections")

_VERBS = ("begin_review", "release", "take_over", "approve", "correct", "return", "reopen", "void")


@bp.get("")
def queue() -> str:
    """List what waits for review, the most urgent first, or inspections of one state."""
    return _queue()


@bp.post("")
def approve_chosen() -> ResponseReturnValue:
    """Approve several harmless ones, each on its revision; say what became of each."""
    doors.verb("approve_chosen")
    results = listed.approve_chosen()
    if not results:
        return doors.again(Problem("bad-value", "nothing-chosen"), _queue)
    return _queue(results)


def _queue(results: list[listed.Result] | None = None, problem: dict[str, Any] | None = None) -> str:
    """Return the page of the queue."""
    narrowed, actor = listed.narrowed(), me().actor
    found = doors.paged(
        lambda connection, limit, offset: risks.queue(connection, actor.cell, narrowed, actor.user, limit, offset)
    )
    with db.reading() as connection:
        below = photos_.beneath(connection, actor.cell, [row.id for row in found["rows"]])
    approves = doors.may("inspection.approve")
    return render_template(
        "inspections/list.html", **found, narrowed=narrowed, town=doors.given("town"), number=listed.number,
        STATES=inspections.STATES, ACTIVITY=inspections.ACTIVITY, RISKS=risks.RISKS, towns=names.towns(),
        tags=listed.tags, waited=listed.waited, asked=listed.asked(), results=results, problem=problem,
        harmless={row.id for row in found["rows"] if approves and listed.is_harmless(row)},
        flags={parent: photos.flags(records) for parent, records in below.items()},
    )  # fmt: skip


@bp.get("/<uuid:inspection_id>")
def show(inspection_id: Any) -> str:
    """Show what was seen, where, by whom, beside the last visit, with photos and history."""
    return _page(inspection_id)


@bp.get("/<uuid:inspection_id>/sheet")
def on_paper(inspection_id: Any) -> str:
    """Show the record as it is printed on A4: signed, with photos and a box for the seal."""
    return render_template("inspections/sheet.html", **page.read(inspection_id), STATES=inspections.STATES)


@bp.post("/<uuid:inspection_id>")
def act(inspection_id: Any) -> ResponseReturnValue:
    """Claim, give back, decide or undo: on the revision that was on the screen."""
    verb = doors.verb(*_VERBS)
    try:
        kept = _do(verb, inspection_id)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(inspection_id, **more))
    told = _("Somebody changed it since: the wish to void it is kept as a conflict.") if kept else ""
    return doors.done(url_for(".show", inspection_id=inspection_id), told)


def _do(verb: str, inspection_id: Any) -> list[str]:
    """Do what the button says; return the conflicts that came of it."""
    if verb == "correct":
        return _approve_corrected(inspection_id)
    comments = {f"review_fields/{path}": text for path, text in doors.typed_under("comment:").items()}
    return doors.perform(f"inspection.{verb}", inspection_id, comments if verb == "return" else None).conflicts


def _approve_corrected(inspection_id: Any) -> list[str]:
    """Put the county's values beside the township's and approve that revision: both or neither."""
    values = {
        f"county/{path}": parse(correctable(path, WRITABLE), text)
        for path, text in doors.typed_under("county:").items()
    }
    rev, op = doors.typed("rev"), doors.typed("op")
    if not rev or not is_id(op):
        raise Problem("precondition-required")
    first = str(uuid.uuid5(uuid.UUID(op), "correct"))
    with engine().together(me().actor.cell) as joined:
        corrected = joined.perform(
            me().actor, "inspection.correct", str(inspection_id), op=first, set_=values, base=rev,
            reason=doors.typed("reason") or None,
        )  # fmt: skip
        joined.perform(me().actor, "inspection.approve", str(inspection_id), op=op, base=corrected.rev)
    return []


def _page(inspection_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of one inspection, today's or as it was at `at`."""
    found = page.read(inspection_id)
    inspection, versions, fields = found["inspection"], found["versions"], inspections.NOUN.fields
    return render_template(
        "inspections/show.html", **found, problem=problem, fields=fields, STATES=inspections.STATES,
        missing=display.missing(fields, found["body"]), powers=page.powers(inspection, found["was"] is None),
        editors=page.editors(found["lines"]), towns=names.towns(),
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
        amendments=_amendments(versions, inspection),
    )  # fmt: skip


def _amendments(versions: list[dict[str, Any]], inspection: Record) -> list[dict[str, Any]]:
    """Return what changed after the revision that was approved, while that waits for review."""
    if inspection.text("state") not in ("amended", "under_review") or not inspection.text("approved_rev"):
        return []
    later = display.since(versions, inspection.text("approved_rev"))
    return [version for version in later if version["action"] != "inspection.approve"]
