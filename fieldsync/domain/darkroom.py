"""Where stored files are read, and what they say of a photo: outside the transaction, since it reads files."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Column, Integer, String, Text

from fieldsync import db as database
from fieldsync import moments
from fieldsync.blobs import Blobs
from fieldsync.db import db
from fieldsync.domain import claims, visits
from fieldsync.errors import Problem
from fieldsync.photos.decoder import Decoder
from fieldsync.photos.plausibility import Place, compare
from fieldsync.photos.reading import Reading
from fieldsync.sync import actors
from fieldsync.sync.canonical import BadValue, normalise
from fieldsync.sync.journal import text_of
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

# A phone that is less sure than this has no fix.
_ACCURACY_MOST = 100_000
# The longest side that a phone's preview may have: larger pictures are originals, and whose is to be asked.
PREVIEW_MOST = 1600

# What was read out of a stored file, once per county and file.
FILES = db.Table(
    "file",
    Column("cell", String(12), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("reading", Text, nullable=False),
)


# A photo's own small original may serve as its preview; another photo's original never does.
_IS_ORIGINAL = "SELECT 1 FROM photo WHERE cell = :cell AND sha256 = :sha256 AND id <> :id LIMIT 1"
# The points of a track are nobody's photo: who names their hash must not read them by that door.
_READING = (
    "SELECT f.reading FROM file AS f WHERE f.cell = :cell AND f.sha256 = :sha256"
    " AND NOT EXISTS (SELECT 1 FROM patrol_track AS t WHERE t.cell = f.cell AND t.sha256 = f.sha256)"
)
_FILE_NEEDED = (
    "SELECT 1 FROM file WHERE sha256 = :sha256 AND cell <> :cell"
    " UNION ALL SELECT 1 FROM photo WHERE cell = :cell AND (sha256 = :sha256 OR preview_sha256 = :sha256)"
    " UNION ALL SELECT 1 FROM patrol_track WHERE cell = :cell AND sha256 = :sha256 AND id <> :track"
    " AND erased = 0 LIMIT 1"
)


_TRACKS = "SELECT id FROM patrol_track WHERE cell = :cell AND sha256 = :sha256 AND erased = 0"


@dataclass
class Darkroom:
    """Where stored files are read: the engine to write with, the files, the decoder."""

    engine: Engine
    blobs: Blobs
    decoder: Decoder

    def arrive(self, cell: str, sha256: str) -> int:
        """Tell every photo that waits for a stored file, as its original or its preview; return how many.

        Only of a file that came to this county itself: who names the hash of another county's gets nothing.
        The points of a patrol track are told to the track instead.
        """
        self._note_tracks(cell, sha256)
        with database.reading() as connection:
            reading = known_reading(connection, cell, sha256)
            if reading is None:
                return 0
            originals = _waiting(connection, cell, "sha256 = :sha256 AND have = 0", sha256)
            previews = _waiting(connection, cell, "preview_sha256 = :sha256 AND have_preview = 0", sha256)
        for photo_id in originals:
            self._note(cell, photo_id, reading)
        for photo_id in previews:
            self._note_preview(cell, photo_id, reading)
        return len(originals) + len(previews)

    def read(self, cell: str, sha256: str) -> Reading:
        """Return what a stored file says; read once, then remembered."""
        with database.reading() as connection:
            known = _stored_reading(connection, cell, sha256)
        if known is not None:
            return known
        reading = self.decoder.read(self.blobs.path(sha256), self.blobs.preview_folder(sha256))
        size = self.blobs.path(sha256).stat().st_size
        with database.writing() as connection:
            row = (cell, sha256, size, orjson.dumps(reading.as_json()).decode())
            database.upsert(connection, FILES, [row])
        return reading

    def _note(self, cell: str, photo_id: str, reading: Reading) -> None:
        with database.reading() as connection:
            find = partial(_load, connection, cell)
            photo = find(photo_id)
            told = {} if photo is None else facts(find, photo, reading, self.engine.now())
        self._perform(cell, photo_id, f"arrive {photo_id}", told)

    def _note_preview(self, cell: str, photo_id: str, reading: Reading) -> None:
        """Note the phone's preview; nothing that this file says of itself becomes a fact of the photo."""
        with database.reading() as connection:
            photo = _load(connection, cell, photo_id)
            told = {} if photo is None else preview_facts(connection, photo, reading)
        if told:
            self._perform(cell, photo_id, f"arrive preview {photo_id}", told)

    def _note_tracks(self, cell: str, sha256: str) -> None:
        """Write on a track how near its points come to the sites that its person visited that day."""
        with database.reading() as connection:
            here = _stored_reading(connection, cell, sha256) is not None and self.blobs.has(sha256)
            ids = list(database.rows(connection, _TRACKS, cell=cell, sha256=sha256)) if here else []
            tracks = [track for row in ids if (track := _load(connection, cell, row[0])) is not None]
            near = {track.id: visits.passed(connection, track, self._trail(sha256)) for track in tracks}
        for track_id, found in near.items():
            told = {f"near/{site}": far for site, far in found.items()}
            name = f"arrive {track_id} {' '.join(sorted(told))}"
            if told:
                self._perform(cell, track_id, name, told, "patrol_track.arrive")

    def _trail(self, sha256: str) -> Iterator[tuple[float, float]]:
        """Yield the points (lat, lon) of a track's file; lines that are none are passed over."""
        with self.blobs.path(sha256).open("rb") as file:
            for line in file:
                try:
                    _at, lat, lon, *_more = orjson.loads(line)
                except (ValueError, TypeError):
                    continue
                if _place(lat, lon, None) is not None:
                    yield lat, lon

    def _perform(
        self, cell: str, record_id: str, name: str, told: dict[str, Any], action: str = "photo.arrive"
    ) -> None:
        op = str(uuid.uuid5(NAMESPACE, name))
        try:
            self.engine.perform(actors.system(cell), action, record_id, op=op, set_=told)
        except Problem as problem:
            # Two uploads of the same bytes may end together; the first has noted it.
            if problem.name != "op-id-reuse":
                raise

    def forget(self, cell: str, sha256: str, track: str) -> bool:
        """Delete the points of a track, unless another record needs the file; tell whether it was here."""
        with database.writing() as connection:
            database.hold(connection, cell)
            if database.row(connection, _FILE_NEEDED, cell=cell, sha256=sha256, track=track) is not None:
                return False
            database.execute(
                connection, "DELETE FROM file WHERE cell = :cell AND sha256 = :sha256", cell=cell, sha256=sha256
            )
        return self.blobs.remove(sha256)


