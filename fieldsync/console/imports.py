"""Existing lists of sites at the desk: a file, its columns, every row looked at, then taken in."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import darkroom, me
from fieldsync.console import doors, names
from fieldsync.domain import site_lists, sites
from fieldsync.domain.words import MINERALS
from fieldsync.errors import Problem
from fieldsync.geo.datums import Unfit
from fieldsync.language import pick
from fieldsync.lists.sheets import Sheet

bp = Blueprint("imports", __name__, url_prefix="/imports")


@bp.before_request
def _for_who_opens_dossiers() -> None:
    if not doors.may("site.create"):
        raise Problem("not-allowed")


@bp.get("")
def ask() -> str:
    """Ask for a list."""
    return _ask()


def _ask(unfit: Unfit | None = None) -> str:
    return render_template("imports/ask.html", trouble=_told(unfit), COLUMNS=_columns())


def _told(unfit: Unfit | None) -> str:
    return pick((str(unfit.args[0]), str(unfit.args[1]))) if unfit else ""


def _columns() -> dict[str, tuple[str, str]]:
    """Return the labels of the fields that a column may be."""
    found = {
        path: sites.FIELDS.find(path if path != "violations" else "violations/*") for path in site_lists.COLUMNS
    }
    return {path: spec.labels for path, spec in found.items() if spec is not None}


@bp.post("")
@doors.large("LIST_MAX_BYTES", "site.create")
def send() -> ResponseReturnValue:
    """Take a file, guess its columns, and go on to its rows."""
    sent = request.files.get("file")
    content = sent.stream.read() if sent is not None else b""
    try:
        sheet = site_lists.read(content, doors.setting("LIST_MAX_ROWS"))
    except Unfit as unfit:
        return _ask(unfit), 400
    with db.reading() as connection:
        plan = site_lists.guessed(connection, me().actor.cell, sheet)
    name = (sent.filename if sent is not None else "") or ""
    sha256 = site_lists.keep(darkroom(), me().actor, name, content, sheet, plan)
    return doors.done(
        url_for(".show", sha256=sha256), _("The columns were recognised as far as possible: check them.")
    )


@bp.get("/<sha256>")
def show(sha256: str) -> str:
    """Show how the columns are understood, and every row with what becomes of it."""
    name, sheet, plan, _content = _list(sha256)
    return _page(sha256, name, sheet, plan, _rows(sha256, sheet, plan))


@bp.post("/<sha256>")
def act(sha256: str) -> ResponseReturnValue:
    """Understand the columns otherwise, or take the rows in."""
    verb = doors.verb("map", "take")
    name, sheet, plan, content = _list(sha256)
    if verb == "map":
        plan = _plan(sheet)
        site_lists.keep(darkroom(), me().actor, name, content, sheet, plan)
        return doors.done(url_for(".show", sha256=sha256), _("The rows were judged anew."))
    rows = _rows(sha256, sheet, plan)
    wanted = {int(number) for number in doors.typed_all("wanted") if number.isdecimal()}
    site_lists.take_in(darkroom(), me().actor, sha256, rows, wanted)
    return _page(sha256, name, sheet, plan, rows, taken=True)


def _list(sha256: str) -> tuple[str, Sheet, site_lists.Plan, bytes]:
    name, content, plan = site_lists.kept(darkroom(), me().actor.cell, sha256)
    return name, site_lists.read(content, doors.setting("LIST_MAX_ROWS")), plan, content


def _rows(sha256: str, sheet: Sheet, plan: site_lists.Plan) -> list[site_lists.Row]:
    cell, radius = me().actor.cell, doors.setting("SITE_DUPLICATE_RADIUS_M")
    with db.reading() as connection:
        return site_lists.judged(connection, cell, sha256, sheet, plan, names.towns(), radius)


def _plan(sheet: Sheet) -> site_lists.Plan:
    """Return what the form says of the columns; a field stands for one column only."""
    chosen: dict[int, str] = {}
    for column in range(len(sheet.labels)):
        path = doors.typed(f"column/{column}")
        if path in site_lists.COLUMNS and path not in chosen.values():
            chosen[column] = path
    datum = doors.typed("datum")
    if datum and datum not in site_lists.DATUMS:
        raise Problem("bad-value", "choice")
    return site_lists.Plan(chosen, datum)


def _page(
    sha256: str, name: str, sheet: Sheet, plan: site_lists.Plan, rows: list[site_lists.Row], taken: bool = False
) -> str:
    counts = {state: sum(row.state == state for row in rows) for state in site_lists.STATES}
    first: Any = sheet.rows[0][1] if sheet.rows else [""] * len(sheet.labels)
    return render_template(
        "imports/show.html", sha256=sha256, name=name, sheet=sheet, plan=plan, rows=rows, taken=taken, first=first,
        counts={state: n for state, n in counts.items() if n}, COLUMNS=_columns(), DATUMS=site_lists.DATUMS,
        STATES=site_lists.STATES, towns=names.towns(), KINDS=sites.KINDS, MINERALS=MINERALS,
        record_id=lambda number: site_lists.record_id(me().actor.cell, sha256, number),
    )  # fmt: skip
