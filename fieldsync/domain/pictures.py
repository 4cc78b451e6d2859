"""Pictures of cameras and drones taken in at the desk: by place to a site, by day to a visit, or put to a person.

EXIF is what they have; there is no claim of a phone. Each file is known by its hash: once is enough.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain.darkroom import Darkroom, known_reading
from fieldsync.domain.inspections import QUEUE
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.photos.plausibility import distance_m
from fieldsync.photos.reading import Reading
from fieldsync.sync.actors import Actor
from fieldsync.sync.journal import text_of
from fieldsync.sync.operations import NAMESPACE

CONFIDENCE: Words = {
    "sure": ("可以归入", "Sure"),
    "doubtful": ("待确认", "Doubtful"),
    "none": ("无法匹配", "No match"),
}
WHY: Words = {
    "no_position": ("照片没有定位", "The picture has no position"),
    "bad_position": ("照片的定位可疑", "The position of the picture is suspect"),
    "far": ("附近没有站点", "No site is near"),
    "two_sites": ("附近还有别的站点", "Another site is near as well"),
    "no_time": ("照片没有拍摄时间", "The picture has no time"),
    "two_visits": ("当天有多次巡查", "There were several visits that day"),
    "approved": ("当天的巡查已审结", "The visit of that day is approved already"),
}
_DRONES = ("dji", "autel", "parrot", "skydio", "大疆", "道通")
_SUSPECT = ("gps_", "datum_suspect", "edited", "exif_disagree", "xmp_disagree", "bad_")
# Closer to a second site than this, or less than twice as far from it, nobody can tell them apart.
_APART_M = 50
_DEGREE_M = 111_320.0

# Files that came in and wait for a person; those that have become photos are known by the photo.
TABLE = db.Table(
    "picture",
    Column("cell", String(12), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("person_id", String(36), nullable=False),
    Column("at", String(40), nullable=False),
    Column("dismissed", Integer, nullable=False),
)


@dataclass(frozen=True)
class Target:
    """What a picture may belong to: a site, or a visit to it, with metres from the site where known."""

    id: str
    type: str
    name: str
    far_m: float | None


@dataclass(frozen=True)
class Proposal:
    """What a picture says of itself, what it may belong to (the likeliest first), how sure that is, why not."""

    sha256: str
    name: str
    reading: Reading
    targets: tuple[Target, ...]
    confidence: str
    why: tuple[str, ...]

    @property
    def source(self) -> str:
        """The source of the photo: a drone's by its maker."""
        facts = self.reading.facts
        said = f"{facts.make or ''} {facts.model or ''}".lower()
        return "drone" if any(maker in said for maker in _DRONES) else "gallery"


# Taking in


def store(room: Darkroom, actor: Actor, name: str, chunks: Iterable[bytes], sha256: str) -> bool:
    """Store a file by its hash and read it; tell whether it is a picture. What is none is not kept."""
    if not room.blobs.has(sha256):
        upload = f"picture-{uuid.uuid4()}"
        room.blobs.append(upload, 0, chunks, room.engine.limits["MAX_UPLOAD_BYTES"])
        room.blobs.finish(upload, sha256)
    reading = room.read(actor.cell, sha256)
    if reading.facts.format is None or reading.dhash is None:
        room.forget(actor.cell, sha256, "")
        return False
    row = (actor.cell, sha256, name[:200], actor.user, text_of(room.engine.now()), 0)
    with database.writing() as connection:
        database.upsert(connection, TABLE, [row])
    return True


def dismiss(actor: Actor, sha256: str) -> None:
    """Put a picture aside; it is not proposed any more, until it comes again."""
    with database.writing() as connection:
        database.execute(
            connection, "UPDATE picture SET dismissed = 1 WHERE cell = :cell AND sha256 = :sha256",
            cell=actor.cell, sha256=sha256,
        )  # fmt: skip


def attach(room: Darkroom, actor: Actor, proposal: Proposal, parent: str) -> str:
    """Make a picture a photo of a site or a visit, without a claim; return its id, the same each time."""
    target = str(uuid.uuid5(NAMESPACE, f"picture {actor.cell} {proposal.sha256}"))
    size = room.blobs.path(proposal.sha256).stat().st_size
    told = {
        "sha256": proposal.sha256, "size": size, "capture_source": proposal.source, "caption": proposal.name[:60],
    }  # fmt: skip
    op = str(uuid.uuid5(NAMESPACE, f"add {target}"))
    room.engine.perform(actor, "photo.add", target, op=op, set_=told, parent=parent)
    return target


# Proposing

