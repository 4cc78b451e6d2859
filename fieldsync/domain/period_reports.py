"""Frozen tables: what a table said at a cut-off; never changed, only superseded with a reason (domain.md 4.6)."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {"frozen": ("已固定", "Frozen"), "superseded": ("已被取代", "Superseded")}

# Fields

FIELDS = own_fields(
    Field("title", ("标题", "Title"), "text", "server"),
    Field("table", ("表号", "Table"), "integer", "server"),
    Field("unit", ("统计单位", "Unit"), "code", "server"),
    Field("date_from", ("起", "From"), "date", "server"),
    Field("date_to", ("止", "To"), "date", "server"),
    Field("parameters", ("参数", "Parameters"), "any", "server"),
    Field("rows", ("各行", "Rows"), "any", "server"),
    # Of the whole document, drill-down ids and all, which is kept as a file of this name.
    Field("sha256", ("SHA-256", "SHA-256"), "sha256", "server"),
    Field("version", ("版次", "Version"), "integer", "server"),
    Field("note", ("说明", "Note"), "text", "server", most=500),
    Field("frozen_by", ("固定人", "Frozen by"), "text", "server"),
    Field("frozen_at", ("固定时间", "Frozen at"), "time", "server"),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    Field("superseded_at", ("取代时间", "Superseded at"), "time", "server"),
    Field("superseded_by", ("取代人", "Superseded by"), "text", "server"),
    Field("superseded_reason", ("取代理由", "Reason"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "period_report",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("table_no", Integer, nullable=False),
    Column("unit", String(12), nullable=False),
    Column("date_from", String(10), nullable=False),
    Column("date_to", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("frozen_at", String(40), nullable=False),
    Index("period_report_series", "cell", "table_no", "unit", "date_from", "date_to"),
    Index("period_report_time", "cell", "frozen_at"),
)


def _project(report: Record) -> tuple[Any, ...]:
    return (
        int(report.number("table") or 0), report.text("unit"), report.text("date_from"), report.text("date_to"),
        int(report.number("version") or 0), report.text("status"), report.text("frozen_at"),
    )  # fmt: skip


NOUN = Noun(
    "period_report", "period_reports", ("固定报表", "Frozen table"), FIELDS, home=homes.county, table=TABLE,
    project=_project,
)  # fmt: skip

# Rules


def freeze(change: Change) -> None:
    """Keep a table as it stands; the server alone does this, with numbers that it counted itself."""
    if not change.created:
        raise Problem("wrong-state")
    given = change.op.set
    series = "-".join(str(given.get(path)) for path in ("table", "unit", "date_from", "date_to"))
    if _standing(change, given) is not None:
        raise Problem("wrong-state", "frozen")
    for path, value in given.items():
        change.put(path, value)
    change.put("version", change.journal.number(f"report-{series}"))
    change.put("status", "frozen")
    change.put("frozen_at", change.journal.received_at)


def supersede(change: Change) -> None:
    """Say, with a reason, that a frozen table no longer holds; its numbers stay as they were."""
    if change.record.text("status") != "frozen":
        raise Problem("wrong-state")
    reason = change.reason()
    change.put("status", "superseded")
    change.put("superseded_reason", reason)
    change.put("superseded_by", change.standing.user)
    change.put("superseded_at", change.journal.received_at)


def _standing(change: Change, given: Body) -> Any:
    """Return the frozen table of the same series that stands, or None."""
    return database.row(
        change.journal.connection,
        "SELECT id FROM period_report WHERE cell = :cell AND table_no = :table AND unit = :unit"
        " AND date_from = :date_from AND date_to = :date_to AND status = 'frozen'",
        cell=change.journal.cell,
        **{name: given.get(name) for name in ("table", "unit", "date_from", "date_to")},
    )


# Questions


def listing(connection: Any, cell: str, limit: int = 50, offset: int = 0) -> list[Any]:
    """Return a page of frozen tables, the latest first."""
    rows = database.rows(
        connection,
        "SELECT id, table_no, unit, date_from, date_to, version, status, frozen_at FROM period_report"
        " WHERE cell = :cell ORDER BY frozen_at DESC, id LIMIT :limit OFFSET :offset",
        cell=cell, limit=limit, offset=offset,
    )  # fmt: skip
    return list(rows)
