"""What somebody at the console should hear of: his notices, what became overdue, and up to where he has read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from flask import current_app
from sqlalchemy import BigInteger, Column, Connection, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain.patrol_tasks import ENDED
from fieldsync.domain.planner import later
from fieldsync.sync.actors import Standing
from fieldsync.sync.journal import text_of

# Up to where a person has read: in the cell's order, and of what time brings about.
SEEN = db.Table(
    "notice_seen",
    Column("cell", String(12), primary_key=True),
    Column("person_id", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("at", String(40), nullable=False),
)

# Who decides at a county's desk.
_DESK = frozenset({"reviewer", "admin"})
# More unread ones than this are not counted.
MOST = 100
# What is overdue for longer stands on the lists of what was missed; reminding for ever helps nobody.
_REMIND_DAYS = 60


class Seen(NamedTuple):
    """Up to where somebody has read."""

    seq: int = 0
    at: str = ""


@dataclass(frozen=True)
class Notice:
    """What concerns somebody: of which record, since when, by whom (empty: time alone), whether it is new."""

    kind: str
    noun: str
    id: str
    about: str
    seq: int
    at: str
    by: str
    name: str
    body: dict[str, Any]
    is_new: bool


@dataclass
class Reader:
    """Somebody who reads his notices; he finds what his scopes of today reach."""

    connection: Connection
    cell: str
    standing: Standing
    now: datetime

    @property
    def person(self) -> str:
        """Who reads."""
        return self.standing.user

    @cached_property
    def is_desk(self) -> bool:
        """Whether he decides at the county's desk."""
        return any(role in _DESK and scope.startswith("c-") for role, scope in self.standing.held)

    @cached_property
    def towns(self) -> list[str]:
        """The scopes of the townships that he manages."""
        held = (scope for role, scope in self.standing.held if role == "manager" and scope.startswith("t-"))
        return list(dict.fromkeys(held))

    @property
    def audiences(self) -> list[str]:
        """Whatever he is spoken to as: himself, the desk, a manager."""
        return [f"u-{self.person}", *([f"c-{self.cell}"] if self.is_desk else []), *self.towns]

    @cached_property
    def seen(self) -> Seen:
        """Up to where he has read."""
        row = database.row(self.connection, _SEEN, cell=self.cell, person=self.person)
        return Seen(*row) if row is not None else Seen()

    def sees(self, row: Any) -> bool:
        """Tell whether his scopes of today reach a record."""
        return self.standing.covers(row.home) or f"u-{self.person}" in row.scopes.split()


_SEEN = "SELECT seq, at FROM notice_seen WHERE cell = :cell AND person_id = :person"
_LIST = (
    "SELECT k.kind, k.noun, k.record_id, k.about, k.seq, k.at, k.author, r.home, r.scopes, r.body, s.name"
    " FROM (SELECT i.* FROM {keys} CROSS JOIN notice AS i WHERE i.cell = :cell AND i.audience = keys.value"
    " AND i.seq > :after ORDER BY i.seq DESC, i.record_id, i.kind LIMIT :limit OFFSET :offset) AS k"
    " JOIN record AS r ON r.cell = k.cell AND r.id = k.record_id"
    " LEFT JOIN site AS s ON s.cell = k.cell AND s.id = k.about ORDER BY k.seq DESC, k.record_id, k.kind"
)


def listing(reader: Reader, limit: int, offset: int, after: int = 0) -> list[Notice]:
    """Return a page of notices, the latest first; those beyond his scopes of today are left out."""
    rows = database.rows(
        reader.connection, _LIST.format(keys=database.keys("audiences")), cell=reader.cell, after=after,
        audiences=_json(reader.audiences), limit=limit, offset=offset,
    )  # fmt: skip
    found: dict[tuple[str, str], Notice] = {}
    for row in rows:
        if reader.sees(row):
            body = orjson.loads(row.body)
            told = Notice(
                row.kind, row.noun, row.record_id, row.about, row.seq, row.at, row.author,
                row.name or _title(body), body, row.seq > reader.seen.seq,
            )  # fmt: skip
            found.setdefault((row.record_id, row.kind), told)
    return list(found.values())


def _json(names: Iterable[str]) -> str:
    return orjson.dumps(list(names)).decode()


def _title(body: Mapping[str, Any]) -> str:
    return str(body.get("title") or body.get("case_no") or body.get("record_no") or "")


def unread(reader: Reader) -> int:
    """Return how many notices somebody has not read, `MOST` for that many and more."""
    news = len(listing(reader, MOST, 0, reader.seen.seq))
    return min(MOST, news + sum(notice.is_new for notice in reminders(reader)))


