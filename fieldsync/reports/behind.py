"""The records behind a number, and what they are called; persons by name alone."""

from typing import Any

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.reports.counting import Report

_NAMES = {
    "site": ("name", "dossier_no"),
    "case": ("cause", "case_no"),
    "damage_appraisal": ("no", "issuer"),
    "person_measure": ("name", "doc_no"),
    "trade_incident": ("title", "confirmed_at"),
}
# Their names are those of persons, or may hold some.
_PRIVATE = ("case", "person_measure", "trade_incident")


def records(report: Report, row: str, column: str) -> list[tuple[str, str, str]]:
    """Return [(cell, noun, id), ...] behind a number; Problem where the table has no such row or column."""
    found = report.total if not row else report.row(row)
    if found is None or column not in {known.name for known in report.columns}:
        raise Problem("not-found")
    return found.records.get(column, [])


def named(
    connection: Connection, found: list[tuple[str, str, str]], outside: bool = False
) -> list[dict[str, Any]]:
    """Return the records with names: {cell, noun, id, name, number}, as they are called today.

    To somebody from outside of the counties, what may name a person is told by its number alone.
    """
    bodies: dict[tuple[str, str], Any] = {}
    for cell in {cell for cell, *_rest in found}:
        ids = orjson.dumps([one for of, _noun, one in found if of == cell]).decode()
        statement = f"SELECT r.id, r.body FROM {db.keys('ids')} CROSS JOIN record AS r"  # noqa: S608 (own text)
        rows = db.rows(connection, f"{statement} WHERE r.cell = :cell AND r.id = keys.value", cell=cell, ids=ids)
        bodies |= {(cell, row[0]): orjson.loads(row[1]) for row in rows}
    lines = []
    for cell, noun, record_id in found:
        body, (name, number) = bodies.get((cell, record_id), {}), _NAMES[noun]
        kept = outside and noun in _PRIVATE
        told = {"name": "" if kept else body.get(name) or "", "number": body.get(number) or ""}
        lines.append({"cell": cell, "noun": noun, "id": record_id} | told)
    return sorted(lines, key=lambda line: (str(line["number"]), line["id"]))
