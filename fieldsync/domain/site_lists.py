"""Existing lists of sites taken in: columns recognised and remembered, every row judged, each made once.

The file itself is kept by its hash: a dossier's origin can be looked up for ever.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Column, Index, String, Text

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import divisions, sites
from fieldsync.domain.darkroom import Darkroom
from fieldsync.domain.words import VIOLATIONS, Words
from fieldsync.errors import Problem
from fieldsync.geo import datums
from fieldsync.geo import divisions as fujian
from fieldsync.geo.datums import Unfit
from fieldsync.lists import sheets, values
from fieldsync.lists.sheets import Sheet
from fieldsync.photos.plausibility import distance_m
from fieldsync.sync.actors import Actor
from fieldsync.sync.journal import text_of
from fieldsync.sync.operations import NAMESPACE

# Words

# What becomes of a row.
STATES: Words = {
    "new": ("可以导入", "Can be taken in"),
    "duplicate": ("疑似重复，请确认", "Likely a duplicate: decide"),
    "refused": ("不能导入", "Refused"),
    "known": ("此前已导入", "Taken in before"),
    "made": ("已导入", "Taken in"),
    "left": ("未导入(疑似重复)", "Left out (likely a duplicate)"),
}
DATUMS: Words = {
    "wgs84": ("WGS-84", "WGS 84"),
    "cgcs2000": ("CGCS2000(2000国家大地坐标系)", "CGCS2000"),
    "gcj02": ("GCJ-02(火星坐标)", "GCJ-02"),
    "bd09": ("BD-09(百度坐标)", "BD-09"),
    "xian80": ("西安80", "Xi'an 80"),
    "beijing54": ("北京54", "Beijing 54"),
    "other": ("其他或不明", "Other or unknown"),
}
# What the columns of offices' lists are called, beside the field's own label.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("名称", "俗称", "矿点名称", "矿山名称", "站点名称", "矿山(点)名称", "点名", "name"),
    "site_kind": ("类型", "矿山类型", "站点类型", "类别", "kind"),
    "town_code": ("乡镇", "所属乡镇", "乡(镇)", "乡镇(街道)", "所在乡镇", "township"),
    "village": ("村", "行政村", "所在村", "村(居)"),
    "place_name": ("小地名", "地址", "地点", "位置", "详细地址", "具体位置"),
    "lon": ("经度", "东经", "经度(e)", "lon", "longitude"),
    "lat": ("纬度", "北纬", "纬度(n)", "lat", "latitude"),
    "raw_coord": ("坐标", "原始坐标", "坐标(x,y)"),
    "mineral_code": ("矿种", "开采矿种", "矿产种类", "mineral"),
    "violations": ("违法类型", "违法行为", "违法情形"),
    "mining_method": ("开采方式",),
    "discovery": ("发现途径", "线索来源"),
    "found_at": ("发现时间", "发现日期"),
    "licence_no": ("涉及采矿权", "许可证号", "采矿许可证号"),
    "patrol_class": ("巡查等级",),
    "patrol_cycle_days": ("巡查周期", "巡查周期(天)"),
    "leader_in_charge": ("包片领导", "挂钩领导", "包片/挂钩领导"),
    "workers": ("从业人员", "从业人数"),
    "disturbed_m2": ("占地面积", "破坏面积", "占地面积(m²)"),
    "closure_doc_no": ("关闭决定文号", "关闭文号"),
    "closure_date": ("关闭日期", "关闭时间"),
    "remark": ("备注", "说明"),
}
_REQUIRED = ("name", "site_kind", "town_code", "mineral_code")
_CHUNK = 200

# The lists that came in, and how their columns were understood.
TABLE = db.Table(
    "site_list",
    Column("cell", String(12), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    # The hash of the columns' labels: the next list of this make is understood the same way.
    Column("heading", String(64), nullable=False),
    Column("mapping", Text, nullable=False),
    Column("datum", String(16), nullable=False),
    Column("person_id", String(36), nullable=False),
    Column("at", String(40), nullable=False),
    Index("site_list_heading", "cell", "heading", "at"),
)


@dataclass(frozen=True)
class Plan:
    """How a list is understood: which column (from 0) is which field, and the datum of its places."""

    mapping: Mapping[int, str]
    datum: str = ""


@dataclass
class Row:
    """One row of a list: what it would set, what is wrong by cell, whom it looks like, what becomes of it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    # Name of the cell, Chinese words, English words.
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    # Id of the dossier or empty for a row of this list, its name, the words why.
    alike: list[tuple[str, str, tuple[str, str]]] = field(default_factory=list)
    state: str = "new"