def see(cell: str, person: str, read: Seen) -> None:
    """Note up to where somebody has read; it never goes back."""
    with database.writing() as connection:
        row = database.row(connection, _SEEN, cell=cell, person=person)
        was = Seen(*row) if row is not None else Seen()
        database.upsert(connection, SEEN, [(cell, person, max(was.seq, read.seq), max(was.at, read.at))])


# What time brings about

_ENDED = ", ".join(f"'{status}'" for status in ENDED)
_OWN_TASKS = (
    "SELECT a.task_id AS id, a.home, r.scopes, r.body, '' AS name FROM {keys} CROSS JOIN assignment AS a"
    " JOIN record AS r ON r.cell = a.cell AND r.id = a.task_id WHERE a.cell = :cell AND a.person = keys.value"
    " AND a.day BETWEEN :since AND :until AND a.status NOT IN ({ended}) ORDER BY a.day DESC LIMIT :limit"
)
_TASKS = (
    "SELECT t.id, t.home, r.scopes, r.body, '' AS name FROM {keys} CROSS JOIN patrol_task AS t"
    " JOIN record AS r ON r.cell = t.cell AND r.id = t.id WHERE t.cell = :cell AND t.home = keys.value"
    " AND t.task_date BETWEEN :since AND :until AND t.status NOT IN ({ended}) AND NOT r.voided"
    " ORDER BY t.task_date DESC LIMIT :limit"
)
_WORKS = (
    "SELECT t.id, t.home, r.scopes, r.body, s.name AS name, t.site_id, t.due_on FROM {keys}"
    " CROSS JOIN rectification AS t JOIN record AS r ON r.cell = t.cell AND r.id = t.id"
    " LEFT JOIN site AS s ON s.cell = t.cell AND s.id = t.site_id WHERE t.cell = :cell AND t.status = 'open'"
    " AND t.due_on BETWEEN :since AND :until AND (keys.value = :desk OR t.home = keys.value)"
    " ORDER BY t.due_on DESC LIMIT :limit"
)
_RELAPSES = (
    "SELECT q.id, q.home, r.scopes, r.body, s.name AS name, q.target, v.received_at FROM request AS q"
    " JOIN record AS r ON r.cell = q.cell AND r.id = q.id"
    " JOIN version AS v ON v.cell = q.cell AND v.record_id = q.id AND v.n = 1"
    " LEFT JOIN site AS s ON s.cell = q.cell AND s.id = q.target"
    " WHERE q.cell = :cell AND q.status = 'pending' AND q.wish = 'relapsed' ORDER BY q.seq LIMIT :limit"
)


def reminders(reader: Reader) -> list[Notice]:
    """Return what became overdue of late: own tasks and those of one's townships, relapses, rectifications."""
    told = dict[tuple[str, str], Notice]()
    for kind, noun, about, moment, row in _late(reader):
        if moment <= reader.now and reader.sees(row):
            at, body = text_of(moment), orjson.loads(row.body)
            name = row.name or _title(body)
            notice = Notice(kind, noun, row.id, about, 0, at, "", name, body, at > reader.seen.at)
            told.setdefault((row.id, kind), notice)
    return sorted(told.values(), key=lambda notice: notice.at, reverse=True)


# Kind, noun, what it is about, the moment from which on it is late, and its row.
_Late = tuple[str, str, str, datetime, Any]


def _late(reader: Reader) -> Iterator[_Late]:
    """Yield what was to be done by now."""
    until = later(moments.day_of(reader.now), -1)
    given = {"cell": reader.cell, "since": later(until, -_REMIND_DAYS), "until": until, "limit": MOST}
    for statement, names in ((_OWN_TASKS, [reader.person]), (_TASKS, reader.towns)):
        for row in _each(reader, statement, names, given):
            body = orjson.loads(row.body)
            yield "overdue", "patrol_task", row.id, _end_of(str(body.get("due_on") or body.get("task_date"))), row
    desk = f"c-{reader.cell}"
    for row in _each(reader, _WORKS, [desk] if reader.is_desk else reader.towns, given | {"desk": desk}):
        yield "rectify_late", "rectification", row.site_id, _end_of(row.due_on), row
    hours = timedelta(hours=int(current_app.config["RELAPSE_CONFIRM_H"]))
    if reader.is_desk:
        for row in database.rows(reader.connection, _RELAPSES, cell=reader.cell, limit=MOST):
            yield "relapse_late", "request", row.target, datetime.fromisoformat(row.received_at) + hours, row


def _each(reader: Reader, statement: str, names: list[str], given: Mapping[str, Any]) -> Iterable[Any]:
    """Return the rows of a statement for each of some names, none where there are no names."""
    text = statement.format(keys=database.keys("names"), ended=_ENDED)
    return database.rows(reader.connection, text, names=_json(names), **given) if names else []


def _end_of(day: str) -> datetime:
    """Return the moment at which a day of China ends; for what is no day, one that never comes."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=moments.CHINA) + timedelta(days=1)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
