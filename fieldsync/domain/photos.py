"""Photos as evidence: the record comes first, the bytes any time (domain.md section 4.3; evidence.md)."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Column, Float, Index, Integer, String, Text

from fieldsync import db as database
from fieldsync.blobs import Blobs
from fieldsync.db import db
from fieldsync.domain import claims
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.photos.decoder import Decoder
from fieldsync.photos.plausibility import Place, compare
from fieldsync.photos.reading import Reading
from fieldsync.sync import actors
from fieldsync.sync.canonical import BadValue, normalise
from fieldsync.sync.change import Change
from fieldsync.sync.journal import text_of
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

# Words

SOURCES: Words = {
    "in_app_camera": ("应用内拍摄", "In-app camera"),
    "file_input_camera": ("系统相机", "Camera"),
    "gallery": ("相册", "Gallery"),
    "drone": ("无人机", "Drone"),
    "screenshot": ("截屏", "Screenshot"),
}
ROLES: Words = {
    "overview": ("全景", "Overview"),
    "close": ("近景", "Close"),
    "opening": ("硐口", "Opening"),
    "before": ("整改前", "Before"),
    "after": ("整改后", "After"),
    "sign": ("标识牌", "Sign"),
    "person": ("人员", "Person"),
    "document": ("文书", "Document"),
    "equipment": ("设备", "Equipment"),
    "other": ("其他", "Other"),
}

# Fields

FIELDS = own_fields(
    Field("sha256", ("文件哈希", "SHA-256"), "sha256", "once", required=True),
    Field("size", ("大小", "Size"), "integer", "once", "B", least=0),
    Field("claim", ("拍摄声明", "Claim"), "text", "once", most=8000),
    Field("signature", ("设备签名", "Signature"), "text", "once", most=200),
    Field("capture_source", ("来源", "Source"), "choice", "once", choices=SOURCES),
    Field("device_time", ("设备时间", "Device time"), "time", "once"),
    Field("role", ("用途", "Role"), "choice", choices=ROLES),
    Field("caption", ("说明", "Caption"), "text", most=60),
    Field("pii_flag", ("含人脸/车牌", "Faces or plates"), "boolean"),
    Field("county_note", ("县级批注", "County's note"), "text", "county", most=300),
    Field("have", ("原图已到", "Original arrived"), "boolean", "server"),
    Field("format", ("格式", "Format"), "text", "server"),
    Field("width", ("宽", "Width"), "integer", "server", "px"),
    Field("height", ("高", "Height"), "integer", "server", "px"),
    Field("orientation", ("方向", "Orientation"), "integer", "server"),
    Field("make", ("品牌", "Make"), "text", "server"),
    Field("model", ("型号", "Model"), "text", "server"),
    Field("taken_at", ("EXIF 拍摄时间", "Taken at (EXIF)"), "time", "server"),
    Field("gps_at", ("EXIF 定位时间", "Fix time (EXIF)"), "time", "server"),
    Field("exif_lat", ("EXIF 纬度", "Latitude (EXIF)"), "number", "server", "°"),
    Field("exif_lon", ("EXIF 经度", "Longitude (EXIF)"), "number", "server", "°"),
    Field("altitude_m", ("高程", "Altitude"), "number", "server", "m"),
    Field("position_source", ("位置来源", "Source of position"), "text", "server"),
    Field("geo_lat", ("设备纬度", "Latitude (device)"), "number", "server", "°"),
    Field("geo_lon", ("设备经度", "Longitude (device)"), "number", "server", "°"),
    Field("geo_acc", ("设备定位精度", "Accuracy (device)"), "number", "server", "m"),
    Field("fix_time", ("设备定位时间", "Time of fix"), "time", "server"),
    Field("claim_verdict", ("声明核验", "Claim check"), "text", "server"),
    Field("exif_vs_device_m", ("照片与设备相距", "Photo to device"), "number", "server", "m"),
    Field("exif_to_site_m", ("照片与站点相距", "Photo to site"), "number", "server", "m"),
    Field("to_site_m", ("设备与站点相距", "Device to site"), "number", "server", "m"),
    Field("clock_skew_s", ("时钟偏差", "Clock skew"), "number", "server", "s"),
    Field("dhash", ("感知哈希", "dHash"), "text", "server"),
    Field("flags/*", ("疑点", "Flag"), "marker", "server"),
)

# A phone that is less sure than this has no fix.
_ACCURACY_MOST = 100_000

# Projection

TABLE = db.Table(
    "photo",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("parent_id", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("have", Integer, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Index("photo_file", "cell", "sha256"),
    Index("photo_parent", "cell", "parent_id"),
)

# What was read out of a stored file, once per county and file.
FILES = db.Table(
    "file",
    Column("cell", String(12), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("reading", Text, nullable=False),
)


def _project(photo: Record) -> tuple[Any, ...]:
    lat = photo.number("exif_lat") if photo.number("exif_lat") is not None else photo.number("geo_lat")
    lon = photo.number("exif_lon") if photo.number("exif_lon") is not None else photo.number("geo_lon")
    have, voided = int(photo.get("have") is True), int(photo.voided)
    return photo.parent_id, photo.text("sha256")[:64], have, voided, lat, lon


NOUN = Noun("photo", "photos", ("照片", "Photo"), FIELDS, table=TABLE, project=_project)

# Rules


def add(change: Change) -> None:
    """Announce a photo of an inspection or a site; its bytes may be here already or come later."""
    change.merge()
    if change.created:
        change.put("have", False)
        change.put("created_by", change.standing.user)
        change.put("device_id", change.op.device or None)
    _meet(change)


def edit(change: Change) -> None:
    """Change what is said of a photo; the photo itself never changes."""
    change.merge()
    _meet(change)


def _meet(change: Change) -> None:
    """Write what the file says where this county has it already; whoever released the operation, from any door."""
    photo, journal = change.record, change.journal
    if photo.get("have") is True or photo.voided:
        return
    reading = _known_reading(journal.connection, photo.cell, photo.text("sha256"))
    if reading is not None:
        for path, value in _facts(journal.get, photo, reading, journal.now).items():
            change.put(path, value)
        change.put("have", True)


def drop(change: Change) -> None:
    """Drop a wrong photo: by its author, until the review of its inspection began (domain.md 4.0, F4)."""
    photo = change.record
    parent = change.get(photo.parent_id)
    if photo.text("created_by") != change.standing.user:
        raise Problem("not-allowed")
    if parent is not None and parent.text("state") in ("under_review", "approved", "amended", "archived"):
        raise Problem("wrong-state", "review-begun")
    change.void_merged()


def view(change: Change) -> None:
    """Leave a line in the chain that somebody looked; the photo does not change."""
    change.outcome.settle()


def arrived(change: Change) -> None:
    """Write what the stored file says; only the server does this."""
    for path, value in change.op.set.items():
        change.put(path, value)
    change.put("have", True)


# Arrival: outside the transaction, since it reads files


@dataclass
class Darkroom:
    """Where stored files are read: the engine to write with, the files, the decoder."""

    engine: Engine
    blobs: Blobs
    decoder: Decoder

    def arrive(self, cell: str, sha256: str) -> int:
        """Write the facts of a stored file onto every photo record that waits for it; return how many.

        Only of a file that came to this county itself: who names the hash of another county's gets nothing.
        """
        with database.reading() as connection:
            reading = _known_reading(connection, cell, sha256)
        if reading is None:
            return 0
        waiting = self._waiting(cell, sha256)
        for photo_id in waiting:
            self._note(cell, photo_id, reading)
        return len(waiting)

    def _waiting(self, cell: str, sha256: str) -> list[str]:
        with database.reading() as connection:
            found = database.rows(
                connection,
                "SELECT id FROM photo WHERE cell = :cell AND sha256 = :sha256 AND have = 0",
                cell=cell,
                sha256=sha256,
            )
        return [row[0] for row in found]

    def read(self, cell: str, sha256: str) -> Reading:
        """Return what a stored file says; read once, then remembered."""
        with database.reading() as connection:
            known = _known_reading(connection, cell, sha256)
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
            facts = {} if photo is None else _facts(find, photo, reading, self.engine.now())
        op = str(uuid.uuid5(NAMESPACE, f"arrive {photo_id}"))
        try:
            self.engine.perform(actors.system(cell), "photo.arrive", photo_id, op=op, set_=facts)
        except Problem as problem:
            # Two uploads of the same bytes may end together; the first has noted it.
            if problem.name != "op-id-reuse":
                raise


def _known_reading(connection: Any, cell: str, sha256: str) -> Reading | None:
    """Return what a file of this county says, or None where the county does not have it."""
    known = database.row(
        connection,
        "SELECT reading FROM file WHERE cell = :cell AND sha256 = :sha256",
        cell=cell,
        sha256=sha256,
    )
    return Reading.from_json(orjson.loads(known[0])) if known is not None and known[0] else None


Find = Callable[[str], Record | None]


def _facts(find: Find, photo: Record, reading: Reading, now: datetime) -> dict[str, Any]:
    """Return the server's fields of a photo: EXIF, device, distances, flags; absent ones are left out."""
    facts, claim = reading.facts, claims.read(photo.get("claim"))
    fix: dict[str, Any] = claim["fix"] if isinstance(claim.get("fix"), dict) else {}
    exif = _place(facts.lat, facts.lon, facts.accuracy_m)
    device = _place(fix.get("lat"), fix.get("lon"), fix.get("accuracy"))
    device_at = _moment(photo.get("device_time")) or _moment(claim.get("time"))
    between = compare(
        exif, device, _site_place(find, photo),
        taken_at=_moment(facts.taken_at), device_at=device_at, received_at=now,
    )  # fmt: skip
    sealed = claims.verdict(
        photo.get("claim"), photo.get("signature"), _device_key(find, photo), photo.text("sha256")
    )
    given = {
        "format": facts.format, "width": facts.width, "height": facts.height, "orientation": facts.orientation,
        "make": facts.make, "model": facts.model, "taken_at": facts.taken_at, "gps_at": facts.gps_at,
        "exif_lat": facts.lat, "exif_lon": facts.lon, "altitude_m": facts.altitude_m,
        "position_source": facts.position_source, "dhash": reading.dhash,
        "geo_lat": device and device.lat, "geo_lon": device and device.lon,
        "geo_acc": device and device.accuracy_m, "fix_time": _text_of(_moment(fix.get("time"))),
        "claim_verdict": sealed, "exif_vs_device_m": between.exif_device_m,
        "exif_to_site_m": between.exif_site_m, "to_site_m": between.device_site_m,
        "clock_skew_s": between.clock_skew_s,
    }  # fmt: skip
    flags = {f"flags/{flag}": True for flag in sorted({*reading.flags, *facts.flags, *between.flags})}
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
    """Return where the dossier says the site is."""
    site = find(photo.root_id)
    if site is not None and site.type == "inspection":
        site = find(site.text("site_id"))
    return None if site is None else _place(site.number("lat"), site.number("lon"), None)


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


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _text_of(moment: datetime | None) -> str | None:
    try:
        return None if moment is None else text_of(moment)
    except OverflowError:
        # The first or the last day of the calendar, in a zone beyond it.
        return None


# Questions

_BENEATH = (
    "SELECT r.cell, r.id, r.type, r.n, r.rev, r.home, r.scopes, r.lent, r.parent_id, r.root_id, r.voided, r.seq,"
    " r.body, r.meta FROM {keys} CROSS JOIN record AS r"
    " WHERE r.cell = :cell AND r.parent_id = keys.value AND r.type = 'photo' AND NOT r.voided ORDER BY r.id"
)


def beneath(connection: Any, cell: str, parents: Iterable[str]) -> dict[str, list[Record]]:
    """Return the live photos of records, by the record's id, in the order of their making."""
    statement = _BENEATH.format(keys=database.keys("ids"))
    found: dict[str, list[Record]] = {}
    for row in database.rows(connection, statement, cell=cell, ids=orjson.dumps(list(parents)).decode()):
        found.setdefault(row[8], []).append(Record.from_row(row))
    return found
