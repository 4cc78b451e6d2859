"""What is to be visited, and who is to go: sites by class and cycle, stops of tasks, their assignees.

Tables reckoned from sites, tasks and plans, so that a month is planned and counted without reading bodies.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from flask import current_app
from sqlalchemy import Column, Float, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.planner import later
from fieldsync.domain.words import Words
from fieldsync.sync.records import Record

# Words

CLASSES: Words = {
    "coal_closed_adit": ("关闭煤硐", "Closed coal adit"),
    "key_area": ("重点", "Key"),
    "noncoal": ("一般", "General"),
    "after_writeoff": ("已销号", "Written off"),
}
# What was closed, and may be broken open again.
_CLOSED = ("closed_pending", "rectifying", "accepted", "monitoring", "writeoff_requested", "written_off")
_ADITS = ("adit", "shaft")
# Nobody goes there on patrol: it was no site, or is another licence's now.
_LEFT_ALONE = ("dismissed", "integrated")

# Projection

PATROL_SITES = db.Table(
    "patrol_site",
    Column("cell", String(12), primary_key=True),
    Column("site_id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("name", String(200), nullable=False),
    Column("village", String(60), nullable=False),
    # A code of CLASSES.
    Column("class", String(20), nullable=False),
    # The dossier's own cycle in days; null where that of its class holds.
    Column("cycle_days", Integer),
    Column("sealed", Integer, nullable=False),
    Column("live", Integer, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Index("patrol_site_home", "cell", "home", "live"),
)
STOPS = db.Table(
    "stop",
    Column("cell", String(12), primary_key=True),
    Column("task_id", String(36), primary_key=True),
    Column("site_id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("plan_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("day", String(10), nullable=False),
    Column("status", String(16), nullable=False),
    Column("visited", String(36), nullable=False),
    Index("stop_day", "cell", "home", "day"),
    Index("stop_site", "cell", "site_id", "day"),
)
ASSIGNMENTS = db.Table(
    "assignment",
    Column("cell", String(12), primary_key=True),
    Column("task_id", String(36), primary_key=True),
    Column("person", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("day", String(10), nullable=False),
    Column("status", String(16), nullable=False),
    Index("assignment_person", "cell", "person", "day"),
    Index("assignment_day", "cell", "home", "day"),
)


def class_of(site: Record) -> str:
    """Return the class that a site is patrolled in; the county's word on the dossier comes first."""
    status, said = site.text("lifecycle_status"), site.text("patrol_class")
    if status == "written_off":
        return "after_writeoff"
    if said in ("key", "coal"):
        return {"key": "key_area", "coal": "coal_closed_adit"}[said]
    closed_coal = site.text("mineral_code") == "coal" and _is_sealed(site)
    return "coal_closed_adit" if closed_coal and said != "general" else "noncoal"


def _is_sealed(site: Record) -> bool:
    """Tell whether it is an adit or a shaft that was closed: rain may lay it open."""
    return site.text("site_kind") in _ADITS and site.text("lifecycle_status") in _CLOSED


def fill(connection: Any, cell: str, records: Sequence[Record]) -> None:
    """Write the rows of changed sites and tasks."""
    sites = [record for record in records if record.type == "site"]
    tasks = [record for record in records if record.type == "patrol_task"]
    database.upsert(connection, PATROL_SITES, [_site_row(site) for site in sites])
    if tasks:
        _clear(connection, cell, [task.id for task in tasks])
    database.upsert(connection, STOPS, [row for task in tasks for row in _stop_rows(task)])
    database.upsert(connection, ASSIGNMENTS, [row for task in tasks for row in _assignment_rows(task)])


def _clear(connection: Any, cell: str, tasks: list[str]) -> None:
    """Take the rows of tasks out: a site or a person may have been taken off."""
    for table in ("stop", "assignment"):
        database.execute(
            connection,
            f"DELETE FROM {table} WHERE cell = :cell"  # noqa: S608 (own names)
            f" AND task_id IN (SELECT keys.value FROM {database.keys('ids')})",
            cell=cell, ids=orjson.dumps(tasks).decode(),
        )  # fmt: skip


