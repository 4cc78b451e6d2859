"""The calendar of patrols: a month, a day with its map, one task, what was missed, and handing tasks over."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import allow, engine, me
from fieldsync.console import display, doors
from fieldsync.domain import ledger, patrol_plans, patrol_tasks, people, planner, rounds, visits
from fieldsync.domain.planner import later
from fieldsync.domain.words import PATROL_KINDS
from fieldsync.errors import Problem
from fieldsync.sync.operations import NAMESPACE, is_id

bp = Blueprint("patrol_tasks", __name__, url_prefix="/patrol_tasks")

# The sketch of a day: an SVG of this size in pixels, with a margin.
_WIDTH, _HEIGHT, _MARGIN = 640, 420, 40


@dataclass(frozen=True)
class Task:
    """One task on a page."""

    id: str
    home: str
    status: str
    day: str
    rev: str
    body: dict[str, Any]

    @property
    def people(self) -> list[str]:
        """Who is to go."""
        return _rows(self.body, "assignees")

    @property
    def sites(self) -> list[str]:
        """Where to."""
        return _rows(self.body, "sites")

    @property
    def visited(self) -> list[str]:
        """Where somebody was."""
        return [site for site in self.sites if self.body.get(f"visited/{site}")]

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to go."""
        return self.status not in patrol_tasks.ENDED


@dataclass(frozen=True)
class Done:
    """What became of one of several tasks: its title, and the problem where it did not go through."""

    title: str
    problem: dict[str, Any] | None = None


def _rows(body: dict[str, Any], group: str) -> list[str]:
    return [path.split("/")[1] for path, value in body.items() if value is True and path.startswith(f"{group}/")]


def _task(row: Any) -> Task:
    return Task(row.id, row.home, row.status, row.task_date, row.rev, orjson.loads(row.body))


# A month


@bp.get("")
@allow(doors.MANAGERS)
def calendar() -> str:
    """Show a township's month: who goes where on which day."""
    return _calendar()


@bp.post("")
@allow(doors.MANAGERS)
def move() -> ResponseReturnValue:
    """Move the ticked tasks to another day, to another person, or both; tell what became of each."""
    day, person = doors.typed("day"), doors.typed("person")
    if not day and not person:
        raise Problem("bad-value", "empty")
    results = _each(doors.typed_all("tasks"), lambda task: _moved(task, day, person))
    return _calendar(results), 200


def _moved(task: dict[str, Any], day: str, person: str) -> dict[str, Any]:
    """Return the change that gives a task another day, or another person instead of those it has."""
    wish: dict[str, Any] = {"task_date": day} if day else {}
    if person:
        wish |= {f"assignees/{who}": None for who in _rows(task, "assignees") if who != person}
        wish |= {f"assignees/{person}": True}
    return wish


def _each(ids: list[str], wish: Callable[[dict[str, Any]], dict[str, Any]]) -> list[Done]:
    """Edit several tasks, each on the revision on the screen; one that fails does not stop the others."""
    return [_one(task_id, wish) for task_id in dict.fromkeys(ids) if is_id(task_id)]


def _one(task_id: str, wish: Callable[[dict[str, Any]], dict[str, Any]]) -> Done:
    with db.reading() as connection:
        task = doors.load(connection, patrol_tasks.NOUN, task_id)
    op = str(uuid.uuid5(NAMESPACE, f"{doors.typed('op')} {task_id}"))
    base = doors.typed(f"rev-{task_id}") or task.rev
    try:
        engine().perform(me().actor, "patrol_task.edit", task_id, op=op, set_=wish(task.body), base=base)
    except Problem as problem:
        return Done(task.text("title"), doors.explained(problem))
    return Done(task.text("title"))


