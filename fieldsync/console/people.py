"""People and their phones, for administrators: roles, enrolment codes, revoked devices."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import engine, me, standing
from fieldsync.api.session import picture
from fieldsync.console import display, doors, names
from fieldsync.domain import accounts, contacts, devices, people, receipts, rounds
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.records import Record

bp = Blueprint("people", __name__, url_prefix="/people")

# What a county gives; officers of province and cities are none of its people.
_ROLES = {code: labels for code, labels in people.ROLES.items() if code != "superior"}


@bp.before_request
def _for_administrators() -> None:
    if not standing().covers(f"c-{me().actor.cell}", {"admin"}):
        raise Problem("not-allowed")


@bp.get("")
def listing() -> str:
    """List the county's people with their present roles, their devices, and what still waits of theirs."""
    return _list()


@bp.post("")
def create() -> ResponseReturnValue:
    """Take a person onto the roster, with a first role and a password that is shown once."""
    role, scope = doors.typed("role"), doors.typed("scope")
    row, person_id = f"roles/{new_id()}", doors.typed("id") or new_id()
    wish: dict[str, Any] = {"name": doors.typed("name"), "login": doors.typed("login"), row: True}
    wish |= {f"{row}/role": role, f"{row}/scope": scope}
    wish |= {path: doors.typed(path) for path in ("phone", "unit") if doors.typed(path)}
    try:
        if not wish["name"] or not wish["login"]:
            raise Problem("bad-value", "no-value")
        if accounts.owner_of(wish["login"]) is not None:
            raise Problem("bad-value", "login-taken")
        engine().perform(me().actor, "person.create", person_id, op=doors.typed("op") or new_id(), set_=wish)
    except Problem as problem:
        return doors.again(problem, _list)
    return _give_password(person_id)


def _list(problem: dict[str, Any] | None = None) -> str:
    cell = me().actor.cell
    found = doors.paged(lambda connection, limit, offset: people.listing(connection, cell, limit, offset))
    with db.reading() as connection:
        roles, phones = people.present_roles(connection, cell), devices.listing(connection, cell)
        seen, waiting = contacts.of_county(connection, cell), receipts.held_by_author(connection, cell)
        left = people.left_scopes(connection, cell)
    held: dict[str, list[Phone]] = {}
    for row in phones:
        if not row.revoked:
            held.setdefault(row.person_id, []).append(_phone(row, seen))
    return render_template(
        "people/list.html", **found, roles=roles, held=held, ROLES=_ROLES, waiting=waiting, problem=problem,
        scopes=_scopes(), stale={person: _stale(left.get(person, []), phones) for person, phones in held.items()},
    )  # fmt: skip


def _scopes() -> dict[str, str]:
    """Return the scopes that a role may have: the county, then its townships."""
    county = f"c-{me().actor.cell}"
    return {county: names.place(county)} | {f"t-{code}": name for code, name in names.towns().items()}


def _stale(left: list[tuple[str, str]], phones: list["Phone"]) -> list[str]:
    """Return the scopes whose records a phone still holds: it was not here since its person lost them."""
    since = [phone.contact.last_seen_at for phone in phones if phone.contact]
    return [scope for scope, at in left if any(seen < at for seen in since)]


@dataclass(frozen=True)
class Phone:
    """A device on a page: its row, its body, the last contact, and days of silence once they are too many."""

    row: Any
    body: dict[str, Any]
    contact: contacts.Contact | None
    silent_days: int


def _phone(row: Any, seen: Mapping[str, contacts.Contact]) -> Phone:
    body, contact = orjson.loads(row.body), seen.get(row.id)
    days = contacts.silent_days(contact, body.get("enrolled_at"), engine().now())
    return Phone(row, body, contact, days if days >= doors.setting("DEVICE_SILENT_DAYS") else 0)


@bp.get("/<uuid:person_id>")
def show(person_id: Any) -> str:
    """Show a person: roles, devices, and what an administrator may do."""
    return _page(person_id)