def _site_row(site: Record) -> tuple[Any, ...]:
    cycle = site.number("patrol_cycle_days")
    live = not site.voided and site.text("lifecycle_status") not in _LEFT_ALONE
    return (
        site.cell, site.id, site.home, site.text("name")[:200], site.text("village")[:60], class_of(site),
        int(cycle) if cycle and cycle >= 1 else None, int(_is_sealed(site)), int(live),
        site.number("lon"), site.number("lat"),
    )  # fmt: skip


def _stop_rows(task: Record) -> list[tuple[Any, ...]]:
    """Return a row for each site of a task; a voided task has none."""
    if task.voided:
        return []
    own = (
        task.home,
        task.text("plan_id"),
        task.text("kind")[:16],
        task.text("task_date")[:10],
        task.text("status"),
    )
    return [
        (task.cell, task.id, site[:36], *own, task.text(f"visited/{site}")[:36])
        for site in dict.fromkeys(task.rows("sites"))
    ]


def _assignment_rows(task: Record) -> list[tuple[Any, ...]]:
    if task.voided:
        return []
    own = (task.home, task.text("task_date")[:10], task.text("status"))
    return [(task.cell, task.id, person[:36], *own) for person in task.rows("assignees")]


# Questions


class Site(NamedTuple):
    """A site that is to be visited: where, in which class, every how many days, and when it was last."""

    id: str
    home: str
    name: str
    village: str
    kind: str
    cycle: int
    sealed: bool
    lon: float | None
    lat: float | None
    last: str = ""

    @property
    def due(self) -> str:
        """The day on which the next visit falls due; empty where there was none yet."""
        return later(self.last, self.cycle) if self.last else ""


_SITES = (
    "SELECT p.site_id, p.home, p.name, p.village, p.class, p.cycle_days, p.sealed, p.lon, p.lat,"
    " (SELECT v.day FROM visit AS v WHERE v.cell = p.cell AND v.site_id = p.site_id AND v.day <= :until"
    " AND v.standing > 0 AND v.verdict = 'counted' ORDER BY v.day DESC LIMIT 1) AS last"
    " FROM {keys} CROSS JOIN patrol_site AS p"
    " WHERE p.cell = :cell AND p.home = keys.value AND p.live = 1 ORDER BY p.home, p.name, p.site_id"
)
_PLANS = (
    "SELECT p.home, r.body FROM patrol_plan AS p JOIN record AS r ON r.cell = p.cell AND r.id = p.id"
    " WHERE p.cell = :cell AND p.status IN ('active', 'ended') AND p.valid_from <= :day"
    " AND (p.valid_to = '' OR p.valid_to >= :day) ORDER BY p.id"
)
_PLANS_OF = (
    "SELECT id FROM patrol_plan WHERE cell = :cell AND home = :home AND status IN ('draft', 'active') ORDER BY id"
)


def cycles() -> dict[str, int]:
    """Return the county's cycle in days by class."""
    return {name: int(current_app.config["PATROL_CYCLE_DAYS"][name]) for name in CLASSES}


def active_plans(connection: Any, cell: str, day: str) -> dict[str, list[dict[str, Any]]]:
    """Return the bodies of the plans in force on a day, by township."""
    found: dict[str, list[dict[str, Any]]] = {}
    for home, text in database.rows(connection, _PLANS, cell=cell, day=day):
        found.setdefault(home, []).append(orjson.loads(text))
    return found


def plans_of(connection: Any, cell: str, home: str) -> list[str]:
    """Return the plans of a township that are drafted or in force."""
    return [row[0] for row in database.rows(connection, _PLANS_OF, cell=cell, home=home)]


def villages(plan: Mapping[str, Any]) -> set[str]:
    """Return the villages that a plan is limited to; none means the whole township."""
    return set(re.split(r"[\s、，,;；]+", str(plan.get("villages") or "").strip())) - {""}


