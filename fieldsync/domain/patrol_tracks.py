"""Patrol tracks 巡查轨迹: who is out, where to, until when; the points are a file of their own.

Points are sensitive personal information (PIPL art. 28): the record holds their hash and what they sum up to,
never a position. The file has lines of JSON, `[t, lat, lon, accuracy]`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import divisions, homes
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Fields

FIELDS = own_fields(
    Field("town_code", ("乡镇", "Township"), "town", "once", required=True),
    Field("task_id", ("任务", "Task"), "ref", "once"),
    Field("person", ("人员", "Person"), "text", "server"),
    Field("device_id", ("设备", "Device"), "text", "server"),
    Field("started_at", ("出发时间", "Set out at"), "time", "township"),
    Field("expected_return_at", ("预计返回", "Expected back at"), "time", "township"),
    Field("ended_at", ("返回时间", "Back at"), "time", "township"),
    Field("alone", ("独自一人", "Alone"), "boolean", "township"),
    Field("companions_text", ("同行人员", "Companions"), "text", "township", most=200),
    Field("contact_phone", ("联系电话", "Telephone"), "text", "township", most=30),
    Field("area_note", ("前往区域", "Where to"), "text", "township", most=300),
    Field("sha256", ("轨迹文件哈希", "SHA-256 of the points"), "sha256", "once"),
    Field("size", ("轨迹文件大小", "Size of the points"), "integer", "once", "B", least=0),
    Field("points", ("轨迹点数", "Points"), "integer", "township", least=0),
    Field("distance_m", ("里程", "Distance"), "number", "township", "m", least=0),
    # [[from, seconds], ...]: nothing was recorded then, which says nothing of where the person was.
    Field("gaps", ("未记录时段", "Not recorded"), "any", "township"),
    # How near the track came to each site that its person visited that day.
    Field("near/*", ("经过站点", "Passed near"), "number", "server", "m"),
    Field("points_erased_at", ("轨迹点删除时间", "Points erased at"), "time", "server"),
)

# Projection

TABLE = db.Table(
    "patrol_track",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("person", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("ended", Integer, nullable=False),
    Column("erased", Integer, nullable=False),
    Index("patrol_track_out", "cell", "ended"),
    Index("patrol_track_file", "cell", "sha256"),
)


def _more(track: Record) -> tuple[str, ...]:
    # Wherever somebody works later, his own tracks stay his to see.
    return (f"u-{track.text('person')}",)


def _in_window(body: Body) -> bool:
    return body.get("points_erased_at") is None


def _project(track: Record) -> tuple[Any, ...]:
    ended, erased = bool(track.get("ended_at")) or track.voided, bool(track.get("points_erased_at"))
    return track.home, track.text("person"), track.text("sha256")[:64], int(ended), int(erased)


NOUN = Noun(
    "patrol_track", "patrol_tracks", ("巡查轨迹", "Patrol track"), FIELDS,
    home=homes.township, more=_more, in_window=_in_window, table=TABLE, project=_project, salted=True,
)  # fmt: skip

# Rules

# Whose work it is to look where others have been.
_LOOKERS = frozenset({"manager", "reviewer", "admin"})
# A file that another record names already; only its points would open to whoever merely knows the hash.
_NAMED = (
    "SELECT 1 FROM patrol_track WHERE cell = :cell AND sha256 = :sha256 AND person <> :person"
    " UNION ALL SELECT 1 FROM photo WHERE cell = :cell AND sha256 = :sha256"
    " UNION ALL SELECT 1 FROM photo WHERE cell = :cell AND preview_sha256 = :sha256 LIMIT 1"
)


def begin(change: Change) -> None:
    """Set out: from here on the county knows that somebody is out, and when he wants to be back."""
    if not change.created:
        _check_own(change)
    divisions.check_town(change)
    _merge(change)
    if change.created:
        change.put("person", change.standing.user)
        change.put("device_id", change.op.device or None)
        if not change.record.get("town_code"):
            change.put("town_code", change.record.home.removeprefix("t-"))


def edit(change: Change) -> None:
    """Change what is said of an own track: a later return, another companion, what was recorded."""
    _check_own(change)
    _merge(change)


def end(change: Change) -> None:
    """Be back; the hash of the points may come with it, the file any time."""
    _check_own(change)
    _merge(change)
    if not change.record.get("ended_at"):
        change.put("ended_at", change.journal.received_at)


def view(change: Change) -> None:
    """Leave a line in the chain that somebody looked at the points: their owner, his manager, the county."""
    own = change.record.text("person") == change.standing.user
    if not own and not change.standing.covers(change.record.home, _LOOKERS):
        raise Problem("not-allowed")
    change.outcome.settle()


def arrive(change: Change) -> None:
    """Write how near the points come to the sites that were visited; only the server does this."""
    for path, value in change.op.set.items():
        change.put(path, value)


def erase(change: Change) -> None:
    """Note that the points were deleted after their time; only the server does this."""
    change.put("points_erased_at", change.journal.received_at)


def _check_own(change: Change) -> None:
    if change.record.text("person") != change.standing.user:
        raise Problem("not-allowed")


def _merge(change: Change) -> None:
    """Merge; the hash of somebody else's file does not get in, or it would open that file."""
    sha256, given = change.op.set.get("sha256"), change.op.set
    if type(sha256) is str and _is_named(change, sha256):
        change.op.set = {path: value for path, value in given.items() if path != "sha256"}
    change.merge()
    if "sha256" in given and "sha256" not in change.op.set:
        change.outcome.fields["sha256"] = "ignored"
        change.issue("hash-taken", "sha256")


def _is_named(change: Change, sha256: str) -> bool:
    connection, cell, person = change.journal.connection, change.record.cell, change.standing.user
    return database.row(connection, _NAMED, cell=cell, sha256=sha256[:64], person=person) is not None


# Questions


@dataclass(frozen=True)
class Outing:
    """Somebody who is out: his track, and whether he wanted to be back by now."""

    id: str
    home: str
    person: str
    body: dict[str, Any]
    is_overdue: bool


def out(connection: Any, cell: str, now: datetime) -> list[Outing]:
    """Return who is out: the overdue first, then by the time that they want to be back; last who named none."""
    statement = (
        "SELECT t.id, t.home, t.person, r.body FROM patrol_track AS t"
        " JOIN record AS r ON r.cell = t.cell AND r.id = t.id WHERE t.cell = :cell AND t.ended = 0 ORDER BY t.id"
    )
    found = []
    for track_id, home, person, text in database.rows(connection, statement, cell=cell):
        body = orjson.loads(text)
        # Of what is no time nobody can tell whether it has passed.
        due = moments.read(body.get("expected_return_at"))
        outing = Outing(track_id, home, person, body, due is not None and due < now)
        found.append((not outing.is_overdue, due is None, due.timestamp() if due else 0.0, track_id, outing))
    return [outing for *_, outing in sorted(found, key=lambda row: row[:4])]


def expired(connection: Any, cell: str, before: str) -> list[Any]:
    """Return tracks with points that the server first heard of before a time: (id, sha256, erased)."""
    statement = (
        "SELECT t.id, t.sha256, t.erased FROM patrol_track AS t"
        " JOIN version AS v ON v.cell = t.cell AND v.record_id = t.id AND v.n = 1"
        " WHERE t.cell = :cell AND t.sha256 <> '' AND v.received_at < :before ORDER BY t.id"
    )
    return list(database.rows(connection, statement, cell=cell, before=before))
