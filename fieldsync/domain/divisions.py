"""Administrative divisions as records of the cell `common` (domain.md section 5.1)."""

import uuid
from collections.abc import Iterator
from typing import Any

import orjson

from fieldsync import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.geo import divisions as fujian
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.change import Change
from fieldsync.sync.heads import COMMON
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.push import Engine

# Words

LEVELS: Words = {
    "city": ("设区市", "City"),
    "county": ("县(市、区)", "County"),
    "township": ("乡镇", "Township"),
}

# Fields

FIELDS = own_fields(
    Field("code", ("代码", "Code"), "code", "server"),
    Field("name", ("名称", "Name"), "text", "server"),
    Field("level", ("级别", "Level"), "choice", "server", choices=LEVELS),
    Field("kind", ("类型", "Kind"), "text", "server"),
    Field("parent_code", ("上级代码", "Parent"), "code", "server"),
    Field("current_code", ("现行代码", "Current code"), "code", "server"),
    Field("reporting_unit", ("统计单位", "Reporting unit"), "code", "server"),
    Field("invented", ("虚构", "Invented"), "boolean", "server"),
    # GeoJSON in WGS 84, Polygon or MultiPolygon: one value, drawn and never merged.
    Field("outline", ("界线", "Outline"), "any", "server"),
)


NOUN = Noun("division", "divisions", ("行政区划", "Division"), FIELDS, home=homes.common)

# Rules


def load(change: Change) -> None:
    """Enter or renew a division from the shipped list; only the server does this."""
    for path, value in change.op.set.items():
        change.put(path, value)


def check_town(change: Change) -> None:
    """Refuse a township of another county: a record never changes its cell, nor lies outside of it."""
    cell = change.journal.cell
    home = change.record.home if change.created else change.noun.home(change.op.set, "", cell)
    if home.startswith("t-") and fujian.current_code(home[2:8]) != fujian.current_code(cell):
        raise Problem("bad-value", "choice")


# Loading: from the shipped list, all in one transaction


def division_id(code: str) -> str:
    """Return the id of the division with this code: the same on every server."""
    return str(uuid.uuid5(NAMESPACE, f"division {code}"))


def load_all(engine: Engine, divisions: list[Body]) -> int:
    """Enter those divisions that are not there yet, or not like this; return how many that were."""
    known = listed()
    # What stands in the record besides, its outline, is not the list's.
    new = [division for division in divisions if not division.items() <= known.get(division["code"], {}).items()]
    with engine.together(COMMON) as together:
        for division in new:
            together.perform(
                actors.system(COMMON), "division.load", division_id(division["code"]), op=new_id(), set_=division
            )
    return len(new)


def load_outlines(engine: Engine, outlines: Body, counties: list[str]) -> tuple[int, list[str]]:
    """Put outlines, by code, on these counties' townships; return how many were new, and the codes left over."""
    known = {code: body for code, body in listed().items() if body.get("parent_code") in counties}
    ours = {code: shape for code, shape in outlines.items() if code in known}
    new = {code: shape for code, shape in ours.items() if known[code].get("outline") != shape}
    with engine.together(COMMON) as together:
        for code, shape in new.items():
            together.perform(
                actors.system(COMMON), "division.load", division_id(code), op=new_id(), set_={"outline": shape}
            )
    return len(new), [code for code in outlines if code not in known]


def of_fujian() -> Iterator[Body]:
    """Yield the bodies of Fujian's cities, counties and townships, and of counties that only 2012 knew."""
    for city in fujian.cities():
        yield _body(city.code, city.name, "city", "", city.code)
    for county in fujian.counties():
        yield _body(county.code, county.name, "county", county.city_code, county.code)
    today = {county.code for county in fujian.counties()}
    for old in fujian.crosswalk():
        if old.code_2012 not in today:
            body = _body(old.code_2012, old.name_2012, "county", f"{old.code_2012[:4]}00", old.code_2012)
            yield body | {"current_code": old.code_2024}
    for town in fujian.townships():
        yield _body(town.code, town.name, "township", town.county_code, town.county_code) | {"kind": town.kind}


def _body(code: str, name: str, level: str, parent: str, county: str) -> dict[str, Any]:
    unit = code if level == "city" else fujian.reporting_unit(county)
    body = {"code": code, "name": name, "level": level, "current_code": code, "reporting_unit": unit}
    return body | ({"parent_code": parent} if parent else {})


# Questions


def listed() -> dict[str, dict[str, Any]]:
    """Return the bodies of all divisions that this server knows, by code."""
    with db.reading() as connection:
        rows = db.rows(connection, "SELECT body FROM record WHERE cell = :cell AND type = 'division'", cell=COMMON)
    bodies = [orjson.loads(row[0]) for row in rows]
    return {body["code"]: body for body in bodies}
