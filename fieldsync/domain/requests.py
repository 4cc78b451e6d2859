"""Requests: a phone never changes a state, it asks; the server decides when it arrives (sync.md section 2)."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import guards, lifecycle, sites
from fieldsync.domain.words import Words
from fieldsync.errors import PROBLEMS, REASONS, Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {
    "pending": ("待决定", "Pending"),
    "granted": ("已同意", "Granted"),
    "refused": ("已拒绝", "Refused"),
}

# Why a request was refused at once.
CODES: Words = {
    "no-site": ("没有这个站点，或不在所辖范围", "There is no such site in the author's townships"),
    "wrong-state": PROBLEMS["wrong-state"][1:],
} | {code: REASONS[code] for code in guards.CODES}

# Fields

FIELDS = own_fields(
    Field("target", ("对象", "Target"), "ref", "once", required=True),
    Field("to", ("申请状态", "To"), "code", "once", required=True),
    Field("reason", ("理由", "Reason"), "text", "once", most=500),
    Field("occurred_at", ("发生时间", "Occurred at"), "time", "once"),
    # With a lead that is to be verified: who, and by when.
    Field("verifier", ("核实人", "Verifier"), "ref", "once"),
    Field("verify_by", ("核实期限", "Verify by"), "date", "once"),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    Field("code", ("拒绝原因", "Why it was refused"), "choice", "server", choices=CODES),
    Field("decided_by", ("决定人", "Decided by"), "text", "server"),
    Field("decision_reason", ("决定理由", "Reason of the decision"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "request",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("target", String(36), nullable=False),
    Column("status", String(16), nullable=False),
    Column("seq", Integer, nullable=False),
    # The status of the site that is asked for.
    Column("wish", String(24), nullable=False, server_default=""),
    Index("request_status", "cell", "status", "seq"),
)


def _project(request: Record) -> tuple[Any, ...]:
    status, wish = request.text("status"), request.text("to")[:24]
    return request.home, request.text("target")[:36], status, request.seq, wish


NOUN = Noun("request", "requests", ("申请", "Request"), FIELDS, table=TABLE, project=_project)

# Rules


def make(change: Change) -> None:
    """Ask for a status of a site: granted at once, left to the county, or refused with a code."""
    change.merge()
    if not change.created:
        return
    change.put("created_by", change.standing.user)
    status, code = _decide(change)
    change.put("status", status)
    change.put("code", code or None)
    if status == "granted":
        _carry_out(change)


def _target(change: Change) -> Record | None:
    """Return the site that is asked for: the parent, or one of the home that its author reached."""
    site = change.get(change.record.parent_id or change.record.get("target"))
    return site if site is not None and site.type == "site" and site.home == change.record.home else None


def _decide(change: Change) -> tuple[str, str]:
    """Return status and code: what the states allow, and who may let it happen."""
    site = _target(change)
    if site is None:
        return "refused", "no-site"
    who = lifecycle.TRANSITIONS.get((site.text("lifecycle_status"), change.record.text("to")))
    if who is None:
        return "refused", "wrong-state"
    if who != change.side and change.side != "county":
        # What is missing is the county's to weigh when it decides.
        return "pending", ""
    missing = guards.gaps(guards.around(change, site), change.record.text("to"))
    return ("refused", missing[0].code) if missing else ("granted", "")


def _carry_out(change: Change) -> None:
    site = _target(change)
    if site is None:
        raise Problem("wrong-state")
    sites.take_step(change, site, change.record.text("to"))


def grant(change: Change) -> None:
    """Grant a pending request and carry it out; `override: true` with a reason passes over what is missing."""
    _check_pending(change)
    _carry_out(change)
    _close(change, "granted")


def refuse(change: Change) -> None:
    """Refuse a pending request, with a reason that its author sees."""
    _check_pending(change)
    change.reason()
    _close(change, "refused")


def _check_pending(change: Change) -> None:
    if change.record.text("status") != "pending":
        raise Problem("wrong-state")


def _close(change: Change, status: str) -> None:
    change.put("status", status)
    change.put("decided_by", change.standing.user)
    change.put("decision_reason", change.op.more.get("reason"))


# Questions


def listing(connection: Any, cell: str, status: str, limit: int, offset: int) -> list[Any]:
    """Return a page of requests of one status, oldest first, with the site that each is about."""
    statement = (
        "SELECT q.id, q.home, q.target, s.name AS site_name, s.status AS site_status, r.rev, r.body"
        " FROM request AS q JOIN record AS r ON r.cell = q.cell AND r.id = q.id"
        " LEFT JOIN site AS s ON s.cell = q.cell AND s.id = q.target"
        " WHERE q.cell = :cell AND q.status = :status ORDER BY q.seq LIMIT :limit OFFSET :offset"
    )
    return list(database.rows(connection, statement, cell=cell, status=status, limit=limit, offset=offset))


def count_pending(connection: Any, cell: str) -> int:
    """Return how many requests wait for the county."""
    statement = "SELECT count(*) FROM request WHERE cell = :cell AND status = 'pending'"
    return int(database.row(connection, statement, cell=cell)[0])


def pending_relapses(connection: Any, cell: str) -> list[Any]:
    """Return the reported relapses that the county has not confirmed, oldest first.

    Each is (id, target, site_name, home, received_at).
    """
    statement = (
        "SELECT q.id, q.target, s.name AS site_name, q.home, v.received_at"
        " FROM request AS q JOIN record AS r ON r.cell = q.cell AND r.id = q.id"
        " JOIN version AS v ON v.cell = q.cell AND v.record_id = q.id AND v.n = 1"
        " LEFT JOIN site AS s ON s.cell = q.cell AND s.id = q.target"
        " WHERE q.cell = :cell AND q.status = 'pending' AND r.body LIKE '%\"to\":\"relapsed\"%' ORDER BY q.seq"
    )
    return list(database.rows(connection, statement, cell=cell))
