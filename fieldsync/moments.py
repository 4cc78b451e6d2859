"""Moments, and the days that they fall on: the work's days are China's."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def read(text: Any) -> datetime | None:
    """Return a moment, or None for what is none: a time without a zone is none either."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def date_of(moment: datetime) -> date:
    """Return the day in China of a moment."""
    return moment.astimezone(CHINA).date()


def day_of(moment: datetime) -> str:
    """Return the day in China of a moment, in ISO form."""
    return date_of(moment).isoformat()


@lru_cache(maxsize=20_000)
def day_told(text: str, zone: ZoneInfo = CHINA) -> str:
    """Return the day in a zone of a time or a day in ISO form; a time without a zone is there; empty for none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (at if at.tzinfo is None else at.astimezone(zone)).date().isoformat()
