"""Rectification: what a closure or a visit found wanting, who makes it good, by when (domain.md section 4.7)."""

from typing import Any

from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.checklists import FAULTS
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {
    "open": ("整改中", "Open"),
    "done": ("待复核", "Awaiting re-check"),
    "closed": ("已销项", "Closed"),
}
RESULTS: Words = {"pass": ("合格", "Pass"), "fail": ("不合格", "Fail")}

# Fields

FIELDS = own_fields(
    Field("closure_id", ("来源关闭检查", "Closure"), "ref", "once"),
    Field("item", ("检查项", "Item"), "code", "once"),
    Field("fault", ("问题类别", "Fault"), "choice", "county", choices=FAULTS),
    Field("description", ("问题描述", "Description"), "text", required=True, most=300),
    Field("requirement", ("整改要求", "Requirement"), "text", "county", most=500),
    Field("owner_unit", ("责任单位", "Unit"), "text", "county", most=60),
    Field("owner", ("责任人", "Responsible person"), "text", "county", most=60),
    Field("due_on", ("期限", "Due on"), "date", "county"),
    Field("done_text", ("整改情况", "What was done"), "text", "township", most=500),
    Field("done_on", ("完成日期", "Done on"), "date", "township"),
    Field("before", ("整改前照片", "Photo before"), "ref"),
    Field("after", ("整改后照片", "Photo after"), "ref"),
    Field("extended_to", ("延期至", "Extended to"), "date", "county"),
    Field("extension_reason", ("延期理由", "Reason of extension"), "text", "county", most=300),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    Field("done_by", ("完成填报人", "Reported by"), "text", "server"),
    Field("rechecked_by", ("复核人", "Re-checked by"), "text", "server"),
    Field("rechecked_at", ("复核时间", "Re-checked at"), "time", "server"),
    Field("result", ("复核结果", "Result"), "choice", "server", choices=RESULTS),
    Field("recheck_reason", ("复核意见", "Opinion"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "rectification",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("site_id", String(36), nullable=False),
    Column("status", String(12), nullable=False),
    Column("fault", String(24), nullable=False),
    # The day that counts: the extended one, where there is one.
    Column("due_on", String(10), nullable=False),
    Index("rectification_due", "cell", "status", "due_on"),
    Index("rectification_site", "cell", "site_id"),
)


def _project(row: Record) -> tuple[Any, ...]:
    status = "voided" if row.voided else row.text("status")
    due = row.text("extended_to") or row.text("due_on")
    return row.home, row.parent_id, status, row.text("fault")[:24], due[:10]


NOUN = Noun(
    "rectification", "rectifications", ("整改事项", "Rectification"), FIELDS, table=TABLE, project=_project
)

# Rules


def create(change: Change) -> None:
    """Order a rectification of a site."""
    site = change.get(change.record.parent_id)
    if site is None or site.type != "site":
        raise Problem("bad-value", "survivor")
    change.merge()
    if change.created:
        change.put("created_by", change.standing.user)
        _settle(change)


def edit(change: Change) -> None:
    """Change a rectification; with the day on which it was done it waits for the re-check."""
    change.merge()
    if not change.record.voided and change.record.text("status") != "closed":
        _settle(change)


def _settle(change: Change) -> None:
    is_done = bool(change.record.text("done_on"))
    change.put("status", "done" if is_done else "open")
    if is_done and "done_on" in change.op.set:
        change.put("done_by", change.standing.user)


def recheck(change: Change) -> None:
    """Re-check what was reported done: it is closed, or open again with a reason."""
    row, result = change.record, change.op.set.get("result")
    if row.voided or row.text("status") != "done":
        raise Problem("wrong-state")
    if result not in RESULTS:
        raise Problem("bad-value", "choice")
    if row.text("done_by") == change.standing.user:
        raise Problem("not-allowed", "own-record")
    reason = change.reason() if result == "fail" else change.op.more.get("reason")
    change.put("result", result)
    change.put("recheck_reason", reason)
    change.put("rechecked_by", change.standing.user)
    change.put("rechecked_at", change.journal.received_at)
    change.put("status", "closed" if result == "pass" else "open")
    if result == "fail":
        change.put("done_on", None)


def void(change: Change) -> None:
    """Take a rectification back, with a reason."""
    change.reason()
    change.void_merged()


# Questions

_LISTING = (
    "SELECT t.id, t.home, t.site_id, s.name AS site_name, t.status, t.fault, t.due_on, r.body"
    " FROM rectification AS t JOIN record AS r ON r.cell = t.cell AND r.id = t.id"
    " LEFT JOIN site AS s ON s.cell = t.cell AND s.id = t.site_id"
    " WHERE t.cell = :cell AND t.status = :status AND (:fault = '' OR t.fault = :fault)"
    " AND (:home = '' OR t.home = :home) ORDER BY t.due_on, t.id LIMIT :limit OFFSET :offset"
)


def listing(
    connection: Any, cell: str, status: str, fault: str = "", home: str = "", limit: int = 50, offset: int = 0
) -> list[Any]:
    """Return a page of rectifications of one status, the first due first."""
    return list(
        database.rows(
            connection, _LISTING, cell=cell, status=status, fault=fault, home=home, limit=limit, offset=offset
        )
    )


def count_overdue(connection: Any, cell: str, today: str) -> int:
    """Return how many open rectifications should be done by now."""
    statement = (
        "SELECT count(*) FROM rectification WHERE cell = :cell AND status = 'open' AND due_on <> ''"
        " AND due_on < :today"
    )
    return int(database.row(connection, statement, cell=cell, today=today)[0])
