"""Key minerals with their days of validity, and the notice's own list (domain.md section 1 row 21)."""

from typing import Any

from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes, key_lists
from fieldsync.domain.words import MINERALS
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Fields

FIELDS = own_fields(
    Field("mineral_code", ("矿种", "Mineral"), "choice", "once", required=True, choices=MINERALS),
    Field("valid_from", ("起", "From"), "date", required=True),
    Field("valid_to", ("止", "To"), "date"),
    Field("source", ("依据", "Source"), "text", most=300),
)

# Projection

TABLE = db.Table(
    "key_mineral",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("mineral_code", String(24), nullable=False),
    Column("valid_from", String(10), nullable=False),
    # Of those without an end, the last day that can be written.
    Column("valid_to", String(10), nullable=False),
    Index("key_mineral_code", "cell", "mineral_code"),
)


def _project(row: Record) -> tuple[Any, ...]:
    return row.text("mineral_code")[:24], row.text("valid_from")[:10], key_lists.last_day(row)


NOUN = Noun(
    "key_mineral", "key_minerals", ("重点矿种", "Key mineral"), FIELDS, home=homes.county, table=TABLE,
    project=_project,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Name a key mineral, from a day on."""
    change.merge()


def edit(change: Change) -> None:
    """Change the days or the source."""
    change.merge()


def void(change: Change) -> None:
    """Take a wrong entry back; one that ran out gets its last day instead."""
    change.void_merged()


# Questions


def is_key(connection: Any, cell: str, mineral: str, day: str) -> bool:
    """Tell whether a mineral was a key one of a county, or by the notice, on a day."""
    if key_lists.is_listed("key_minerals", "mineral_code", mineral, day):
        return True
    statement = (
        "SELECT 1 FROM key_mineral WHERE cell = :cell AND mineral_code = :mineral AND valid_from <= :day"
        " AND valid_to >= :day LIMIT 1"
    )
    return database.row(connection, statement, cell=cell, mineral=mineral, day=day) is not None


def listing(connection: Any, cell: str) -> list[Any]:
    """Return (id, rev, body, voided) of a county's entries, the latest first."""
    statement = (
        "SELECT k.id, r.rev, r.body, r.voided FROM key_mineral AS k JOIN record AS r ON r.cell = k.cell"
        " AND r.id = k.id WHERE k.cell = :cell ORDER BY k.valid_from DESC, k.id"
    )
    return list(database.rows(connection, statement, cell=cell))
