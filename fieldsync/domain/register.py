"""The register of dossiers: search, filters, order, counts, and where the sites of a list lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fieldsync import db
from fieldsync.domain.divisions import division_id
from fieldsync.domain.sites import STATUSES
from fieldsync.domain.words import Words
from fieldsync.sync.heads import COMMON

# What a list may be ordered by, and how; the number last makes every order a firm one.
ORDERS: Words = {
    "number": ("编号", "Number"),
    "name": ("名称", "Name"),
    "town": ("乡镇", "Township"),
    "status": ("状态", "Status"),
    "relapses": ("复燃次数", "Relapses"),
    "found": ("发现时间，新的在前", "Found, latest first"),
}
_ORDERS = {
    "number": "s.dossier_no, s.id",
    "name": "s.name, s.dossier_no, s.id",
    "town": "s.home, s.dossier_no, s.id",
    "status": "s.status, s.dossier_no, s.id",
    "relapses": "s.relapse_count DESC, s.dossier_no, s.id",
    "found": "s.found_at DESC, s.dossier_no, s.id",
}
_LISTED = (
    "SELECT s.id, s.home, s.name, s.dossier_no, s.status, s.site_kind, s.mineral_code, s.relapse_count,"
    " s.patrol_class, s.found_at, s.lon, s.lat, s.voided FROM site AS s WHERE "
)
_PLACES = (
    "SELECT s.id, s.name, s.status, s.lon, s.lat FROM site AS s WHERE s.lon IS NOT NULL AND s.lat IS NOT NULL AND "
)
_OUTLINES = "SELECT r.body FROM {keys} CROSS JOIN record AS r WHERE r.cell = :cell AND r.id = keys.value"
_BY_STATUS = "SELECT s.status, count(*) AS n, count(s.lon) AS placed FROM site AS s WHERE "


@dataclass(frozen=True)
class Asked:
    """What a list of dossiers is asked for; empty parts ask for nothing. `relapses` is the least number."""

    text: str = ""
    town: str = ""
    status: str = ""
    kind: str = ""
    mineral: str = ""
    violation: str = ""
    patrol_class: str = ""
    relapses: int = 0
    voided: bool = False
    order: str = "number"


def _condition(cell: str, asked: Asked) -> tuple[str, dict[str, Any]]:
    """Return what rows of `site` must fulfil, in SQL, and its parameters."""
    given: dict[str, Any] = {"cell": cell, "voided": int(asked.voided)}
    parts = ["s.cell = :cell", "s.voided = :voided"]
    exact = {
        "home": f"t-{asked.town}" if asked.town else "", "status": asked.status, "site_kind": asked.kind,
        "mineral_code": asked.mineral, "patrol_class": asked.patrol_class,
    }  # fmt: skip
    for column, value in exact.items():
        if value:
            parts.append(f"s.{column} = :{column}")
            given[column] = value
    if asked.violation:
        parts.append("s.violations LIKE :violation ESCAPE '!'")
        given["violation"] = f"% {plain(asked.violation)} %"
    if asked.relapses:
        parts.append("s.relapse_count >= :relapses")
        given["relapses"] = asked.relapses
    for number, word in enumerate(asked.text.lower().split()[:8]):
        parts.append(f"s.search LIKE :word{number} ESCAPE '!'")
        given[f"word{number}"] = f"%{plain(word)}%"
    return " AND ".join(parts), given


def plain(text: str) -> str:
    """Return text for a LIKE pattern in which every character stands for itself."""
    return "".join(f"!{c}" if c in "!%_" else c for c in text)


def listed(connection: Any, cell: str, asked: Asked, limit: int = 50, offset: int = 0) -> list[Any]:
    """Return a page of dossiers in the order asked for."""
    condition, given = _condition(cell, asked)
    order = _ORDERS.get(asked.order, _ORDERS["number"])
    statement = f"{_LISTED}{condition} ORDER BY {order} LIMIT :limit OFFSET :offset"
    return list(db.rows(connection, statement, limit=limit, offset=offset, **given))


def counts(connection: Any, cell: str, asked: Asked) -> Mapping[str, tuple[int, int]]:
    """Return by status how many dossiers there are, and how many have a position, in the order of its life."""
    condition, given = _condition(cell, asked)
    rows = db.rows(connection, f"{_BY_STATUS}{condition} GROUP BY s.status", **given)
    found = {row.status: (row.n, row.placed) for row in rows}
    return {status: found[status] for status in dict.fromkeys((*STATUSES, *found)) if status in found}


def places(connection: Any, cell: str, asked: Asked) -> list[Any]:
    """Return (id, name, status, lon, lat) of all dossiers of a list that have a position."""
    condition, given = _condition(cell, asked)
    return list(db.rows(connection, f"{_PLACES}{condition}", **given))


def outlines(connection: Any, towns: list[str]) -> dict[str, Any]:
    """Return the outlines (GeoJSON geometries, WGS 84) of those townships that have one, by code."""
    statement = _OUTLINES.format(keys=db.keys("ids"))
    ids = orjson.dumps([division_id(town) for town in towns]).decode()
    bodies = [orjson.loads(row[0]) for row in db.rows(connection, statement, cell=COMMON, ids=ids)]
    return {body["code"]: body["outline"] for body in bodies if body.get("outline")}


_EXPORTED = (
    "SELECT s.id, s.home, s.name, s.dossier_no, s.status, s.site_kind, s.mineral_code, s.relapse_count,"
    " s.patrol_class, s.violations, s.found_at, s.lon, s.lat, r.body FROM site AS s"
    " JOIN record AS r ON r.cell = s.cell AND r.id = s.id WHERE "
)


def exported(connection: Any, cell: str, asked: Asked) -> list[Any]:
    """Return all dossiers of a list with their bodies, in the order asked for."""
    condition, given = _condition(cell, asked)
    order = _ORDERS.get(asked.order, _ORDERS["number"])
    return list(db.rows(connection, f"{_EXPORTED}{condition} ORDER BY {order}", **given))
