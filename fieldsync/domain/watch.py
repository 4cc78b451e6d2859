"""Lists that want watching: stale dossiers, relapses, likely duplicates (domain.md 1 rows 1 and 26, 4.0)."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from fieldsync import db
from fieldsync.sync.journal import text_of

# Whoever ended needs no news.
_ENDED = "('dismissed', 'written_off', 'merged')"
_STALE = (
    "SELECT s.id, s.dossier_no, s.name, s.home, s.status FROM site AS s WHERE s.cell = :cell AND s.voided = 0"
    " AND s.status NOT IN {ended} AND (:home = '' OR s.home = :home)"
    " AND NOT EXISTS (SELECT 1 FROM version AS v JOIN operation AS o ON o.cell = v.cell AND o.op = v.op"
    " AND o.copy = 0 AND o.action LIKE 'site.%' WHERE v.cell = s.cell AND v.record_id = s.id"
    " AND v.received_at >= :since) ORDER BY s.dossier_no, s.id LIMIT :limit OFFSET :offset"
)
_RELAPSES = (
    "SELECT id, dossier_no, name, home, status, relapse_count FROM site WHERE cell = :cell AND relapse_count > 0"
    " AND voided = 0 ORDER BY relapse_count DESC, dossier_no LIMIT :limit OFFSET :offset"
)
_PAIRS = (
    "SELECT a.id, a.dossier_no, a.name, a.home, a.lon, a.lat, b.id AS other_id, b.dossier_no AS other_no,"
    " b.name AS other_name, b.lon AS other_lon, b.lat AS other_lat, a.mineral_code"
    " FROM site AS a JOIN site AS b ON b.cell = a.cell AND b.lon BETWEEN a.lon - :dlon AND a.lon + :dlon"
    " AND b.lat BETWEEN a.lat - :dlat AND a.lat + :dlat AND b.mineral_code = a.mineral_code"
    " WHERE a.cell = :cell AND a.voided = 0 AND b.voided = 0 AND {which}"
    " AND a.status NOT IN {ended} AND b.status NOT IN {ended} ORDER BY a.dossier_no, a.id, b.id"
)
_METRE = 1 / 111_320


def stale(
    connection: Any, cell: str, now: datetime, days: int, home: str = "", limit: int = 50, offset: int = 0
) -> list[Any]:
    """Return a page of dossiers whose content nobody touched for so many days."""
    since = text_of(now - timedelta(days=days))
    statement = _STALE.format(ended=_ENDED)
    return list(db.rows(connection, statement, cell=cell, since=since, home=home, limit=limit, offset=offset))


def relapses(connection: Any, cell: str, limit: int = 50, offset: int = 0) -> list[Any]:
    """Return a page of sites that were ever worked again, the most often first."""
    return list(db.rows(connection, _RELAPSES, cell=cell, limit=limit, offset=offset))


def duplicates(connection: Any, cell: str, radius_m: float, site_id: str = "") -> Iterator[tuple[Any, int]]:
    """Yield pairs of dossiers of the same mineral within so many metres, each with its distance in metres.

    With a site, only its own pairs, the site first in each.
    """
    dlat = radius_m * _METRE
    # At Fujian's northern edge a degree of longitude is shortest: the box holds every circle.
    dlon = dlat / math.cos(math.radians(28.4))
    which = "a.id = :id AND b.id <> :id" if site_id else "b.id > a.id AND :id = ''"
    statement = _PAIRS.format(which=which, ended=_ENDED)
    for pair in db.rows(connection, statement, cell=cell, dlon=dlon, dlat=dlat, id=site_id):
        distance = _metres(pair.lon, pair.lat, pair.other_lon, pair.other_lat)
        if distance <= radius_m:
            yield pair, round(distance)


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance of two near places."""
    east = (other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(east, other_lat - lat) / _METRE
