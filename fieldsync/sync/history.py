"""What was: versions of a record, any state of it, and the receipts of operations (sync.md section 3)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.sync.operations import Outcome

_VERSIONS = (
    "SELECT v.n, v.rev, v.seq, v.op, o.action, o.author, o.side, o.device, o.at, v.received_at, v.patch"
    " FROM version AS v LEFT JOIN operation AS o ON o.cell = v.cell AND o.op = v.op AND o.copy = 0"
    " WHERE v.cell = :cell AND v.record_id = :id ORDER BY v.n"
)
_RECEIPTS = (
    "SELECT o.op, o.copy, o.status, o.seq, o.chain, o.author, o.received_at, o.outcome, o.content, o.record_id"
    " FROM {keys} CROSS JOIN operation AS o WHERE o.cell = :cell AND o.op = keys.value"
)


def versions(connection: Connection, cell: str, record_id: str) -> list[dict[str, Any]]:
    """Return every version: {rev, seq, op, action, by, side, device, at, received_at, patch}, oldest first."""
    names = ("rev", "seq", "op", "action", "by", "side", "device", "at", "received_at")
    return [
        dict(zip(names, row[1:10], strict=True)) | {"patch": orjson.loads(row[10])}
        for row in db.rows(connection, _VERSIONS, cell=cell, id=record_id)
    ]


def body_at(connection: Connection, cell: str, record_id: str, at: str) -> tuple[str, dict[str, Any]] | None:
    """Return (rev, body) as of a revision or a time (ISO 8601); None where there was none."""
    moment = _moment(at)
    rev, body = "", dict[str, Any]()
    for version in versions(connection, cell, record_id):
        if moment is not None and datetime.fromisoformat(version["received_at"]) > moment:
            break
        rev, body = version["rev"], replay(body, version["patch"])
        if rev == at:
            break
    return (rev, body) if rev and (moment is not None or rev == at) else None


def _moment(at: str) -> datetime | None:
    """Return the time that `at` names, in UTC where it says no zone; None for a revision."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def replay(body: dict[str, Any], patch: dict[str, list[Any]]) -> dict[str, Any]:
    """Return `body` after one version's patch."""
    after = body | {path: new for path, (_, new) in patch.items()}
    return {path: value for path, value in after.items() if value is not None}


def provenance(versions_: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return, per path, the version that last set it (without its patch)."""
    last: dict[str, dict[str, Any]] = {}
    for version in versions_:
        for path in version["patch"]:
            last[path] = {name: value for name, value in version.items() if name != "patch"}
    return last


def receipts(connection: Connection, cell: str, ops: Iterable[str], author: str | None) -> list[dict[str, Any]]:
    """Return the present state of operations; of all authors where `author` is None."""
    statement = _RECEIPTS.format(keys=db.keys("ops"))
    rows = db.rows(connection, statement, cell=cell, ops=orjson.dumps(list(ops)).decode())
    ordered = sorted(rows, key=lambda row: (row[3], row[1]))
    return [receipt(row) for row in ordered if author is None or row[5] == author]


def receipt(row: Any) -> dict[str, Any]:
    """Return one receipt: what was sent, what became of each path, its number and link in the chain."""
    outcome, content = Outcome.parse(row[7]), orjson_or_text(row[8])
    given = content.get("set") if isinstance(content, dict) else None
    fields = outcome.fields or dict.fromkeys(
        given if isinstance(given, dict) else {}, "applied" if row[2] == "applied" else row[2]
    )
    line = {
        "op": row[0], "status": row[2], "number": f"{row[3]}.{row[4]}", "by": row[5], "received_at": row[6],
        "rev": outcome.rev or None, "fields": fields, "issues": outcome.issues, "why": outcome.why,
        "on": outcome.on or None, "conflicts": outcome.conflicts or None, "problem": outcome.problem,
        "id": row[9], "set": given if isinstance(given, dict) else None,
    }  # fmt: skip
    kept = {name: value for name, value in line.items() if value is not None}
    whole = isinstance(given, dict) and row[2] != "rejected"
    return kept if whole else kept | {"content": row[8]}


def orjson_or_text(text: str) -> Any:
    """Return the parsed content, or the text itself where it has no canonical form (NaN, half characters)."""
    try:
        parsed = orjson.loads(text)
        # What is nested too deeply can be read but not be sent on as a value.
        orjson.dumps(parsed)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return text
    return parsed
