"""People and their phones, for administrators: roles, enrolment codes, revoked devices."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import engine, me, standing
from fieldsync.api.session import picture
from fieldsync.console import display, doors, names
from fieldsync.domain import accounts, contacts, devices, people
from fieldsync.errors import Problem

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.before_request
def _for_administrators() -> None:
    if not standing().covers(f"c-{me().actor.cell}", {"admin"}):
        raise Problem("not-allowed")


@bp.get("")
def listing() -> str:
    """List the county's people with their present roles and their devices."""
    cell = me().actor.cell
    found = doors.paged(lambda connection, limit, offset: people.listing(connection, cell, limit, offset))
    with db.reading() as connection:
        roles, phones = people.present_roles(connection, cell), devices.listing(connection, cell)
        seen = contacts.of_county(connection, cell)
    held: dict[str, list[Phone]] = {}
    for row in phones:
        if not row.revoked:
            held.setdefault(row.person_id, []).append(_phone(row, seen))
    return render_template("people/list.html", **found, roles=roles, held=held, ROLES=people.ROLES)


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
    """Move a person to other townships, or close his account: on the revision on the screen."""
    verb = doors.verb("reassign", "deactivate")
    towns = [town for town in doors.typed_all("towns") if town in names.towns()]
    wish = {"towns": towns, "role": doors.typed("role")} if verb == "reassign" else None
    try:
        doors.perform(f"person.{verb}", person_id, wish)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(person_id, **more))
    return doors.done(url_for(".show", person_id=person_id))


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
        roles = people.present_roles(connection, person.cell).get(person.id, [])
        versions = doors.versions(connection, person)
        seen = contacts.of_county(connection, person.cell)
    hidden = ("salt", "name", "login")
    return render_template(
        "people/show.html", who=person, problem=problem, roles=roles, ROLES=people.ROLES,
        phones=[_phone(row, seen) for row in phones], ERASURES=devices.ERASURES,
        towns=names.towns(), fields=people.NOUN.fields, versions=versions,
        lines=[line for line in display.lines(people.NOUN.fields, person.body) if line.path not in hidden
               and not line.path.startswith("roles/")],
        meanwhile=display.since(versions, doors.typed("rev")) if doors.typed("verb") else [],
    )  # fmt: skip
