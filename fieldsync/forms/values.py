"""Values of expressions: text, number (always a float), yes or no; see static/lib/values.js for the twin.

What is absent is "" everywhere. Days are counted from 1970-01-01 as people count them at the place of `now`.
"""

import math
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fieldsync.sync.canonical import BadValue, normalise

Value = Any

NAN = math.nan
_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:\d+(?:\.\d*)?|\.\d+))[ \t\r\n]*", re.ASCII)
_MOMENT = re.compile(
    r"([1-9]\d{3})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?", re.ASCII)
_EPOCH = 719163
_FIRST_DAY, _LAST_DAY = -354285, 2932896


def text(value: Value) -> str:
    """Return a value as text; numbers as JavaScript writes them."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return number_text(value) if type(value) is float else text(value[0]) if value else ""


def number_text(number: float) -> str:
    """Return a number as JavaScript writes it."""
    if not math.isfinite(number):
        return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    if not 1e-6 <= abs(number) < 1e21:
        return repr(number).replace("e-0", "e-")
    if abs(number) < 2**53 and number == int(number):
        return str(int(number))
    written = format(Decimal(repr(number)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def number(value: Value, offset: int) -> float:
    """Return a value as a number; dates as days, NaN for what is none."""
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is bool:
        return 1.0 if value else 0.0
    if kind is list:
        return number(value[0], offset) if value else NAN
    # What cannot be a number is not tried as one.
    found = None if value[:1].isdigit() and value[4:5] == "-" else _NUMBER.fullmatch(value)
    return float(found[1]) if found else days(value, offset)


def truth(value: Value) -> bool:
    """Return a value as yes or no."""
    if type(value) is float:
        return value == value and value != 0
    return bool(value)


@lru_cache(maxsize=4096)
def days(moment: str, offset: int) -> float:
    """Return the days since 1970 of a date or a time with zone, a clock's time as a part of a day; else NaN."""
    found = _MOMENT.fullmatch(moment)
    if found is None:
        clock = _CLOCK.fullmatch(moment)
        return _part(clock[1], clock[2], clock[3]) if clock else NAN
    try:
        day = date(int(found[1]), int(found[2]), int(found[3])).toordinal() - _EPOCH
    except ValueError:
        return NAN
    if found[4] is None:
        return float(day)
    if not _CLOCK.fullmatch(moment[11:16]) or float(found[6] or 0) >= 60:
        return NAN
    shift = 0 if found[7] is None else offset - minutes(found[7])
    return day + (_part(found[4], found[5], found[6]) + shift / 1440)


def _part(hours: str, minute: str, seconds: str | None) -> float:
    return (int(hours) * 3600 + int(minute) * 60 + float(seconds or 0)) / 86400


def minutes(zone: str) -> int:
    """Return the minutes that a zone (`Z`, `+08:00`) is ahead of UTC."""
    if zone == "Z":
        return 0
    ahead = int(zone[1:3]) * 60 + int(zone[-2:])
    return -ahead if zone[0] == "-" else ahead


def zone_of(moment: Any) -> int:
    """Return the minutes that a moment's zone is ahead of UTC; 0 where it has none."""
    found = _MOMENT.fullmatch(moment) if type(moment) is str else None
    return minutes(found[7]) if found and found[7] else 0


def is_time(moment: str) -> bool:
    """Tell whether it is a clock's time."""
    return _CLOCK.fullmatch(moment) is not None


def day_text(day: float) -> str:
    """Return `YYYY-MM-DD` of a number of days; empty where there is no such day."""
    if not _FIRST_DAY <= day < _LAST_DAY + 1:
        return ""
    return date.fromordinal(math.floor(day) + _EPOCH).isoformat()


def formatted(moment: float, pattern: str) -> str:
    """Return a number of days written by a pattern of XLSForm (`%Y-%m-%d`)."""
    if not _FIRST_DAY <= moment < _LAST_DAY:
        return ""
    seconds = math.floor(moment * 86400 + 0.5)
    day, rest = divmod(seconds, 86400)
    then = date.fromordinal(day + _EPOCH)
    parts = {
        "Y": str(then.year), "y": f"{then.year % 100:02d}", "m": f"{then.month:02d}", "n": str(then.month),
        "d": f"{then.day:02d}", "e": str(then.day), "H": f"{rest // 3600:02d}", "h": str(rest // 3600),
        "M": f"{rest // 60 % 60:02d}", "S": f"{rest % 60:02d}", "3": "000",
    }  # fmt: skip
    return re.sub("%(.)", lambda found: parts[found[1]], pattern)


def stored(value: Value) -> Value:
    """Return a result as a record stores it (sync/canonical.py); None for what is nothing or cannot be stored."""
    try:
        return normalise(text(value) if type(value) is list else value) if value != "" else None
    except BadValue:
        return None
