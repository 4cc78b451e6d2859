"""Times the review queue among 500,000 inspections: `python -m bench.review`; prints milliseconds."""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson

from fieldsync import create_app, db
from fieldsync.domain import inspections, risks, sites
from fieldsync.ids import new_id
from fieldsync.sync import tables
from fieldsync.sync.records import Record

CELL = "350899"
TOWNS = [f"t-{CELL}{100 + n}" for n in range(20)]
SITES, INSPECTIONS = 5_000, 500_000
# So many wait for the county; all others are approved.
WAITING = (2_000, 500_000)
_NOW = datetime(2026, 11, 20, tzinfo=UTC)


def main() -> None:
    """Fill an empty instance and print how long each question takes, the best of three."""
    for waiting in WAITING:
        with tempfile.TemporaryDirectory() as folder:
            app = create_app(Path(folder))
            with app.app_context():
                _fill(Random(4), waiting)
                print(f"{waiting:,} of {INSPECTIONS:,} wait")
                for name, narrowed, offset in _questions():
                    print(f"  {name:<34} {_best(narrowed, offset):7.1f} ms")


def _questions() -> Iterator[tuple[str, risks.Filter, int]]:
    """Yield what the page of the queue asks: name, filter, offset."""
    yield "first page", risks.Filter(), 0
    yield "page 20", risks.Filter(), 950
    yield "oldest first", risks.Filter(order="arrival"), 0
    yield "one township", risks.Filter(home=TOWNS[0]), 0
    yield "relapses", risks.Filter(risk="relapse"), 0
    yield "photos not all here", risks.Filter(risk="pending"), 0
    yield "active mining, one township", risks.Filter(activity="active", home=TOWNS[3]), 0
    yield "my own", risks.Filter(claim="mine"), 0
    yield "approved", risks.Filter(state="approved"), 0


def _best(narrowed: risks.Filter, offset: int) -> float:
    """Return the milliseconds of the fastest of three runs, the counter in the page's head included."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with db.reading() as connection:
            risks.queue(connection, CELL, narrowed, "me", 51, offset)
            risks.count_waiting(connection, CELL)
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _fill(random: Random, waiting: int) -> None:
    places = [(new_id(), random.choice(TOWNS)) for _ in range(SITES)]
    with db.writing("journal") as connection:
        db.upsert(connection, sites.TABLE, [_site(*place) for place in places])
        for start in range(0, INSPECTIONS, 10_000):
            numbers = range(start, start + 10_000)
            made = [_inspection(random, n, n < waiting, *random.choice(places)) for n in numbers]
            columns = zip(*made, strict=True)
            for table, column in zip((inspections.TABLE, risks.TABLE, tables.record), columns, strict=True):
                db.upsert(connection, table, column)
        db.execute(connection, "ANALYZE")


def _site(site_id: str, home: str) -> tuple[Any, ...]:
    site = Record(CELL, "site", site_id)
    site.home, site.body = home, {"name": f"硐 {site_id[-4:]}", "lon": 117.4, "lat": 26.1}
    assert sites.NOUN.project is not None
    return (CELL, site_id, *sites.NOUN.project(site))


def _inspection(random: Random, n: int, waits: bool, site_id: str, home: str) -> tuple[tuple[Any, ...], ...]:
    """Return the rows of one inspection: its columns, its place in the queue, its record."""
    record_id, at = new_id(), (_NOW - timedelta(minutes=n)).isoformat()
    activity = random.choices(list(inspections.ACTIVITY), (90, 5, 3, 2))[0]
    codes = [code for code in risks.RISKS if code == activity or random.random() < 0.05]
    score, state = sum(risks.WEIGHTS[code] for code in codes), "submitted" if waits else "approved"
    body = orjson.dumps({"record_no": f"{CELL}-XC-2026-{n}", "activity": activity, "remark": "无" * 300}).decode()
    return (
        (CELL, record_id, home, site_id, state, activity, at, "someone", n, 0, ""),
        (CELL, record_id, home, site_id, state, int(waits), activity, score, n, at, "", 2, 2),
        (CELL, record_id, "inspection", 1, "1-00", home, home, "", site_id, site_id, False, n, body, "{}"),
    )


if __name__ == "__main__":
    main()
