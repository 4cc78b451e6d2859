"""How a county stands, for its leaders: found, closed, relapsed, cases, and whether it all was timely 四个及时."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, NamedTuple

from fieldsync import db
from fieldsync.domain.patrol_tasks import ENDED
from fieldsync.domain.words import Words
from fieldsync.moments import day_told

TIMELY: Words = {
    "found": ("及时发现", "Found in time"),
    "appraised": ("及时鉴定", "Appraised in time"),
    "handled": ("及时查处", "Handled in time"),
    "closed": ("及时关闭", "Closed in time"),
}
# From what to what each is counted.
SPANS: Words = {
    "found": ("发现到建立线索", "from finding to the county's lead"),
    "appraised": ("申请鉴定到出具鉴定", "from applying to the appraisal"),
    "handled": ("立案到处罚决定", "from filing to the decision"),
    "closed": ("关闭决定到关闭实施完成", "from the closure decision to its being carried out"),
}


@dataclass(frozen=True)
class Late:
    """One that is, or was, too late: a noun's record, its name, the days it took or takes, whether it is done."""

    noun: str
    id: str
    name: str
    days: int
    done: bool


@dataclass(frozen=True)
class Timely:
    """One of the four: median of days (None where none was done), how many were, the target, the late ones."""

    name: str
    median: float | None
    count: int
    target: int
    late: tuple[Late, ...]


class Span(NamedTuple):
    """From one day to another (empty: not yet done) of a record."""

    noun: str
    id: str
    name: str
    begun: str
    done: str


def timely(name: str, spans: Iterable[Span], first: str, until: str, target: int, today: str) -> Timely:
    """Return one of the four of a period: what was done in it by its median, what exceeds the target by its days.

    Late is what was done in the period beyond the target, and what is not done at all and should be.
    """
    done, late = list[int](), list[Late]()
    for span in spans:
        if span.done and not first <= span.done <= until:
            continue
        days = _days(span.begun, span.done or today)
        if days is None:
            continue
        if span.done:
            done.append(days)
        if days > target:
            late.append(Late(span.noun, span.id, span.name, days, bool(span.done)))
    late.sort(key=lambda each: (each.done, -each.days, each.id))
    return Timely(name, median(done) if done else None, len(done), target, tuple(late))


def _days(begun: str, done: str) -> int | None:
    """Return the days from one day to another, None where they are no days or in the wrong order."""
    try:
        days = (date.fromisoformat(done) - date.fromisoformat(begun)).days
    except ValueError:
        return None
    return days if days >= 0 else None


# Questions

_FOUND = (
    "SELECT s.id, s.name, s.home, s.found_at, v.received_at FROM site AS s"
    " JOIN version AS v ON v.cell = s.cell AND v.record_id = s.id AND v.n = 1"
    " WHERE s.cell = :cell AND s.voided = 0 AND s.merged_into = '' AND s.status <> 'dismissed'"
)
_STATES = (
    "SELECT t.site_id, s.name, s.home, t.phase, t.closed_on, t.received_at FROM site_state AS t"
    " JOIN site AS s ON s.cell = t.cell AND s.id = t.site_id"
    " WHERE t.cell = :cell AND s.voided = 0 AND s.merged_into = '' ORDER BY t.site_id, t.n"
)
_DECIDED = (
    "SELECT s.id, s.name, s.home, r.body FROM site AS s JOIN record AS r ON r.cell = s.cell AND r.id = s.id"
    " WHERE s.cell = :cell AND s.voided = 0 AND s.status = 'closing'"
)
_CASES = (
    'SELECT id, case_no, cause, filed_at, decided_at, closed_at FROM "case"'
    " WHERE cell = :cell AND voided = 0 AND filed_at <> ''"
)
_APPRAISALS = (
    "SELECT a.id, a.issued_at, r.body FROM damage_appraisal AS a"
    " JOIN record AS r ON r.cell = a.cell AND r.id = a.id"
    " WHERE a.cell = :cell AND a.voided = 0"
)
_TASKS = (
    "SELECT home, count(*) AS n FROM patrol_task WHERE cell = :cell AND task_date < :today"
    " AND status NOT IN ({ended}) GROUP BY home"
)


def found(connection: Any, cell: str) -> list[tuple[Span, str]]:
    """Return every site that counts, from its finding to the county's knowing of it, with its scope."""
    told = list[tuple[Span, str]]()
    for site_id, name, home, found_at, received_at in db.rows(connection, _FOUND, cell=cell):
        known = day_told(received_at)
        told.append((Span("site", site_id, name, day_told(found_at) or known if found_at else known, known), home))
    return told


def closed(connection: Any, cell: str) -> list[tuple[Span, str]]:
    """Return every closure that was carried out, from its decision (empty: unknown), with the site's scope."""
    spans, last = list[tuple[Span, str]](), dict[str, str]()
    for site_id, name, home, phase, closed_on, received_at in db.rows(connection, _STATES, cell=cell):
        is_shut = phase in ("closed", "accepted")
        if is_shut and last.get(site_id) not in ("closed", "accepted"):
            spans.append((Span("site", site_id, name, closed_on, day_told(received_at)), home))
        last[site_id] = phase
    return spans


def closing(connection: Any, cell: str, read: Any) -> list[Span]:
    """Return the closures that are decided and not carried out; `read` parses a body."""
    rows = db.rows(connection, _DECIDED, cell=cell)
    return [Span("site", row.id, row.name, str(read(row.body).get("closure_date") or ""), "") for row in rows]


def cases(connection: Any, cell: str) -> list[Any]:
    """Return (id, case_no, cause, filed_at, decided_at, closed_at) of all filed cases."""
    return list(db.rows(connection, _CASES, cell=cell))


def handled(rows: Iterable[Any]) -> list[Span]:
    """Return the cases from filing to their decision, or to their end where none was made."""
    return [Span("case", r.id, r.case_no or r.cause, r.filed_at, r.decided_at or r.closed_at) for r in rows]


def appraised(connection: Any, cell: str, read: Any) -> list[Span]:
    """Return the damage appraisals from the application to their issue; `read` parses a body."""
    spans = []
    for row in db.rows(connection, _APPRAISALS, cell=cell):
        body = read(row.body)
        spans.append(Span("damage_appraisal", row.id, str(body.get("no") or ""), str(body.get("applied_at") or ""),
                          row.issued_at))  # fmt: skip
    return spans


def relapsed(connection: Any, cell: str) -> Mapping[str, tuple[int, int]]:
    """Return by scope how many sites are relapsed now, and how many ever were."""
    statement = (
        "SELECT home, sum(CASE WHEN status = 'relapsed' THEN 1 ELSE 0 END) AS now, count(*) AS ever FROM site"
        " WHERE cell = :cell AND voided = 0 AND relapse_count > 0 GROUP BY home"
    )
    return {row.home: (row.now, row.ever) for row in db.rows(connection, statement, cell=cell)}


def overdue_tasks(connection: Any, cell: str, today: str) -> dict[str, int]:
    """Return by scope how many patrol tasks are past their day and not ended."""
    statement = _TASKS.format(ended=", ".join(f"'{status}'" for status in ENDED))
    return {row.home: row.n for row in db.rows(connection, statement, cell=cell, today=today)}


def months(until: str, count: int = 12) -> list[str]:
    """Return the last months up to a day, `2026-11`, the oldest first."""
    at, told = date.fromisoformat(until).replace(day=1), list[str]()
    for _ in range(count):
        told.append(at.isoformat()[:7])
        at = (at - timedelta(days=1)).replace(day=1)
    return told[::-1]
