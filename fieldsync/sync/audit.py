"""Recounts what the engine keeps: digests, chains, revisions; prunes old tombstones; rebuilds projections."""

import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from fieldsync import db
from fieldsync.sync import actors, held, history
from fieldsync.sync.canonical import ZERO_SUM, add_digest, canon, content_hash, link, revision
from fieldsync.sync.nouns import Registry
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

Finding = dict[str, Any]


def cells(connection: Connection) -> list[str]:
    """Return all cells of this server."""
    return [row[0] for row in db.rows(connection, "SELECT cell FROM head ORDER BY cell")]


def findings(connection: Connection, cell: str) -> Iterator[Finding]:
    """Yield whatever is not as the engine left it: {what, where, ...}."""
    yield from _chain(connection, cell)
    yield from _records(connection, cell)
    yield from _digests(connection, cell)


def _chain(connection: Connection, cell: str) -> Iterator[Finding]:
    """Walk the chain from its start to the head, and hold the versions against what its links say."""
    chain, last = "0" * 16, 0
    statement = "SELECT seq, record_id, rev FROM version WHERE cell = :cell ORDER BY seq"
    versions = deque(db.rows(connection, statement, cell=cell))
    for row in db.rows(
        connection,
        "SELECT op, seq, chain, salt, op_hash, received_status, changed, content FROM operation"
        " WHERE cell = :cell ORDER BY seq",
        cell=cell,
    ):
        op, last = row[0], row[1]
        if content_hash(row[3], row[7].encode()) != row[4]:
            yield {"what": "content", "cell": cell, "op": op}
        changed, sealed = orjson.loads(row[6]), []
        while versions and versions[0][0] <= row[1]:
            sealed.append(list(versions.popleft()[1:]))
        if changed != sealed:
            yield {"what": "versions", "cell": cell, "op": op}
        chain = link(chain, row[1], op, row[4], row[5], changed)
        if chain != row[2]:
            yield {"what": "chain", "cell": cell, "op": op, "seq": row[1]}
            chain = row[2]
    head = db.row(connection, "SELECT seq, chain FROM head WHERE cell = :cell", cell=cell)
    if head is not None and (head[1] != chain or head[0] != last):
        yield {"what": "head", "cell": cell, "seq": head[0]}


def _records(connection: Connection, cell: str) -> Iterator[Finding]:
    """Recompute each record's revisions, and its body from its versions."""
    for row in db.rows(
        connection, "SELECT id, type, n, rev, body FROM record WHERE cell = :cell ORDER BY id", cell=cell
    ):
        body = orjson.loads(row[4])
        if revision(row[1], row[0], row[2], canon(body)) != row[3]:
            yield {"what": "revision", "cell": cell, "record": row[0]}
        replayed: dict[str, Any] = {}
        for version in history.versions(connection, cell, row[0]):
            replayed = history.replay(replayed, version["patch"])
            n = int(version["rev"].partition("-")[0])
            if revision(row[1], row[0], n, canon(replayed)) != version["rev"]:
                yield {"what": "version", "cell": cell, "record": row[0], "rev": version["rev"]}
        if canon(replayed) != canon(body):
            yield {"what": "history", "cell": cell, "record": row[0]}


def _digests(connection: Connection, cell: str) -> Iterator[Finding]:
    """Recount every scope from its feed."""
    counted: dict[str, tuple[int, str]] = {}
    for scope, rev in db.rows(
        connection,
        "SELECT f.scope, r.rev FROM feed AS f JOIN record AS r ON r.cell = f.cell AND r.id = f.record_id"
        " WHERE f.cell = :cell AND f.out = ''",
        cell=cell,
    ):
        n, total = counted.get(scope, (0, ZERO_SUM))
        counted[scope] = (n + 1, add_digest(total, 1, rev))
    for scope, n, total in db.rows(connection, "SELECT scope, n, sum FROM digest WHERE cell = :cell", cell=cell):
        if counted.pop(scope, (0, ZERO_SUM)) != (n, total):
            yield {"what": "digest", "cell": cell, "scope": scope}
    for scope in counted:
        yield {"what": "digest", "cell": cell, "scope": scope}


def prune(connection: Connection, cell: str, before: str) -> int:
    """Remove tombstones of what left a scope before a time; phones older than that start anew."""
    row = db.row(
        connection,
        "SELECT MAX(seq) FROM operation WHERE cell = :cell AND received_at < :before",
        cell=cell,
        before=before,
    )
    if row[0] is None:
        return 0
    gone = db.execute(
        connection, "DELETE FROM feed WHERE cell = :cell AND out <> '' AND seq <= :seq", cell=cell, seq=row[0]
    )
    if gone:
        db.execute(
            connection,
            "UPDATE head SET horizon = :seq WHERE cell = :cell AND horizon < :seq",
            cell=cell,
            seq=row[0],
        )
    return gone


def reindex(connection: Connection, cell: str, registry: Registry) -> int:
    """Fill the typed columns of every noun anew from the bodies; return how many records that were."""
    count = 0
    for noun in registry.nouns.values():
        if noun.table is None or noun.project is None:
            continue
        _empty(connection, cell, noun.table)
        found = _of_type(connection, cell, noun.name)
        db.upsert(connection, noun.table, [(r.cell, r.id, *noun.project(r)) for r in found])
        count += len(found)
    for reckoning in registry.reckonings:
        for table in reckoning.tables:
            _empty(connection, cell, table)
        for name in registry.nouns:
            reckoning.fill(connection, cell, _of_type(connection, cell, name))
    return count


def _empty(connection: Connection, cell: str, table: Table) -> None:
    db.execute(connection, f'DELETE FROM "{table.name}" WHERE cell = :cell', cell=cell)  # noqa: S608 (own name)


def _of_type(connection: Connection, cell: str, kind: str) -> list[Record]:
    """Return all records of one type of a cell."""
    rows = db.rows(
        connection,
        "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
        " FROM record WHERE cell = :cell AND type = :type",
        cell=cell,
        type=kind,
    )
    return [Record.from_row(row) for row in rows]


def learn_fields(engine: Engine, cell: str) -> int:
    """Apply, in order, values that waited for this server to know their fields; return how many operations."""
    with db.reading() as connection:
        waiting = db.rows(
            connection,
            "SELECT w.op FROM waiting AS w JOIN operation AS o ON o.cell = w.cell AND o.op = w.op AND o.copy = 0"
            " WHERE w.cell = :cell AND w.awaited = :fields ORDER BY o.seq",
            cell=cell,
            fields=held.FIELDS,
        )
    for row in waiting:
        engine.perform(actors.system(cell), "receipt.learn", held.receipt_id(row[0]), op=str(uuid.uuid4()))
    return len(list(waiting))
