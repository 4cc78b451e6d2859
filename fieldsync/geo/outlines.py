"""Outlines of townships: read from GeoJSON, looked at, and thinned to what a phone needs to draw."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy

from fieldsync.geo import datums
from fieldsync.geo.datums import Unfit

MOST_POINTS = 300
_PLACES = 7
# The fewest points of a ring: three corners, and the first again.
_LEAST = 4
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")

Ring = list[list[float]]


@dataclass(frozen=True)
class Outline:
    """One feature: a division's code and its geometry, or (no geometry) why it is refused."""

    code: str
    geometry: dict[str, Any] | None
    refused: tuple[str, str] = ("", "")


def read(document: Any) -> Iterator[Outline]:
    """Yield the outlines of a GeoJSON FeatureCollection, thinned; each bad feature with its reason."""
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise Unfit("文件不是 GeoJSON FeatureCollection", "the file is no GeoJSON FeatureCollection")
    _check_system(document.get("crs"))
    for number, feature in enumerate(document["features"], 1):
        code = _code(feature)
        try:
            if not code:
                raise Unfit("没有 code 属性（乡镇代码）", "it has no property `code`")
            yield Outline(code, _thinned(_polygons(feature.get("geometry"))))
        except Unfit as unfit:
            yield Outline(code or f"#{number}", None, (str(unfit.args[0]), str(unfit.args[1])))


def _check_system(named: Any) -> None:
    """Refuse a document that says itself that its coordinates are others."""
    name = str(named.get("properties", {}).get("name", "")) if isinstance(named, dict) else ""
    if name and not name.endswith(_WGS84):
        raise Unfit(
            f"坐标系是 {name}，应为 EPSG:4326 或 4490", f"its coordinates are {name}, not EPSG:4326 or 4490"
        )


def _code(feature: Any) -> str:
    """Return the code of nine digits, also where it is written with the village's three zeros."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = str((properties or {}).get("code") or "")
    return code[:9] if len(code) == 12 and code.endswith("000") else code


def _polygons(geometry: Any) -> list[list[Ring]]:
    """Return the rings of a Polygon or MultiPolygon, checked."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise Unfit(
            f"几何类型是 {kind}，应为 Polygon 或 MultiPolygon", f"it is a {kind}, not a Polygon or MultiPolygon"
        )
    found = geometry.get("coordinates")
    polygons = [found] if kind == "Polygon" else found
    if not isinstance(polygons, list) or not polygons or not all(isinstance(p, list) and p for p in polygons):
        raise Unfit("没有坐标", "it has no coordinates")
    return [[_ring(ring) for ring in polygon] for polygon in polygons]


def _ring(ring: Any) -> Ring:
    """Return a ring of [longitude, latitude] that is closed, has an area and lies in Fujian."""
    if not isinstance(ring, list) or not all(_is_point(point) for point in ring):
        raise Unfit("坐标不是数", "its coordinates are not numbers")
    points = [[float(point[0]), float(point[1])] for point in ring]
    if len(points) < _LEAST or points[0] != points[-1]:
        raise Unfit("边界没有闭合", "a ring is not closed")
    west, south = (min(point[i] for point in points) for i in (0, 1))
    east, north = (max(point[i] for point in points) for i in (0, 1))
    if not datums.is_in_fujian((west, south, east, north)):
        raise Unfit(
            f"超出福建范围：{points[0]}（坐标应为 [经度, 纬度]，单位度）",
            f"it reaches beyond Fujian: {points[0]} (coordinates are [longitude, latitude] in degrees)",
        )
    if _area(points) == 0:
        raise Unfit("边界没有面积", "a ring has no area")
    return points


def _is_point(point: Any) -> bool:
    is_pair = isinstance(point, list) and len(point) >= 2
    return is_pair and all(type(part) in (int, float) and math.isfinite(part) for part in point[:2])


def _area(ring: Ring) -> float:
    """Return twice the area of a ring, in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)))


# Thinning


def _thinned(polygons: list[list[Ring]]) -> dict[str, Any]:
    """Return a geometry of at most MOST_POINTS points: those that matter most to the shape."""
    kept = _largest(polygons)
    weights = [_weights(ring) for polygon in kept for ring in polygon]
    total = sum(map(len, weights))
    # Points that weigh the same go together.
    limit = -1.0
    if total > MOST_POINTS:
        limit = float(numpy.sort(numpy.concatenate(weights))[total - MOST_POINTS - 1])
    rest = iter(weights)
    found = [[_rounded(ring, next(rest) > limit) for ring in polygon] for polygon in kept]
    return {"type": "MultiPolygon", "coordinates": found} if len(found) > 1 else {
        "type": "Polygon", "coordinates": found[0],
    }  # fmt: skip


def _largest(polygons: list[list[Ring]]) -> list[list[Ring]]:
    """Return the rings that there is room for, the largest first to stay; a hole goes with its land."""
    rings = [ring for polygon in polygons for ring in polygon]
    kept = {id(ring) for ring in sorted(rings, key=_area, reverse=True)[: MOST_POINTS // _LEAST]}
    lands = [polygon for polygon in polygons if id(polygon[0]) in kept]
    return [[ring for ring in polygon if id(ring) in kept] for polygon in lands]


def _weights(ring: Ring) -> Any:
    """Return how far each point stands off the line of its neighbours (Douglas and Peucker); three stay."""
    points = numpy.array(ring)
    points[:, 0] *= math.cos(math.radians(points[0, 1]))
    weights = numpy.zeros(len(points))
    far = int(numpy.argmax(((points - points[0]) ** 2).sum(axis=1)))
    weights[[0, far, -1]] = math.inf
    open_ = [(0, far, math.inf), (far, len(points) - 1, math.inf)]
    while open_:
        first, last, above = open_.pop()
        if last - first < 2:
            continue
        away = _distances(points[first + 1 : last], points[first], points[last])
        middle = first + 1 + int(numpy.argmax(away))
        # Never more than the point that it hangs on: whatever is left out takes all below it along.
        weights[middle] = min(float(away.max()), above)
        open_ += [(first, middle, weights[middle]), (middle, last, weights[middle])]
    inner = numpy.where(numpy.isinf(weights), -1.0, weights)
    weights[int(numpy.argmax(inner))] = math.inf
    return weights


def _distances(points: Any, start: Any, end: Any) -> Any:
    """Return how far points are from a line between two others."""
    along = end - start
    length = math.hypot(*along)
    if length == 0:
        return numpy.hypot(*(points - start).T)
    away = points - start
    return numpy.abs(away[:, 0] * along[1] - away[:, 1] * along[0]) / length


def _rounded(ring: Ring, is_kept: Any) -> Ring:
    pairs = zip(ring, is_kept, strict=True)
    return [[round(point[0], _PLACES), round(point[1], _PLACES)] for point, kept in pairs if kept]