_WAITING = (
    "SELECT p.sha256, p.name FROM picture AS p WHERE p.cell = :cell AND p.dismissed = 0"
    " AND NOT EXISTS (SELECT 1 FROM photo AS f WHERE f.cell = p.cell AND f.sha256 = p.sha256)"
    " ORDER BY p.name, p.sha256 LIMIT :limit"
)
_NEAR = (
    "SELECT id, name, lon, lat FROM site WHERE cell = :cell AND voided = 0 AND merged_into = ''"
    " AND lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north"
)
_VISITS = (
    "SELECT id, state, started_at FROM inspection WHERE cell = :cell AND site_id = :site AND state <> 'voided'"
    " AND state <> 'withdrawn' ORDER BY started_at"
)


def is_known(connection: Any, cell: str, sha256: str) -> bool:
    """Tell whether a picture is a photo of this county already."""
    statement = "SELECT 1 FROM photo WHERE cell = :cell AND sha256 = :sha256 LIMIT 1"
    return database.row(connection, statement, cell=cell, sha256=sha256) is not None


def waits(connection: Any, cell: str, sha256: str) -> bool:
    """Tell whether a picture of this county waits for a person."""
    statement = "SELECT 1 FROM picture WHERE cell = :cell AND sha256 = :sha256 AND dismissed = 0"
    row = database.row(connection, statement, cell=cell, sha256=sha256)
    return row is not None and not is_known(connection, cell, sha256)


def waiting(connection: Any, cell: str, most_m: float, zone: str, limit: int = 200) -> list[Proposal]:
    """Return the pictures that wait, each with what it may belong to."""
    rows = database.rows(connection, _WAITING, cell=cell, limit=limit)
    told = [(row, known_reading(connection, cell, row.sha256)) for row in rows]
    return [
        propose(connection, cell, row.sha256, row.name, reading, most_m, zone)
        for row, reading in told if reading is not None
    ]  # fmt: skip


def propose(
    connection: Any, cell: str, sha256: str, name: str, reading: Reading, most_m: float, zone: str
) -> Proposal:
    """Return what a picture may belong to: the nearest site within `most_m`, and its visit of the same day."""
    facts, why = reading.facts, list[str]()
    if facts.lat is None or facts.lon is None:
        return Proposal(sha256, name, reading, (), "none", ("no_position",))
    near = _near(connection, cell, facts.lat, facts.lon, most_m)
    if not near:
        return Proposal(sha256, name, reading, (), "none", ("far",))
    if any(flag.startswith(_SUSPECT) for flag in (*facts.flags, *reading.flags)):
        why.append("bad_position")
    if len(near) > 1 and _is_close(near[0], near[1]):
        why.append("two_sites")
    visits = _visits(connection, cell, near[0], facts.taken_at, zone, why)
    return Proposal(
        sha256, name, reading, (*visits, *near[:4]), "doubtful" if why else "sure", tuple(dict.fromkeys(why))
    )


def _is_close(first: Target, second: Target) -> bool:
    one, two = first.far_m or 0.0, second.far_m or 0.0
    return two - one < _APART_M or two < 2 * one


def _near(connection: Any, cell: str, lat: float, lon: float, most_m: float) -> list[Target]:
    """Return the sites within `most_m` of a place, the nearest first."""
    tall = most_m / _DEGREE_M
    # At most 28.4 degrees north a degree of longitude is still this part of one of latitude.
    wide = tall / 0.87
    rows = database.rows(
        connection, _NEAR, cell=cell, west=lon - wide, east=lon + wide, south=lat - tall, north=lat + tall
    )
    found = [Target(r.id, "site", r.name, round(distance_m(lat, lon, r.lat, r.lon), 1)) for r in rows]
    return sorted((t for t in found if (t.far_m or 0) <= most_m), key=lambda target: (target.far_m, target.id))


def _visits(
    connection: Any, cell: str, site: Target, taken_at: str | None, zone: str, why: list[str]
) -> list[Target]:
    """Return the visits to a site on the day of the picture; says in `why` what makes them doubtful."""
    day = moments.day_told(taken_at or "", ZoneInfo(zone))
    if not day:
        why.append("no_time")
        return []
    rows = database.rows(connection, _VISITS, cell=cell, site=site.id)
    same = [row for row in rows if moments.day_told(row.started_at, ZoneInfo(zone)) == day]
    if len(same) > 1:
        why.append("two_visits")
    if any(row.state not in (*QUEUE, "returned") for row in same):
        why.append("approved")
    return [Target(row.id, "inspection", site.name, site.far_m) for row in same]


def named(connection: Any, cell: str, dossier_no: str) -> str:
    """Return the id of the site with a dossier number; raise Problem where there is none."""
    statement = "SELECT id FROM site WHERE cell = :cell AND dossier_no = :no AND voided = 0"
    row = database.row(connection, statement, cell=cell, no=dossier_no)
    if row is None:
        raise Problem("not-found")
    return str(row[0])
