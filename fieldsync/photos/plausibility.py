"""Do the witnesses of place and time agree? Distances and flags, never a correction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

RADIUS_M = 6_371_008.8
CONSISTENT, CANNOT_TELL, INCONSISTENT = "consistent", "cannot tell", "inconsistent"


@dataclass(frozen=True)
class Place:
    """A WGS-84 position in degrees with its accuracy in metres, if known."""

    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Limits:
    """Every threshold; metres, seconds and degrees."""

    exif_vs_device_m: float = 50
    exif_vs_device_times: float = 3
    device_vs_site_m: float = 100
    accuracy_poor_m: float = 50
    clock_skew_s: float = 120
    datum_m: tuple[float, float] = (450, 700)
    datum_azimuths: tuple[tuple[float, float], ...] = ((110, 140), (290, 320))


@dataclass(frozen=True)
class Comparison:
    """Rounded distances in metres, differences in seconds, a verdict for each pair, and the flags."""

    exif_device_m: int | None
    exif_site_m: int | None
    device_site_m: int | None
    clock_skew_s: int | None
    verdicts: dict[str, str]
    flags: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "exif_device_m": self.exif_device_m,
            "exif_site_m": self.exif_site_m,
            "device_site_m": self.device_site_m,
            "clock_skew_s": self.clock_skew_s,
            "verdicts": dict(self.verdicts),
            "flags": list(self.flags),
        }


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres (haversine on the mean sphere; within 0.5 % of the ellipsoid)."""
    north1, north2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((north2 - north1) / 2) ** 2
    half += math.cos(north1) * math.cos(north2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def azimuth(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The bearing from the first place to the second, 0 to 360 degrees from north."""
    north1, north2, east = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    across = math.sin(east) * math.cos(north2)
    along = math.cos(north1) * math.sin(north2) - math.sin(north1) * math.cos(north2) * math.cos(east)
    return math.degrees(math.atan2(across, along)) % 360


def compare(
    exif: Place | None,
    device: Place | None,
    site: Place | None,
    *,
    taken_at: datetime | None = None,
    device_at: datetime | None = None,
    received_at: datetime | None = None,
    limits: Limits | None = None,
) -> Comparison:
    """Hold the photo's EXIF, the device's own fix and the site against each other.

    `taken_at` is the EXIF time, `device_at` the phone's clock at the shutter, `received_at` the server's
    clock: the first two should be the same moment, and neither can lie after the third. All aware.
    """
    limits = limits or Limits()
    exif, device, site = _known(exif), _known(device), _known(site)
    apart = {
        "exif_device": _apart(exif, device),
        "exif_site": _apart(exif, site),
        "device_site": _apart(device, site),
    }
    allowed = {
        "exif_device": max(limits.exif_vs_device_m, limits.exif_vs_device_times * _joint(exif, device)),
        "exif_site": limits.device_vs_site_m + _joint(exif, site),
        "device_site": limits.device_vs_site_m + _joint(device, site),
    }
    skew = clock_skew_s(taken_at, device_at, received_at)
    verdicts = {pair: _verdict(far, allowed[pair]) for pair, far in apart.items()}
    verdicts["clock"] = _verdict(None if skew is None else abs(skew), limits.clock_skew_s)
    flags = {FLAGS[pair] for pair, verdict in verdicts.items() if verdict == INCONSISTENT}
    if any(place and (place.accuracy_m or 0) > limits.accuracy_poor_m for place in (exif, device)):
        flags.add("accuracy_poor")
    if any(_shifted(*pair, limits) for pair in ((exif, device), (exif, site), (device, site))):
        flags.add("datum_suspect")
    return Comparison(
        exif_device_m=_rounded(apart["exif_device"]),
        exif_site_m=_rounded(apart["exif_site"]),
        device_site_m=_rounded(apart["device_site"]),
        clock_skew_s=_rounded(skew),
        verdicts=verdicts,
        flags=tuple(sorted(flags)),
    )


FLAGS = {
    "exif_device": "exif_vs_device",
    "exif_site": "exif_vs_site",
    "device_site": "device_vs_site",
    "clock": "clock_skew",
}


def clock_skew_s(taken: datetime | None, device: datetime | None, received: datetime | None) -> float | None:
    """Seconds by which the clocks contradict each other: EXIF and phone, and either in the server's future.

    Uploads come days later, so a time before `received` proves nothing. None if nothing can be compared.
    """
    known = [moment for moment in (taken, device) if moment is not None]
    differences = [(taken - device).total_seconds()] if taken is not None and device is not None else []
    if received is not None:
        differences += [max((moment - received).total_seconds(), 0.0) for moment in known]
    return max(differences, key=abs) if differences else None


def _known(place: Place | None) -> Place | None:
    """Nothing for null island and what is no number: neither is a witness."""
    if place is None or not (math.isfinite(place.lat) and math.isfinite(place.lon)):
        return None
    return None if place.lat == 0 and place.lon == 0 else place


def _apart(one: Place | None, other: Place | None) -> float | None:
    return distance_m(one.lat, one.lon, other.lat, other.lon) if one and other else None


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _joint(one: Place | None, other: Place | None) -> float:
    """The joint accuracy of two places; what is unknown counts as exact, the fixed allowance covers it."""
    return math.hypot((one and one.accuracy_m) or 0.0, (other and other.accuracy_m) or 0.0)


def _verdict(far: float | None, allowed: float) -> str:
    if far is None:
        return CANNOT_TELL
    return INCONSISTENT if far > allowed else CONSISTENT


def _shifted(one: Place | None, other: Place | None, limits: Limits) -> bool:
    """Whether two places lie apart as WGS-84 and GCJ-02 do in Fujian."""
    if not one or not other:
        return False
    far = distance_m(one.lat, one.lon, other.lat, other.lon)
    towards = azimuth(one.lat, one.lon, other.lat, other.lon)
    near, most = limits.datum_m
    return near <= far <= most and any(low <= towards <= high for low, high in limits.datum_azimuths)
