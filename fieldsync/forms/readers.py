"""Stored answers as values of expressions, kind by kind, and whether they have the right type."""

import math
from collections.abc import Callable
from typing import Any

from fieldsync.forms.values import Value, days, is_time, text

Read = tuple[Value, bool]


def worth(raw: Any) -> Value:
    """Return a stored value as a value of expressions."""
    if type(raw) is int or type(raw) is float:
        return float(raw)
    return raw if type(raw) is str or type(raw) is bool else ""


def _is_number(raw: Any) -> bool:
    return (type(raw) is int or type(raw) is float) and math.isfinite(raw)


def point(lat: Any, lon: Any, accuracy: Any) -> Read:
    """Return a point as XLSForm writes it, `lat lon altitude accuracy`."""
    if lat is None and lon is None:
        return "", True
    if not (_is_number(lat) and _is_number(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return "", False
    return f"{text(float(lat))} {text(float(lon))} 0 {text(worth(accuracy))}".rstrip(" "), True


def _read_text(raw: Any) -> Read:
    return (raw, True) if type(raw) is str else ("", False)


def _read_number(raw: Any) -> Read:
    return (float(raw), True) if _is_number(raw) else ("", False)


def _read_integer(raw: Any) -> Read:
    return (float(raw), True) if _is_number(raw) and raw == int(raw) else ("", False)


def _read_day(raw: Any) -> Read:
    good = type(raw) is str and len(raw) == 10 and not math.isnan(days(raw, 0))
    return (raw, True) if good else ("", False)


def _read_time(raw: Any) -> Read:
    return (raw, True) if type(raw) is str and is_time(raw) else ("", False)


def _read_moment(raw: Any) -> Read:
    good = type(raw) is str and raw[10:11] == "T" and not math.isnan(days(raw, 0))
    return (raw, True) if good else ("", False)


def _read_tick(raw: Any) -> Read:
    # A record may say no in so many words; that is no tick.
    return (True, True) if raw is True else ("", raw is False)


def _read_point(raw: Any) -> Read:
    if not isinstance(raw, dict):
        return "", False
    value, good = point(raw.get("lat"), raw.get("lon"), raw.get("accuracy"))
    return value, good and value != ""


def _read_line(raw: Any) -> Read:
    line = raw.get("coordinates") if isinstance(raw, dict) and raw.get("type") == "LineString" else None
    if not isinstance(line, list) or not line or not all(_is_place(place) for place in line):
        return "", False
    return ";".join(f"{text(float(place[1]))} {text(float(place[0]))} 0 0" for place in line), True


def _is_place(place: Any) -> bool:
    return isinstance(place, list) and len(place) >= 2 and _is_number(place[0]) and _is_number(place[1])


READERS: dict[str, Callable[[Any], Read]] = {
    "text": _read_text, "select_one": _read_text, "integer": _read_integer, "decimal": _read_number,
    "range": _read_number, "date": _read_day, "time": _read_time, "datetime": _read_moment,
    "acknowledge": _read_tick, "geopoint": _read_point, "geotrace": _read_line,
    "calculate": lambda raw: (worth(raw), True),
}  # fmt: skip