# Understanding


def is_label(text: str) -> bool:
    """Tell whether a text is what some column of a list is called."""
    return bool(_field_of(text))


def _field_of(label: str) -> str:
    bare = label.replace("（", "(").replace("）", ")").replace(" ", "").replace("*", "").lower()
    for path, words in COLUMNS.items():
        if bare in words or bare.partition("(")[0] in words:
            return path
    return ""


def guessed(connection: Any, cell: str, sheet: Sheet) -> Plan:
    """Return how a list is understood: as the last one with these labels was, else by what columns are called."""
    row = database.row(
        connection,
        "SELECT mapping, datum FROM site_list WHERE cell = :cell AND heading = :heading ORDER BY at DESC LIMIT 1",
        cell=cell, heading=_heading(sheet),
    )  # fmt: skip
    if row is not None:
        return Plan({int(column): path for column, path in orjson.loads(row[0]).items()}, row[1])
    found: dict[int, str] = {}
    for column, label in enumerate(sheet.labels):
        path = _field_of(label)
        if path and path not in found.values():
            found[column] = path
    return Plan(found)


def _heading(sheet: Sheet) -> str:
    return hashlib.sha256(orjson.dumps(sheet.labels)).hexdigest()


def read(content: bytes, most_rows: int) -> Sheet:
    """Return the table of a file; raise Unfit in words."""
    return sheets.read(content, is_label, most_rows)


def keep(room: Darkroom, actor: Actor, name: str, content: bytes, sheet: Sheet, plan: Plan) -> str:
    """Keep a list and how it was understood; return its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not room.blobs.has(sha256):
        upload = f"list-{uuid.uuid4()}"
        room.blobs.append(upload, 0, [content], len(content))
        room.blobs.finish(upload, sha256)
    mapping = orjson.dumps({str(column): path for column, path in plan.mapping.items()}).decode()
    at = text_of(room.engine.now())
    with database.writing() as connection:
        row = (actor.cell, sha256, name[:200], _heading(sheet), mapping, plan.datum, actor.user, at)
        database.upsert(connection, TABLE, [row])
    return sha256


def kept(room: Darkroom, cell: str, sha256: str) -> tuple[str, bytes, Plan]:
    """Return name, content and plan of a list of this county; raise Problem where it has none of this hash."""
    with database.reading() as connection:
        row = database.row(
            connection, "SELECT name, mapping, datum FROM site_list WHERE cell = :cell AND sha256 = :sha256",
            cell=cell, sha256=sha256,
        )  # fmt: skip
    if row is None or not room.blobs.has(sha256):
        raise Problem("not-found")
    plan = Plan({int(column): path for column, path in orjson.loads(row[1]).items()}, row[2])
    return row[0], room.blobs.path(sha256).read_bytes(), plan


def towns(cell: str) -> dict[str, str]:
    """Return the names of a county's townships by code."""
    shipped = {town.code: town.name for town in fujian.townships(cell)}
    loaded = {c: str(b.get("name")) for c, b in divisions.listed().items() if c.startswith(cell) and len(c) == 9}
    return shipped | loaded


# Judging


def judged(
    connection: Any,
    cell: str,
    sha256: str,
    sheet: Sheet,
    plan: Plan,
    known_towns: Mapping[str, str],
    radius_m: float,
) -> list[Row]:
    """Return every row with what it would set, what is wrong with it, and the dossiers that it looks like."""
    rows = [_judge(number, texts, plan, known_towns) for number, texts in sheet.rows]
    _find_known(connection, cell, sha256, rows)
    _find_alike(connection, cell, rows, radius_m)
    return rows