def _waiting(connection: Any, cell: str, condition: str, sha256: str) -> list[str]:
    """Return the ids of the photos that a condition of this module holds for."""
    statement = f"SELECT id FROM photo WHERE cell = :cell AND {condition}"  # noqa: S608 (own text)
    return [row[0] for row in database.rows(connection, statement, cell=cell, sha256=sha256)]


def _stored_reading(connection: Any, cell: str, sha256: str) -> Reading | None:
    """Return what a file of this county says, or None where the county does not have it."""
    statement = "SELECT reading FROM file WHERE cell = :cell AND sha256 = :sha256"
    return _parsed(database.row(connection, statement, cell=cell, sha256=sha256))


def known_reading(connection: Any, cell: str, sha256: str) -> Reading | None:
    """Return what a file says that this county has and that may be a photo, or None."""
    return _parsed(database.row(connection, _READING, cell=cell, sha256=sha256)) if sha256 else None


def _parsed(row: Any) -> Reading | None:
    return Reading.from_json(orjson.loads(row[0])) if row is not None and row[0] else None


def preview_facts(connection: Any, photo: Record, reading: Reading) -> dict[str, Any]:
    """Return what the arrival of a phone's preview says: that it is there, or that it is none."""
    if photo.text("preview_sha256") == photo.text("sha256"):
        return {}
    small = max(reading.facts.width or 0, reading.facts.height or 0) <= PREVIEW_MOST
    usable = reading.facts.format == "jpeg" and small and reading.dhash is not None
    if not usable or is_original(connection, photo, photo.text("preview_sha256")):
        return {"have_preview": False, "flags/preview_unusable": True}
    return {"have_preview": True}


