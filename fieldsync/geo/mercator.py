"""Web Mercator: the squares that map tiles are, and the degrees that they cover."""

import math
from typing import NamedTuple

SIDE = 256
MOST_LAT = 85.0511

Bounds = tuple[float, float, float, float]


class Tile(NamedTuple):
    """One tile; y is counted from the north."""

    zoom: int
    x: int
    y: int

    @property
    def is_there(self) -> bool:
        """Whether the world has such a tile."""
        return 0 <= self.zoom <= 22 and 0 <= self.x < 1 << self.zoom and 0 <= self.y < 1 << self.zoom

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees."""
        return (
            longitude(self.x, self.zoom),
            latitude(self.y + 1, self.zoom),
            longitude(self.x + 1, self.zoom),
            latitude(self.y, self.zoom),
        )


def longitude(x: float, zoom: int) -> float:
    """Return the degrees of a column, which may be a fraction."""
    return x / (1 << zoom) * 360 - 180


def latitude(y: float, zoom: int) -> float:
    """Return the degrees of a row, which may be a fraction."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << zoom)))))


def column(lon: float, zoom: int) -> float:
    """Return the column of a longitude, with its fraction."""
    return (lon + 180) / 360 * (1 << zoom)


def row(lat: float, zoom: int) -> float:
    """Return the row of a latitude, with its fraction."""
    return (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * (1 << zoom)


def tiles(bounds: Bounds, zoom: int) -> list[Tile]:
    """Return the tiles that cover bounds."""
    west, south, east, north = bounds
    # An edge that is a tile's edge, but for rounding, does not ask for the next tile.
    columns = range(math.floor(column(west, zoom) + 1e-9), math.ceil(column(east, zoom) - 1e-9))
    rows = range(math.floor(row(north, zoom) + 1e-9), math.ceil(row(south, zoom) - 1e-9))
    return [Tile(zoom, x, y) for x in columns for y in rows]


def united(found: list[Tile]) -> Bounds:
    """Return the bounds of tiles, by the most detailed ones."""
    deepest = max(tile.zoom for tile in found)
    edges = [tile.bounds for tile in found if tile.zoom == deepest]
    wests, souths, easts, norths = zip(*edges, strict=True)
    return min(wests), min(souths), max(easts), max(norths)
