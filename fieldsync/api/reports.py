"""The notice's two tables of the asking person's county, city or province: numbers, their records, files."""

from typing import Any

import orjson
from flask import Response, current_app
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from fieldsync import db
from fieldsync.api.doors import SIGNED_IN, allow, darkroom, engine, find, is_superior, me, standing
from fieldsync.domain import period_reports
from fieldsync.errors import Problem
from fieldsync.geo.divisions import current_code
from fieldsync.reports import behind, counting, freezing, parameters, units
from fieldsync.reports.files import FORMATS
from fieldsync.sync.records import Record

blp = Blueprint("reports", __name__, url_prefix="/api/v1/reports", description="统计表 The notice's tables")

_SHORT = validate.Length(max=40)


class Asked(Schema):
    """Period (both days in it), cut-off, and how three columns are understood; settings and today by default."""

    date_from = fields.String(data_key="from", load_default="", validate=_SHORT)
    date_to = fields.String(data_key="to", load_default="", validate=_SHORT)
    cutoff = fields.String(load_default="", validate=_SHORT)
    closed_basis = fields.String(load_default="", validate=_SHORT)
    fine_basis = fields.String(load_default="", validate=_SHORT)
    liability_basis = fields.String(load_default="", validate=_SHORT)
    lang = fields.String(load_default="", validate=_SHORT)
    # For the province and its cities: one of their units instead of all of it. A county has only itself.
    unit = fields.String(load_default="", validate=_SHORT)


class AskedFreeze(Asked):
    """The same, to be kept, with a note."""

    note = fields.String(load_default="", validate=validate.Length(max=500))


class AskedFile(Asked):
    """The same, as a file of this format."""

    format = fields.String(load_default="json", validate=validate.OneOf(list(FORMATS)))


class AskedCell(Asked):
    """The same, and which number: row (a unit's code; empty for the total) and column."""

    row = fields.String(load_default="", validate=_SHORT)
    column = fields.String(required=True, validate=_SHORT)


@blp.route("/<int:table>")
@allow(SIGNED_IN)
@blp.arguments(AskedFile, location="query")
@blp.response(200, content_type="application/json")
def show(query: dict[str, Any], table: int) -> Response:
    """Return table 1 or 2 of one's county, city or province as JSON, CSV, Excel or Word."""
    return send(counted(table, query), query["format"])


@blp.route("/<int:table>/records")
@allow(SIGNED_IN)
@blp.arguments(AskedCell, location="query")
@blp.response(200, content_type="application/json")
def records(query: dict[str, Any], table: int) -> Response:
    """Return the records behind one number: county, noun, id and name of each."""
    report = counted(table, query)
    with db.reading() as connection:
        found = named(connection, behind.records(report, query["row"], query["column"]))
    return Response(orjson.dumps({"records": found}), mimetype="application/json")


@blp.route("/<int:table>/freeze", methods=["POST"])
@allow(SIGNED_IN)
@blp.arguments(AskedFreeze, location="query")
@blp.response(201, content_type="application/json")
def freeze(query: dict[str, Any], table: int) -> Response:
    """Freeze the table as it stands: it never changes again, and is superseded with a reason."""
    report_id = frozen(table, query, query["note"])
    with db.reading() as connection:
        row = find(connection, period_reports.NOUN, report_id)
    line = {"id": row[0], "rev": row[2], "body": orjson.Fragment(row[4])}
    return Response(orjson.dumps(line), 201, mimetype="application/json")


@blp.route("/frozen/<uuid:report_id>")
@allow(SIGNED_IN)
@blp.response(200, content_type="application/json")
def document(report_id: Any) -> dict[str, Any]:
    """Return a frozen table whole, with the ids behind each number; its file still has the hash of that day."""
    return freezing.content(darkroom(), frozen_record(str(report_id)))


# What the console's pages ask too


def counted(table: int, given: dict[str, Any]) -> counting.Report:
    """Return a table of the asking person's county from its own records, or of his city or province from all."""
    if standing().side != "county":
        raise Problem("not-found")
    cell, above = me().actor.cell, is_superior()
    unit = current_code(str(given.get("unit") or cell)) if above else cell
    if above and not units.is_within(unit, cell):
        raise Problem("not-found")
    names = {"date_from": "from", "date_to": "to"}
    texts = {names.get(name, name): str(value) for name, value in given.items()} | {"unit": unit}
    asked = parameters.read(table, texts, current_app.config, engine().now())
    with db.reading() as connection:
        return counting.count(connection, asked, counting.cells(connection) if above else [cell], own=not above)


def named(connection: Any, found: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Return the records behind a number with names; those of persons only their county reads."""
    return behind.named(connection, found, outside=is_superior())


def frozen(table: int, given: dict[str, Any], note: str = "") -> str:
    """Freeze the table of the asking person's county, city or province, if that is his; return the record's id."""
    report = counted(table, {name: value for name, value in given.items() if name != "unit"})
    if not standing().covers(f"c-{me().actor.cell}", {"reviewer", "admin", "superior"}):
        raise Problem("not-allowed")
    return freezing.freeze(darkroom(), me().actor.cell, report, me().actor.user, note)


def frozen_record(report_id: str) -> Record:
    """Return the record of a frozen table; what is out of scope is not found."""
    with db.reading() as connection:
        row = find(connection, period_reports.NOUN, report_id)
    record = Record(me().actor.cell, row[1], row[0])
    record.rev, record.home, record.body = row[2], row[3], orjson.loads(row[4])
    return record


def send(report: counting.Report, format_: str) -> Response:
    """Return a table as a file."""
    write, kind = FORMATS[format_]
    response = Response(write(report), content_type=kind)
    if format_ != "json":
        name = f"table{report.asked.table}_{report.asked.date_from}_{report.asked.date_to}.{format_}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
