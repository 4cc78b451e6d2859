"""Times the duty ledger with 5,000 sites and 500,000 visits: `python -m bench.ledger`; prints milliseconds."""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from fieldsync import create_app, db
from fieldsync.domain import ledger, rounds, visits
from fieldsync.ids import new_id

CELL = "350899"
TOWNS = [f"t-{CELL}{100 + n}" for n in range(20)]
SITES, VISITS, DAYS = 5_000, 500_000, 730
TODAY = date(2026, 11, 20)
_WEIGHTS = {"counted": 85, "doubtful": 8, "not": 4, "blocked": 3}


def main() -> None:
    """Fill an empty instance and print how long each question takes, the best of three."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Path(folder))
        with app.app_context():
            _fill(Random(4))
            for name, ask in _questions().items():
                print(f"{name:<28} {_best(ask):7.1f} ms")


def _questions() -> dict[str, Callable[[Any], Any]]:
    """Return what the pages of the ledger ask, for a whole county and for one township."""
    first, until = ledger.month("2026-10", TODAY.isoformat())
    today = TODAY.isoformat()
    return {
        "coverage, month, county": lambda c: ledger.coverage(c, CELL, TOWNS, first, until, today),
        "coverage, month, township": lambda c: ledger.coverage(c, CELL, TOWNS[:1], first, until, today),
        "statement, month, county": lambda c: ledger.statement(c, CELL, TOWNS, first, until),
        "visits, first page, county": lambda c: ledger.visited(c, CELL, TOWNS, first, until, "", "", 51, 0),
        "visits, doubtful, county": lambda c: ledger.visited(c, CELL, TOWNS, first, until, "doubtful", "", 51, 0),
        "sites without a plan": lambda c: rounds.unplanned(c, CELL, TOWNS, today),
    }


def _best(ask: Callable[[Any], Any]) -> float:
    """Return the milliseconds of the fastest of three runs."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with db.reading() as connection:
            ask(connection)
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _fill(random: Random) -> None:
    sites = [(new_id(), random.choice(TOWNS)) for _ in range(SITES)]
    people = [new_id() for _ in range(100)]
    with db.writing() as connection:
        db.upsert(connection, rounds.PATROL_SITES, [_site(random, *site) for site in sites])
        for rows in _batches(_visit(random, *random.choice(sites), random.choice(people)) for _ in range(VISITS)):
            db.upsert(connection, visits.TABLE, rows)


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 10_000:
            yield batch
            batch = []
    yield batch


def _site(random: Random, site_id: str, home: str) -> tuple[Any, ...]:
    kind = random.choice(list(rounds.CLASSES))
    return CELL, site_id, home, f"硐 {site_id[-4:]}", "前山村", kind, None, 1, 1, 117.4, 26.1


def _visit(random: Random, site_id: str, home: str, person: str) -> tuple[Any, ...]:
    day = (TODAY - timedelta(days=random.randrange(DAYS))).isoformat()
    (found,) = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    standing = random.choice((visits.SUBMITTED, visits.APPROVED))
    return CELL, new_id(), site_id, home, day, person, standing, found, "near_fix photo", 20.0, 2, 117.4, 26.1


if __name__ == "__main__":
    main()
