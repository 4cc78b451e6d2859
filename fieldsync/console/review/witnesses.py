"""A map without a map: every witness of the place, to scale around the site, as numbers for one SVG."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from fieldsync.photos.plausibility import distance_m
from fieldsync.sync.records import Record

WIDTH, HEIGHT, MARGIN = 560, 360, 40
# However near everything lies, the picture shows no less than this to each side.
_LEAST_M = 25.0
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Witness:
    """One position that somebody or something names; `kind` is its sign on the map."""

    kind: str
    label: str
    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Mark:
    """A witness on the picture: where, how large its accuracy, how far (m) from the site."""

    number: int
    witness: Witness
    x: float
    y: float
    radius: float
    from_site_m: float | None


@dataclass(frozen=True)
class Picture:
    """All marks, and a scale: its length on the picture and in metres."""

    marks: list[Mark]
    scale_px: float
    scale_m: int
    # Around the site: the distance from which on a reason is asked.
    limit_px: float
    limit_m: float


def gather(site: Record | None, inspection: Record, shots: Iterable[Record]) -> list[Witness]:
    """Return whoever names a place: the dossier, the inspector's fix, each photo's EXIF and phone."""
    found = [
        _witness("site", _("Site in the dossier"), site, "lat", "lon", "") if site else None,
        _witness("fix", _("Fix on arrival"), inspection, "lat", "lon", "accuracy_m"),
    ]
    for number, shot in enumerate(shots, 1):
        found += [
            _witness("exif", _("Photo %(n)s, EXIF", n=number), shot, "exif_lat", "exif_lon", ""),
            _witness("phone", _("Photo %(n)s, phone", n=number), shot, "geo_lat", "geo_lon", "geo_acc"),
        ]
    return [witness for witness in found if witness is not None]


def _witness(kind: str, label: str, record: Record, lat: str, lon: str, accuracy: str) -> Witness | None:
    at = record.number(lat), record.number(lon)
    if at[0] is None or at[1] is None or at == (0, 0):
        return None
    return Witness(kind, label, at[0], at[1], record.number(accuracy) if accuracy else None)


def draw(witnesses: list[Witness], limit_m: float) -> Picture | None:
    """Return the picture around the site, or around the first witness where the dossier has no place."""
    if not witnesses:
        return None
    centre = witnesses[0]
    flat = [_flat(witness, centre) for witness in witnesses]
    reach = max([_LEAST_M, *(abs(x) for x, _y in flat), *(abs(y) * WIDTH / HEIGHT for _x, y in flat)])
    per_m = (WIDTH / 2 - MARGIN) / reach
    site = centre if centre.kind == "site" else None
    marks = [
        _mark(number, witness, x * per_m, y * per_m, per_m, site)
        for number, (witness, (x, y)) in enumerate(zip(witnesses, flat, strict=True), 1)
    ]
    scale_m = _round_down(reach)
    limit_px = limit_m * per_m if site else 0.0
    return Picture(marks, scale_m * per_m, scale_m, limit_px if limit_px < WIDTH else 0.0, limit_m)


def _flat(witness: Witness, centre: Witness) -> tuple[float, float]:
    """Return metres east and north of the centre."""
    east = (witness.lon - centre.lon) * math.cos(math.radians(centre.lat))
    return east * _METRES_PER_DEGREE, (witness.lat - centre.lat) * _METRES_PER_DEGREE


def _mark(number: int, witness: Witness, x: float, y: float, per_m: float, site: Witness | None) -> Mark:
    off = distance_m(witness.lat, witness.lon, site.lat, site.lon) if site and witness is not site else None
    radius = min((witness.accuracy_m or 0) * per_m, WIDTH)
    return Mark(number, witness, round(WIDTH / 2 + x, 1), round(HEIGHT / 2 - y, 1), round(radius, 1), off)


def _round_down(reach: float) -> int:
    """Return the largest of 1, 2, 5 times a power of ten that fits into half the reach."""
    power = 10 ** math.floor(math.log10(reach / 2))
    return int(max(step for step in (1, 2, 5) if step * power <= reach / 2) * power)
