"""The duty ledger 履职台账 of a period: coverage by township and class, what is overdue, who did what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from fieldsync import db as database
from fieldsync.domain import rounds
from fieldsync.domain.planner import later
from fieldsync.domain.visits import APPROVED


@dataclass
class Tally:
    """Counts of sites, and of visits that stand, in one period.

    `due` sites had to be visited; `covered` of them were, `approved` by approved visits; `blocked` were
    only reached for, and are not missed.
    """

    sites: int = 0
    due: int = 0
    covered: int = 0
    approved: int = 0
    blocked: int = 0
    overdue: int = 0
    visits: int = 0
    counted: int = 0
    doubtful: int = 0
    not_counted: int = 0

    def add(self, other: "Tally") -> None:
        """Add the counts of another."""
        mine = vars(self)
        for name, count in vars(other).items():
            mine[name] += count

    @property
    def rate(self) -> float | None:
        """Coverage by what was handed in, 0 to 1; None where nothing was due."""
        return self.covered / self.due if self.due else None

    @property
    def approved_rate(self) -> float | None:
        """Coverage by what the county has approved, 0 to 1; None where nothing was due."""
        return self.approved / self.due if self.due else None


class Overdue(NamedTuple):
    """A site whose visit is overdue: since which day (empty: never visited), and whether somebody was blocked."""

    site: rounds.Site
    last: str
    due: str
    blocked: bool


@dataclass
class Coverage:
    """The coverage of a period: by township and class, by township, in all; and what is overdue at its end."""

    by_class: dict[tuple[str, str], Tally] = field(default_factory=dict)
    by_home: dict[str, Tally] = field(default_factory=dict)
    total: Tally = field(default_factory=Tally)
    overdue: list[Overdue] = field(default_factory=list)


@dataclass(frozen=True)
class Duty:
    """What one person did in one township: visits by verdict, sites, days, and tasks by how they stand."""

    home: str
    person: str
    counted: int = 0
    approved: int = 0
    blocked: int = 0
    doubtful: int = 0
    not_counted: int = 0
    sites: int = 0
    days: int = 0
    tasks: int = 0
    done: int = 0
    excused: int = 0
    missed: int = 0


_BY_SITE = (
    "SELECT v.home, v.site_id, count(*) AS visits,"
    " max(CASE WHEN v.verdict = 'counted' THEN v.standing ELSE 0 END) AS best,"
    " max(CASE WHEN v.verdict = 'counted' THEN v.day ELSE '' END) AS last,"
    " sum(CASE WHEN v.verdict = 'counted' THEN 1 ELSE 0 END) AS counted,"
    " sum(CASE WHEN v.verdict = 'blocked' THEN 1 ELSE 0 END) AS blocked,"
    " sum(CASE WHEN v.verdict = 'doubtful' THEN 1 ELSE 0 END) AS doubtful,"
    " sum(CASE WHEN v.verdict = 'not' THEN 1 ELSE 0 END) AS not_counted"
    " FROM {keys} CROSS JOIN visit AS v WHERE v.cell = :cell AND v.home = keys.value"
    " AND v.day BETWEEN :first AND :until AND v.standing > 0 GROUP BY v.home, v.site_id"
)
_BY_PERSON = (
    "SELECT v.home, v.person,"
    " sum(CASE WHEN v.verdict = 'counted' THEN 1 ELSE 0 END) AS counted,"
    " sum(CASE WHEN v.verdict = 'counted' AND v.standing = 2 THEN 1 ELSE 0 END) AS approved,"
    " sum(CASE WHEN v.verdict = 'blocked' THEN 1 ELSE 0 END) AS blocked,"
    " sum(CASE WHEN v.verdict = 'doubtful' THEN 1 ELSE 0 END) AS doubtful,"
    " sum(CASE WHEN v.verdict = 'not' THEN 1 ELSE 0 END) AS not_counted,"
    " count(DISTINCT v.site_id) AS sites, count(DISTINCT v.day) AS days"
    " FROM {keys} CROSS JOIN visit AS v WHERE v.cell = :cell AND v.home = keys.value"
    " AND v.day BETWEEN :first AND :until AND v.standing > 0 GROUP BY v.home, v.person"
)
_TASKS = (
    "SELECT a.home, a.person, count(*) AS tasks,"
    " sum(CASE WHEN a.status = 'completed' THEN 1 ELSE 0 END) AS done,"
    " sum(CASE WHEN a.status = 'accepted_excuse' THEN 1 ELSE 0 END) AS excused,"
    " sum(CASE WHEN a.status = 'counted_missed' THEN 1 ELSE 0 END) AS missed"
    " FROM {keys} CROSS JOIN assignment AS a WHERE a.cell = :cell AND a.home = keys.value"
    " AND a.day BETWEEN :first AND :until AND a.status <> 'cancelled' GROUP BY a.home, a.person"
)
_VISITS = (
    "SELECT v.id, v.site_id, s.name, v.home, v.day, v.person, v.standing, v.verdict, v.reasons, v.distance_m,"
    " v.photos FROM {keys} CROSS JOIN visit AS v LEFT JOIN site AS s ON s.cell = v.cell AND s.id = v.site_id"
    " WHERE v.cell = :cell AND v.home = keys.value AND v.day BETWEEN :first AND :until AND v.standing > 0"
    " AND (:verdict = '' OR v.verdict = :verdict) AND (:person = '' OR v.person = :person)"
    " ORDER BY v.day DESC, v.id LIMIT :limit OFFSET :offset"
)


def coverage(connection: Any, cell: str, homes: Iterable[str], first: str, until: str, today: str) -> Coverage:
    """Return the coverage of some townships from day to day; what is overdue is told as of `until` or today."""
    asked, found = list(homes), Coverage()
    given = orjson.dumps(asked).decode()
    rows = database.rows(
        connection, _BY_SITE.format(keys=database.keys("homes")), cell=cell, homes=given, first=first, until=until
    )
    seen = {row[1]: row for row in rows}
    for site in rounds.sites(connection, cell, asked, min(until, today), later(first, -1)):
        _count(found, site, seen.get(site.id), until, min(until, today))
    for (home, _kind), tally in found.by_class.items():
        found.by_home.setdefault(home, Tally()).add(tally)
        found.total.add(tally)
    # Townships and sites come in their own order already.
    found.overdue.sort(key=attrgetter("due"))
    return found


def _count(found: Coverage, site: rounds.Site, row: Any, until: str, as_of: str) -> None:
    """Count one site with its visits of the period (a row of `_BY_SITE`, or None)."""
    key = site.home, site.kind
    tally = found.by_class.get(key)
    if tally is None:
        tally = found.by_class[key] = Tally()
    _home, _site_id, visits, best, last, counted, blocked, doubtful, not_counted = row or _NO_VISITS
    tally.sites += 1
    tally.visits += visits
    tally.counted += counted
    tally.doubtful += doubtful
    tally.not_counted += not_counted
    if not site.last or site.due <= until:
        tally.due += 1
        tally.covered += best > 0
        tally.approved += best == APPROVED
        tally.blocked += not best and blocked > 0
    last = last or site.last
    due = later(last, site.cycle) if last else ""
    if due < as_of:
        tally.overdue += 1
        found.overdue.append(Overdue(site, last, due, blocked > 0))


_NO_VISITS = ("", "", 0, 0, "", 0, 0, 0, 0)


def statement(connection: Any, cell: str, homes: Iterable[str], first: str, until: str) -> list[Duty]:
    """Return what each person did in each township from day to day, and how his tasks stand."""
    given = {"cell": cell, "homes": orjson.dumps(list(homes)).decode(), "first": first, "until": until}
    keys = database.keys("homes")
    visits = {(r.home, r.person): r for r in database.rows(connection, _BY_PERSON.format(keys=keys), **given)}
    tasks = {(r.home, r.person): r for r in database.rows(connection, _TASKS.format(keys=keys), **given)}
    return [
        Duty(home, person, *(visits[key][2:] if key in visits else (0,) * 7),
             *(tasks[key][2:] if key in tasks else (0,) * 4))
        for key in sorted(visits.keys() | tasks.keys()) for home, person in [key]
    ]  # fmt: skip


def visited(
    connection: Any, cell: str, homes: Iterable[str], first: str, until: str, verdict: str, person: str,
    limit: int, offset: int,
) -> list[Any]:  # fmt: skip
    """Return a page of the visits behind the numbers, the latest first, with verdict and reasons."""
    return list(
        database.rows(
            connection, _VISITS.format(keys=database.keys("homes")), cell=cell,
            homes=orjson.dumps(list(homes)).decode(), first=first, until=until, verdict=verdict, person=person,
            limit=limit, offset=offset,
        )
    )  # fmt: skip


def month(text: str, today: str) -> tuple[str, str]:
    """Return first and last day of a month `2026-11`; of today's where the text is none."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.fromisoformat(today).replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.isoformat(), later(following.isoformat(), -1)
