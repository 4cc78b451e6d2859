"""Forms as records of the cell `common`: every version is kept for ever and never changes (docs/forms.md)."""

import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Column, Connection, Index, Integer, String
from sqlalchemy import Engine as Database

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.photos import ROLES
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.forms.evaluate import Plan
from fieldsync.forms.xlsform import Compiled, compile_form
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.change import Change
from fieldsync.sync.heads import COMMON
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

# Fields

# An operation holds definition and source together: its limit is theirs.
_MOST = 250_000
FIELDS = own_fields(
    Field("name", ("名称", "Name"), "code", "server"),
    Field("version", ("版本", "Version"), "integer", "server"),
    # The code of the county whose form it is; empty for every county.
    Field("county", ("县", "County"), "text", "server"),
    Field("titles", ("标题", "Titles"), "any", "server"),
    Field("noun", ("记录种类", "Kind of record"), "code", "server"),
    # Compiled JSON as one text: its trees nest deeper than an operation may.
    Field("definition", ("定义", "Definition"), "text", "server", most=_MOST),
    Field("source", ("工作表", "Sheets"), "text", "server", most=_MOST),
    Field("published_by", ("发布人", "Published by"), "text", "server"),
    Field("published_at", ("发布时间", "Published at"), "time", "server"),
    Field("current", ("现行", "Current"), "boolean", "server"),
)

# Projection

