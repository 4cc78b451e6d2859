"""The order of the review queue: what makes an inspection urgent, reckoned whenever one of its records changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Column, Index, Integer, String, text

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.inspections import QUEUE
from fieldsync.domain.words import Words
from fieldsync.sync.records import Record

# Words

# The gravest first: whatever comes later never outweighs it.
RISKS: Words = {
    "active": ("正在开采", "Active mining"),
    "relapse": ("死灰复燃", "Relapse"),
    "conflict": ("未决冲突", "Open conflict"),
    "few_photos": ("照片不足", "Too few photos"),
    "very_far": ("离站点很远", "Very far from the site"),
    "far": ("离站点较远", "Far from the site"),
    "reused": ("照片重复使用", "Same photo elsewhere"),
    "flagged": ("照片存疑", "Doubtful photo"),
    "suspected": ("疑似开采", "Suspected mining"),
    "not_found": ("未找到站点", "Site not found"),
    "amended": ("批准后有修改", "Changed after approval"),
    "pending": ("照片未到齐", "Photos not all here"),
}
# Each a power of two: an inspection's score is their sum.
WEIGHTS = {code: 1 << place for place, code in enumerate(reversed(RISKS))}

# Projection

TABLE = db.Table(
    "review",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("site_id", String(36), nullable=False),
    Column("state", String(16), nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("activity", String(16), nullable=False),
    Column("score", Integer, nullable=False),
    # The place in the county's order that it arrived at: a phone's clock decides nothing.
    Column("arrived", Integer, nullable=False),
    Column("received_at", String(40), nullable=False),
    Column("claimed_by", String(36), nullable=False),
    Column("photos", Integer, nullable=False),
    Column("have", Integer, nullable=False),
    # With everything that the queue is filtered by, so that filtering reads the index alone.
    Index("review_queue", "cell", "waiting", text("score DESC"), "arrived", "home", "activity", "claimed_by"),
    Index("review_arrival", "cell", "waiting", "arrived", "score", "home", "activity", "claimed_by"),
    Index("review_state", "cell", "state", text("score DESC"), "arrived", "home", "activity", "claimed_by"),
    Index("review_site", "cell", "site_id", "waiting"),
)  # fmt: skip

# Rules


@dataclass(frozen=True)
class Signs:
    """What the records say of an inspection; `far_m` is the farthest that any witness was from the site."""

    activity: str
    state: str
    site_status: str = ""
    relapse_reported: bool = False
    contested: int = 0
    photos: int = 0
    have: int = 0
    flagged: bool = False
    reused: bool = False
    far_m: float = 0.0


def score_of(signs: Signs, settings: Mapping[str, Any]) -> int:
    """Return the sum of the weights of all that speaks for urgency."""
    very_far = signs.far_m > settings["PHOTO_SITE_REASON_M"]
    found = {
        "active": signs.activity == "active",
        "relapse": signs.site_status == "relapsed" or signs.relapse_reported,
        "conflict": signs.contested > 0,
        "few_photos": signs.photos < settings["MIN_PHOTOS"],
        "very_far": very_far,
        "far": not very_far and signs.far_m > settings["PHOTO_SITE_WARN_M"],
        "reused": signs.reused,
        "flagged": signs.flagged,
        "suspected": signs.activity == "suspected",
        "not_found": signs.activity == "not_found",
        "amended": signs.state == "amended",
        "pending": signs.have < signs.photos,
    }
    return sum(WEIGHTS[code] for code, holds in found.items() if holds)


def reasons(score: int) -> list[str]:
    """Return the codes of RISKS that a score is made of, the gravest first."""
    return [code for code in RISKS if score & WEIGHTS[code]]


# Filling

_FACTS = (
    "SELECT i.id, i.home, i.site_id, i.state, i.activity, i.contested, i.reviewed_by, s.status AS site_status,"
    " t.distance_m, v.seq AS arrived, v.received_at"
    " FROM {keys} CROSS JOIN inspection AS i"
    " LEFT JOIN site AS s ON s.cell = i.cell AND s.id = i.site_id"
    " LEFT JOIN visit AS t ON t.cell = i.cell AND t.id = i.id"
    " LEFT JOIN version AS v ON v.cell = i.cell AND v.record_id = i.id AND v.n = 1"
    " WHERE i.cell = :cell AND i.id = keys.value"
)
_PHOTOS = (
    "SELECT f.parent_id, count(*) AS photos, sum(f.have) AS have, max(f.flagged) AS flagged,"
    " max(f.far_m) AS far_m, max(CASE WHEN EXISTS (SELECT 1 FROM photo AS o WHERE o.cell = f.cell"
    " AND o.sha256 = f.sha256 AND o.parent_id <> f.parent_id AND o.voided = 0) THEN 1 ELSE 0 END) AS reused"
    " FROM {keys} CROSS JOIN photo AS f WHERE f.cell = :cell AND f.parent_id = keys.value AND f.voided = 0"
    " GROUP BY f.parent_id"
)
_WITH_SAME_FILE = (
    "SELECT DISTINCT f.parent_id FROM {keys} CROSS JOIN photo AS f WHERE f.cell = :cell AND f.sha256 = keys.value"
)
_AT_SITES = (
    "SELECT w.id FROM {keys} CROSS JOIN review AS w WHERE w.cell = :cell AND w.site_id = keys.value"
    " AND w.waiting = 1"
)
_RELAPSES = "SELECT target FROM request WHERE cell = :cell AND status = 'pending' AND wish = 'relapsed'"


def fill(connection: Any, cell: str, records: Sequence[Record]) -> None:
    """Reckon anew every inspection that these changed records touch."""
    touched = {record.id for record in records if record.type == "inspection"}
    shots = [record for record in records if record.type == "photo"]
    touched |= {shot.parent_id for shot in shots}
    touched |= _ids(connection, cell, _WITH_SAME_FILE, {shot.text("sha256")[:64] for shot in shots})
    sites = {record.id for record in records if record.type == "site"}
    sites |= {record.text("target")[:36] for record in records if record.type == "request"}
    touched |= _ids(connection, cell, _AT_SITES, sites)
    _reckon(connection, cell, touched - {""})


def _ids(connection: Any, cell: str, statement: str, keys: Iterable[str]) -> set[str]:
    """Return the inspections that a statement of this module finds for these keys."""
    return {row[0] for row in _ask(connection, cell, statement, keys)} if keys else set()


def _ask(connection: Any, cell: str, statement: str, keys: Iterable[str]) -> Iterable[Any]:
    given = orjson.dumps(sorted(keys)).decode()
    return database.rows(connection, statement.format(keys=database.keys("given")), cell=cell, given=given)


def _reckon(connection: Any, cell: str, ids: set[str]) -> None:
    if not ids:
        return
    shots = {row.parent_id: row for row in _ask(connection, cell, _PHOTOS, ids)}
    reported = {row[0] for row in database.rows(connection, _RELAPSES, cell=cell)}
    found = _ask(connection, cell, _FACTS, ids)
    database.upsert(
        connection, TABLE, [_row(cell, row, shots.get(row.id), row.site_id in reported) for row in found]
    )


def _row(cell: str, row: Any, shots: Any, reported: bool) -> tuple[Any, ...]:
    """Return the row of TABLE of one inspection; `shots` sums up its photos, None where it has none."""
    signs = Signs(
        row.activity, row.state, row.site_status or "", reported, row.contested,
        shots.photos if shots else 0, shots.have if shots else 0,
        bool(shots and shots.flagged), bool(shots and shots.reused),
        max(row.distance_m or 0.0, (shots and shots.far_m) or 0.0),
    )  # fmt: skip
    return (
        cell, row.id, row.home, row.site_id, row.state, int(row.state in QUEUE), row.activity,
        score_of(signs, current_app.config), row.arrived or 0, row.received_at or "",
        row.reviewed_by if row.state == "under_review" else "", signs.photos, signs.have,
    )  # fmt: skip


# Questions

ORDERS = ("risk", "arrival")


@dataclass(frozen=True)
class Filter:
    """What the queue is narrowed to; empty means everything. `claim`: `mine`, `free` or `others`."""

    state: str = ""
    home: str = ""
    risk: str = ""
    activity: str = ""
    claim: str = ""
    order: str = "risk"

    def sql(self) -> str:
        """Return the conditions as SQL over the parameters of `queue`."""
        conditions = ["w.state = :state" if self.state else "w.waiting = 1"]
        conditions += ["w.home = :home"] if self.home else []
        conditions += ["(w.score & :weight) <> 0"] if self.risk else []
        conditions += ["w.activity = :activity"] if self.activity else []
        claims = {"mine": "w.claimed_by = :me", "free": "w.claimed_by = ''",
                  "others": "w.claimed_by NOT IN ('', :me)"}  # fmt: skip
        return " AND ".join([*conditions, *([claims[self.claim]] if self.claim else [])])


_QUEUE = (
    "SELECT q.id, q.home, q.site_id, s.name AS site_name, q.state, q.activity, q.score, q.claimed_by, q.photos,"
    " q.have, q.received_at, i.started_at, i.created_by, i.contested, r.rev, r.body"
    " FROM (SELECT w.* FROM review AS w WHERE w.cell = :cell AND {conditions} ORDER BY {order}"
    " LIMIT :limit OFFSET :offset) AS q"
    " JOIN inspection AS i ON i.cell = q.cell AND i.id = q.id"
    " JOIN record AS r ON r.cell = q.cell AND r.id = q.id"
    " LEFT JOIN site AS s ON s.cell = q.cell AND s.id = q.site_id ORDER BY {outer}"
)
_BY = {"risk": "{0}.score DESC, {0}.arrived, {0}.id", "arrival": "{0}.arrived, {0}.id"}


def queue(connection: Any, cell: str, narrowed: Filter, me: str, limit: int, offset: int) -> list[Any]:
    """Return a page of the queue: the gravest first and of those the oldest, or simply the oldest by arrival."""
    order = _BY[narrowed.order]
    statement = _QUEUE.format(conditions=narrowed.sql(), order=order.format("w"), outer=order.format("q"))
    given = {
        "state": narrowed.state, "home": narrowed.home, "weight": WEIGHTS.get(narrowed.risk, 0),
        "activity": narrowed.activity, "me": me, "limit": limit, "offset": offset,
    }  # fmt: skip
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    return list(database.rows(connection, statement, cell=cell, **used))


def count_waiting(connection: Any, cell: str) -> int:
    """Return how many inspections wait for the county."""
    statement = "SELECT count(*) FROM review WHERE cell = :cell AND waiting = 1"
    return int(database.row(connection, statement, cell=cell)[0])


def of_inspection(connection: Any, cell: str, inspection_id: str) -> int:
    """Return the score of one inspection."""
    row = database.row(
        connection, "SELECT score FROM review WHERE cell = :cell AND id = :id", cell=cell, id=inspection_id
    )
    return int(row[0]) if row is not None else 0
