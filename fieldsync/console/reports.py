"""The notice's two tables of a county, a city or the province: numbers that open, files, and frozen ones."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api import reports as api
from fieldsync.api.doors import allow, darkroom, me
from fieldsync.console import display, doors, names
from fieldsync.domain import period_reports
from fieldsync.errors import Problem
from fieldsync.reports import behind, freezing, layout, parameters, units
from fieldsync.reports.columns import COLUMNS, TITLES
from fieldsync.reports.counting import Report
from fieldsync.reports.files import FORMATS

bp = Blueprint("reports", __name__, url_prefix="/reports")

_ASKED = ("from", "to", "cutoff", "unit", *parameters.BASES)


def _asked() -> dict[str, str]:
    """Return what the address asks for."""
    return {name: doors.given(name) for name in _ASKED if doors.given(name)}


@bp.get("")
@allow(doors.SUPERIORS)
def show() -> str:
    """Show table 1 or 2 for a period and a cut-off, and the tables that were frozen."""
    return _page()


@bp.post("")
@allow(doors.SUPERIORS)
def freeze() -> ResponseReturnValue:
    """Freeze the table on the screen: up to its cut-off, so that later records change nothing of it."""
    asked = {name: doors.typed(name) for name in _ASKED if doors.typed(name)}
    try:
        report_id = api.frozen(_table(doors.typed("table")), asked, doors.typed("note"))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(**more))
    return doors.done(url_for(".frozen", report_id=report_id))


def _table(text: str) -> int:
    return int(text) if text in ("1", "2") else 1


def _page(problem: dict[str, Any] | None = None) -> str:
    table = _table(doors.typed("table") or doors.given("table"))
    asked = {name: doors.typed(name) for name in _ASKED if doors.typed(name)} or _asked()
    report = api.counted(table, asked)
    found = doors.paged(
        lambda connection, limit, offset: period_reports.listing(connection, me().actor.cell, limit, offset)
    )
    return render_template(
        "reports/show.html", report=report, table=table, asked=asked, layout=layout, problem=problem,
        TITLES=TITLES, BASES=parameters.BASES, FORMATS=[name for name in FORMATS if name != "json"], **found,
        STATUSES=period_reports.STATUSES, own=report.asked.unit == me().actor.cell,
        opens=_opens(report),
    )  # fmt: skip


def _opens(report: Report) -> dict[str, str]:
    """Return the addresses of rows that have a table of their own for an officer of the province or of a city."""
    cell, asked = me().actor.cell, _asked() | {"table": str(report.asked.table)}
    codes = [row.code for row in report.rows if row.code != report.asked.unit] if doors.is_superior() else []
    return {
        code: f"{url_for('.show')}?{urlencode(asked | {'unit': code})}"
        for code in codes
        if units.is_within(code, cell)
    }


@bp.get("/<int:table>.<format_>")
@allow(doors.SUPERIORS)
def file(table: int, format_: str) -> ResponseReturnValue:
    """Send the table as a file."""
    if format_ not in FORMATS:
        raise Problem("not-found")
    return api.send(api.counted(table, _asked()), format_)


@bp.get("/<int:table>/records")
@allow(doors.SUPERIORS)
def records(table: int) -> str:
    """List the records behind a number."""
    report = api.counted(table, _asked())
    row, column = doors.given("row"), doors.given("column")
    with db.reading() as connection:
        lines = api.named(connection, behind.records(report, row, column))
    label = next(c.labels for c in report.columns if c.name == column)
    return render_template(
        "reports/records.html", lines=lines, label=label, report=report, row=report.row(row) or report.total,
        names=names.divisions_(), back=f"{url_for('.show')}?{urlencode({'table': table} | _asked())}",
    )  # fmt: skip


# Frozen ones


@bp.get("/frozen/<uuid:report_id>")
@allow(doors.SUPERIORS)
def frozen(report_id: Any) -> str:
    """Show a frozen table as it was."""
    return _frozen(report_id)


@bp.post("/frozen/<uuid:report_id>")
@allow(doors.SUPERIORS)
def supersede(report_id: Any) -> ResponseReturnValue:
    """Supersede a frozen table, with a reason."""
    try:
        doors.perform("period_report.supersede", report_id)
    except Problem as problem:
        return doors.again(problem, lambda **more: _frozen(report_id, **more))
    return doors.done(request.path)


def _frozen(report_id: Any, problem: dict[str, Any] | None = None) -> str:
    record = api.frozen_record(str(report_id))
    told = freezing.content(darkroom(), record)
    hidden = ("rows", "parameters", "title", "table")
    lines = [line for line in display.lines(period_reports.NOUN.fields, record.body) if line.path not in hidden]
    with db.reading() as connection:
        versions = doors.versions(connection, record)
    return render_template(
        "reports/frozen.html", record=record, told=told, columns=COLUMNS[told["table"]], lines=lines,
        problem=problem, STATUSES=period_reports.STATUSES, fields=period_reports.NOUN.fields,
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip
