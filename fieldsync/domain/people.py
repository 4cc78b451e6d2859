"""People of a county with their dated roles and scopes (sync.md section 2; domain.md section 4.0)."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import homes, patrol_tasks, rounds
from fieldsync.domain.planner import later
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.geo.divisions import is_upper
from fieldsync.sync import tables
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import TOWNSHIP_ROLES, Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

ROLES: Words = {
    "inspector": ("巡查员", "Inspector"),
    "manager": ("乡镇负责人", "Township manager"),
    "reviewer": ("县级审核员", "County reviewer"),
    "leader": ("领导", "Leader"),
    "department": ("部门人员", "Department"),
    "admin": ("管理员", "Admin"),
    # Of the province or a city, in a cell of its own; the only role there.
    "superior": ("省市人员", "Officer of province or city"),
}
# Why somebody gives a township to another: the first two for some days, the last for good.
HANDOVERS: Words = {
    "leave": ("请假", "Leave"),
    "delegation": ("委托代管", "Delegation"),
    "departure": ("离岗或调离", "Leaves the post"),
}

# Fields

FIELDS = own_fields(
    Field("name", ("姓名", "Name"), "text", "county", required=True, most=40),
    Field("login", ("用户名", "User name"), "code", "once", required=True),
    Field("phone", ("电话", "Telephone"), "text", "county", most=30),
    Field("unit", ("单位", "Unit"), "text", "county", most=60),
    Field("certificate_no", ("执法证号", "Certificate number"), "text", "county", most=40),
    Field("active", ("在岗", "Active"), "boolean", "county"),
    Field("roles/*", ("角色", "Role"), "marker", "add"),
    Field("roles/*/role", ("角色", "Role"), "choice", "county", choices=ROLES),
    Field("roles/*/scope", ("范围", "Scope"), "text", "county", most=48),
    Field("roles/*/from", ("起", "From"), "date", "county"),
    Field("roles/*/to", ("止", "To"), "date", "county"),
    # Days off, and who stands in: tasks are made for the delegate then.
    Field("leave/*", ("请假", "Leave"), "marker", "add"),
    Field("leave/*/from", ("起", "From"), "date", "county"),
    Field("leave/*/to", ("止", "To"), "date", "county"),
    Field("leave/*/delegate", ("代班人", "Stand-in"), "ref", "county"),
    # Townships that were given to somebody else, by the action of that name.
    Field("handovers/*", ("乡镇移交", "Handover"), "marker", "server"),
    Field("handovers/*/town", ("移交乡镇", "Township handed over"), "town", "server"),
    Field("handovers/*/to", ("接手人", "Taken over by"), "ref", "server"),
    Field("handovers/*/why", ("移交类型", "Kind of handover"), "choice", "server", choices=HANDOVERS),
    Field("handovers/*/from", ("起", "From"), "date", "server"),
    Field("handovers/*/until", ("止", "Until"), "date", "server"),
    Field("handovers/*/reason", ("移交原因", "Reason of the handover"), "text", "server", most=500),
    Field("handovers/*/tasks", ("移交任务数", "Tasks handed over"), "integer", "server"),
)

# Projection

TABLE = db.Table(
    "person",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("login", String(64), nullable=False),
    Column("active", Integer, nullable=False),
)


def _more(person: Record) -> tuple[str, ...]:
    return (f"u-{person.id}",)


def _project(person: Record) -> tuple[Any, ...]:
    active = person.get("active") is not False and not person.voided
    return person.text("name")[:80], person.text("login")[:64], int(active)


NOUN = Noun(
    "person", "people", ("人员", "Person"), FIELDS, home=homes.county, more=_more, table=TABLE, project=_project,
    salted=True,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Take a person onto the county's roster."""
    edit(change)


def edit(change: Change) -> None:
    """Change a person; roles count from the operation's place in the cell's order."""
    _check_roles(change)
    change.merge()
    _settle_tenures(change)


def reassign(change: Change) -> None:
    """Move a person to other townships: his township roles end, new ones begin; unsent work survives."""
    towns = change.op.set.get("towns")
    role = change.op.set.get("role", "inspector")
    cell = change.journal.cell
    if not isinstance(towns, list) or not towns or not all(_is_scope(f"t-{town}", cell) for town in towns):
        raise Problem("bad-value", "choice", path="towns")
    if role not in TOWNSHIP_ROLES:
        raise Problem("bad-value", "choice", path="role")
    person = change.record
    for row in person.rows("roles"):
        if str(person.get(f"roles/{row}/scope")).startswith("t-"):
            change.put(f"roles/{row}", None)
    for number, town in enumerate(towns):
        row = f"roles/{change.op.op}{f'-{number}' if number else ''}"
        change.put(row, True)
        change.put(f"{row}/role", role)
        change.put(f"{row}/scope", f"t-{town}")
    _settle_tenures(change)


def hand_over(change: Change) -> None:
    """Give one township of a person to another, {town, to, why, from, until}: scope, open tasks, plans; a reason.

    For some days both have it, and tasks of these days go; at a departure all that begins then is the other's.
    """
    terms = _terms(change)
    other = change.get(change.op.set.get("to"))
    if other is None or other.type != "person" or other.get("active") is False or other.id == change.record.id:
        raise Problem("bad-value", "handover-person", path="to")
    roles = [
        row for row in change.record.rows("roles") if change.record.get(f"roles/{row}/scope") == terms["home"]
    ]
    if not roles:
        raise Problem("bad-value", "handover-town", path="town")
    for number, row in enumerate(roles):
        _share_role(change, row, other, f"roles/{change.op.op}-{number}", terms)
    if terms["why"] == "leave":
        row = f"leave/{change.op.op}"
        for path, value in {row: True, f"{row}/from": terms["from"], f"{row}/to": terms["until"]}.items():
            change.put(path, value)
        change.put(f"{row}/delegate", other.id)
    if terms["why"] == "departure":
        _end_roles(change, roles, terms)
        _pass_plans(change, other, terms)
    moved = _pass_tasks(change, other, terms)
    _note(change, other, terms, moved)
    change.issue("handed-over", count=moved)
    _settle_tenures(change)
    _settle_tenures(change, other)


def _terms(change: Change) -> dict[str, str]:
    """Return what a handover was asked for: home, why, from, until (empty where it is for good), reason, today."""
    asked = change.op.set
    today = moments.day_of(change.journal.now)
    town, why = asked.get("town"), asked.get("why")
    first, until = asked.get("from") or today, asked.get("until") or ""
    if why not in HANDOVERS:
        raise Problem("bad-value", "choice", path="why")
    spec = FIELDS.find("roles/row/from")
    assert spec is not None
    for path, day in (("from", first), ("until", until)):
        if day and spec.check(day):
            raise Problem("bad-value", "date", path=path)
    if bool(until) == (why == "departure") or (until and until < first):
        raise Problem("bad-value", "period")
    return {
        "home": f"t-{town}", "why": why, "from": first, "until": until, "reason": change.reason(), "today": today,
    }  # fmt: skip


def _share_role(change: Change, row: str, other: Record, new: str, terms: dict[str, str]) -> None:
    """Give the other person a role as this person has it, for the days of the handover; unless he has it then."""
    role = change.record.get(f"roles/{row}/role")
    held = [
        _tenure(other, own) for own in other.rows("roles")
        if (other.get(f"roles/{own}/role"), other.get(f"roles/{own}/scope")) == (role, terms["home"])
    ]  # fmt: skip
    end = terms["until"] or "9999"
    if any(since <= terms["from"] and (until or "9999") >= end for _role, _scope, since, until in held):
        return
    days = {"from": terms["from"], "to": terms["until"] or None}
    for path, value in ({"role": role, "scope": terms["home"]} | days).items():
        change.put(f"{new}/{path}", value, other)
    change.put(new, True, other)


def _end_roles(change: Change, roles: list[str], terms: dict[str, str]) -> None:
    """End roles with the day before the handover; at once where that has passed."""
    for row in roles:
        if terms["from"] <= terms["today"]:
            change.put(f"roles/{row}", None)
        else:
            change.put(f"roles/{row}/to", later(terms["from"], -1))


def _pass_plans(change: Change, other: Record, terms: dict[str, str]) -> None:
    """Put the other person in this one's place in the township's plans."""
    journal, owner = change.journal, f"owners/{change.record.id}"
    for plan_id in rounds.plans_of(journal.connection, journal.cell, terms["home"]):
        plan = change.get(plan_id)
        if plan is not None and plan.get(owner) is True:
            change.put(owner, None, plan)
            change.put(f"owners/{other.id}", True, plan)


def _pass_tasks(change: Change, other: Record, terms: dict[str, str]) -> int:
    """Give the open tasks of the days of the handover to the other person, overdue ones too once it has begun."""
    journal, moved = change.journal, 0
    for row in rounds.open_tasks(journal.connection, journal.cell, change.record.id):
        overdue = row.day < terms["today"] and terms["from"] <= terms["today"]
        wanted = overdue or terms["from"] <= row.day <= (terms["until"] or row.day)
        task = change.get(row.task_id) if row.home == terms["home"] and wanted else None
        if task is not None:
            patrol_tasks.pass_on(change, task, other.id)
            moved += 1
    return moved


def _note(change: Change, other: Record, terms: dict[str, str], moved: int) -> None:
    """Keep the handover on the record of who gave."""
    row = f"handovers/{change.op.op}"
    told = {"town": terms["home"].removeprefix("t-"), "to": other.id, "tasks": moved} | {
        name: terms[name] or None for name in ("why", "from", "until", "reason")
    }
    change.put(row, True)
    for name, value in told.items():
        change.put(f"{row}/{name}", value)


def deactivate(change: Change) -> None:
    """Close a person's account; what he still sends is held for the desk."""
    change.put("active", False)
    _settle_tenures(change)


def bring_in(change: Change) -> None:
    """Leave a line in the chain that exported work of this person was brought in, by whom and which file."""
    change.outcome.settle()


def _check_roles(change: Change) -> None:
    """Refuse a role that is none, a scope that is not its own, a day that is none: they would open doors."""
    rows = dict.fromkeys(path.split("/")[1] for path in change.op.set if path.startswith("roles/"))
    for row in rows:
        role, scope = _meant(change, f"roles/{row}/role"), _meant(change, f"roles/{row}/scope")
        if role is not None and (role not in ROLES or (role == "superior") != is_upper(change.journal.cell)):
            raise Problem("bad-value", "choice", path=f"roles/{row}/role")
        if scope is not None and not _is_scope(scope, change.journal.cell):
            raise Problem("bad-value", "choice", path=f"roles/{row}/scope")
        # A township's role in the county's scope would reach every township. The other way round is
        # how a county phone is given the townships that it takes along.
        if scope and role in TOWNSHIP_ROLES and not str(scope).startswith("t-"):
            raise Problem("bad-value", "choice", path=f"roles/{row}/scope")
        for path in (f"roles/{row}/from", f"roles/{row}/to"):
            day, spec = _meant(change, path), change.noun.fields.find(path)
            if day is not None and spec is not None and spec.check(day):
                raise Problem("bad-value", "date", path=path)


def _meant(change: Change, path: str) -> Any:
    """Return the value that a path will have after this operation."""
    return change.op.set[path] if path in change.op.set else change.record.get(path)


def _is_scope(scope: Any, cell: str) -> bool:
    """Tell whether a scope is the county's own, or a township's of it."""
    town = str(scope).removeprefix("t-")
    return scope == f"c-{cell}" or (
        str(scope).startswith("t-") and len(town) == 9 and town.isdecimal() and town.startswith(cell)
    )


def _settle_tenures(change: Change, other: Record | None = None) -> None:
    """Open and close tenures so that they say what a person's roles are from this operation on."""
    person, journal = other or change.record, change.journal
    seq = journal.seq + 1
    wanted = {row: _tenure(person, row) for row in person.rows("roles") if person.get("active") is not False}
    open_rows = database.rows(
        journal.connection,
        "SELECT row_id, role, scope, valid_from, valid_to, since FROM tenure"
        " WHERE cell = :cell AND person_id = :id AND until IS NULL",
        cell=person.cell,
        id=person.id,
    )
    for row_id, *values, since in open_rows:
        if wanted.get(row_id) == tuple(values):
            del wanted[row_id]
        else:
            row = (person.cell, person.id, row_id, since, seq, *values)
            database.upsert(journal.connection, tables.tenure, [row])
    new = [(person.cell, person.id, row, seq, None, *tenure) for row, tenure in wanted.items()]
    database.upsert(journal.connection, tables.tenure, new)


def _tenure(person: Record, row: str) -> tuple[str, str, str, str]:
    return (
        person.text(f"roles/{row}/role"), person.text(f"roles/{row}/scope"),
        person.text(f"roles/{row}/from"), person.text(f"roles/{row}/to"),
    )  # fmt: skip


# Questions


def leave(body: Body) -> list[tuple[str, str, str]]:
    """Return a person's leave, by its first day: (from, to, delegate), each may be empty."""
    rows = [path for path, value in body.items() if path.startswith("leave/") and value is True]
    told = [tuple(str(body.get(f"{row}/{name}") or "") for name in ("from", "to", "delegate")) for row in rows]
    return sorted((first, until, delegate) for first, until, delegate in told)


def of_township(connection: Any, cell: str, home: str) -> list[str]:
    """Return the active people who hold a role in a township today or later, by name."""
    statement = (
        "SELECT DISTINCT p.id, p.name FROM tenure AS t JOIN person AS p ON p.cell = t.cell AND p.id = t.person_id"
        " WHERE t.cell = :cell AND t.until IS NULL AND t.scope = :home AND p.active = 1 ORDER BY p.name, p.id"
    )
    return [row[0] for row in database.rows(connection, statement, cell=cell, home=home)]


def bodies(connection: Any, cell: str, ids: Iterable[str]) -> list[tuple[str, Body]]:
    """Return the bodies of people by id."""
    statement = (
        f"SELECT r.id, r.body FROM {database.keys('ids')} CROSS JOIN record AS r"  # noqa: S608 (own text)
        " WHERE r.cell = :cell AND r.id = keys.value AND r.type = 'person'"
    )
    given = orjson.dumps(list(ids)).decode()
    return [(row[0], orjson.loads(row[1])) for row in database.rows(connection, statement, cell=cell, ids=given)]


def left_scopes(connection: Any, cell: str) -> dict[str, list[tuple[str, str]]]:
    """Return the scopes that people no longer have, with the time at which they lost them, by person."""
    statement = (
        "SELECT t.person_id, t.scope, max(o.received_at) FROM tenure AS t"
        " JOIN operation AS o ON o.cell = t.cell AND o.seq = ("
        "SELECT min(x.seq) FROM operation AS x WHERE x.cell = t.cell AND x.seq >= t.until)"
        " WHERE t.cell = :cell AND t.until IS NOT NULL AND t.until > t.since AND NOT EXISTS ("
        "SELECT 1 FROM tenure AS n WHERE n.cell = t.cell AND n.person_id = t.person_id AND n.scope = t.scope"
        " AND n.until IS NULL) GROUP BY t.person_id, t.scope ORDER BY t.person_id, t.scope"
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for person_id, scope, at in database.rows(connection, statement, cell=cell):
        found.setdefault(person_id, []).append((scope, at))
    return found


def listing(connection: Any, cell: str, limit: int, offset: int) -> list[Any]:
    """Return a page of a county's people: (id, name, login, active)."""
    statement = (
        "SELECT id, name, login, active FROM person WHERE cell = :cell"
        " ORDER BY active DESC, name, id LIMIT :limit OFFSET :offset"
    )
    return list(database.rows(connection, statement, cell=cell, limit=limit, offset=offset))


def names(connection: Any, cell: str) -> dict[str, str]:
    """Return the names of a county's people by id."""
    rows = database.rows(connection, "SELECT id, name FROM person WHERE cell = :cell", cell=cell)
    return {row[0]: row[1] for row in rows}


def present_roles(connection: Any, cell: str) -> dict[str, list[tuple[str, str]]]:
    """Return the present (role, scope) pairs of a county's people by id."""
    rows = database.rows(
        connection,
        "SELECT person_id, role, scope FROM tenure WHERE cell = :cell AND until IS NULL ORDER BY row_id",
        cell=cell,
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for person_id, role, scope in rows:
        found.setdefault(person_id, []).append((role, scope))
    return found
