"""Patrol plans 巡查计划: five parts that the notice demands, and the tasks that are made of them."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import divisions, homes, patrol_tasks, people, planner, rounds
from fieldsync.domain.planner import Duty, Round
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {"draft": ("拟订", "Draft"), "active": ("执行中", "In force"), "ended": ("已结束", "Ended")}
# The five parts that the notice demands, and what they are called.
PARTS: Words = {
    "items": ("巡查事项", "Items"),
    "area": ("巡查范围", "Area"),
    "cycles": ("巡查周期", "Cycle"),
    "owners": ("巡查责任人", "Responsible persons"),
    "record_form": ("巡查记录", "Records kept"),
}
# The most days that tasks are made for at once.
MOST_DAYS = 62
_RAIN_DAYS = 2

# Fields

FIELDS = own_fields(
    Field("title", ("计划名称", "Title"), "text", most=80),
    Field("town_code", ("乡镇", "Township"), "town", "once", required=True),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    # One to a line.
    Field("items", PARTS["items"], "text", most=1000),
    Field("area", PARTS["area"], "text", most=500),
    # Only sites of these villages, separated by 、 or blanks; none means the whole township.
    Field("villages", ("限于各村", "Only these villages"), "text", most=300),
    # Days between two visits, by class of site.
    Field("cycles/*", PARTS["cycles"], "integer", unit="天", least=1, most=366),
    Field("owners/*", PARTS["owners"], "marker", "add"),
    Field("record_form", PARTS["record_form"], "text", most=60),
    Field("route_text", ("路线", "Route"), "text", most=300),
    Field("time_window", ("时段", "Time of day"), "text", most=60),
    Field("valid_from", ("起", "Valid from"), "date"),
    Field("valid_to", ("止", "Valid to"), "date"),
    Field("note", ("说明", "Note"), "text", most=500),
    Field("approved_by", ("批准人", "Approved by"), "text", "server"),
    Field("approved_at", ("批准时间", "Approved at"), "time", "server"),
    # When tasks were made, and for which days: a line for each time.
    Field("generated/*", ("生成任务", "Tasks made"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "patrol_plan",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("status", String(16), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_to", String(10), nullable=False),
    Index("patrol_plan_status", "cell", "status", "home"),
)


def _project(plan: Record) -> tuple[Any, ...]:
    status = "voided" if plan.voided else plan.text("status")
    return plan.home, status, plan.text("valid_from")[:10], plan.text("valid_to")[:10]


NOUN = Noun(
    "patrol_plan", "patrol_plans", ("巡查计划", "Patrol plan"), FIELDS, home=homes.township, table=TABLE,
    project=_project,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Draft a plan."""
    divisions.check_town(change)
    change.merge()
    if change.created:
        _name_town(change)
        change.put("status", "draft")
        change.put("created_by", change.standing.user)


def _name_town(change: Change) -> None:
    """Write down the township that a plan without one fell to, so that nobody names another one later."""
    home = change.record.home
    if home.startswith("t-") and not change.record.get("town_code"):
        change.put("town_code", home[2:])


def edit(change: Change) -> None:
    """Change a plan; one in force keeps its five parts."""
    divisions.check_town(change)
    if change.record.text("status") == "active":
        _check(change, {**change.record.body, **change.op.set})
    change.merge()


def activate(change: Change) -> None:
    """Put a plan in force: only with the five parts, and with cycles no longer than the county's."""
    if change.record.voided or change.record.text("status") == "active":
        raise Problem("wrong-state")
    _check(change, change.record.body)
    change.put("status", "active")
    change.put("approved_by", change.standing.user)
    change.put("approved_at", change.journal.received_at)


def finish(change: Change) -> None:
    """End a plan; its tasks stay, and so does its cycle for the days on which it was in force."""
    plan = change.record
    if plan.text("status") != "active":
        raise Problem("wrong-state", "plan-inactive")
    yesterday = planner.later(moments.day_of(change.journal.now), -1)
    change.put("status", "ended")
    change.put("valid_to", min(plan.text("valid_to") or yesterday, yesterday))


def generate(change: Change) -> None:
    """Make the tasks of a period, {from, to}; what is planned already is not planned twice."""
    first, until = _period(change)
    duties = _duties(change, first, until)
    schedule = planner.draw_up(duties, _at_work(change), first, until, int(_setting("PATROL_SITES_PER_DAY")))
    made = sum(_make(change, found, "routine") for found in schedule.rounds)
    change.issue("tasks-made", count=made, left=schedule.left[:200])
    change.put(f"generated/{change.op.op}", f"{first} {until} {made}")


