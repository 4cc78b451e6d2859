"""Incidents of illegal trading in minerals: 矿产品非法交易, counted by incident and not by site."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import MINERALS
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Fields

FIELDS = own_fields(
    Field("title", ("名称", "Title"), "text", "county", required=True, most=80),
    Field("act_county_code", ("发生地", "Place"), "code", "county", required=True),
    Field("place_name", ("地点", "Where exactly"), "text", "county", most=100),
    Field("found_at", ("发现日期", "Found on"), "date", "county"),
    Field("confirmed_at", ("核实日期", "Confirmed on"), "date", "county"),
    Field("mineral_code", ("矿种", "Mineral"), "choice", "county", choices=MINERALS),
    Field("quantity", ("数量", "Quantity"), "number", "county", "t", least=0),
    Field("value", ("金额", "Value"), "money", "county", "元", least=0),
    Field("facts", ("事实", "Facts"), "text", "county", most=500),
    Field("remark", ("备注", "Remark"), "text", "county", most=500),
)

# Projection

TABLE = db.Table(
    "trade_incident",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("title", String(80), nullable=False),
    Column("confirmed_at", String(10), nullable=False),
    Column("voided", Integer, nullable=False),
    Index("trade_incident_day", "cell", "confirmed_at"),
)


def _project(incident: Record) -> tuple[Any, ...]:
    return incident.text("title")[:80], incident.text("confirmed_at")[:10], int(incident.voided)


NOUN = Noun(
    "trade_incident", "trade_incidents", ("非法交易", "Trade incident"), FIELDS, home=homes.county, table=TABLE,
    project=_project, salted=True,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Note an incident; it counts from the day on which the county has confirmed it."""
    change.merge()
    if change.created:
        change.put("created_by", change.standing.user)
    _warn(change)


def edit(change: Change) -> None:
    """Change what is noted of an incident."""
    change.merge()
    _warn(change)


def void(change: Change) -> None:
    """Take an incident out of use, unless others changed it since the base."""
    change.void_merged()


def _warn(change: Change) -> None:
    found, confirmed = change.record.text("found_at"), change.record.text("confirmed_at")
    if found and confirmed and confirmed < found:
        change.issue("confirmed-before-found", "confirmed_at")


# Questions


def listing(connection: Any, cell: str, limit: int = 50, offset: int = 0) -> list[Any]:
    """Return a page of incidents (id, title, confirmed_at), the latest first."""
    rows = database.rows(
        connection,
        "SELECT id, title, confirmed_at FROM trade_incident WHERE cell = :cell AND voided = 0"
        " ORDER BY confirmed_at DESC, id LIMIT :limit OFFSET :offset",
        cell=cell, limit=limit, offset=offset,
    )  # fmt: skip
    return list(rows)
