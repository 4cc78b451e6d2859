"""From EXIF and XMP tags to a WGS-84 position: never a guess, never a NaN, never a wrong sign."""

from __future__ import annotations

import math
from dataclasses import dataclass

from . import xmp
from .readers import Tags, Value, finite, numbers, text

LATITUDE, LONGITUDE = 2, 4
HEMISPHERES = {
    LATITUDE: {"n": 1, "north": 1, "s": -1, "south": -1},
    LONGITUDE: {"e": 1, "east": 1, "w": -1, "west": -1},
}
# EXIF 3.0 adds 2 and 3 for heights over the ellipsoid; some programs write the digit as text.
ALTITUDES: dict[float | str | None, int] = {0: 1, 1: -1, 2: 1, 3: -1, "0": 1, "1": -1, "\x01": -1, "": 1}
LIMITS = {LATITUDE: 90.0, LONGITUDE: 180.0}


@dataclass(frozen=True)
class Position:
    """Degrees or nothing, and the flags that say why."""

    lat: float | None = None
    lon: float | None = None
    flags: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether there is a position at all."""
        return self.lat is not None

    def agrees(self, other: Position) -> bool:
        """Whether both are the same within 1e-9 degrees, or both unknown."""
        if self.lat is None or self.lon is None or other.lat is None or other.lon is None:
            return self.known == other.known
        return abs(self.lat - other.lat) < 1e-9 and abs(self.lon - other.lon) < 1e-9


def from_exif(tags: Tags) -> Position:
    """The position in the GPS directory."""
    present = [tag for tag in (LATITUDE, LONGITUDE) if ("gps", tag) in tags]
    if not present:
        return _none("gps_missing")
    if _redacted(tags, present):
        return _none("gps_redacted")
    if len(present) == 1:
        return _none("gps_half")
    lat, lat_flag = _axis(tags, LATITUDE)
    lon, lon_flag = _axis(tags, LONGITUDE)
    return _checked(lat, lon, {lat_flag, lon_flag})


def from_xmp(properties: dict[str, str]) -> Position:
    """The position in the top-level XMP."""
    lat_text, lon_text = properties.get("exif:GPSLatitude"), properties.get("exif:GPSLongitude")
    if not lat_text and not lon_text:
        return _none("gps_missing")
    if not lat_text or not lon_text:
        return _none("gps_half")
    lat, lat_flag = xmp.angle(lat_text, "NS")
    lon, lon_flag = xmp.angle(lon_text, "EW")
    return _checked(lat, lon, {lat_flag, lon_flag})


def _none(flag: str) -> Position:
    return Position(flags=frozenset({flag}))


def _redacted(tags: Tags, present: list[int]) -> bool:
    """Android hands out a GPS directory whose values are all zero bytes: 0/0 and empty references."""
    angles = [numbers(tags[("gps", tag)]) for tag in present]
    blank = all(angle and all(math.isnan(one) for one in angle) for angle in angles)
    return blank and not any(text(tags.get(("gps", tag - 1))) for tag in present)


def _axis(tags: Tags, tag: int) -> tuple[float | None, str | None]:
    """Signed degrees of one axis, or None and the reason."""
    parts = _parts(tags[("gps", tag)])
    if not 1 <= len(parts) <= 3 or not all(math.isfinite(part) for part in parts):
        return None, "gps_bad_number"
    sign = HEMISPHERES[tag].get((text(tags.get(("gps", tag - 1))) or "").lower())
    if sign is None:
        return None, "gps_missing_ref"
    # A minus in the numbers may repeat the hemisphere but not contradict it.
    if sign > 0 and any(math.copysign(1, part) < 0 and part for part in parts):
        return None, "gps_sign_conflict"
    value = sum(abs(part) / 60**place for place, part in enumerate(parts))
    return sign * value, None


def _parts(value: Value) -> list[float]:
    """Degrees, minutes, seconds; a few programs write them as text."""
    if isinstance(value, list):
        return value
    try:
        return [float(part) for part in value.replace(",", " ").split()]
    except ValueError:
        return []


def _checked(lat: float | None, lon: float | None, reasons: set[str | None]) -> Position:
    flags = {reason for reason in reasons if reason}
    if lat is None or lon is None:
        return Position(flags=frozenset(flags))
    if abs(lat) > LIMITS[LATITUDE] or abs(lon) > LIMITS[LONGITUDE]:
        return _none("gps_out_of_range")
    if lat == 0 and lon == 0:
        flags.add("gps_null_island")
    return Position(lat + 0.0, lon + 0.0, frozenset(flags))


def altitude(tags: Tags) -> float | None:
    """Metres above sea level, negative below it; without a reference nobody can tell which."""
    height, ref = finite(tags.get(("gps", 6))), tags.get(("gps", 5))
    side = ALTITUDES.get(ref) if isinstance(ref, str) else ALTITUDES.get(finite(ref))
    return None if height is None or side is None else side * height + 0.0


def bearing(tags: Tags) -> float | None:
    """The direction of the picture, 0 to 360 degrees."""
    degrees = finite(tags.get(("gps", 0x11)))
    return degrees if degrees is not None and 0 <= degrees <= 360 else None


def accuracy(tags: Tags) -> float | None:
    """The horizontal error in metres, as the camera states it."""
    metres = finite(tags.get(("gps", 0x1F)))
    return metres if metres is not None and metres >= 0 else None
