"""Closures: a round's checklist to fill in and print, its team and its conclusion; the faults that stand."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, photos
from fieldsync.domain import campaigns, closures, guards, lifecycle, sites
from fieldsync.domain import photos as photos_
from fieldsync.domain.checklists import FAULTS
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.records import Record

bp = Blueprint("closures", __name__, url_prefix="/closures")

TEXTS = (
    "closure_doc_no", "closure_date", "signed_by", "executed_by", "executed_on", "experts", "villager_reps",
    "public_on", "public_url", "campaign_id",
)  # fmt: skip
_CELLS = ("result", "value", "unit", "remark")
_NUMBERS = ("value", "seal_thickness_cm", "fill_depth_m")
# Empty rows that the page offers for the team.
_SEATS = 3


@bp.get("")
def listing() -> str:
    """List the closures under way, or those with one conclusion."""
    conclusion = doors.given("conclusion") if doors.given("conclusion") in closures.CONCLUSIONS else ""
    campaign, cell = doors.given("campaign"), me().actor.cell
    found = doors.paged(
        lambda connection, limit, offset: closures.listing(connection, cell, conclusion, campaign, limit, offset)
    )
    with db.reading() as connection:
        known = campaigns.names(connection, cell)
    return render_template(
        "closures/list.html", **found, conclusion=conclusion, campaign=campaign, campaigns=known,
        STATUSES=lifecycle.STATUSES, CONCLUSIONS=closures.CONCLUSIONS,
    )  # fmt: skip


@bp.get("/faults")
def faults() -> str:
    """List the sites whose closure is below standard, by fault."""
    fault, cell = doors.given("fault"), me().actor.cell
    found = doors.paged(lambda connection, limit, offset: closures.faulty(connection, cell, fault, limit, offset))
    kinds = {name: FAULTS[name] for name in closures.COLUMNS}
    return render_template("closures/faults.html", **found, fault=fault, kinds=kinds, STATUSES=lifecycle.STATUSES)


@bp.post("")
def create() -> ResponseReturnValue:
    """Open the checklist of this round for a site."""
    site = doors.typed("site_id")
    try:
        closure = doors.make("closure.create", {}, site)
    except Problem as problem:
        if problem.name == "not-found":
            raise
        return render_template("problem.html", problem=doors.explained(problem)), problem.status
    return doors.done(url_for(".show", closure_id=closure))


@bp.get("/<uuid:closure_id>")
def show(closure_id: Any) -> str:
    """Show the checklist, to fill in or to print."""
    return _page(closure_id)


@bp.post("/<uuid:closure_id>")
def act(closure_id: Any) -> ResponseReturnValue:
    """Save what was filled in, or conclude: on the revision on the screen."""
    verb = doors.verb("edit", "conclude", "void")
    try:
        doors.perform(f"closure.{verb}", closure_id, _wish(verb, closure_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(closure_id, **more))
    return doors.done(url_for(".show", closure_id=closure_id))


def _wish(verb: str, closure_id: Any) -> dict[str, Any]:
    if verb == "void":
        return {}
    if verb == "conclude":
        day = doors.typed("accepted_at")
        return {"conclusion": doors.typed("conclusion")} | ({"accepted_at": day} if day else {})
    with db.reading() as connection:
        closure = doors.load(connection, closures.NOUN, closure_id)
    wish = doors.changes(closure, TEXTS) | _cells(closure)
    if not wish:
        raise Problem("bad-value", "empty")
    return wish


def _cells(closure: Record) -> dict[str, Any]:
    """Return what the form changes in items, openings and team; the names of its inputs are paths."""
    wish: dict[str, Any] = {}
    for path, text in doors.typed_paths(("items/", "openings/", "team/")).items():
        value = _number(text) if path.rpartition("/")[2] in _NUMBERS else text or None
        if value != closure.body.get(path):
            wish[path] = value
    for path in list(wish):
        row = path.rpartition("/")[0]
        if not row.startswith("items/") and wish[path] is not None:
            wish[row] = True
    return wish


def _number(text: str) -> float | None:
    """Return the number that was typed; raise Problem where it is none."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Problem("bad-value", "number") from None


def _page(closure_id: Any, problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        closure = doors.load(connection, closures.NOUN, closure_id)
        placed = guards.load(connection, closure.cell, closure.id)
        site = doors.load(connection, sites.NOUN, placed.parent_id if placed else "")
        versions = doors.versions(connection, closure)
        below = photos_.beneath(connection, closure.cell, [closure.id, site.id])
        known = campaigns.names(connection, closure.cell)
    shots = [shot for parent in (closure.id, site.id) for shot in below.get(parent, [])]
    open_ = closure.text("conclusion") != "pass" and not closure.voided
    return render_template(
        "closures/show.html", closure=closure, body=closure.body, site=site, problem=problem, versions=versions,
        fields=closures.NOUN.fields, items=sorted(closure.rows("items")), openings=sorted(site.rows("openings")),
        team=[*closure.rows("team"), *(new_id() for _ in range(_SEATS if open_ else 0))],
        photos=[photos.card(shot) for shot in shots], RESULTS=closures.RESULTS, CONCLUSIONS=closures.CONCLUSIONS,
        STATUSES=lifecycle.STATUSES, campaigns=known, today=display.today(),
        edits=open_ and doors.may("closure.edit", closure.home),
        concludes=open_ and doors.may("closure.conclude", closure.home),
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip
