"""Webhooks: where a county's events are sent, and which of them; the secret never enters a record."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import (
    closures,
    conflicts,
    homes,
    inspections,
    patrol_tasks,
    period_reports,
    rectifications,
    requests,
    sites,
)  # fmt: skip
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.hooks import addresses
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

_HELD: Words = {"held": ("待处置", "Held"), "closed": ("已了结", "Closed")}
_FILED: Words = {
    "filed_at": ("立案", "Filed"),
    "decided_at": ("处罚决定", "Decided"),
    "closed_at": ("结案", "Closed"),
}
# What of a noun is an event: its name in both languages, the path of its state, and the states.
STATES: Mapping[str, tuple[tuple[str, str], str, Words]] = {
    "site": (("档案", "Site"), "lifecycle_status", sites.STATUSES),
    "inspection": (("巡查记录", "Inspection"), "state", inspections.STATES),
    "request": (("申请", "Request"), "status", requests.STATUSES),
    "conflict": (("冲突", "Conflict"), "status", conflicts.STATUSES),
    "receipt": (("回执", "Receipt"), "status", _HELD),
    "patrol_task": (("巡查任务", "Patrol task"), "status", patrol_tasks.STATUSES),
    "closure": (("关闭验收", "Closure"), "conclusion", closures.CONCLUSIONS),
    "rectification": (("整改事项", "Rectification"), "status", rectifications.STATUSES),
    "period_report": (("固定报表", "Frozen table"), "status", period_reports.STATUSES),
    # Of a case it is days that are filled in, each an event of its own.
    "case": (("案件", "Case"), "", _FILED),
}
EVENTS: Words = {
    f"{noun}.{code.removesuffix('_at')}": (f"{labels[0]}：{words[0]}", f"{labels[1]}: {words[1]}")
    for noun, (labels, _path, states) in STATES.items()
    for code, words in states.items()
}
# To find out whether the receiver listens.
TEST = "webhook.test"

# Fields

FIELDS = own_fields(
    Field("url", ("接收地址", "Address"), "text", "county", required=True, most=500),
    Field("note", ("用途", "Purpose"), "text", "county", most=120),
    # Names of events with blanks between; none means all of them.
    Field("events", ("事件", "Events"), "text", "county", most=2000),
    Field("active", ("启用", "Active"), "boolean", "county"),
)

# Projection

TABLE = db.Table(
    "webhook",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("active", Integer, nullable=False),
)


def _project(webhook: Record) -> tuple[Any, ...]:
    return (int(webhook.get("active") is not False and not webhook.voided),)


NOUN = Noun(
    "webhook", "webhooks", ("事件推送", "Webhook"), FIELDS, home=homes.county, table=TABLE, project=_project
)

# Rules


def create(change: Change) -> None:
    """Name an address that the county's events are sent to, from here on."""
    edit(change)


def edit(change: Change) -> None:
    """Change where events are sent, which of them, or whether at all."""
    url, events = change.op.set.get("url"), change.op.set.get("events")
    if change.created or url is not None:
        _check_url(url)
    unknown = [name for name in str(events or "").split() if name not in EVENTS]
    if unknown:
        raise Problem("bad-value", "choice", path="events")
    change.merge()


def _check_url(url: Any) -> None:
    """Refuse what is no address of HTTP; where it leads is looked up each time that something is sent."""
    try:
        addresses.parse(url if type(url) is str else "")
    except addresses.NotAllowed:
        raise Problem("bad-value", "webhook-url", path="url") from None


def void(change: Change) -> None:
    """Stop sending there for good."""
    change.void_merged()


# Questions


def events_of(noun: str, patch: Mapping[str, list[Any]]) -> Iterator[str]:
    """Yield the events that one change of a record is."""
    _labels, path, states = STATES.get(noun, (("", ""), "", {}))
    for code in states:
        old, new = patch.get(path or code, (None, None))
        if (path and new == code and old != new) or (not path and new is not None and old is None):
            yield f"{noun}.{code.removesuffix('_at')}"


def wants(body: Body, event: str) -> bool:
    """Tell whether an event is among those that a webhook asks for."""
    asked = str(body.get("events") or "").split()
    return not asked or event in asked


def listing(connection: Any, cell: str) -> list[Any]:
    """Return a county's webhooks, (id, rev, body, active), the newest first."""
    statement = (
        "SELECT w.id, r.rev, r.body, w.active FROM webhook AS w"
        " JOIN record AS r ON r.cell = w.cell AND r.id = w.id WHERE w.cell = :cell AND NOT r.voided"
        " ORDER BY w.id DESC"
    )
    return list(database.rows(connection, statement, cell=cell))
