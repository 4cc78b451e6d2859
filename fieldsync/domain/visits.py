"""The duty ledger 履职台账, visit by visit: was somebody there, and what says so.

A verdict accuses nobody. What is missing or too vague is called doubtful; only what the records
themselves say otherwise does not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Column, Float, Index, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain.words import Words
from fieldsync.photos.plausibility import distance_m
from fieldsync.sync.records import Record

# Words

VERDICTS: Words = {
    "counted": ("计入", "Counted"),
    "blocked": ("受阻", "Blocked"),
    "doubtful": ("待核", "Cannot tell"),
    "not": ("不计入", "Not counted"),
}
REASONS: Words = {
    "near_fix": ("定位在站点附近", "The fix is near the site"),
    "near_track": ("轨迹经过站点附近", "The track passes near the site"),
    "place_explained": ("不在站点附近，已说明原因", "Not near the site, with a stated reason"),
    "blocked_explained": ("受阻未能到达，已说明原因", "Blocked, with a stated reason"),
    "blocked_unexplained": ("受阻，没有写明原因", "Blocked, without a stated reason"),
    "site_unplaced": ("档案没有坐标，无法判断", "The dossier has no position: cannot tell"),
    "no_fix": ("没有定位，也没有轨迹，无法判断", "Neither fix nor track: cannot tell"),
    "vague_fix": ("定位误差大，无法判断", "The fix is too vague: cannot tell"),
    "far": ("定位离站点较远，没有说明原因", "The fix is far from the site, and no reason is stated"),
    "photo": ("有照片", "There is a photo"),
    "photo_explained": ("没有照片，已说明原因", "No photo, with a stated reason"),
    "no_photo": ("没有照片，也没有说明原因", "Neither a photo nor a reason"),
}
# What a visit is worth to a statement: handed in, or approved by the county.
SUBMITTED, APPROVED = 1, 2
_STANDING = {
    "submitted": SUBMITTED, "resubmitted": SUBMITTED, "under_review": SUBMITTED,
    "approved": APPROVED, "archived": APPROVED,
}  # fmt: skip
# A phone's clock may run ahead by this much before its day is not believed.
_AHEAD = timedelta(days=1)

# Projection

TABLE = db.Table(
    "visit",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("site_id", String(36), nullable=False),
    Column("home", String(48), nullable=False),
    Column("day", String(10), nullable=False),
    Column("person", String(36), nullable=False),
    # 0 where it does not stand (withdrawn, returned, voided), else SUBMITTED or APPROVED.
    Column("standing", Integer, nullable=False),
    Column("verdict", String(10), nullable=False),
    # Codes of REASONS, separated by spaces.
    Column("reasons", String(200), nullable=False),
    Column("distance_m", Float),
    Column("photos", Integer, nullable=False),
    # The dossier's position that the distance was taken from.
    Column("site_lon", Float),
    Column("site_lat", Float),
    # Everything that coverage is counted by, so that counting reads the index alone.
    Index("visit_day", "cell", "home", "day", "site_id", "standing", "verdict", "person"),
    Index("visit_site", "cell", "site_id", "day", "standing", "verdict"),
    Index("visit_person", "cell", "person", "day"),
)
# Where tracks passed near sites that their own person visited on the same day.
PASSAGES = db.Table(
    "passage",
    Column("cell", String(12), primary_key=True),
    Column("track_id", String(36), primary_key=True),
    Column("site_id", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
    Column("day", String(10), nullable=False),
    Column("distance_m", Float, nullable=False),
    Index("passage_site", "cell", "site_id", "person", "day"),
)

# Rules


@dataclass(frozen=True)
class Evidence:
    """What a visit shows: distances in metres (None: cannot be told), photos, and the reasons stated."""

    placed: bool
    fix_m: float | None = None
    accuracy_m: float = 0.0
    track_m: float | None = None
    access: str = ""
    access_reason: bool = False
    place_reason: bool = False
    photos: int = 0
    photo_reason: bool = False


def verdict(seen: Evidence, most_m: float) -> tuple[str, tuple[str, ...]]:
    """Return the verdict on a visit and the codes of its reasons."""
    place, by_place = _place(seen, most_m)
    photo = "photo" if seen.photos else "photo_explained" if seen.photo_reason else "no_photo"
    if place == "blocked":
        explained = seen.access_reason and photo != "no_photo"
        return "blocked" if explained else "doubtful", (by_place, photo)
    if photo == "no_photo":
        place = "not"
    return place, (by_place, photo)


def _place(seen: Evidence, most_m: float) -> tuple[str, str]:
    """Return what the place says: counted, blocked, doubtful or not, and why."""
    if seen.access == "blocked":
        return "blocked", "blocked_explained" if seen.access_reason else "blocked_unexplained"
    if seen.fix_m is not None and seen.fix_m <= most_m:
        return "counted", "near_fix"
    if seen.track_m is not None and seen.track_m <= most_m:
        return "counted", "near_track"
    if seen.place_reason:
        return "counted", "place_explained"
    if not seen.placed:
        return "doubtful", "site_unplaced"
    if seen.fix_m is None:
        return "doubtful", "no_fix"
    return ("doubtful", "vague_fix") if seen.fix_m - seen.accuracy_m <= most_m else ("not", "far")


def standing_of(body: Mapping[str, Any], voided: bool) -> int:
    """Return what an inspection is worth to a statement; what was approved stays so while an amendment waits."""
    if voided:
        return 0
    if body.get("state") == "amended":
        return APPROVED if body.get("approved_rev") else SUBMITTED
    return _STANDING.get(str(body.get("state")), 0)


def day_of(body: Mapping[str, Any], received_at: str) -> str:
    """Return the day (in China) of a visit; that of its arrival where the phone's clock cannot be believed."""
    received = moments.read(received_at)
    said = moments.read(body.get("started_at")) or moments.read(body.get("ended_at"))
    if said is None or (received is not None and said > received + _AHEAD):
        said = received
    return moments.day_of(said) if said else ""