def _calendar(results: list[Done] | None = None) -> str:
    towns, today = doors.own_towns(), display.today()
    town = doors.given("town") or next(iter(towns), "")
    first, until = ledger.month(doors.given("month"), today)
    with db.reading() as connection:
        rows = patrol_tasks.of_period(connection, me().actor.cell, doors.homes(town), first, until)
        staff = people.of_township(connection, me().actor.cell, f"t-{town}")
        leave = _leave(connection, staff)
    tasks = [_task(row) for row in rows]
    by_day: dict[str, list[Task]] = {}
    for task in tasks:
        by_day.setdefault(task.day, []).append(task)
    return render_template(
        "patrol_tasks/calendar.html", weeks=_weeks(first, until), by_day=by_day, town=town, towns=towns,
        month=first[:7], before=later(first, -1)[:7], after=later(until, 1)[:7], today=today, staff=staff,
        leave=leave, STATUSES=patrol_tasks.STATUSES, shift=patrol_plans.shift_of, results=results,
        busy=Counter(who for task in tasks if task.is_open for who in task.people),
        away=set(staff) - set(planner.stand_ins(staff, leave, today)),
    )  # fmt: skip


def _weeks(first: str, until: str) -> list[list[str]]:
    """Return the days of a month in weeks from Monday; days of other months are empty."""
    cells = [""] * date.fromisoformat(first).weekday()
    cells += [later(first, n) for n in range((date.fromisoformat(until) - date.fromisoformat(first)).days + 1)]
    cells += [""] * (-len(cells) % 7)
    return [cells[i : i + 7] for i in range(0, len(cells), 7)]


def _leave(connection: Any, staff: list[str]) -> dict[str, list[tuple[str, str, str]]]:
    """Return the leave of those who have some."""
    found = {person: people.leave(body) for person, body in people.bodies(connection, me().actor.cell, staff)}
    return {person: rows for person, rows in found.items() if rows}


# A day


@dataclass(frozen=True)
class Spot:
    """A site on the sketch: pixels from the upper left, a number, and the turn of the person who goes there."""

    x: float
    y: float
    number: int
    name: str
    turn: int


@bp.get("/on/<day>")
@allow(doors.MANAGERS)
def on(day: str) -> str:
    """Show a day: the tasks by person, and a sketch of the sites."""
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Problem("not-found") from None
    town = doors.given("town") or next(iter(doors.own_towns()), "")
    cell, homes = me().actor.cell, doors.homes(town)
    with db.reading() as connection:
        tasks = [_task(row) for row in patrol_tasks.of_period(connection, cell, homes, day, day)]
        sites = rounds.named(connection, cell, [site for task in tasks for site in task.sites])
    by_person: dict[str, list[Task]] = {}
    for task in tasks:
        for person in task.people or [""]:
            by_person.setdefault(person, []).append(task)
    return render_template(
        "patrol_tasks/day.html", day=day, town=town, by_person=by_person, sites=sites,
        STATUSES=patrol_tasks.STATUSES, spots=_sketch(by_person, sites), width=_WIDTH, height=_HEIGHT,
        before=later(day, -1), after=later(day, 1),
    )  # fmt: skip


def _sketch(by_person: dict[str, list[Task]], sites: dict[str, Any]) -> list[Spot]:
    """Return the day's sites as spots; a sketch without a map, north up, in true proportion."""
    turns = {site: turn for turn, tasks in enumerate(by_person.values()) for task in tasks for site in task.sites}
    placed = [(site, sites[site]) for site in turns if site in sites and sites[site].lon is not None]
    if not placed:
        return []
    west, south = min(row.lon for _id, row in placed), min(row.lat for _id, row in placed)
    # A degree of longitude in Fujian is nine tenths of one of latitude.
    wide = max((row.lon - west) * 0.9 for _id, row in placed)
    high = max(row.lat - south for _id, row in placed)
    scale = min((_WIDTH - 2 * _MARGIN) / (wide or 1e-3), (_HEIGHT - 2 * _MARGIN) / (high or 1e-3))
    return [
        Spot(
            round(_MARGIN + (row.lon - west) * 0.9 * scale, 1),
            round(_HEIGHT - _MARGIN - (row.lat - south) * scale, 1), number, row.name, turns[site] % 6,
        )
        for number, (site, row) in enumerate(placed, 1)
    ]  # fmt: skip


# One task


@bp.get("/<uuid:task_id>")
@allow(doors.MANAGERS)
def show(task_id: Any) -> str:
    """Show a task: where, who, what became of each site."""
    return _page(task_id)


