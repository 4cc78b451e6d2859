"""Key areas with their days of validity, and the notice's two lists (domain.md section 6.4)."""

from typing import Any

from flask import current_app
from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes, key_lists, key_minerals
from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.geo import divisions
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

LEVELS: Words = {"county": ("县", "County"), "township": ("乡镇", "Township")}

# Fields

FIELDS = own_fields(
    Field("level", ("级别", "Level"), "choice", required=True, choices=LEVELS),
    Field("code", ("区划代码", "Division"), "code", required=True),
    Field("name", ("名称", "Name"), "text", required=True, most=60),
    Field("list", ("名单", "List"), "text", most=60),
    Field("valid_from", ("起", "From"), "date", required=True),
    Field("valid_to", ("止", "To"), "date"),
    Field("source", ("依据", "Source"), "text", most=300),
)

# Projection

TABLE = db.Table(
    "key_area",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("code", String(12), nullable=False),
    Column("valid_from", String(10), nullable=False),
    # Of those without an end, the last day that can be written.
    Column("valid_to", String(10), nullable=False),
    Index("key_area_code", "cell", "code"),
)


def _project(area: Record) -> tuple[Any, ...]:
    return area.text("code")[:12], area.text("valid_from")[:10], key_lists.last_day(area)


NOUN = Noun(
    "key_area", "key_areas", ("重点地区", "Key area"), FIELDS, home=homes.county, table=TABLE, project=_project
)

# Rules


def create(change: Change) -> None:
    """Name a key area, from a day on."""
    change.merge()


def edit(change: Change) -> None:
    """Change the days, the name or the source."""
    change.merge()


def void(change: Change) -> None:
    """Take a wrong entry back; one that ran out gets its last day instead."""
    change.void_merged()


# Questions


def is_key(connection: Any, cell: str, town: str, day: str) -> bool:
    """Tell whether a township, or its county, was a key area on a day."""
    county = divisions.current_code(town[:6])
    if key_lists.is_listed("key_areas", "code", county, day):
        return True
    statement = (
        "SELECT 1 FROM key_area WHERE cell = :cell AND code IN (:town, :county, :old) AND valid_from <= :day"
        " AND valid_to >= :day LIMIT 1"
    )
    found = database.row(connection, statement, cell=cell, town=town, county=county, old=town[:6], day=day)
    return found is not None


def suggested_cycle(connection: Any, site: Record, day: str) -> tuple[int, str]:
    """Return the days between two patrols of a site that practice suggests, and which class says so."""
    mineral, town = site.text("mineral_code"), site.text("town_code") or site.home[2:]
    if site.text("lifecycle_status") == "written_off":
        name = "after_writeoff"
    elif mineral == "coal" and site.text("site_kind") in ("adit", "shaft"):
        name = "coal_closed_adit"
    elif is_key(connection, site.cell, town, day) or key_minerals.is_key(connection, site.cell, mineral, day):
        name = "key_area"
    else:
        name = "noncoal"
    return int(current_app.config["PATROL_CYCLE_DAYS"][name]), name


def listing(connection: Any, cell: str) -> list[Any]:
    """Return (id, rev, body, voided) of a county's entries, the latest first."""
    statement = (
        "SELECT k.id, r.rev, r.body, r.voided FROM key_area AS k JOIN record AS r ON r.cell = k.cell"
        " AND r.id = k.id WHERE k.cell = :cell ORDER BY k.valid_from DESC, k.code, k.id"
    )
    return list(database.rows(connection, statement, cell=cell))
