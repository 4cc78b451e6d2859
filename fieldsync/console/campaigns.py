"""Campaigns: phases, targets, how far they are, and what bears their tag."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors
from fieldsync.domain import campaigns, lifecycle
from fieldsync.errors import Problem
from fieldsync.ids import new_id

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

TEXTS = ("name", "doc_no", "scope", "status", "summary")
# Empty rows that the page offers for more phases.
_MORE = 2


@bp.get("")
def listing() -> str:
    """List the campaigns, the newest first."""
    return _list()


def _list(problem: dict[str, Any] | None = None) -> str:
    cell = me().actor.cell
    found = doors.paged(lambda connection, limit, offset: campaigns.listing(connection, cell, limit, offset))
    return render_template("campaigns/list.html", **found, STATUSES=campaigns.STATUSES, problem=problem)


@bp.post("")
def create() -> ResponseReturnValue:
    """Plan a campaign."""
    given = {"name": doors.typed("name"), "status": "planned"}
    try:
        if not given["name"]:
            raise Problem("bad-value", "no-value")
        made = doors.make("campaign.create", given)
    except Problem as problem:
        return doors.again(problem, _list)
    return doors.done(url_for(".show", campaign_id=made))


@bp.get("/<uuid:campaign_id>")
def show(campaign_id: Any) -> str:
    """Show a campaign with its phases and how its sites stand."""
    return _page(campaign_id)


@bp.post("/<uuid:campaign_id>")
def edit(campaign_id: Any) -> ResponseReturnValue:
    """Save what was changed, on the revision on the screen."""
    try:
        doors.perform("campaign.edit", campaign_id, _wish(campaign_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(campaign_id, **more))
    return doors.done(url_for(".show", campaign_id=campaign_id))


def _wish(campaign_id: Any) -> dict[str, Any]:
    """Return what the form changes; a phase whose cells were emptied goes."""
    with db.reading() as connection:
        campaign = doors.load(connection, campaigns.NOUN, campaign_id)
    wish = doors.changes(campaign, TEXTS)
    typed = doors.typed("closure_target")
    target = int(typed) if typed.isdecimal() and len(typed) < 7 else None
    if target != campaign.get("closure_target"):
        wish["closure_target"] = target
    cells = doors.typed_paths(("phases/",))
    for path, text in cells.items():
        if (text or None) != campaign.body.get(path):
            wish[path] = text or None
    for row in {path.rpartition("/")[0] for path in cells}:
        filled = any(cells[path] for path in cells if path.startswith(row + "/"))
        if filled != bool(campaign.body.get(row)):
            wish[row] = True if filled else None
    if not wish:
        raise Problem("bad-value", "empty")
    return wish


def _page(campaign_id: Any, problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        campaign = doors.load(connection, campaigns.NOUN, campaign_id)
        versions = doors.versions(connection, campaign)
        standing = campaigns.standing(connection, campaign.cell, campaign.id)
        accepted = campaigns.accepted(connection, campaign.cell, campaign.id)
    phases = sorted(campaign.rows("phases"), key=lambda row: campaign.text(f"phases/{row}/from"))
    return render_template(
        "campaigns/show.html", campaign=campaign, body=campaign.body, versions=versions, standing=standing,
        accepted=accepted, phases=[*phases, *(new_id() for _ in range(_MORE))], problem=problem,
        fields=campaigns.NOUN.fields, STATUSES=campaigns.STATUSES, SITE_STATUSES=lifecycle.STATUSES,
        today=display.today(), meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip
