"""Notices: which change of which record concerns whom, reckoned whenever a record changes.

Nothing is decided or kept here that does not stand in a record: `fieldsync reindex` finds the same rows again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.patrol_tasks import ENDED
from fieldsync.domain.words import Words
from fieldsync.sync.records import Record

# Words

KINDS: Words = {
    "returned": ("您的巡查记录被退回", "Your inspection was returned"),
    "approved": ("您的巡查记录已批准", "Your inspection was approved"),
    "voided": ("您的巡查记录已作废", "Your inspection was voided"),
    "resubmitted": ("您退回的巡查记录已再次提交", "An inspection that you returned was submitted again"),
    "conflict": ("有一处意见不一，待决定", "A conflict waits for a decision"),
    "proposal": ("有一个建议值，待决定", "A proposed value waits for a decision"),
    "settled": ("您填的值已有处理结果", "A value of yours was decided on"),
    "held": ("有上报内容待处置", "Work is held and waits for the desk"),
    "closed": ("您暂存的上报已了结", "Held work of yours was closed"),
    "request": ("乡镇有一项申请待决定", "A township's request waits for a decision"),
    "relapse": ("有死灰复燃待认定", "A relapse waits to be confirmed"),
    "refused": ("您的申请被拒绝", "Your request was refused"),
    "granted": ("您的申请已同意", "Your request was granted"),
    "assigned": ("有巡查任务交给您", "A patrol task was handed to you"),
    "taken": ("您的巡查任务已转交他人", "A patrol task of yours was handed to somebody else"),
    "cancelled": ("您的巡查任务已取消", "A patrol task of yours was cancelled"),
    "missed": ("巡查任务计为漏巡", "A patrol task was counted as missed"),
    "explained": ("有未巡查说明待认定", "The reason for a missed task waits for a decision"),
    "rectify": ("有整改事项", "Something is to be rectified"),
    "recheck": ("有整改待复核", "A rectification waits for the re-check"),
    "verify": ("有线索由您核实", "A lead is yours to verify"),
    "relapsed": ("已认定死灰复燃", "A relapse was confirmed"),
    "case": ("有案件交给您办理", "A case was handed to you"),
    # What time brings about.
    "overdue": ("巡查任务逾期", "A patrol task is overdue"),
    "relapse_late": ("死灰复燃超过期限未认定", "A relapse was not confirmed in time"),
    "rectify_late": ("整改逾期", "A rectification is overdue"),
}

# Projection

TABLE = db.Table(
    "notice",
    Column("cell", String(12), primary_key=True),
    Column("record_id", String(36), primary_key=True),
    Column("kind", String(16), primary_key=True),
    # The scope of a person, of a county's desk, or of a township's managers.
    Column("audience", String(48), primary_key=True),
    # The change of the record that it tells of: its count, its place in the cell's order, when, by whom.
    Column("n", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", String(40), nullable=False),
    Column("author", String(36), nullable=False),
    Column("noun", String(32), nullable=False),
    # The record that all of it hangs on: mostly a site.
    Column("about", String(36), nullable=False),
    Index("notice_audience", "cell", "audience", "seq"),
)

# (kind, audience, paths whose last change is what is told)
_Wish = tuple[str, str, tuple[str, ...]]


def _own(record: Record, path: str = "created_by") -> str:
    return f"u-{record.text(path)}"


def _both(record: Record) -> tuple[str, ...]:
    """Return the county's desk, and the managers of the record's township."""
    return (f"c-{record.cell}", *([record.home] if record.home.startswith("t-") else []))


def _of_inspection(visit: Record) -> Iterator[_Wish]:
    state = visit.text("state")
    if visit.voided:
        yield "voided", _own(visit), ("voided_at",)
    elif state in ("returned", "approved"):
        yield state, _own(visit), ("state",)
    elif state == "resubmitted" and visit.text("reviewed_by"):
        yield "resubmitted", _own(visit, "reviewed_by"), ("state",)


def _of_conflict(conflict: Record) -> Iterator[_Wish]:
    status = conflict.text("status")
    if status in ("open", "proposed"):
        kind = "conflict" if status == "open" else "proposal"
        yield from ((kind, audience, ("status",)) for audience in _both(conflict))
    elif status == "resolved":
        authors = {conflict.text(f"candidates/{op}/by") for op in conflict.rows("candidates")}
        yield from (("settled", f"u-{author}", ("status", "resolved_by")) for author in sorted(authors))


def _of_receipt(receipt: Record) -> Iterator[_Wish]:
    if receipt.text("status") == "held":
        yield "held", f"c-{receipt.cell}", ("status",)
    elif receipt.text("status") == "closed":
        yield "closed", _own(receipt, "author"), ("status",)


def _of_request(request: Record) -> Iterator[_Wish]:
    status = request.text("status")
    if status == "pending" and request.text("to") == "relapsed":
        yield from (("relapse", audience, ("status",)) for audience in _both(request))
    elif status == "pending":
        yield "request", f"c-{request.cell}", ("status",)
    elif status == "refused" or request.text("decided_by"):
        yield status, _own(request), ("status",)


def _of_task(task: Record) -> Iterator[_Wish]:
    status, people = task.text("status"), [f"assignees/{person}" for person in task.rows("assignees")]
    if status == "cancelled":
        yield from (("cancelled", f"u-{path[10:]}", ("status",)) for path in people)
    elif status == "counted_missed":
        audiences = [f"u-{path[10:]}" for path in people] + [task.home]
        yield from (("missed", audience, ("status",)) for audience in audiences)
    if task.voided or status in ENDED:
        return
    yield from (("assigned", f"u-{path[10:]}", (path,)) for path in people)
    # Whoever was taken off: the path's last change is remembered though its value is gone.
    gone = (path for path in task.meta.paths if path.startswith("assignees/") and path not in task.body)
    yield from (("taken", f"u-{path[10:]}", (path,)) for path in gone)
    if status == "explained":
        yield "explained", f"c-{task.cell}", ("status", "missed_reason")


def _of_rectification(row: Record) -> Iterator[_Wish]:
    if not row.voided and row.text("status") == "open":
        yield "rectify", row.home, ("status",)
    elif not row.voided and row.text("status") == "done":
        yield "recheck", f"c-{row.cell}", ("status", "done_on")


def _of_site(site: Record) -> Iterator[_Wish]:
    status = site.text("lifecycle_status")
    if not site.voided and status == "verifying" and site.text("verifier"):
        yield "verify", _own(site, "verifier"), ("lifecycle_status", "verifier", "verify_by")
    elif not site.voided and status == "relapsed":
        yield "relapsed", site.home, ("lifecycle_status",)


def _of_case(case: Record) -> Iterator[_Wish]:
    if not case.voided and case.text("handler") and not case.text("closed_at"):
        yield "case", _own(case, "handler"), ("handler",)


WISHES: Mapping[str, Callable[[Record], Iterator[_Wish]]] = {
    "inspection": _of_inspection, "conflict": _of_conflict, "receipt": _of_receipt, "request": _of_request,
    "patrol_task": _of_task, "rectification": _of_rectification, "site": _of_site, "case": _of_case,
}  # fmt: skip

# Keeping

_KEPT = (
    "SELECT k.record_id, k.kind, k.audience, k.n FROM {keys} CROSS JOIN notice AS k"
    " WHERE k.cell = :cell AND k.record_id = keys.value"
)
_CHANGES = (
    "SELECT v.record_id, v.n, v.seq, v.received_at, o.author FROM {keys} CROSS JOIN version AS v"
    " LEFT JOIN operation AS o ON o.cell = v.cell AND o.op = v.op AND o.copy = 0"
    " WHERE v.cell = :cell AND v.record_id = keys.value"
)
# Records whose versions are read at once.
_CHUNK = 500


def fill(connection: Connection, cell: str, records: Sequence[Record]) -> None:
    """Bring the notices of changed records up to date; one that still tells of the same change stays."""
    watched = [record for record in records if record.n and record.type in WISHES]
    wanted = {key: wish for record in watched for key, wish in _wanted(record)}
    changed = [record.id for record in watched if record.n > 1]
    kept = {tuple(row[:3]): row[3] for row in _rows(connection, _KEPT, cell, changed)} if changed else {}
    for record_id, kind, audience in kept.keys() - wanted.keys():
        database.execute(
            connection,
            "DELETE FROM notice WHERE cell = :cell AND record_id = :id AND kind = :kind AND audience = :audience",
            cell=cell, id=record_id, kind=kind, audience=audience,
        )  # fmt: skip
    fresh = [(key, wish) for key, wish in wanted.items() if kept.get(key) != wish[0]]
    for start in range(0, len(fresh), _CHUNK):
        _enter(connection, cell, fresh[start : start + _CHUNK])


_Key = tuple[str, str, str]


def _wanted(record: Record) -> Iterator[tuple[_Key, tuple[int, Record]]]:
    """Yield what a record has to tell as it stands: the key of a notice, and the change that it tells of."""
    for kind, audience, paths in WISHES[record.type](record):
        if len(audience) > 2:
            yield (record.id, kind, audience), (max(record.meta.n(path) for path in paths), record)


def _enter(connection: Connection, cell: str, fresh: Sequence[tuple[_Key, tuple[int, Record]]]) -> None:
    ids = dict.fromkeys(record.id for _key, (_n, record) in fresh)
    changes = {(row[0], row[1]): row[2:] for row in _rows(connection, _CHANGES, cell, ids)}
    rows = []
    for (record_id, kind, audience), (n, record) in fresh:
        seq, at, by = changes.get((record_id, n), (0, "", ""))
        # Nobody is told what he did himself; the row stays away for good, as the change does.
        if seq and audience != f"u-{by}":
            rows.append((cell, record_id, kind, audience, n, seq, at, by or "", record.type, record.root_id))
    database.upsert(connection, TABLE, rows)


def _rows(connection: Connection, statement: str, cell: str, ids: Iterable[str]) -> Iterable[Any]:
    text = orjson.dumps(list(ids)).decode()
    return database.rows(connection, statement.format(keys=database.keys("ids")), cell=cell, ids=text)


def prune(connection: Connection, cell: str, before: str) -> int:
    """Forget notices of changes from before a time that ask for nothing any more; return how many."""
    done = ("returned", "approved", "voided", "settled", "closed", "refused", "granted", "cancelled", "missed")
    return database.execute(
        connection,
        f"DELETE FROM notice WHERE cell = :cell AND at < :before"  # noqa: S608 (own words)
        f" AND kind IN ({', '.join(repr(kind) for kind in done)})",
        cell=cell, before=before,
    )  # fmt: skip