@bp.post("/<uuid:task_id>")
@allow(doors.MANAGERS)
def act(task_id: Any) -> ResponseReturnValue:
    """State why it was missed, decide on that, or cancel it: on the revision on the screen."""
    try:
        verb = doors.verb("explain", "decide", "cancel")
        doors.perform(f"patrol_task.{verb}", task_id, {"to": doors.typed("to")} if verb == "decide" else None)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(task_id, **more))
    return doors.done(url_for(".show", task_id=task_id))


def _page(task_id: Any, problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        record = doors.load(connection, patrol_tasks.NOUN, task_id)
        task = Task(
            record.id, record.home, record.text("status"), record.text("task_date"), record.rev, record.body
        )
        sites = rounds.named(connection, record.cell, task.sites)
        found = {
            site: visits.of_inspection(connection, record.cell, str(record.get(f"visited/{site}")))
            for site in task.visited
        }
        versions = doors.versions(connection, record)
    return render_template(
        "patrol_tasks/show.html", task=task, sites=sites, found=found, problem=problem, versions=versions,
        fields=patrol_tasks.NOUN.fields, STATUSES=patrol_tasks.STATUSES, KINDS=PATROL_KINDS,
        DECISIONS={name: patrol_tasks.STATUSES[name] for name in patrol_tasks.DECISIONS[2:]},
        VERDICTS=visits.VERDICTS, overdue=(record.text("due_on") or task.day) < display.today(),
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip


# What was missed


@bp.get("/missed")
@allow(doors.MANAGERS)
def missed() -> str:
    """List tasks whose day has passed and that were not done, with the reasons of the township."""
    town, status = doors.given("town"), doors.given("status")
    cell, homes = me().actor.cell, doors.homes(town)
    found = doors.paged(
        lambda connection, limit, offset: patrol_tasks.missed(
            connection, cell, homes, display.today(), status, limit, offset
        )
    )
    tasks = [_task(row) for row in found["rows"]]
    with db.reading() as connection:
        blocked = {
            task.id: sum(
                getattr(visits.of_inspection(connection, cell, task.body[f"visited/{site}"]), "verdict", "")
                == "blocked"
                for site in task.visited
            )
            for task in tasks
        }
    statuses = ("planned", "assigned", "downloaded", "in_progress", "partial", *patrol_tasks.DECISIONS)
    return render_template(
        "patrol_tasks/missed.html", tasks=tasks, blocked=blocked, page=found["page"], more=found["more"],
        town=town, towns=doors.own_towns(), status=status,
        STATUSES={name: patrol_tasks.STATUSES[name] for name in statuses},
    )  # fmt: skip


# Handing over


@bp.get("/handover")
@allow(doors.MANAGERS)
def handover() -> str:
    """Show all open tasks of one person, to be given to another."""
    return _handover()


@bp.post("/handover")
@allow(doors.MANAGERS)
def hand_over() -> ResponseReturnValue:
    """Give the ticked tasks of one person to another; tell what became of each."""
    old, new = doors.typed("old"), doors.typed("new")
    if new not in _staff():
        raise Problem("bad-value", "choice")
    wish = {f"assignees/{old}": None, f"assignees/{new}": True} if old != new else {f"assignees/{new}": True}
    results = _each(doors.typed_all("tasks"), lambda _task: wish)
    return _handover(results), 200


def _staff() -> dict[str, str]:
    """Return everybody who works in the townships of the person at this screen: id to first township."""
    with db.reading() as connection:
        return {
            person: home
            for home in reversed(doors.homes())
            for person in people.of_township(connection, me().actor.cell, home)
        }


def _handover(results: list[Done] | None = None) -> str:
    staff, old = _staff(), doors.given("person") or doors.typed("old")
    with db.reading() as connection:
        rows = rounds.open_tasks(connection, me().actor.cell, old) if old else []
    own = set(doors.homes())
    tasks = [Task(r.task_id, r.home, r.status, r.day, r.rev, orjson.loads(r.body)) for r in rows if r.home in own]
    return render_template(
        "patrol_tasks/handover.html", tasks=tasks, old=old, staff=staff, results=results,
        STATUSES=patrol_tasks.STATUSES,
    )  # fmt: skip