def is_original(connection: Any, photo: Record, sha256: str) -> bool:
    """Tell whether a file is the original of another photo of the county."""
    row = database.row(connection, _IS_ORIGINAL, cell=photo.cell, sha256=sha256, id=photo.id)
    return row is not None


Find = Callable[[str], Record | None]


def facts(find: Find, photo: Record, reading: Reading, now: datetime) -> dict[str, Any]:
    """Return the server's fields of a photo: EXIF, device, distances, flags; absent ones are left out."""
    said, claim = reading.facts, claims.read(photo.get("claim"))
    fix: dict[str, Any] = claim["fix"] if isinstance(claim.get("fix"), dict) else {}
    exif = _place(said.lat, said.lon, said.accuracy_m)
    device = _place(fix.get("lat"), fix.get("lon"), fix.get("accuracy"))
    device_at = moments.read(photo.get("device_time")) or moments.read(claim.get("time"))
    between = compare(
        exif, device, _site_place(find, photo),
        taken_at=moments.read(said.taken_at), device_at=device_at, received_at=now,
    )  # fmt: skip
    sealed = claims.verdict(
        photo.get("claim"), photo.get("signature"), _device_key(find, photo), photo.text("sha256")
    )
    given = {
        "format": said.format, "width": said.width, "height": said.height, "orientation": said.orientation,
        "make": said.make, "model": said.model, "taken_at": said.taken_at, "gps_at": said.gps_at,
        "exif_lat": said.lat, "exif_lon": said.lon, "altitude_m": said.altitude_m,
        "position_source": said.position_source, "dhash": reading.dhash,
        "geo_lat": device and device.lat, "geo_lon": device and device.lon,
        "geo_acc": device and device.accuracy_m, "fix_time": _text_of(moments.read(fix.get("time"))),
        "claim_verdict": sealed, "exif_vs_device_m": between.exif_device_m,
        "exif_to_site_m": between.exif_site_m, "to_site_m": between.device_site_m,
        "clock_skew_s": between.clock_skew_s,
    }  # fmt: skip
    flags = {f"flags/{flag}": True for flag in sorted({*reading.flags, *said.flags, *between.flags})}
    return {path: clean for path, value in given.items() if (clean := _storable(value)) is not None} | flags


def _storable(value: Any) -> Any:
    """Return a value in normal form; None for what has none: a stranger's file or claim must not stop the rest."""
    try:
        return normalise(value)
    except BadValue:
        return None


def _load(connection: Any, cell: str, record_id: str) -> Record | None:
    row = database.row(
        connection,
        "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
        " FROM record WHERE cell = :cell AND id = :id",
        cell=cell,
        id=record_id,
    )
    return None if row is None else Record.from_row(row)


def _site_place(find: Find, photo: Record) -> Place | None:
    """Return where the dossier says the site is; of a site elsewhere that a visit only names, nothing is told."""
    site = find(photo.root_id)
    if site is not None and site.type == "inspection":
        site = find(site.text("site_id"))
    beyond = site is not None and site.home != photo.home and not photo.home.startswith("c-")
    return None if site is None or beyond else _place(site.number("lat"), site.number("lon"), None)


def _device_key(find: Find, photo: Record) -> dict[str, Any] | None:
    device_id = photo.text("device_id")
    device = find(device_id) if device_id else None
    if device is None or device.type != "device":
        return None
    return {name: device.get(f"public_key/{name}") for name in ("kty", "crv", "x", "y")}


def _place(lat: Any, lon: Any, accuracy: Any) -> Place | None:
    """Return a place where both numbers are numbers on the globe."""
    if type(lat) not in (int, float) or type(lon) not in (int, float):
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    exact = type(accuracy) in (int, float) and 0 <= accuracy <= _ACCURACY_MOST
    return Place(lat, lon, float(accuracy) if exact else None)


def _text_of(moment: datetime | None) -> str | None:
    try:
        return None if moment is None else text_of(moment)
    except OverflowError:
        # The first or the last day of the calendar, in a zone beyond it.
        return None