def _evidence(body: Mapping[str, Any], row: Any, track_m: float | None) -> Evidence:
    """Return what the body of an inspection and its row of `_VISITS` show."""
    reasons = {path.removeprefix("could_not/") for path in body if path.startswith("could_not/")}
    told = bool(str(body.get("access_reason") or "").strip())
    accuracy = body.get("accuracy_m")
    return Evidence(
        placed=row.lat is not None and row.lon is not None,
        fix_m=_apart(body.get("lat"), body.get("lon"), row.lat, row.lon),
        accuracy_m=float(accuracy) if isinstance(accuracy, int | float) else 0.0,
        track_m=track_m, access=str(body.get("access") or ""), access_reason=told,
        place_reason="position" in reasons or (told and body.get("access") == "seen_from_distance"),
        photos=row.photos,
        photo_reason=any(path.rpartition("__")[2].startswith("photo") for path in reasons),
    )  # fmt: skip


def _apart(lat: Any, lon: Any, site_lat: Any, site_lon: Any) -> float | None:
    """Return the metres between two places, None where one of them is none."""
    if any(type(number) not in (int, float) for number in (lat, lon, site_lat, site_lon)) or lat == lon == 0:
        return None
    return distance_m(lat, lon, site_lat, site_lon)


# Filling

# A visit may name a site that its author cannot see: then it is a visit to none, and nothing of the site is told.
_REACHED = "(s.home = r.home OR r.home LIKE 'c-%')"
_VISITS = (
    "SELECT r.id, r.body, r.home, r.voided, i.created_by,"  # noqa: S608 (own text)
    f" CASE WHEN s.id IS NULL OR {_REACHED} THEN i.site_id ELSE '' END AS site_id,"
    f" CASE WHEN {_REACHED} THEN s.lon END AS lon, CASE WHEN {_REACHED} THEN s.lat END AS lat,"
    " (SELECT count(*) FROM photo AS f WHERE f.cell = r.cell AND f.parent_id = r.id AND f.voided = 0) AS photos,"
    " (SELECT v.received_at FROM version AS v WHERE v.cell = r.cell AND v.record_id = r.id AND v.n = 1)"
    " AS received_at"
    " FROM {keys} CROSS JOIN record AS r JOIN inspection AS i ON i.cell = r.cell AND i.id = r.id"
    " LEFT JOIN site AS s ON s.cell = i.cell AND s.id = i.site_id WHERE r.cell = :cell AND r.id = keys.value"
)
_TRACKED = (
    "SELECT p.site_id, p.person, p.day, min(p.distance_m) FROM {keys} CROSS JOIN passage AS p"
    " WHERE p.cell = :cell AND p.site_id = keys.value GROUP BY p.site_id, p.person, p.day"
)
_AT_MOVED = (
    "SELECT v.id FROM {keys} CROSS JOIN site AS s JOIN visit AS v ON v.cell = s.cell AND v.site_id = s.id"
    " WHERE s.cell = :cell AND s.id = keys.value"
    " AND (coalesce(v.site_lon, 0) <> coalesce(s.lon, 0) OR coalesce(v.site_lat, 0) <> coalesce(s.lat, 0))"
)
_AT_PASSED = (
    "SELECT v.id FROM {keys} CROSS JOIN passage AS p JOIN visit AS v ON v.cell = p.cell AND v.site_id = p.site_id"
    " AND v.day = p.day AND v.person = p.person WHERE p.cell = :cell AND p.track_id = keys.value"
)