def _judge(number: int, texts: Sequence[str], plan: Plan, known_towns: Mapping[str, str]) -> Row:
    row = Row(number)
    for column, path in plan.mapping.items():
        text = texts[column] if column < len(texts) else ""
        try:
            if sheets.is_formula(text):
                raise Unfit("这是公式，请粘贴为数值", "this is a formula: paste it as a value")
            if text:
                _set(row, path, text, plan.datum, known_towns)
        except Unfit as unfit:
            row.faults.append((sheets.cell_name(number, column), str(unfit.args[0]), str(unfit.args[1])))
    _complete(row, plan)
    row.state = "refused" if row.faults else "new"
    return row


def _set(row: Row, path: str, text: str, datum: str, known_towns: Mapping[str, str]) -> None:
    """Read a cell into the row's values."""
    if path == "town_code":
        row.values[path] = _town(text, known_towns)
    elif path == "violations":
        row.values |= {f"violations/{code}": True for code in values.several(VIOLATIONS, text)}
    elif path in ("lon", "lat"):
        row.values[path] = _degrees(path, text, datum)
    elif path == "raw_coord":
        row.values[path] = f"{DATUMS[datum][0]}：{text}"[:400] if datum in DATUMS else text[:400]
    else:
        spec = sites.FIELDS.find(path)
        assert spec is not None
        # The county states what is the township's to say as its own view.
        own = f"county/{path}" if spec.policy == "township" else path
        row.values[own] = values.read(spec, text)


def _town(text: str, known_towns: Mapping[str, str]) -> str:
    bare = text.strip()
    exact = [code for code, name in known_towns.items() if bare in (code, name, f"{code}000")]
    near = exact or [code for code, name in known_towns.items() if len(bare) >= 2 and name.startswith(bare)]
    if len(near) == 1:
        return near[0]
    raise Unfit(f"本县没有乡镇“{bare[:20]}”", f"the county has no township “{bare[:20]}”")


def _degrees(path: str, text: str, datum: str) -> Any:
    """Return degrees in Fujian; in any datum but the phone's own, and without one, the text as it is."""
    if datum not in datums.ACCEPTED:
        return text
    value, spec = values.degrees(text), sites.FIELDS.find(path)
    if spec is not None and spec.check(value):
        raise Unfit("不在福建范围内（经度 115.8–120.8，纬度 23.4–28.4）", "not in Fujian (115.8–120.8, 23.4–28.4)")
    return value


def _complete(row: Row, plan: Plan) -> None:
    """Say what is missing, and keep places that cannot be used as they were written."""
    there = [path for path in ("lon", "lat") if path in row.values]
    if there and not plan.datum:
        row.faults.append(
            (str(row.number), "有坐标，但没有说明坐标系", "there are coordinates, but no datum is declared")
        )
    elif there and plan.datum not in datums.ACCEPTED:
        said = "，".join(str(row.values.pop(path)) for path in there)
        row.values["raw_coord"] = f"{row.values.get('raw_coord', DATUMS[plan.datum][0] + '：')}{said}"[:400]
    elif len(there) == 1 and not row.faults:
        row.faults.append((str(row.number), "经度、纬度缺一个", "longitude or latitude is missing"))
    elif there:
        row.values["coord_source"] = "legacy"
    faulty = {path for path in _REQUIRED if path in plan.mapping.values()} if row.faults else set()
    for path in _REQUIRED:
        spec = sites.FIELDS.find(path)
        if path not in row.values and path not in faulty and spec is not None:
            row.faults.append((str(row.number), f"缺少{spec.labels[0]}", f"{spec.labels[1]} is missing"))


