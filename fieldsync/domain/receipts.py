"""Receipts of work that is, or was, held: the desk's list and its author's (sync.md section 3)."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.fields import Field
from fieldsync.sync import held
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

WHY = {
    "waits": ("等待前一项操作", "Waits for an earlier operation"),
    "no-record": ("记录尚未到达", "Its record has not arrived"),
    "out-of-scope": ("不在所辖范围", "Outside the author's scope"),
    "inactive-author": ("作者已停用", "The author is not active"),
    "revoked-device": ("设备已停用", "The device is revoked"),
    "server-error": ("服务器未能处理", "The server could not do it"),
}

# Fields

FIELDS = own_fields(
    Field("op", ("操作编号", "Operation"), "ref", "server"),
    Field("author", ("作者", "Author"), "text", "server"),
    Field("device_id", ("设备", "Device"), "text", "server"),
    Field("action", ("操作", "Action"), "text", "server"),
    Field("target", ("记录", "Record"), "text", "server"),
    Field("received", ("收到时间", "Received at"), "time", "server"),
    Field("status", ("状态", "Status"), "text", "server"),
    Field("why", ("原因", "Why"), "text", "server"),
    Field("on", ("等待", "Waits for"), "any", "server"),
    Field("rev_reached", ("版本", "Revision"), "text", "server"),
    Field("forced", ("强制处理", "Forced"), "boolean", "server"),
    Field("decided_by", ("处理人", "Decided by"), "text", "server"),
    Field("reason", ("理由", "Reason"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "receipt",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("op", String(36), nullable=False),
    Column("author", String(36), nullable=False),
    Column("status", String(16), nullable=False),
    Column("why", String(200), nullable=False),
    Column("seq", Integer, nullable=False),
    Index("receipt_status", "cell", "status", "seq"),
)


def _more(receipt: Record) -> tuple[str, ...]:
    return (f"c-{receipt.cell}",)


def _project(receipt: Record) -> tuple[Any, ...]:
    return (
        receipt.text("op"), receipt.text("author"), receipt.text("status"), receipt.text("why")[:200],
        receipt.seq,
    )  # fmt: skip


NOUN = Noun(
    "receipt", "receipts", ("回执", "Receipt"), FIELDS,
    home=held.receipt_home, more=_more, follows=False, table=TABLE, project=_project,
)  # fmt: skip

# Rules: the engine's own

admit, force, close, learn = held.admit, held.force, held.close, held.learn

# Questions


def held_receipts(connection: Any, cell: str, limit: int, offset: int) -> list[Any]:
    """Return a page of what is held, oldest first: (op, why, body of the receipt)."""
    statement = (
        "SELECT h.op, h.why, r.body FROM receipt AS h JOIN record AS r ON r.cell = h.cell AND r.id = h.id"
        " WHERE h.cell = :cell AND h.status = 'held' ORDER BY h.seq LIMIT :limit OFFSET :offset"
    )
    return list(database.rows(connection, statement, cell=cell, limit=limit, offset=offset))


def count_held(connection: Any, cell: str) -> int:
    """Return how many operations are held."""
    statement = "SELECT count(*) FROM receipt WHERE cell = :cell AND status = 'held'"
    return int(database.row(connection, statement, cell=cell)[0])


def held_by_author(connection: Any, cell: str) -> dict[str, int]:
    """Return how many operations of each person are held."""
    statement = "SELECT author, count(*) FROM receipt WHERE cell = :cell AND status = 'held' GROUP BY author"
    return {row[0]: row[1] for row in database.rows(connection, statement, cell=cell)}
