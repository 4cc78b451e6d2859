"""Values that did not win, for a person to decide (sync.md section 4)."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.conflicts import resolve as settle
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {
    "open": ("待处理", "Open"),
    "proposed": ("有建议值", "Proposed"),
    "resolved": ("已处理", "Resolved"),
}

# Fields

FIELDS = own_fields(
    Field("record_id", ("记录", "Record"), "ref", "server"),
    Field("record_type", ("记录类型", "Type"), "code", "server"),
    Field("path", ("字段", "Field"), "text", "server"),
    Field("round", ("轮次", "Round"), "integer", "server"),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    Field("base", ("原值", "Base"), "any", "server"),
    Field("current", ("当前值", "Current"), "any", "server"),
    Field("edited_by", ("其后的修改", "Edited since by"), "ref", "server"),
    Field("candidates/*", ("候选值", "Candidate"), "marker", "server"),
    Field("candidates/*/kind", ("类别", "Kind"), "text", "server"),
    Field("candidates/*/value", ("值", "Value"), "any", "server"),
    Field("candidates/*/by", ("填写人", "By"), "text", "server"),
    Field("candidates/*/side", ("方", "Side"), "text", "server"),
    Field("candidates/*/device", ("设备", "Device"), "text", "server"),
    Field("candidates/*/at", ("时间", "At"), "text", "server"),
    Field("candidates/*/base", ("依据版本", "Base"), "text", "server"),
    Field("decision", ("处理结果", "Decision"), "text", "server"),
    Field("reason", ("理由", "Reason"), "text", "server"),
    Field("resolved_by", ("处理人", "Resolved by"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "conflict",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("record_id", String(36), nullable=False),
    Column("record_type", String(32), nullable=False),
    Column("path", String(200), nullable=False),
    Column("status", String(16), nullable=False),
    Column("seq", Integer, nullable=False),
    Index("conflict_open", "cell", "status", "seq"),
    Index("conflict_record", "cell", "record_id"),
)


def _project(conflict: Record) -> tuple[Any, ...]:
    return (
        conflict.home, conflict.text("record_id"), conflict.text("record_type"), conflict.text("path"),
        conflict.text("status"), conflict.seq,
    )  # fmt: skip


NOUN = Noun("conflict", "conflicts", ("冲突", "Conflict"), FIELDS, follows=False, table=TABLE, project=_project)

# Rules


def resolve(change: Change) -> None:
    """Settle a conflict or take over a proposal; see `fieldsync.sync.conflicts.resolve`."""
    settle(change)


# Questions

_LIST = (
    "SELECT c.id, c.home, c.record_id, c.record_type, c.path, c.status, r.body, t.body AS target"
    " FROM conflict AS c JOIN record AS r ON r.cell = c.cell AND r.id = c.id"
    " LEFT JOIN record AS t ON t.cell = c.cell AND t.id = c.record_id"
    " WHERE c.cell = :cell AND c.status IN (SELECT value FROM {statuses})"
    " ORDER BY CASE WHEN c.status = 'open' THEN 0 ELSE 1 END, c.seq LIMIT :limit OFFSET :offset"
)


def listing(connection: Any, cell: str, statuses: Iterable[str], limit: int, offset: int) -> list[Any]:
    """Return a page of conflicts with their records' bodies, open ones first, oldest first."""
    statement = _LIST.format(statuses=database.keys("statuses"))
    given = orjson.dumps(list(statuses)).decode()
    return list(database.rows(connection, statement, cell=cell, statuses=given, limit=limit, offset=offset))


def count_waiting(connection: Any, cell: str) -> int:
    """Return how many conflicts and proposals wait for somebody."""
    statement = "SELECT count(*) FROM conflict WHERE cell = :cell AND status IN ('open', 'proposed')"
    return int(database.row(connection, statement, cell=cell)[0])


def of_record(connection: Any, cell: str, record_id: str) -> dict[str, tuple[str, str]]:
    """Return (id, status) of the conflicts that wait on a record, by path."""
    rows = database.rows(
        connection,
        "SELECT path, id, status FROM conflict WHERE cell = :cell AND record_id = :record_id"
        " AND status IN ('open', 'proposed')",
        cell=cell,
        record_id=record_id,
    )
    return {row[0]: (row[1], row[2]) for row in rows}