def record_id(cell: str, sha256: str, number: int) -> str:
    """Return the id of the dossier of a row: the same each time that the file comes."""
    return str(uuid.uuid5(NAMESPACE, f"site-list {cell} {sha256} {number}"))


def _find_known(connection: Any, cell: str, sha256: str, rows: Sequence[Row]) -> None:
    ids = {record_id(cell, sha256, row.number): row for row in rows}
    statement = _KNOWN.format(keys=database.keys("ids"))
    for found in database.rows(connection, statement, cell=cell, ids=orjson.dumps(list(ids)).decode()):
        ids[found[0]].state = "known"


_KNOWN = "SELECT s.id FROM {keys} CROSS JOIN site AS s WHERE s.cell = :cell AND s.id = keys.value"
_SITES = "SELECT id, name, home, lon, lat FROM site WHERE cell = :cell AND voided = 0 AND merged_into = ''"


def _find_alike(connection: Any, cell: str, rows: Sequence[Row], radius_m: float) -> None:
    """Mark rows that look like a dossier, or like a row above: same name in the township, or nearby."""
    seen = [(s.id, s.name, s.home[2:], s.lon, s.lat) for s in database.rows(connection, _SITES, cell=cell)]
    by_name: dict[tuple[str, str], list[Any]] = {}
    by_square: dict[tuple[int, int], list[Any]] = {}
    for each in seen:
        _file(each, by_name, by_square)
    for row in rows:
        if row.state != "new":
            continue
        name, town = row.values["name"], row.values["town_code"]
        lon, lat = row.values.get("lon"), row.values.get("lat")
        for other in by_name.get((town, name), ()):
            row.alike.append((other[0], other[1], ("本乡镇有同名站点", "the same name in the township")))
        for other, far in _near(by_square, lon, lat, radius_m):
            row.alike.append((other[0], other[1], (f"相距 {far:.0f} 米", f"{far:.0f} m away")))
        row.state = "duplicate" if row.alike else "new"
        _file(("", f"第 {row.number} 行 {name}", town, lon, lat), by_name, by_square, name)


def _file(
    each: tuple[Any, ...], by_name: dict[Any, list[Any]], by_square: dict[Any, list[Any]], name: str = ""
) -> None:
    _id, called, town, lon, lat = each
    by_name.setdefault((town, name or called), []).append(each)
    if lon is not None and lat is not None:
        by_square.setdefault((int(lon * 100), int(lat * 100)), []).append(each)


def _near(by_square: Mapping[Any, list[Any]], lon: Any, lat: Any, radius_m: float) -> list[tuple[Any, float]]:
    """Return what lies within a radius below a kilometre, with the metres; squares are 0.01 degrees."""
    if lon is None or lat is None:
        return []
    x, y = int(lon * 100), int(lat * 100)
    around = [e for i in (-1, 0, 1) for j in (-1, 0, 1) for e in by_square.get((x + i, y + j), ())]
    told = [(each, distance_m(lat, lon, each[4], each[3])) for each in around]
    return [(each, far) for each, far in told if far <= radius_m]


# Taking in


def take_in(room: Darkroom, actor: Actor, sha256: str, rows: Sequence[Row], wanted: set[int]) -> None:
    """Open a dossier for every good row, and for those likely duplicates whose numbers are wanted.

    The ids come from file and row: taken in again, nothing is made twice. Sets the rows' states.
    """
    for row in rows:
        if row.state == "duplicate" and row.number not in wanted:
            row.state = "left"
    todo = [row for row in rows if row.state in ("new", "duplicate")]
    for start in range(0, len(todo), _CHUNK):
        _make(room, actor, sha256, todo[start : start + _CHUNK])


def _make(room: Darkroom, actor: Actor, sha256: str, rows: Sequence[Row]) -> None:
    with room.engine.together(actor.cell) as together:
        for row in rows:
            target = record_id(actor.cell, sha256, row.number)
            op = str(uuid.uuid5(NAMESPACE, f"create {target}"))
            together.perform(actor, "site.create", target, op=op, set_=row.values)
    for row in rows:
        row.state = "made"
