"""Patrol plans: the five parts that the notice demands, and the tasks that are made of them."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import allow, engine, me
from fieldsync.console import display, doors
from fieldsync.domain import ledger, patrol_plans, people, rounds
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.records import Record

bp = Blueprint("patrol_plans", __name__, url_prefix="/patrol_plans")

TEXTS = (
    "title", "items", "area", "villages", "record_form", "route_text", "time_window", "valid_from", "valid_to",
    "note",
)  # fmt: skip
# How many of the sites without a plan are named on the list.
_NAMED = 100


@bp.get("")
@allow(doors.MANAGERS)
def listing() -> str:
    """List the plans, and the sites that none of them speaks of."""
    return _list()


@bp.post("")
@allow(doors.MANAGERS)
def create() -> ResponseReturnValue:
    """Draft a plan, with the county's cycles."""
    try:
        if doors.typed("town_code") not in doors.own_towns():
            raise Problem("bad-value", "choice")
        plan_id = doors.typed("id") or new_id()
        wish: dict[str, Any] = {"title": doors.typed("title"), "town_code": doors.typed("town_code")}
        wish |= {f"cycles/{name}": days for name, days in rounds.cycles().items()}
        engine().perform(me().actor, "patrol_plan.create", plan_id, op=doors.typed("op") or new_id(), set_=wish)
    except Problem as problem:
        return doors.again(problem, _list)
    return doors.done(url_for(".show", plan_id=plan_id))


def _list(problem: dict[str, Any] | None = None) -> str:
    cell, homes, today = me().actor.cell, doors.homes(doors.given("town")), display.today()
    found = doors.paged(
        lambda connection, limit, offset: patrol_plans.listing(connection, cell, homes, limit, offset)
    )
    with db.reading() as connection:
        bare = rounds.unplanned(connection, cell, homes, today)
    by_home: dict[str, list[rounds.Site]] = {}
    for site in bare:
        by_home.setdefault(site.home, []).append(site)
    return render_template(
        "patrol_plans/list.html", **found, bodies={row.id: orjson.loads(row.body) for row in found["rows"]},
        STATUSES=patrol_plans.STATUSES, PARTS=patrol_plans.PARTS, missing=patrol_plans.missing, bare=by_home,
        named=_NAMED, towns=doors.own_towns(), town=doors.given("town"), problem=problem, CLASSES=rounds.CLASSES,
    )  # fmt: skip


@bp.get("/<uuid:plan_id>")
@allow(doors.MANAGERS)
def show(plan_id: Any) -> str:
    """Show a plan with its parts, what is missing, and what may be done with it."""
    return _page(plan_id)


@bp.post("/<uuid:plan_id>")
@allow(doors.MANAGERS)
def act(plan_id: Any) -> ResponseReturnValue:
    """Save, put in force, end, or make tasks: on the revision on the screen."""
    try:
        verb = doors.verb("edit", "activate", "finish", "generate", "after_rain")
        outcome = doors.perform(f"patrol_plan.{verb}", plan_id, _wish(verb, plan_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(plan_id, **more))
    made = next((issue for issue in outcome.issues if issue["code"] == "tasks-made"), None)
    said = "" if made is None else _("%(n)s tasks were made.", n=made["count"])
    if made is not None and made.get("left"):
        said += _("%(n)s sites found no day: name more persons or more sites a day.", n=len(made["left"]))
    return doors.done(url_for(".show", plan_id=plan_id), said)


def _wish(verb: str, plan_id: Any) -> dict[str, Any] | None:
    """Return what the form asks for."""
    if verb == "generate":
        return {"from": doors.typed("from"), "to": doors.typed("to")}
    if verb == "after_rain":
        return {"on": doors.typed("on")}
    if verb != "edit":
        return None
    with db.reading() as connection:
        plan = doors.load(connection, patrol_plans.NOUN, plan_id)
    wish: dict[str, Any] = {path: doors.typed(path) or None for path in TEXTS}
    wish |= {f"cycles/{name}": _days(doors.typed(f"cycles/{name}")) for name in rounds.CLASSES}
    wish |= _ticked(plan, "owners", doors.typed_all("owners"))
    changed = {path: value for path, value in wish.items() if plan.get(path) != value}
    if not changed:
        raise Problem("bad-value", "empty")
    return changed


def _days(text: str) -> int | None:
    """Return a number of days; a text that is none goes to the rule as a Problem."""
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 366:
        raise Problem("bad-value", "type")
    return int(text)


def _ticked(plan: Record, group: str, chosen: list[str]) -> dict[str, Any]:
    """Return the tags to set and to take off."""
    off: dict[str, Any] = {f"{group}/{key}": None for key in plan.rows(group) if key not in chosen}
    return off | {f"{group}/{key}": True for key in chosen}


def _page(plan_id: Any, problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        plan = doors.load(connection, patrol_plans.NOUN, plan_id)
        versions = doors.versions(connection, plan)
        staff = people.of_township(connection, plan.cell, plan.home)
    today = display.today()
    first, until = ledger.month("", today)
    return render_template(
        "patrol_plans/show.html", plan=plan, problem=problem, versions=versions,
        missing=patrol_plans.missing(plan.body), PARTS=patrol_plans.PARTS, STATUSES=patrol_plans.STATUSES,
        CLASSES=rounds.CLASSES, cycles=rounds.cycles(), staff=dict.fromkeys([*staff, *plan.rows("owners")]),
        fields=patrol_plans.NOUN.fields, first=max(first, today), until=until, today=today,
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip
