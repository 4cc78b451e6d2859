"""One page for leaders: how it stands, by township and month, and the four timely figures; printable."""

from collections import Counter
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, render_template

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, drawings, names
from fieldsync.domain import ledger, lifecycle, overview, register, sites
from fieldsync.domain.overview import Span
from fieldsync.errors import Problem

bp = Blueprint("overview", __name__, url_prefix="/overview")

# What is late is listed up to here; the number beside it is of all.
_LATE_MOST = 10
_TARGETS = {
    "found": "TIMELY_FOUND_DAYS", "appraised": "TIMELY_APPRAISED_DAYS", "handled": "TIMELY_HANDLED_DAYS",
    "closed": "TIMELY_CLOSED_DAYS",
}  # fmt: skip


@bp.get("")
def page() -> str:
    """Show how the county stands in a period: by default this year, up to today."""
    first, until = _period()
    cell, today = me().actor.cell, display.today()
    with db.reading() as connection:
        found, closed = overview.found(connection, cell), overview.closed(connection, cell)
        cases = overview.cases(connection, cell)
        spans = {
            "found": [span for span, _home in found],
            "appraised": overview.appraised(connection, cell, orjson.loads),
            "handled": overview.handled(cases),
            "closed": [*(span for span, _home in closed), *overview.closing(connection, cell, orjson.loads)],
        }  # fmt: skip
        relapses = overview.relapsed(connection, cell)
        tasks = overview.overdue_tasks(connection, cell, today)
        homes = [f"t-{town}" for town in names.towns()]
        month = ledger.month(until[:7], today)
        coverage = ledger.coverage(connection, cell, homes, *month, today)
        counts = register.counts(connection, cell, register.Asked())
    return render_template(
        "overview/show.html", first=first, until=until, month=month[0][:7], TIMELY=overview.TIMELY,
        SPANS=overview.SPANS, STATUSES=lifecycle.STATUSES, coverage=coverage, late_most=_LATE_MOST,
        figures=_figures(found, closed, cases, first, until), relapsed=_sums(relapses.values()),
        overdue=sum(tasks.values()), towns=_towns(found, closed, relapses, tasks, coverage, first, until),
        timely=_timely(spans, first, until, today), months=_months(found, closed, until),
        statuses=drawings.bars((_status(status), n) for status, (n, _placed) in counts.items()),
    )  # fmt: skip


def _status(status: str) -> str:
    return display.show(sites.FIELDS.find("lifecycle_status"), "lifecycle_status", status)


def _period() -> tuple[str, str]:
    """Return the first and the last day asked for."""
    today = display.today()
    first, until = doors.given("from") or f"{today[:4]}-01-01", doors.given("to") or today
    try:
        if date.fromisoformat(first) > date.fromisoformat(until):
            raise ValueError
    except ValueError:
        raise Problem("bad-value", "date") from None
    return first, until


Spans = list[tuple[Span, str]]


def _figures(found: Spans, closed: Spans, cases: list[Any], first: str, until: str) -> dict[str, int]:
    """Return the numbers of the period."""
    return {
        "sites": len(found),
        "found": sum(first <= span.begun <= until for span, _home in found),
        "closed": sum(first <= span.done <= until for span, _home in closed),
        "filed": sum(first <= case.filed_at <= until for case in cases),
        "decided": sum(first <= case.decided_at <= until for case in cases),
    }


def _sums(pairs: Any) -> tuple[int, int]:
    told = list(pairs)
    return sum(now for now, _ever in told), sum(ever for _now, ever in told)


def _timely(spans: dict[str, list[Span]], first: str, until: str, today: str) -> list[overview.Timely]:
    return [
        overview.timely(name, spans[name], first, until, doors.setting(setting), today)
        for name, setting in _TARGETS.items()
    ]


def _towns(
    found: Spans, closed: Spans, relapses: Any, tasks: dict[str, int], coverage: Any, first: str, until: str
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a line of numbers for each township, those with the worst coverage first."""
    sites_ = Counter(home for _span, home in found)
    new = Counter(home for span, home in found if first <= span.begun <= until)
    shut = Counter(home for span, home in closed if first <= span.done <= until)
    rows = []
    for town, name in names.towns().items():
        home = f"t-{town}"
        tally = coverage.by_home.get(home, ledger.Tally())
        rows.append({
            "town": town, "name": name, "sites": sites_[home], "found": new[home], "closed": shut[home],
            "relapsed": relapses.get(home, (0, 0))[0], "tasks": tasks.get(home, 0), "overdue": tally.overdue,
            "rate": tally.rate,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["rate"] is None, row["rate"] or 0, row["town"]))


def _months(found: Spans, closed: Spans, until: str) -> dict[str, Any]:
    """Return found and closed by month, as numbers and as lines."""
    labels = overview.months(until)
    counts = {
        "found": drawings.by_month((span.begun for span, _home in found), labels),
        "closed": drawings.by_month((span.done for span, _home in closed), labels),
    }
    most = max(max(each) for each in counts.values())
    return {"labels": labels, **counts, "lines": {name: drawings.line(c, most) for name, c in counts.items()}}