def covers(plan: Mapping[str, Any], village: str, kind: str) -> bool:
    """Tell whether a plan says anything of sites of this village and class."""
    named = villages(plan)
    return plan.get(f"cycles/{kind}") is not None and (not named or village in named)


def sites(connection: Any, cell: str, homes: Iterable[str], day: str, seen_until: str = "") -> list[Site]:
    """Return what is to be visited in these townships, by the plans in force on a day.

    With each comes the last visit that counts, up to that day or to `seen_until`.
    """
    plans, county = active_plans(connection, cell, day), cycles()
    statement = _SITES.format(keys=database.keys("homes"))
    given = orjson.dumps(list(homes)).decode()
    return [
        Site(
            row[0], row[1], row[2], row[3], row[4], _cycle(row, plans.get(row[1], []), county), bool(row[6]),
            row[7], row[8], row[9] or "",
        )
        for row in database.rows(connection, statement, cell=cell, homes=given, until=seen_until or day)
    ]  # fmt: skip


def _cycle(row: Any, plans: list[dict[str, Any]], county: dict[str, int]) -> int:
    """Return the cycle of a site: its dossier's own, else that of the plan in force, else the county's."""
    if row[5]:
        return int(row[5])
    planned = [plan[f"cycles/{row[4]}"] for plan in plans if covers(plan, row[3], row[4])]
    return min([int(days) for days in planned if type(days) is int and days >= 1], default=county[row[4]])


def unplanned(connection: Any, cell: str, homes: Iterable[str], day: str) -> list[Site]:
    """Return the sites that no plan in force on a day speaks of: nobody goes there."""
    plans = active_plans(connection, cell, day)
    return [
        site
        for site in sites(connection, cell, homes, day)
        if not any(covers(plan, site.village, site.kind) for plan in plans.get(site.home, []))
    ]


_STOPS = (
    "SELECT s.task_id, s.site_id, s.home, s.plan_id, s.kind, s.day, s.status, s.visited"
    " FROM {keys} CROSS JOIN stop AS s WHERE s.cell = :cell AND s.home = keys.value"
    " AND s.day BETWEEN :first AND :until ORDER BY s.day, s.task_id, s.site_id"
)
_OPEN = (
    "SELECT a.task_id, a.person, a.home, a.day, a.status, r.rev, r.body FROM assignment AS a"
    " JOIN record AS r ON r.cell = a.cell AND r.id = a.task_id WHERE a.cell = :cell AND a.person = :person"
    " AND a.status IN ('planned', 'assigned', 'downloaded', 'in_progress', 'overdue', 'explained')"
    " ORDER BY a.day, a.task_id"
)


def stops(connection: Any, cell: str, homes: Iterable[str], first: str, until: str) -> list[Any]:
    """Return the stops of a period: (task_id, site_id, home, plan_id, kind, day, status, visited)."""
    statement, given = _STOPS.format(keys=database.keys("homes")), orjson.dumps(list(homes)).decode()
    return list(database.rows(connection, statement, cell=cell, homes=given, first=first, until=until))


def open_tasks(connection: Any, cell: str, person: str) -> list[Any]:
    """Return a person's tasks that have not ended: (task_id, person, home, day, status, rev, body)."""
    return list(database.rows(connection, _OPEN, cell=cell, person=person))


_NAMED = (
    "SELECT p.site_id, p.name, p.village, p.class, p.lon, p.lat FROM {keys} CROSS JOIN patrol_site AS p"
    " WHERE p.cell = :cell AND p.site_id = keys.value"
)


def named(connection: Any, cell: str, ids: Iterable[str]) -> dict[str, Any]:
    """Return sites by id: (site_id, name, village, class, lon, lat)."""
    statement, given = _NAMED.format(keys=database.keys("ids")), orjson.dumps(list(ids)).decode()
    return {row.site_id: row for row in database.rows(connection, statement, cell=cell, ids=given)}
