"""Pictures made on the server: a map of sites without tiles, bars and lines; numbers for SVG, no mark-up."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, _EDGE = 900.0, 420.0, 14.0
# More sites than this are drawn as one dot for all that lie together.
_SINGLE_MOST = 400
_GRID = 18.0


@dataclass(frozen=True)
class Dot:
    """Where a site, or several that lie together, is drawn."""

    x: float
    y: float
    r: float
    count: int
    id: str
    name: str
    alarming: bool


@dataclass(frozen=True)
class Map:
    """A map in a box of WIDTH by HEIGHT: outlines as SVG paths by code, dots, and a bar of a round length."""

    outlines: list[tuple[str, str]]
    dots: list[Dot]
    bar: float
    bar_m: int


@dataclass(frozen=True)
class _Projection:
    """Degrees to the box: equirectangular about the middle latitude, north above."""

    west: float
    north: float
    scale: float
    squeeze: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the point of a position."""
        return (
            round(_EDGE + (lon - self.west) * self.squeeze * self.scale, 1),
            round(_EDGE + (self.north - lat) * self.scale, 1),
        )


def site_map(rows: Sequence[Any], outlines: Mapping[str, Any]) -> Map | None:
    """Return the map of sites (rows with id, name, status, lon, lat) and outlines (GeoJSON); None of nothing."""
    rings = [(code, ring) for code, shape in outlines.items() for ring in _rings(shape)]
    points = [(row.lon, row.lat) for row in rows] + [(p[0], p[1]) for _code, ring in rings for p in ring]
    if not points:
        return None
    at = _projection(points)
    paths = [(code, _path(at, ring)) for code, ring in rings]
    metres = _round_metres(WIDTH / 4 / at.scale * 111_320)
    return Map(paths, _dots(at, rows), round(metres / 111_320 * at.scale, 1), metres)


def _rings(shape: Any) -> list[list[list[float]]]:
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def _projection(points: Sequence[tuple[float, float]]) -> _Projection:
    """Return what brings all points into the box; a single place gets a kilometre around it."""
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
    tall, wide = max(max(lats) - min(lats), 0.01), max((max(lons) - min(lons)) * squeeze, 0.01)
    scale = min((WIDTH - 2 * _EDGE) / wide, (HEIGHT - 2 * _EDGE) / tall)
    spare = ((WIDTH - 2 * _EDGE) / scale - wide) / 2 / squeeze, ((HEIGHT - 2 * _EDGE) / scale - tall) / 2
    middle = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    return _Projection(middle[0] - wide / squeeze / 2 - spare[0], middle[1] + tall / 2 + spare[1], scale, squeeze)


def _path(at: _Projection, ring: Sequence[Sequence[float]]) -> str:
    return "M" + "L".join("{} {}".format(*at.place(point[0], point[1])) for point in ring) + "Z"


def _dots(at: _Projection, rows: Sequence[Any]) -> list[Dot]:
    """Return a dot for each site, or for each square of the grid where there are too many."""
    placed = [(*at.place(row.lon, row.lat), row) for row in rows]
    if len(placed) <= _SINGLE_MOST:
        return [Dot(x, y, 5, 1, row.id, row.name, row.status == "relapsed") for x, y, row in placed]
    squares: dict[tuple[int, int], list[Any]] = {}
    for x, y, row in placed:
        squares.setdefault((int(x // _GRID), int(y // _GRID)), []).append((x, y, row))
    return [_together(members) for members in squares.values()]


def _together(members: Sequence[Any]) -> Dot:
    """Return the dot of several sites; of one alone its own."""
    n, row = len(members), members[0][2]
    x, y = (round(sum(member[i] for member in members) / n, 1) for i in (0, 1))
    alarming = any(member[2].status == "relapsed" for member in members)
    return Dot(x, y, round(min(4 + math.sqrt(n), _GRID / 2), 1), n, row.id if n == 1 else "", row.name, alarming)


def _round_metres(most: float) -> int:
    """Return the largest of 1, 2, 5, 10, ... metres that is not more than `most`."""
    power = 10 ** int(math.log10(most))
    return int(max(step * power for step in (1, 2, 5) if step * power <= most))


# Charts


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: where it stands, how large, and what it says."""

    label: str
    count: float
    x: float
    y: float
    width: float
    height: float


def bars(told: Mapping[str, float] | Iterable[tuple[str, float]], width: float = 640) -> list[Bar]:
    """Return lying bars, one below the other, the longest as wide as there is room."""
    pairs = list(told.items() if isinstance(told, Mapping) else told)
    most = max([count for _label, count in pairs], default=0) or 1
    room = width - 220
    return [
        Bar(label, count, 160, 6 + 26 * i, round(room * count / most, 1), 18)
        for i, (label, count) in enumerate(pairs)
    ]


def line(
    counts: Sequence[float], most: float, width: float = 640, height: float = 150
) -> tuple[str, list[tuple[float, float]]]:
    """Return a line through counts in even steps as SVG points, and the points; `most` fills the height."""
    step, tall = (width - 60) / max(1, len(counts) - 1), (height - 44) / (most or 1)
    points = [(round(30 + step * i, 1), round(height - 24 - tall * count, 1)) for i, count in enumerate(counts)]
    return " ".join(f"{x},{y}" for x, y in points), points


def by_month(days: Iterable[str], months: Sequence[str]) -> list[int]:
    """Return how many days (or times) fall into each of the months `2026-11`."""
    found = Counter(day[:7] for day in days)
    return [found[month] for month in months]