def after_rain(change: Change) -> None:
    """Send the plan's persons to every sealed adit of the township, {on}: rain may have laid it open."""
    _check_active(change)
    day = _day(change.op.set.get("on")) or moments.day_of(change.journal.now)
    planned = {
        row.site_id for row in _stops(change, day, planner.later(day, _RAIN_DAYS)) if row.kind == "after_rain"
    }
    duties = [_duty(site, ()) for site in _sites(change, day) if site.sealed and site.id not in planned]
    people_ = _at_work(change)(day)
    if duties and not people_:
        raise Problem("wrong-state", "nobody")
    most = max(int(_setting("PATROL_SITES_PER_DAY")), -(-len(duties) // max(1, len(people_))))
    found = planner.share(day, duties, people_, most)
    made = sum(_make(change, one, "after_rain", planner.later(day, _RAIN_DAYS)) for one in found)
    change.issue("tasks-made", count=made)
    change.put(f"generated/{change.op.op}", f"{day} {day} {made}")


def missing(body: Body) -> list[str]:
    """Return which of the five parts a plan lacks."""
    has = {
        "cycles": any(p.startswith("cycles/") and body[p] is not None for p in body),
        "owners": any(p.startswith("owners/") and body[p] is True for p in body),
    }
    return [part for part in PARTS if not has.get(part, bool(str(body.get(part) or "").strip()))]


def _check(change: Change, body: Body) -> None:
    """Refuse a plan that lacks one of its parts, or whose township takes more time than the county gives it."""
    lacks = missing(body)
    if lacks:
        raise Problem("wrong-state", "plan-incomplete", missing=lacks)
    if change.side == "township" and any(_is_long(body, name, most) for name, most in rounds.cycles().items()):
        raise Problem("wrong-state", "cycle-too-long")


def _is_long(body: Body, name: str, most: int) -> bool:
    days = body.get(f"cycles/{name}")
    return type(days) is int and days > most


def _check_active(change: Change) -> None:
    if change.record.voided or change.record.text("status") != "active":
        raise Problem("wrong-state", "plan-inactive")


def _period(change: Change) -> tuple[str, str]:
    """Return the days that tasks are made for: what was asked, from today, while the plan is valid."""
    _check_active(change)
    plan, asked = change.record, change.op.set
    first, until = _day(asked.get("from")), _day(asked.get("to"))
    if (
        not first
        or not until
        or (date.fromisoformat(until) - date.fromisoformat(first)).days not in range(MOST_DAYS)
    ):
        raise Problem("bad-value", "period")
    first = max(first, moments.day_of(change.journal.now), plan.text("valid_from"))
    until = min(until, plan.text("valid_to") or until)
    if first > until:
        raise Problem("bad-value", "period")
    return first, until


def _day(text: Any) -> str:
    """Return a day in ISO form, or an empty string for what is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        return ""


def _setting(name: str) -> Any:
    return current_app.config[name]


# Making tasks


def _sites(change: Change, day: str) -> list[rounds.Site]:
    """Return the township's sites within the plan's villages, with the last visit up to a day."""
    plan, journal = change.record, change.journal
    villages = rounds.villages(plan.body)
    found = rounds.sites(journal.connection, journal.cell, [plan.home], day)
    return [site for site in found if not villages or site.village in villages]


def _stops(change: Change, first: str, until: str) -> list[Any]:
    journal = change.journal
    return rounds.stops(journal.connection, journal.cell, [change.record.home], first, until)


def _duties(change: Change, first: str, until: str) -> list[Duty]:
    """Return the visits that the plan demands; a cancelled task is still one that was planned."""
    planned: dict[str, list[str]] = {}
    for stop in _stops(change, first, planner.later(until, 366)):
        planned.setdefault(stop.site_id, []).append(stop.day)
    body = change.record.body
    found = _sites(change, moments.day_of(change.journal.now))
    return [
        _duty(site, planned.get(site.id, ())) for site in found if rounds.covers(body, site.village, site.kind)
    ]


def _duty(site: rounds.Site, planned: Sequence[str]) -> Duty:
    return Duty(site.id, site.cycle, site.last, tuple(planned), site.lat, site.lon)


def _at_work(change: Change) -> Callable[[str], list[str]]:
    """Return who is at work on a day, of the plan's persons and those who stand in for them."""
    owners = change.record.rows("owners")
    records = [person for person in map(change.get, owners) if person is not None and person.type == "person"]
    there = [person for person in records if person.get("active") is not False]
    leave = {person.id: people.leave(person.body) for person in there}
    return partial(planner.stand_ins, [person.id for person in there], leave)


def _make(change: Change, found: Round, kind: str, due_on: str = "") -> int:
    """Make the task of a round, unless there is one by this id; return how many were made."""
    plan = change.record
    task_id = str(uuid.uuid5(NAMESPACE, f"{plan.id} {kind} {found.day} {min(found.sites)}"))
    if change.journal.get(task_id) is not None:
        return 0
    name = "雨后巡查" if kind == "after_rain" else plan.text("title") or "日常巡查"
    body: dict[str, Any] = {
        "title": f"{name} {found.day[5:]}"[:80], "town_code": plan.home[2:], "plan_id": plan.id, "kind": kind,
        "task_date": found.day, f"assignees/{found.person}": True,
    }  # fmt: skip
    body |= {f"sites/{site}": True for site in found.sites}
    shift = shift_of(found.day)
    more = {
        "due_on": due_on, "note": shift, "route_text": plan.text("route_text"),
        "time_window": plan.text("time_window"),
    }  # fmt: skip
    patrol_tasks.draw_up(change, task_id, body | {path: value for path, value in more.items() if value})
    return 1


def shift_of(day: str) -> str:
    """Return what is noted on tasks of this day, as for Spring Festival; usually nothing."""
    shifts = _setting("PATROL_SHIFTS")
    return next((str(name) for first, last, name in shifts if str(first) <= day[-len(first) :] <= str(last)), "")


# Questions


_LISTING = (
    "SELECT p.id, p.home, p.status, p.valid_from, p.valid_to, r.rev, r.body"
    " FROM {keys} CROSS JOIN patrol_plan AS p JOIN record AS r ON r.cell = p.cell AND r.id = p.id"
    " WHERE p.cell = :cell AND p.home = keys.value AND p.status <> 'voided'"
    " ORDER BY CASE p.status WHEN 'active' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END, p.home, p.valid_from DESC, p.id"
    " LIMIT :limit OFFSET :offset"
)


def listing(connection: Any, cell: str, homes: list[str], limit: int, offset: int) -> list[Any]:
    """Return a page of plans, those in force first: (id, home, status, valid_from, valid_to, rev, body)."""
    statement, given = _LISTING.format(keys=database.keys("homes")), orjson.dumps(homes).decode()
    return list(database.rows(connection, statement, cell=cell, homes=given, limit=limit, offset=offset))
