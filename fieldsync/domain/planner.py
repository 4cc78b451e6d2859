"""Who goes where on which day: visits that fall due, shared out by nearness; pure, and repeatable."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from math import ceil

from fieldsync.photos.plausibility import distance_m


@dataclass(frozen=True)
class Duty:
    """A site to be visited every `cycle` days; `last` visit and `planned` days are dates in ISO form."""

    site_id: str
    cycle: int
    last: str = ""
    planned: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Round:
    """One person's round of one day, in the order of the way."""

    day: str
    person: str
    sites: tuple[str, ...]


@dataclass
class Schedule:
    """The rounds of a period, and the sites for which no day was left."""

    rounds: list[Round] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def draw_up(
    duties: Sequence[Duty], at_work: Callable[[str], list[str]], first: str, until: str, most: int
) -> Schedule:
    """Return rounds from `first` to `until`, at most `most` sites each; what is planned already is left out."""
    schedule, due = Schedule(), {duty.site_id: _next(duty, duty.last, first) for duty in duties}
    load = _load(duties)
    for day in days(first, until):
        people = at_work(day)
        waiting = sorted((d for d in duties if due[d.site_id] <= day), key=lambda d: (due[d.site_id], d.site_id))
        today = waiting[: max(0, len(people) * most - load.get(day, 0))]
        schedule.rounds += share(day, today, people, most)
        due |= {duty.site_id: _next(duty, day, first) for duty in today}
    schedule.left = sorted(site for site, day in due.items() if day <= until)
    return schedule


def share(day: str, duties: Sequence[Duty], people: Sequence[str], most: int) -> list[Round]:
    """Return a day's sites as rounds: along the way from site to site, cut into as few rounds as will do."""
    if not duties or not people:
        return []
    way = [duty.site_id for duty in _chain(duties)]
    count = min(len(people), ceil(len(way) / most))
    size = ceil(len(way) / count)
    # Everybody gets his turn: who goes first changes from day to day.
    turn = date.fromisoformat(day).toordinal()
    parts = [tuple(way[i : i + size]) for i in range(0, len(way), size)]
    return [Round(day, people[(turn + i) % len(people)], part) for i, part in enumerate(parts)]


def days(first: str, until: str) -> Iterator[str]:
    """Yield the days from the first to the last one."""
    day, end = date.fromisoformat(first), date.fromisoformat(until)
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


@lru_cache(maxsize=10_000)
def later(day: str, by: int) -> str:
    """Return the day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=by)).isoformat()


def stand_ins(people: Sequence[str], leave: Mapping[str, list[tuple[str, str, str]]], day: str) -> list[str]:
    """Return who is at work on a day: delegates stand in for those on leave ((from, to, delegate) by person)."""
    found: dict[str, None] = {}
    for person in people:
        away = _away(leave, person, day)
        if away is None:
            found[person] = None
        elif away and _away(leave, away, day) is None:
            found[away] = None
    return list(found)


def _away(leave: Mapping[str, list[tuple[str, str, str]]], person: str, day: str) -> str | None:
    """Return the delegate of somebody on leave (empty for none), None for who is at work."""
    return next((who for since, to, who in leave.get(person, []) if (since or day) <= day <= (to or day)), None)


def _next(duty: Duty, last: str, first: str) -> str:
    """Return the day on which the next visit falls due that nothing planned already serves."""
    due = max(first, later(last, duty.cycle)) if last else first
    for planned in duty.planned:
        if planned > last and planned < later(due, duty.cycle):
            last = planned
            due = max(first, later(last, duty.cycle))
    return due


def _load(duties: Sequence[Duty]) -> dict[str, int]:
    """Return how many visits each day holds already."""
    load: dict[str, int] = {}
    for duty in duties:
        for day in duty.planned:
            load[day] = load.get(day, 0) + 1
    return load


def _chain(duties: Sequence[Duty]) -> list[Duty]:
    """Return sites each next to the nearest one left, from the westernmost; those without a position last."""
    placed = [d for d in duties if d.lat is not None and d.lon is not None]
    rest = sorted((d for d in duties if d.lat is None or d.lon is None), key=lambda d: d.site_id)
    chain: list[Duty] = []
    here = min(placed, key=lambda d: (d.lon, d.site_id)) if placed else None
    while here is not None:
        chain.append(here)
        placed.remove(here)
        here = min(placed, key=lambda d, at=here: (_apart(at, d), d.site_id)) if placed else None  # type: ignore[misc]
    return chain + rest


def _apart(one: Duty, other: Duty) -> float:
    return distance_m(one.lat or 0.0, one.lon or 0.0, other.lat or 0.0, other.lon or 0.0)
