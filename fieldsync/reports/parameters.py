"""What a table is asked for: period, cut-off, unit, and how three columns are understood."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from fieldsync.errors import Problem
from fieldsync.geo.divisions import PROVINCE
from fieldsync.moments import CHINA, day_of
from fieldsync.reports.columns import TITLES, Labels
from fieldsync.sync.journal import text_of

CLOSED_BASES: dict[str, Labels] = {
    "executed": ("已实施关闭", "closure carried out"),
    "accepted": ("验收合格", "closure accepted"),
}
FINE_BASES: dict[str, Labels] = {
    "decided": ("按处罚决定", "as decided"),
    "paid": ("按实际缴款", "as paid"),
}
LIABILITY_BASES: dict[str, Labels] = {
    "transferred_for_prosecution": ("移送审查起诉", "transferred for prosecution"),
    "prosecuted": ("起诉", "prosecuted"),
    "convicted": ("判决有罪", "convicted"),
}
BASES = {"closed_basis": CLOSED_BASES, "fine_basis": FINE_BASES, "liability_basis": LIABILITY_BASES}
_SETTINGS = {"closed_basis": "CLOSED_BASIS", "fine_basis": "FINE_BASIS", "liability_basis": "LIABILITY_BASIS"}


@dataclass(frozen=True)
class Parameters:
    """One question: table, first and last day (both in), cut-off (UTC, as the wire writes it), unit, bases."""

    table: int
    date_from: str
    date_to: str
    cutoff: str
    unit: str
    closed_basis: str
    fine_basis: str
    liability_basis: str

    def holds(self, day: str) -> bool:
        """Tell whether a day of China lies in the period."""
        return self.date_from <= day <= self.date_to

    def holds_moment(self, received_at: str) -> bool:
        """Tell whether a time on the wire lies in the period; compared as text, there are many of them."""
        return self._begins <= received_at < self._ends

    @cached_property
    def _begins(self) -> str:
        return text_of(datetime.fromisoformat(self.date_from).replace(tzinfo=CHINA))

    @cached_property
    def _ends(self) -> str:
        last = datetime.fromisoformat(self.date_to).replace(tzinfo=CHINA)
        return text_of(last + timedelta(days=1)) if self.date_to < "9999" else "~"

    def as_json(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return asdict(self)


def read(table: int, given: Mapping[str, str], settings: Mapping[str, Any], now: datetime) -> Parameters:
    """Return the parameters of `given` texts (from, to, cutoff, unit and bases), the rest as the settings say.

    Raises Problem where a day, a time or a basis is none.
    """
    if table not in TITLES:
        raise Problem("not-found")
    today = day_of(now)
    date_from = _day(given.get("from") or f"{today[:4]}-01-01")
    date_to = _day(given.get("to") or today)
    if date_from > date_to:
        raise Problem("bad-value", "date")
    bases = {name: given.get(name) or settings[_SETTINGS[name]] for name in BASES}
    if any(chosen not in BASES[name] for name, chosen in bases.items()):
        raise Problem("bad-value", "choice")
    cutoff = moment(given.get("cutoff") or "", now)
    return Parameters(table, date_from, date_to, cutoff, given.get("unit") or PROVINCE, **bases)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Problem("bad-value", "date") from None


def moment(text: str, now: datetime) -> str:
    """Return a cut-off: a day means its end, a minute the whole of it, both in China; nothing means now."""
    if not text:
        return text_of(now)
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=CHINA)
        if len(text) == 10:
            at += timedelta(days=1, milliseconds=-1)
        elif len(text) == 16:
            at += timedelta(seconds=59, milliseconds=999)
        return text_of(at.astimezone(UTC))
    except (ValueError, OverflowError):
        raise Problem("bad-value", "date") from None
