"""What key areas and key minerals share: entries with days of validity, and the notice's own lists of them."""

import csv
from functools import cache
from importlib.resources import files

from fieldsync.sync.records import Record

# Of entries without an end, the last day that can be written.
_LAST = "9999-12-31"


def last_day(entry: Record) -> str:
    """Return the last day on which an entry of a county holds; one before all days where it is voided."""
    return "0001-01-01" if entry.voided else (entry.text("valid_to") or _LAST)[:10]


@cache
def shipped(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a list of the notice, `key_areas` or `key_minerals`, by the columns of its file."""
    text = files("fieldsync.data").joinpath(f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def is_listed(name: str, column: str, value: str, day: str) -> bool:
    """Tell whether the notice's list held an entry with this value in a column on a day."""
    listed = (row for row in shipped(name) if row[column] == value)
    return any(row["valid_from"] <= day <= (row["valid_to"] or _LAST) for row in listed)