def fill(connection: Any, cell: str, records: Sequence[Record]) -> None:
    """Judge anew every visit that these changed records touch."""
    by_type: dict[str, list[Record]] = {}
    for record in records:
        by_type.setdefault(record.type, []).append(record)
    touched = {record.id for record in by_type.get("inspection", [])}
    touched |= {photo.parent_id for photo in by_type.get("photo", []) if photo.parent_id}
    touched |= _ids(connection, cell, _AT_MOVED, [site.id for site in by_type.get("site", [])])
    tracks = by_type.get("patrol_track", [])
    database.upsert(connection, PASSAGES, [row for track in tracks for row in _passages(track)])
    touched |= _ids(connection, cell, _AT_PASSED, [track.id for track in tracks])
    _judge(connection, cell, touched)


def _ids(connection: Any, cell: str, statement: str, ids: list[str]) -> set[str]:
    """Return the visits that a statement of this module finds for these ids."""
    if not ids:
        return set()
    statement = statement.format(keys=database.keys("ids"))
    return {row[0] for row in database.rows(connection, statement, cell=cell, ids=orjson.dumps(ids).decode())}


def _passages(track: Record) -> list[tuple[Any, ...]]:
    """Return the rows of PASSAGES of a track: `near/<site>` holds metres, the day is that of setting out."""
    day, person = day_of(track.body, ""), track.text("person")
    near = {path.removeprefix("near/"): track.number(path) for path in track.body if path.startswith("near/")}
    return [(track.cell, track.id, site, person, day, far) for site, far in near.items() if far is not None]


def _judge(connection: Any, cell: str, ids: Iterable[str]) -> None:
    wanted = sorted(ids)
    if not wanted:
        return
    most_m, keys = float(current_app.config["VISIT_DISTANCE_M"]), database.keys("ids")
    given = orjson.dumps(wanted).decode()
    found = list(database.rows(connection, _VISITS.format(keys=keys), cell=cell, ids=given))
    at = orjson.dumps(list({row.site_id for row in found})).decode()
    near = {
        tuple(row[:3]): row[3] for row in database.rows(connection, _TRACKED.format(keys=keys), cell=cell, ids=at)
    }
    database.upsert(connection, TABLE, [_row(cell, row, near, most_m) for row in found])


def _row(cell: str, row: Any, near: Mapping[tuple[str, str, str], float], most_m: float) -> tuple[Any, ...]:
    """Return the row of TABLE of one inspection; `near` tells what tracks say, by site, person and day."""
    body = orjson.loads(row.body)
    day = day_of(body, str(row.received_at or ""))
    seen = _evidence(body, row, near.get((row.site_id, row.created_by, day)))
    found, reasons = verdict(seen, most_m)
    return (
        cell, row.id, row.site_id, row.home, day, row.created_by, standing_of(body, bool(row.voided)), found,
        " ".join(reasons), None if seen.fix_m is None else round(seen.fix_m, 1), row.photos, row.lon, row.lat,
    )  # fmt: skip


# Questions

_VISITED_BY = (
    "SELECT v.site_id, s.lon, s.lat FROM visit AS v JOIN site AS s ON s.cell = v.cell AND s.id = v.site_id"
    " WHERE v.cell = :cell AND v.person = :person AND v.day = :day AND s.lon IS NOT NULL AND s.lat IS NOT NULL"
)


def passed(connection: Any, track: Record, points: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Return how near (metres) the points (lat, lon) of a track come to each site visited that day.

    Only sites that the track's own person says he visited: where else he was is nobody's business.
    """
    day, person = day_of(track.body, ""), track.text("person")
    sites = list(database.rows(connection, _VISITED_BY, cell=track.cell, person=person, day=day))
    trail = list(points)
    if not trail:
        return {}
    return {
        site_id: round(min(distance_m(lat, lon, site_lat, site_lon) for lat, lon in trail), 1)
        for site_id, site_lon, site_lat in sites
    }


def at_site(connection: Any, cell: str, site_id: str, limit: int = 50) -> list[Any]:
    """Return the visits of a site, newest first: (id, day, person, standing, verdict, reasons, distance_m)."""
    statement = (
        "SELECT id, day, person, standing, verdict, reasons, distance_m FROM visit"
        " WHERE cell = :cell AND site_id = :site_id ORDER BY day DESC, id LIMIT :limit"
    )
    return list(database.rows(connection, statement, cell=cell, site_id=site_id, limit=limit))


def of_inspection(connection: Any, cell: str, inspection_id: str) -> Any:
    """Return (verdict, reasons, distance_m, day) of one inspection, or None."""
    statement = "SELECT verdict, reasons, distance_m, day FROM visit WHERE cell = :cell AND id = :id"
    return database.row(connection, statement, cell=cell, id=inspection_id)
