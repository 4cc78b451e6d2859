"""Freezes a table: its rows on a record, the whole with the ids behind each number as a file of its own hash."""

import hashlib
from typing import Any

import orjson

from fieldsync.domain.darkroom import Darkroom
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.reports.counting import Report, Row, as_json
from fieldsync.sync import actors
from fieldsync.sync.records import Record


def freeze(room: Darkroom, cell: str, report: Report, by: str, note: str = "") -> str:
    """Keep a table in a county's records; return the record's id. `by` is the person who asked for it."""
    content = document(report)
    sha256, report_id = hashlib.sha256(content).hexdigest(), new_id()
    if not room.blobs.has(sha256):
        room.blobs.append(report_id, 0, [content], len(content))
        room.blobs.finish(report_id, sha256)
    told = as_json(report)
    asked = report.asked
    body = {
        "title": report.title[0], "table": asked.table, "unit": asked.unit, "date_from": asked.date_from,
        "date_to": asked.date_to, "parameters": asked.as_json(), "rows": [told["total"], *told["rows"]],
        "sha256": sha256, "frozen_by": by,
    }  # fmt: skip
    room.engine.perform(
        actors.system(cell), "period_report.freeze", report_id, op=new_id(),
        set_=body | ({"note": note} if note else {}),
    )  # fmt: skip
    return report_id


def document(report: Report) -> bytes:
    """Return the table with the ids behind each number, the same bytes for the same table."""

    def records(row: Row) -> dict[str, Any]:
        return {"code": row.code, "name": row.name, "records": row.records}

    whole = as_json(report) | {"drill_down": [records(row) for row in report.rows]}
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)


def content(room: Darkroom, record: Record) -> dict[str, Any]:
    """Return the document of a frozen table; raise Problem where the file is not the one that was frozen."""
    sha256 = record.text("sha256")
    if not room.blobs.has(sha256) or not room.blobs.verify(sha256):
        raise Problem("hash-mismatch")
    told: dict[str, Any] = orjson.loads(room.blobs.path(sha256).read_bytes())
    return told
