"""Phones: enrolled by a one-time code, revoked when lost (sync.md sections 3 and 4)."""

from typing import Any

from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

ERASURES: Words = {"after-drain": ("先上交再清除", "After draining"), "now": ("立即清除", "Now")}

# Fields

FIELDS = own_fields(
    Field("name", ("设备名称", "Name"), "text", "county", most=60),
    Field("app", ("应用版本", "App"), "text", "server"),
    Field("person_id", ("领用人", "Person"), "ref", "server"),
    Field("public_key/**", ("公钥", "Public key"), "text", "server"),
    Field("enrolled_at", ("注册时间", "Enrolled at"), "time", "server"),
    Field("revoked_at", ("停用时间", "Revoked at"), "time", "server"),
    Field("erase", ("清除方式", "Erase"), "choice", "server", choices=ERASURES),
    Field("reason", ("原因", "Reason"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "device",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("person_id", String(36), nullable=False),
    # Empty while the device may push, else how it is to be erased.
    Column("erase", String(16), nullable=False),
    Column("revoked", Integer, nullable=False),
)


def _project(device: Record) -> tuple[Any, ...]:
    revoked = bool(device.get("revoked_at")) or device.voided
    return device.text("name")[:80], device.text("person_id"), device.text("erase"), int(revoked)


NOUN = Noun("device", "devices", ("设备", "Device"), FIELDS, home=homes.county, table=TABLE, project=_project)

# Rules


def enrol(change: Change) -> None:
    """Enter a device that showed a valid code; only the server does this."""
    for path, value in change.op.set.items():
        change.put(path, value)
    change.put("enrolled_at", change.journal.received_at)


def edit(change: Change) -> None:
    """Rename a device."""
    change.merge()


def revoke(change: Change) -> None:
    """Stop a device: it may hand in what it holds (`after-drain`) or is erased at once (`now`)."""
    erase = change.op.set.get("erase", "after-drain")
    if erase not in ERASURES:
        raise Problem("bad-value", "choice")
    reason = change.reason()
    change.put("revoked_at", change.journal.received_at)
    change.put("erase", erase)
    change.put("reason", reason)


# Questions


def listing(connection: Any, cell: str, person_id: str = "") -> list[Any]:
    """Return the devices of a county, or of one person: (id, name, person_id, erase, revoked, rev, body)."""
    statement = (
        "SELECT d.id, d.name, d.person_id, d.erase, d.revoked, r.rev, r.body FROM device AS d"
        " JOIN record AS r ON r.cell = d.cell AND r.id = d.id"
        " WHERE d.cell = :cell AND (:person_id = '' OR d.person_id = :person_id) ORDER BY d.revoked, d.id"
    )
    return list(database.rows(connection, statement, cell=cell, person_id=person_id))


def names(connection: Any, cell: str) -> dict[str, str]:
    """Return the names of a county's devices by id."""
    rows = database.rows(connection, "SELECT id, name FROM device WHERE cell = :cell", cell=cell)
    return {row[0]: row[1] for row in rows}
