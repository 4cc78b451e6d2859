"""The duty ledger 履职台账: coverage of a month, what is overdue, the statement, and the visits behind it."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, render_template, send_file
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from fieldsync import db
from fieldsync.api.doors import allow, me
from fieldsync.console import display, doors, names
from fieldsync.domain import ledger, rounds, visits
from fieldsync.errors import Problem
from fieldsync.language import pick

bp = Blueprint("ledger", __name__, url_prefix="/ledger")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# How many overdue sites are named on the page; all of them are in the files.
_NAMED = 200

Table = list[list[Any]]


def _asked() -> dict[str, Any]:
    """Return the month and the townships that were asked for, as the questions take them."""
    first, until = ledger.month(doors.given("month"), display.today())
    return {
        "cell": me().actor.cell, "homes": doors.homes(doors.given("town")), "first": first, "until": until,
    }  # fmt: skip


def _frame(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what every page of the ledger shows around its table."""
    return {
        "month": asked["first"][:7], "first": asked["first"], "until": asked["until"], "town": doors.given("town"),
        "towns": doors.own_towns(), "today": display.today(),
    }  # fmt: skip


@bp.get("")
@allow(doors.MANAGERS)
def coverage() -> str:
    """Show the coverage of a month by township and class, and what is overdue."""
    asked = _asked()
    with db.reading() as connection:
        found = ledger.coverage(connection, **asked, today=display.today())
    return render_template(
        "ledger/coverage.html", **_frame(asked), found=found, CLASSES=rounds.CLASSES, named=_NAMED
    )


@bp.get("/statement")
@allow(doors.MANAGERS)
def statement() -> str:
    """Show the monthly statement: by township, and by person."""
    asked = _asked()
    with db.reading() as connection:
        found = ledger.coverage(connection, **asked, today=display.today())
        duties = ledger.statement(connection, **asked)
    return render_template("ledger/statement.html", **_frame(asked), found=found, duties=duties)


@bp.get("/visits")
@allow(doors.MANAGERS)
def visited() -> str:
    """List the visits behind the numbers: whether each counts, and why, in words."""
    asked, found, person = _asked(), doors.given("verdict"), doors.given("person")
    page = doors.paged(
        lambda connection, limit, offset: ledger.visited(
            connection, **asked, verdict=found, person=person, limit=limit, offset=offset
        )
    )
    return render_template(
        "ledger/visits.html", **_frame(asked), **page, verdict=found, who=person, VERDICTS=visits.VERDICTS,
        REASONS=visits.REASONS,
    )  # fmt: skip


@bp.get("/statement.<kind>")
@allow(doors.MANAGERS)
def download(kind: str) -> Response:
    """Return the statement of a month as a file: townships, persons, what is overdue."""
    if kind not in ("csv", "xlsx"):
        raise Problem("not-found")
    asked = _asked()
    with db.reading() as connection:
        found = ledger.coverage(connection, **asked, today=display.today())
        duties = ledger.statement(connection, **asked)
    sheets = {_("Townships"): _by_town(found), _("Persons"): _by_person(duties), _("Overdue"): _overdue(found)}
    name = f"{asked['first'][:7]}-{doors.given('town') or me().actor.cell}.{kind}"
    if kind == "csv":
        # Office programs take a CSV for the local encoding unless it begins with this mark.
        content, mimetype = _csv(sheets).encode("utf-8-sig"), "text/csv"
    else:
        content, mimetype = _xlsx(sheets), _XLSX
    return send_file(io.BytesIO(content), mimetype, as_attachment=True, download_name=name)


def _csv(sheets: dict[str, Table]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for title, table in sheets.items():
        writer.writerows([[title], *([_safe(cell) for cell in row] for row in table), []])
    return out.getvalue()


def _xlsx(sheets: dict[str, Table]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append([_safe(cell) for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    text = display.visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def percent(rate: float | None) -> str:
    """Return a rate in words; nothing was due where there is none."""
    return display.NOTHING if rate is None else f"{rate:.1%}"


def _by_town(found: ledger.Coverage) -> Table:
    head = [
        _("Township"), _("Class"), _("Sites"), _("Due"), _("Visited"), _("Coverage (handed in)"), _("Approved"),
        _("Coverage (approved)"), _("Blocked"), _("Overdue"), _("Visits"), _("Counted"), _("Cannot tell"),
        _("Not counted"),
    ]  # fmt: skip
    rows = [
        [names.place(home), pick(rounds.CLASSES[kind]), *_numbers(found.by_class[home, kind])]
        for home, kind in sorted(found.by_class)
    ]
    return [head, *rows, [_("Total"), "", *_numbers(found.total)]]


def _numbers(tally: ledger.Tally) -> list[Any]:
    return [
        tally.sites, tally.due, tally.covered, percent(tally.rate), tally.approved, percent(tally.approved_rate),
        tally.blocked, tally.overdue, tally.visits, tally.counted, tally.doubtful, tally.not_counted,
    ]  # fmt: skip


def _by_person(duties: list[ledger.Duty]) -> Table:
    head = [
        _("Township"), _("Person"), _("Counted"), _("Approved"), _("Blocked"), _("Cannot tell"), _("Not counted"),
        _("Sites"), _("Days out"), _("Tasks"), _("Done"), _("Excused"), _("Counted as missed"),
    ]  # fmt: skip
    return [head, *([names.place(d.home), names.person(d.person), *list(vars(d).values())[2:]] for d in duties)]


def _overdue(found: ledger.Coverage) -> Table:
    head = [_("Township"), _("Site"), _("Class"), _("Cycle (days)"), _("Last visit"), _("Due on"), _("Blocked")]
    rows = [
        [
            names.place(late.site.home), late.site.name, pick(rounds.CLASSES[late.site.kind]), late.site.cycle,
            late.last or _("never"), late.due, _("yes") if late.blocked else "",
        ]
        for late in found.overdue
    ]  # fmt: skip
    return [head, *rows]