@bp.post("/<uuid:person_id>")
def act(person_id: Any) -> ResponseReturnValue:
    """Move a person, hand a township over, give or end a role, note leave, close his account: on this revision."""
    verb = doors.verb(*_WISHES)
    action = verb if verb in ("reassign", "hand_over", "deactivate") else "edit"
    try:
        outcome = doors.perform(f"person.{action}", person_id, _WISHES[verb]())
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(person_id, **more))
    moved = [issue["count"] for issue in outcome.issues if issue["code"] == "handed-over"]
    said = _("The township was handed over, with %(n)s open tasks.", n=moved[0]) if moved else ""
    return doors.done(url_for(".show", person_id=person_id), said)


def _towns() -> dict[str, Any]:
    towns = [town for town in doors.typed_all("towns") if town in names.towns()]
    return {"towns": towns, "role": doors.typed("role")}


def _handed_over() -> dict[str, Any]:
    """Return which township goes to whom, why, and for which days."""
    names_ = {"town": "town", "to": "new", "why": "why", "from": "first", "until": "until"}
    return {name: doors.typed(field) for name, field in names_.items() if doors.typed(field)}


def _grant() -> dict[str, Any]:
    """Return a role in a scope, between two days: as for a joint patrol."""
    row = f"roles/{doors.typed('op') or new_id()}"
    wish: dict[str, Any] = {row: True, f"{row}/role": doors.typed("role"), f"{row}/scope": doors.typed("scope")}
    if doors.typed("scope") not in _scopes():
        raise Problem("bad-value", "choice")
    return wish | _days(row)


def _leave() -> dict[str, Any]:
    """Return leave from day to day, and who stands in."""
    row = f"leave/{doors.typed('op') or new_id()}"
    if not doors.typed("from") or not doors.typed("to"):
        raise Problem("bad-value", "date")
    stand_in = {f"{row}/delegate": doors.typed("delegate")} if doors.typed("delegate") else {}
    return {row: True} | _days(row) | stand_in


def _days(row: str) -> dict[str, str]:
    """Return the days of a role or of leave; the last is not before the first."""
    first, until = doors.typed("from"), doors.typed("to")
    if any(day and not _is_day(day) for day in (first, until)):
        raise Problem("bad-value", "date")
    if first and until and until < first:
        raise Problem("bad-value", "period")
    return {f"{row}/{name}": day for name, day in (("from", first), ("to", until)) if day}


def _is_day(text: str) -> bool:
    spec = people.FIELDS.find("roles/row/from")
    return spec is not None and spec.check(text) is None


def _ended(group: str) -> dict[str, Any]:
    """Return what takes a role or leave off."""
    if not doors.typed("row"):
        raise Problem("bad-value", "choice")
    return {f"{group}/{doors.typed('row')}": None}


_WISHES: dict[str, Callable[[], dict[str, Any] | None]] = {
    "reassign": _towns,
    "hand_over": _handed_over,
    "deactivate": lambda: None,
    "grant": _grant,
    "end_role": lambda: _ended("roles"),
    "leave": _leave,
    "end_leave": lambda: _ended("leave"),
}


@bp.post("/<uuid:person_id>/password")
def reset(person_id: Any) -> ResponseReturnValue:
    """Give a person a new password, shown once; his sessions end."""
    return _give_password(str(person_id))


def _give_password(person_id: str) -> ResponseReturnValue:
    with db.reading() as connection:
        person = doors.load(connection, people.NOUN, person_id)
    password = accounts.new_password()
    accounts.set_password(person.cell, person.id, person.text("login"), password)
    accounts.close_sessions(person.cell, person.id)
    return render_template("people/password.html", who=person, password=password)


@bp.post("/<uuid:person_id>/code")
def issue(person_id: Any) -> str:
    """Make a one-time enrolment code and show it, once, as text and as a picture."""
    with db.reading() as connection:
        person = doors.load(connection, people.NOUN, person_id)
    code = accounts.issue_code(person.cell, person.id)
    svg = base64.b64encode(picture(request.host_url, code)).decode()
    return render_template(
        "people/code.html", who=person, code=code, picture=svg, hours=doors.setting("ENROLMENT_HOURS")
    )


@bp.post("/devices/<uuid:device_id>")
def revoke(device_id: Any) -> ResponseReturnValue:
    """Stop a device: it hands in what it holds first, or is erased at once."""
    with db.reading() as connection:
        owner = doors.load(connection, devices.NOUN, device_id).text("person_id")
    try:
        doors.perform("device.revoke", device_id, {"erase": doors.typed("erase")})
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(owner, **more))
    return doors.done(url_for(".show", person_id=owner))


def _page(person_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of one person."""
    with db.reading() as connection:
        person = doors.load(connection, people.NOUN, person_id)
        phones = devices.listing(connection, person.cell, person.id)
        present = people.present_roles(connection, person.cell)
        versions = doors.versions(connection, person)
        seen = contacts.of_county(connection, person.cell)
        waiting = receipts.held_by_author(connection, person.cell).get(person.id, 0)
        left = people.left_scopes(connection, person.cell).get(person.id, [])
        tasks = rounds.open_tasks(connection, person.cell, person.id)
    hidden = ("salt", "name", "login")
    return render_template(
        "people/show.html", who=person, problem=problem, roles=present.get(person.id, []), ROLES=_ROLES,
        HANDOVERS=people.HANDOVERS, others=[who for who in names.people() if who in present and who != person.id],
        own=_own_towns(person, tasks), handovers=_handover_rows(person), today=display.today(),
        phones=[_phone(row, seen) for row in phones], ERASURES=devices.ERASURES, waiting=waiting,
        stale=_stale(left, [_phone(row, seen) for row in phones if not row.revoked]), tasks=tasks,
        rows=_role_rows(person), leave=_leave_rows(person), scopes=_scopes(), staff=names.people(),
        towns=names.towns(), fields=people.NOUN.fields, versions=versions,
        lines=[line for line in display.lines(people.NOUN.fields, person.body) if line.path not in hidden
               and not line.path.startswith(("roles/", "leave/", "handovers/"))],
        meanwhile=display.since(versions, doors.typed("rev")) if doors.typed("verb") else [],
    )  # fmt: skip


def _role_rows(person: Record) -> list[dict[str, str]]:
    """Return the roles of a person with their days: {row, role, scope, from, to}."""
    return [
        {"row": row} | {name: person.text(f"roles/{row}/{name}") for name in ("role", "scope", "from", "to")}
        for row in person.rows("roles")
    ]


def _own_towns(person: Record, tasks: list[Any]) -> dict[str, int]:
    """Return the townships in which a person has a role, each with the number of his open tasks there."""
    scopes = {person.text(f"roles/{row}/scope") for row in person.rows("roles")}
    return {s[2:]: sum(task.home == s for task in tasks) for s in sorted(scopes) if s.startswith("t-")}


def _handover_rows(person: Record) -> list[dict[str, Any]]:
    """Return what a person handed over, the latest first: {town, to, why, from, until, reason, tasks}."""
    named = ("town", "to", "why", "from", "until", "reason", "tasks")
    rows = [{name: person.get(f"handovers/{row}/{name}") for name in named} for row in person.rows("handovers")]
    return sorted(rows, key=lambda row: row["from"], reverse=True)


def _leave_rows(person: Record) -> list[dict[str, str]]:
    """Return the leave of a person: {row, from, to, delegate}."""
    rows = [
        {"row": row} | {name: person.text(f"leave/{row}/{name}") for name in ("from", "to", "delegate")}
        for row in person.rows("leave")
    ]
    return sorted(rows, key=lambda row: row["from"])
