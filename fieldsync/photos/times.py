"""The times in a photo: the camera's local clock and the satellites' UTC, and whether they fit."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone

from .readers import Tags, numbers, text

STALE = timedelta(seconds=120)
ROLLOVER = timedelta(weeks=1024)
ASSUMED = timezone(timedelta(hours=8))
HALF_HOUR = 1_800
LOCAL = re.compile(
    r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?"
)
DATE = re.compile(r"(\d{4})[:\-/. ](\d\d?)[:\-/. ](\d\d?)(?!\d)")
OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def taken_at(tags: Tags, flags: set[str]) -> datetime | None:
    """DateTimeOriginal with its offset; without one +08:00 is assumed and flagged."""
    written = text(tags.get(("exif", 0x9003))) or text(tags.get(("image", 0x9003)))
    if not written:
        return None
    offset = text(tags.get(("exif", 0x9011))) or text(tags.get(("image", 0x9011)))
    return local(written, offset, text(tags.get(("exif", 0x9291))), flags)


def local(written: str, offset: str | None, fraction: str | None, flags: set[str]) -> datetime | None:
    """A camera's time of the form `2023:07:09 20:36:33`, made aware."""
    match = LOCAL.match(written)
    zone = _zone(match[8] or offset) if match else None
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6]) if match else (0,) * 6
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone or ASSUMED)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        flags.add("bad_date")
        return None
    if zone is None:
        flags.add("tz_assumed")
    digits = (match[7] if match else None) or fraction or ""
    return moment.replace(microsecond=int(digits[:6].ljust(6, "0"))) if _ascii_digits(digits) else moment


def _ascii_digits(digits: str) -> bool:
    return digits.isascii() and digits.isdigit()


def _zone(offset: str | None) -> timezone | None:
    if offset == "Z":
        return UTC
    match = OFFSET.match(offset or "")
    if not match or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-span if match[1] == "-" else span)


def gps_at(tags: Tags, flags: set[str]) -> datetime | None:
    """The UTC time of the fix; without both date and time there is none."""
    date, clock = text(tags.get(("gps", 0x1D))), numbers(tags.get(("gps", 7)))
    if not date or len(clock) != 3 or not all(math.isfinite(part) and part >= 0 for part in clock):
        return None
    match = DATE.match(date)
    try:
        year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
        seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
        if seconds >= 86_401:
            raise ValueError
        return datetime(year, month, day, tzinfo=UTC) + timedelta(seconds=round(seconds, 3))
    except (ValueError, OverflowError):
        flags.add("bad_gps_date")
        return None


def compare(taken: datetime | None, gps: datetime | None, flags: set[str]) -> None:
    """Flag an old fix, a receiver whose week counter rolled over, and a zone that would explain it."""
    if taken is None or gps is None:
        return
    apart = taken - gps
    weeks = round(apart / ROLLOVER)
    if weeks and abs(apart - weeks * ROLLOVER) < timedelta(days=2):
        flags.add("gps_week_rollover")
        apart -= weeks * ROLLOVER
    if abs(apart) <= STALE:
        return
    flags.add("stale_fix")
    seconds = apart.total_seconds()
    halves = round(seconds / HALF_HOUR)
    # Clocks apart by whole half hours: rather a wrong zone than an old fix, but nobody can tell from here.
    if 0 < abs(halves) <= 28 and abs(seconds - halves * HALF_HOUR) <= STALE.seconds:
        flags.add("tz_conflict")


def iso(moment: datetime | None, zulu: bool = False) -> str | None:
    """ISO 8601 with its offset, or in UTC with a Z."""
    if moment is None:
        return None
    if not zulu:
        return _trimmed(moment)
    return _trimmed(moment.astimezone(UTC)).replace("+00:00", "Z")


def _trimmed(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
