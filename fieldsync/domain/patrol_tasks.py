"""Patrol tasks: which sites, on which day, by whom (domain.md section 3.2)."""

from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import divisions, homes
from fieldsync.domain.words import PATROL_KINDS, Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.operations import Outcome
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {
    "planned": ("已计划", "Planned"),
    "assigned": ("已派发", "Assigned"),
    "downloaded": ("已下载", "Downloaded"),
    "in_progress": ("进行中", "In progress"),
    "completed": ("已完成", "Completed"),
    "partial": ("部分完成", "Partial"),
    "overdue": ("逾期", "Overdue"),
    "explained": ("已说明", "Explained"),
    "accepted_excuse": ("说明已认可", "Excuse accepted"),
    "counted_missed": ("计为漏巡", "Counted as missed"),
    "cancelled": ("已取消", "Cancelled"),
}
# From here on nobody goes out for the task any more: its sites leave the phones it lent them to.
ENDED = ("completed", "partial", "accepted_excuse", "counted_missed", "cancelled")
# What the county says of a task whose day has passed.
DECISIONS = ("overdue", "explained", "accepted_excuse", "counted_missed")

# Fields

FIELDS = own_fields(
    # Township and county both plan tasks: what one of them planned, the other may change.
    Field("title", ("任务名称", "Title"), "text", most=80),
    Field("town_code", ("乡镇", "Township"), "town", "once", required=True),
    Field("plan_id", ("巡查计划", "Patrol plan"), "ref", "server"),
    Field("kind", ("巡查类型", "Kind"), "choice", choices=PATROL_KINDS),
    Field("task_date", ("任务日期", "Date"), "date", required=True),
    Field("due_on", ("截止日期", "Due on"), "date"),
    Field("sites/*", ("站点", "Site"), "marker", "add"),
    Field("assignees/*", ("执行人", "Assignee"), "marker", "add"),
    Field("route_text", ("路线", "Route"), "text", most=300),
    Field("time_window", ("时段", "Time of day"), "text", most=60),
    Field("note", ("说明", "Note"), "text", most=500),
    Field("status", ("状态", "Status"), "choice", "server", choices=STATUSES),
    Field("visited/*", ("已巡查", "Visited"), "text", "server"),
    Field("downloaded/*", ("已下载设备", "Downloaded to"), "time", "server"),
    Field("missed/*", ("未巡查原因", "Reason of a missed visit"), "text", "township", most=200),
    Field("missed_reason", ("未完成原因", "Reason"), "text", "township", most=300),
    Field("decision_reason", ("处理说明", "Decision"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "patrol_task",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("status", String(16), nullable=False),
    Column("task_date", String(10), nullable=False),
    Index("patrol_task_day", "cell", "home", "task_date"),
)


def _more(task: Record) -> tuple[str, ...]:
    return tuple(f"u-{person}" for person in task.rows("assignees"))


def _project(task: Record) -> tuple[Any, ...]:
    return task.home, task.text("status"), task.text("task_date")[:10]


NOUN = Noun(
    "patrol_task", "patrol_tasks", ("巡查任务", "Patrol task"), FIELDS,
    home=homes.township, more=_more, table=TABLE, project=_project,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Plan a task; with somebody to do it, it is assigned."""
    edit(change)
    if change.created:
        change.put("created_by", change.standing.user)
        if not change.record.get("town_code") and change.record.home.startswith("t-"):
            change.put("town_code", change.record.home[2:])


def draw_up(change: Change, task_id: str, body: dict[str, Any]) -> None:
    """Plan a task as part of another record's operation; whoever it is assigned to gets its sites."""
    task = change.create("patrol_task", task_id, None, body)
    part = replace(change, record=task, created=True, outcome=Outcome())
    part.put("status", "assigned" if task.rows("assignees") else "planned")
    part.put("created_by", change.standing.user)
    _settle_loans(part)


def edit(change: Change) -> None:
    """Change a task; whoever it is assigned to gets its sites, whoever no longer is loses them."""
    divisions.check_town(change)
    _merge(change)
    task = change.record
    if task.text("status") in ("", "planned"):
        change.put("status", "assigned" if task.rows("assignees") else "planned")
    _settle_loans(change)


def pass_on(change: Change, task: Record, person: str) -> None:
    """Give a task of the person of this operation's record to another, as part of it; his phone gets its sites."""
    part = replace(change, record=task, created=False, outcome=Outcome())
    part.put(f"assignees/{change.record.id}", None)
    part.put(f"assignees/{person}", True)
    _settle_loans(part)


def _merge(change: Change) -> None:
    """Merge; sites that the author cannot see himself do not get in, or the next change would lend them."""
    beyond = [path for path in change.op.set if path.startswith("sites/") and not _sees(change, path)]
    change.op.set = {path: value for path, value in change.op.set.items() if path not in beyond}
    change.merge()
    for path in beyond:
        change.outcome.fields[path] = "ignored"
        change.issue("out-of-scope", path)


def _sees(change: Change, path: str) -> bool:
    """Tell whether the author reaches the site of `sites/<id>`; one that is not there yet harms nobody."""
    site = change.journal.get(path.partition("/")[2])
    mine = f"u-{change.standing.user}"
    return site is None or change.standing.covers(site.home) or mine in site.scopes or path in change.record.body


def _settle_loans(change: Change) -> None:
    """Lend the task's sites to its assignees while it runs."""
    task = change.record
    wanted: set[tuple[str, str]] = set()
    if not task.voided and task.text("status") not in ENDED:
        wanted = {(site, f"u-{who}") for site in task.rows("sites") for who in task.rows("assignees")}
    lent = set(change.lent_by_this())
    for site_id, scope in sorted(wanted - lent):
        site = change.get(site_id)
        # Nobody lends what he does not have himself.
        if site is not None and site.type == "site" and change.standing.covers(site.home):
            change.lend(site, scope)
    for site_id, scope in sorted(lent - wanted):
        site = change.journal.get(site_id)
        if site is not None:
            change.take_back(site, scope)


def take(change: Change) -> None:
    """Note that a phone has the task and its sites."""
    task = change.record
    if task.text("status") in ENDED:
        raise Problem("wrong-state")
    change.put(f"downloaded/{change.op.device or change.standing.user}", change.journal.received_at)
    if task.text("status") in ("planned", "assigned"):
        change.put("status", "downloaded")


def finish(change: Change) -> None:
    """End a task: completed where every site was visited, else partial with reasons."""
    task = change.record
    if task.text("status") in ENDED:
        raise Problem("wrong-state")
    _merge(change)
    missed = [site for site in task.rows("sites") if not task.get(f"visited/{site}")]
    for site in missed:
        if not task.get(f"missed/{site}"):
            change.issue("missed-without-reason", f"missed/{site}")
    change.put("status", "partial" if missed else "completed")
    _settle_loans(change)


def mark_visited(change: Change) -> None:
    """Tell the task of an inspection, where there is one, that its site was visited."""
    task = change.get(change.record.get("task_id"))
    site = change.record.parent_id or change.record.text("site_id")
    if task is None or task.type != "patrol_task":
        return
    standing = change.standing
    if site and (standing.covers(task.home) or task.get(f"assignees/{standing.user}") is True):
        change.put(f"visited/{site}", change.record.id, task)
        if task.text("status") in ("assigned", "downloaded"):
            change.put("status", "in_progress", task)


def explain(change: Change) -> None:
    """Say why a task whose day has passed was not done; the county accepts it, or counts it as missed."""
    task = change.record
    if task.text("status") in ENDED or not _is_overdue(task, change):
        raise Problem("wrong-state", "not-overdue")
    change.put("missed_reason", change.reason()[:300])
    change.put("status", "explained")


def _is_overdue(task: Record, change: Change) -> bool:
    due = task.text("due_on") or task.text("task_date")
    return due < moments.day_of(change.journal.now)


def decide(change: Change) -> None:
    """Accept the excuse for a missed task, count it as missed, or mark it overdue (domain.md 3.2)."""
    to = change.op.set.get("to")
    task = change.record
    if to not in DECISIONS or task.text("status") in ENDED or not _is_overdue(task, change):
        raise Problem("wrong-state")
    change.put("decision_reason", change.reason())
    change.put("status", to)
    _settle_loans(change)


def cancel(change: Change) -> None:
    """Cancel a task that has not ended, with a reason."""
    if change.record.text("status") in ENDED:
        raise Problem("wrong-state")
    change.put("decision_reason", change.reason())
    change.put("status", "cancelled")
    _settle_loans(change)


# Questions

_OF_PERIOD = (
    "SELECT t.id, t.home, t.status, t.task_date, r.rev, r.body FROM {keys} CROSS JOIN patrol_task AS t"
    " JOIN record AS r ON r.cell = t.cell AND r.id = t.id WHERE t.cell = :cell AND t.home = keys.value"
    " AND t.task_date BETWEEN :first AND :until AND NOT r.voided ORDER BY t.task_date, t.id LIMIT :limit"
)
_MISSED = (
    "SELECT t.id, t.home, t.status, t.task_date, r.rev, r.body FROM {keys} CROSS JOIN patrol_task AS t"
    " JOIN record AS r ON r.cell = t.cell AND r.id = t.id WHERE t.cell = :cell AND t.home = keys.value"
    " AND t.task_date < :today AND NOT r.voided AND (:status = '' OR t.status = :status)"
    " AND t.status NOT IN ('completed', 'cancelled') ORDER BY t.task_date DESC, t.id LIMIT :limit OFFSET :offset"
)


def of_period(connection: Any, cell: str, homes: list[str], first: str, until: str) -> list[Any]:
    """Return the tasks of some townships from day to day: (id, home, status, task_date, rev, body)."""
    statement = _OF_PERIOD.format(keys=database.keys("homes"))
    given = orjson.dumps(homes).decode()
    return list(
        database.rows(connection, statement, cell=cell, homes=given, first=first, until=until, limit=2_000)
    )


def missed(
    connection: Any, cell: str, homes: list[str], today: str, status: str, limit: int, offset: int
) -> list[Any]:
    """Return a page of tasks whose day passed and that were not done, or only in part; the latest first."""
    statement = _MISSED.format(keys=database.keys("homes"))
    given = orjson.dumps(homes).decode()
    return list(
        database.rows(
            connection, statement, cell=cell, homes=given, today=today, status=status, limit=limit, offset=offset
        )
    )