TABLE = db.Table(
    "form",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("county", String(12), nullable=False),
    Column("name", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("current", Integer, nullable=False),
    Index("form_name", "cell", "county", "name", "version"),
)


def _project(form: Record) -> tuple[Any, ...]:
    version, current = int(form.number("version") or 0), int(form.get("current") is True)
    return form.text("county")[:12], form.text("name")[:40], version, current


NOUN = Noun("form", "forms", ("表单", "Form"), FIELDS, home=homes.common, table=TABLE, project=_project)

# Rules

_CURRENT = (
    "SELECT id, version FROM form WHERE cell = :cell AND county = :county AND name = :name AND current = 1"
    " AND id <> :id"
)


def publish(change: Change) -> None:
    """Enter a version of a form, newer than all before it; only the server does this, for an admin."""
    form, given = change.record, change.op.set
    if not change.created:
        if form.get("definition") != given.get("definition"):
            raise Problem("wrong-state", "form-kept")
        return
    older = database.rows(
        change.journal.connection, _CURRENT, cell=COMMON, county=given["county"], name=given["name"], id=form.id
    )
    for row in list(older):
        if row[1] > given["version"]:
            raise Problem("wrong-state", "form-older")
        change.put("current", False, change.get(row[0]))
    for path, value in given.items():
        change.put(path, value)
    change.put("published_at", change.journal.received_at)
    change.put("current", True)


# Publishing


def form_id(name: str, version: int, county: str = "") -> str:
    """Return the id of a form's version: the same on every server."""
    return str(uuid.uuid5(NAMESPACE, f"form {county} {name} {version}"))


def enter(engine: Engine, made: Compiled, county: str = "", by: str = "") -> str:
    """Publish a compiled form for one county, or for all; return its id. Known content changes nothing."""
    form = made.form
    body = {
        "name": form["name"], "version": form["version"], "county": county, "titles": form["titles"],
        "noun": form["noun"], "definition": orjson.dumps(form).decode(),
        "source": orjson.dumps(made.sheets).decode(), "published_by": by,
    }  # fmt: skip
    record_id = form_id(form["name"], form["version"], county)
    engine.perform(actors.system(COMMON), "form.publish", record_id, op=new_id(), set_=body)
    _plans.clear()
    return record_id


def compiled(source: bytes | str, nouns: Mapping[str, Noun]) -> Compiled:
    """Return a form compiled for these nouns; raise FormRefused with all that is wrong."""
    return compile_form(source, {name: noun.fields for name, noun in nouns.items()}, ROLES)


def load_all(engine: Engine, nouns: Mapping[str, Noun]) -> int:
    """Publish those of the shipped forms that are not there yet; return how many that were."""
    known = {(body["county"], body["name"], body["version"]) for body in listed()}
    new = [
        made for made in (compiled(path.read_text("utf-8"), nouns) for path in shipped())
        if ("", made.form["name"], made.form["version"]) not in known
    ]  # fmt: skip
    for made in new:
        enter(engine, made)
    return len(new)


def shipped() -> list[Path]:
    """Return the sources of the forms that every instance has."""
    return sorted((Path(__file__).parents[1] / "data" / "forms").glob("*.md"))


# Questions

_DEFINITION = (
    "SELECT r.body FROM {keys} CROSS JOIN record AS r"
    " WHERE r.cell = :cell AND r.id = keys.value AND r.type = 'form'"
)
_FORGET_S = 30.0
# China's clocks, ahead of UTC.
_AHEAD = timedelta(hours=8)
# By database: what was found never changes, what was not found is asked again after a while.
_plans: WeakKeyDictionary[Database, dict[tuple[str, str], tuple[float, Plan | None]]] = WeakKeyDictionary()


def find(connection: Connection, reference: str, county: str) -> Plan | None:
    """Return the form `name@version` as a county has it: its own, else everybody's; None where there is none."""
    known = _plans.setdefault(connection.engine, {})
    key = (reference, county)
    until, plan = known.get(key, (0.0, None))
    if plan is None and until < time.monotonic():
        plan = _load(connection, reference, county)
        if len(known) > 1000:
            known.clear()
        known[key] = (time.monotonic() + _FORGET_S, plan)
    return plan


def _load(connection: Connection, reference: str, county: str) -> Plan | None:
    name, _, version = reference.partition("@")
    if not (version.isdecimal() and version.isascii() and len(version) < 11):
        return None
    ids = [form_id(name, int(version), owner) for owner in (county, "")]
    rows = database.rows(
        connection, _DEFINITION.format(keys=database.keys("ids")), cell=COMMON, ids=orjson.dumps(ids).decode()
    )
    bodies = sorted((orjson.loads(row[0]) for row in rows), key=lambda body: not body["county"])
    return Plan(orjson.loads(bodies[0]["definition"])) if bodies else None


def check(change: Change) -> None:
    """Tell the author where a record breaks the rules of its form; it is taken in whatever it says.

    Photos are not counted: they come later. A form that this server does not know has no rules.
    """
    record = change.record
    plan = (
        find(change.journal.connection, record.text("form"), change.journal.cell) if record.get("form") else None
    )
    if plan is None or plan.form["noun"] != record.type:
        return
    told = {issue.get("path") for issue in change.outcome.issues}
    for path, code in plan.faults(record.body, {"now": _moment(change)}):
        if path not in told:
            change.issue(code, path)


def _moment(change: Change) -> str:
    """Return when the record was made by the phone's clock, where that can be believed, as China writes it."""
    try:
        return _in_china(datetime.fromisoformat("" if change.op.skew_s else change.op.at))
    except (ValueError, OverflowError):
        return _in_china(change.journal.now)


def _in_china(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    return (moment.replace(tzinfo=None) + (_AHEAD - offset)).isoformat() + "+08:00"


def listed() -> list[dict[str, Any]]:
    """Return {id, name, version, county, titles, current, ...} of every version, without its content."""
    with database.reading() as connection:
        rows = database.rows(
            connection, "SELECT id, body FROM record WHERE cell = :cell AND type = 'form'", cell=COMMON
        )
    bodies = [{"id": row[0]} | orjson.loads(row[1]) for row in rows]
    heavy = ("definition", "source")
    slim = [{name: value for name, value in body.items() if name not in heavy} for body in bodies]
    return sorted(slim, key=lambda body: (body["county"], body["name"], body["version"]))


def sheets_of(reference: str, county: str) -> dict[str, Any]:
    """Return the sheets that `name@version` was made of; raise Problem where there is no such form."""
    name, _, version = reference.partition("@")
    record_id = form_id(name, int(version), county) if version.isdecimal() else ""
    with database.reading() as connection:
        row = database.row(
            connection, "SELECT body FROM record WHERE cell = :cell AND id = :id", cell=COMMON, id=record_id
        )
    if row is None:
        raise Problem("not-found")
    found: dict[str, Any] = orjson.loads(orjson.loads(row[0])["source"])
    return found
