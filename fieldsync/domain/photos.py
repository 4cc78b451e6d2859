"""Photos as evidence: the record comes first, the bytes any time (domain.md section 4.3; evidence.md)."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Column, Float, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.darkroom import facts, is_original, known_reading, preview_facts
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
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

# Flags that nobody needs to look into: hardly any camera writes its time zone.
_HARMLESS = frozenset(["tz_assumed"])

# Fields

FIELDS = own_fields(
    Field("sha256", ("文件哈希", "SHA-256"), "sha256", "once", required=True),
    Field("size", ("大小", "Size"), "integer", "once", "B", least=0),
    # A small copy that the phone made, uploaded before the original.
    Field("preview_sha256", ("预览图哈希", "SHA-256 of the preview"), "sha256", "once"),
    Field("preview_size", ("预览图大小", "Size of the preview"), "integer", "once", "B", least=0),
    Field("claim", ("拍摄声明", "Claim"), "text", "once", most=8000),
    Field("signature", ("设备签名", "Signature"), "text", "once", most=200),
    Field("capture_source", ("来源", "Source"), "choice", "once", choices=SOURCES),
    Field("device_time", ("设备时间", "Device time"), "time", "once"),
    Field("role", ("用途", "Role"), "choice", choices=ROLES),
    Field("caption", ("说明", "Caption"), "text", most=60),
    Field("question", ("所答问题", "Question"), "text", "once", most=120),
    Field("pii_flag", ("含人脸/车牌", "Faces or plates"), "boolean"),
    Field("county_note", ("县级批注", "County's note"), "text", "county", most=300),
    Field("have", ("原图已到", "Original arrived"), "boolean", "server"),
    Field("have_preview", ("预览已到", "Preview arrived"), "boolean", "server"),
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
    Column("preview_sha256", String(64), nullable=False, server_default=""),
    # Whether its arrival was noted, be it of any use or not.
    Column("have_preview", Integer, nullable=False, server_default="0"),
    # Whether something about it is to be looked at, and the metres that its witnesses say it is off the site.
    Column("flagged", Integer, nullable=False, server_default="0"),
    Column("far_m", Float),
    Index("photo_file", "cell", "sha256"),
    Index("photo_preview", "cell", "preview_sha256"),
    Index("photo_parent", "cell", "parent_id"),
)


def _project(photo: Record) -> tuple[Any, ...]:
    lat = photo.number("exif_lat") if photo.number("exif_lat") is not None else photo.number("geo_lat")
    lon = photo.number("exif_lon") if photo.number("exif_lon") is not None else photo.number("geo_lon")
    have, voided = int(photo.get("have") is True), int(photo.voided)
    preview, have_preview = photo.text("preview_sha256")[:64], int(photo.get("have_preview") is not None)
    off = [far for far in map(photo.number, ("exif_to_site_m", "to_site_m")) if far is not None]
    return (
        photo.parent_id, photo.text("sha256")[:64], have, voided, lat, lon, preview, have_preview,
        int(_is_flagged(photo)), max(off, default=None),
    )  # fmt: skip


def _is_flagged(photo: Record) -> bool:
    """Tell whether a photo has a flag that means something, or a seal that does not hold."""
    return photo.text("claim_verdict") in ("invalid", "other_file") or bool({*photo.rows("flags")} - _HARMLESS)


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
    """Write what this county has of the photo already; whoever released the operation, from any door."""
    photo, journal = change.record, change.journal
    if photo.voided:
        return
    if photo.get("have") is not True:
        reading = known_reading(journal.connection, photo.cell, photo.text("sha256"))
        if reading is not None:
            _put(change, facts(journal.get, photo, reading, journal.now) | {"have": True})
    if photo.get("have_preview") is None:
        reading = known_reading(journal.connection, photo.cell, photo.text("preview_sha256"))
        if reading is not None:
            _put(change, preview_facts(journal.connection, photo, reading))


def _put(change: Change, told: dict[str, Any]) -> None:
    for path, value in told.items():
        change.put(path, value)


def drop(change: Change) -> None:
    """Drop a wrong photo: by its author, until the review of its inspection began (domain.md 4.0, F4)."""
    photo = change.record
    parent = change.get(photo.parent_id)
    if photo.text("created_by") != change.standing.user:
        raise Problem("not-allowed")
    if parent is not None and parent.text("state") in ("under_review", "approved", "amended", "archived"):
        raise Problem("wrong-state", "review-begun")
    # A wrong photo stays wrong when its bytes have come meanwhile.
    change.void_merged(besides="photo.arrive")


def view(change: Change) -> None:
    """Leave a line in the chain that somebody looked; the photo does not change."""
    change.outcome.settle()


def arrived(change: Change) -> None:
    """Write what the stored file says, or that the phone's preview is there; only the server does this."""
    _put(change, change.op.set)
    if "have_preview" not in change.op.set:
        change.put("have", True)


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


def has_original(connection: Any, cell: str, parents: Iterable[str]) -> bool:
    """Tell whether any of these records has a live photo whose original is here."""
    statement = (
        f"SELECT 1 FROM {database.keys('ids')} CROSS JOIN photo AS f WHERE f.cell = :cell"  # noqa: S608 (own names)
        " AND f.parent_id = keys.value AND f.have = 1 AND f.voided = 0 LIMIT 1"
    )
    return database.row(connection, statement, cell=cell, ids=orjson.dumps(list(parents)).decode()) is not None


def shown_file(connection: Any, photo: Record) -> tuple[str, bool]:
    """Return the hash of what may be shown of a photo, and whether that is only the phone's preview.

    An empty hash where nothing may be. That a preview is not another photo's original is asked each
    time: that other photo may have been announced since.
    """
    if photo.get("have") is True:
        return photo.text("sha256"), False
    preview = photo.text("preview_sha256")
    if photo.get("have_preview") is True and not is_original(connection, photo, preview):
        return preview, True
    return "", False
