"""The one commit: head, chain, operations, versions, feed and digests of a cell (sync.md sections 1-2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.sync import tables
from fieldsync.sync.canonical import ZERO_SUM, add_digest, link
from fieldsync.sync.nouns import Noun, Registry
from fieldsync.sync.operations import Operation, Outcome
from fieldsync.sync.records import Record

_FETCH = (
    "SELECT r.cell, r.id, r.type, r.n, r.rev, r.home, r.scopes, r.lent, r.parent_id, r.root_id, r.voided,"
    " r.seq, r.body, r.meta FROM {keys} CROSS JOIN record AS r WHERE r.cell = :cell AND r.id = keys.value"
)
_CHILDREN = (
    "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
    " FROM record WHERE cell = :cell AND {column} = :id AND id <> :id ORDER BY seq"
)
_DIGESTS = (
    "SELECT d.scope, d.n, d.sum FROM {keys} CROSS JOIN digest AS d WHERE d.cell = :cell AND d.scope = keys.value"
)


def text_of(moment: datetime) -> str:
    """Return `moment` as the wire writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Journal:
    """One write transaction on one cell: loads records, seals operations, writes all in bulk."""

    connection: Connection
    cell: str
    registry: Registry
    now: datetime
    seq: int = 0
    chain: str = ""
    records: dict[str, Record | None] = field(default_factory=dict)
    _open: dict[str, Record] = field(default_factory=dict)
    _dirty: dict[str, Record] = field(default_factory=dict)
    _operations: dict[tuple[str, int], tuple[Any, ...]] = field(default_factory=dict)
    _versions: list[tuple[Any, ...]] = field(default_factory=list)
    _moves: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the head's row lock, which is held to the end: sequence order is commit order."""
        row = self._lock()
        if row is None:
            # Two first writers may come at once: the row is made by one of them, and locked by each in turn.
            db.execute(
                self.connection,
                "INSERT INTO head (cell, seq, chain, horizon) VALUES (:cell, 0, :chain, 0)"
                " ON CONFLICT (cell) DO NOTHING",
                cell=self.cell,
                chain="0" * 16,
            )
            row = self._lock()
        self.seq, self.chain = row

    def _lock(self) -> Any:
        """Lock the head's row; return its sequence and chain, or None where there is no row yet."""
        statement = "UPDATE head SET seq = seq WHERE cell = :cell RETURNING seq, chain"
        return db.row(self.connection, statement, cell=self.cell)

    @cached_property
    def received_at(self) -> str:
        """The server's time of this transaction, as text."""
        return text_of(self.now)

    def noun(self, kind: str) -> Noun:
        """Return the noun of a record's type."""
        return self.registry.nouns[kind]

    # Reading

    def fetch(self, ids: Iterable[str]) -> None:
        """Load the records of `ids` in one read; absent ones are remembered as absent."""
        wanted = [record_id for record_id in set(ids) if record_id not in self.records]
        if not wanted:
            return
        self.records.update(dict.fromkeys(wanted))
        statement = _FETCH.format(keys=db.keys("ids"))
        for row in db.rows(self.connection, statement, cell=self.cell, ids=orjson.dumps(wanted).decode()):
            self.records[row[1]] = Record.from_row(row)

    def get(self, record_id: str) -> Record | None:
        """Return one record of this cell, or None."""
        if record_id not in self.records:
            self.fetch([record_id])
        return self.records[record_id]

    def children(self, record_id: str, column: str = "parent_id") -> list[Record]:
        """Return the records whose `column` (parent_id or root_id) is `record_id`."""
        statement = _CHILDREN.format(column=column)
        for row in db.rows(self.connection, statement, cell=self.cell, id=record_id):
            if self.records.get(row[1]) is None:
                self.records[row[1]] = Record.from_row(row)
        loaded = [r for r in self.records.values() if r and getattr(r, column) == record_id and r.id != record_id]
        return sorted(loaded, key=lambda record: (record.seq, record.id))

    # Changing

    def create(self, kind: str, record_id: str, parent: Record | None, body: dict[str, Any]) -> Record:
        """Return a new record of `kind`, placed by its noun; `body` only serves to find its home."""
        record = Record(self.cell, kind, record_id, parent.id if parent else "", parent.root_id if parent else "")
        record.home = self.noun(kind).home(body, parent.home if parent else "", self.cell)
        self.records[record_id] = record
        return record

    def write(self, record: Record, path: str, value: Any, *, op: str, side: str, device: str) -> None:
        """Set one path of `record` as part of the open operation."""
        record.write(path, value, op=op, side=side, device=device)
        self._open[record.id] = record

    def touch(self, record: Record, path: str, *, op: str, side: str, device: str) -> None:
        """Mark one path of `record` as set anew as part of the open operation."""
        record.touch(path, op=op, side=side, device=device)
        self._open[record.id] = record

    def met(self, record: Record) -> None:
        """Note that only the provenance of `record` changed (another device knows a value)."""
        self._dirty[record.id] = record

    def replace(self, record: Record) -> None:
        """Have the scopes of `record` reckoned again with the open operation."""
        self._open[record.id] = record

    def is_open(self, record: Record) -> bool:
        """Tell whether the present operation has changed `record` so far."""
        return record.id in self._open and record.touched

    def forget(self, record: Record) -> None:
        """Drop a new record whose operation was refused."""
        self._open.pop(record.id, None)
        self.records[record.id] = None

    def check_clean(self) -> None:
        """Raise where a refused operation had already changed something: rules check before they change."""
        if self._open:
            raise RuntimeError(f"a refused operation changed {sorted(self._open)}")

    def number(self, name: str) -> int:
        """Return the next number of the counter `name` of this cell, from 1."""
        row = db.row(
            self.connection,
            "INSERT INTO counter (cell, name, value) VALUES (:cell, :name, 1) ON CONFLICT (cell, name)"
            " DO UPDATE SET value = counter.value + 1 RETURNING value",
            cell=self.cell,
            name=name,
        )
        return int(row[0])

    # Sealing

    def seal(self, op: str) -> list[list[str]]:
        """Close what is open under operation `op`; return [[id, rev], ...] of what it changed."""
        changed = []
        while self._open:
            opened, self._open = list(self._open.values()), {}
            for record in opened:
                if record.touched:
                    self._seal_version(record, op)
                    changed.append([record.id, record.rev])
                self._place(record)
        return changed

    def _seal_version(self, record: Record, op: str) -> None:
        """Give `record` its next revision and keep the delta."""
        record.seal()
        self.seq += 1
        record.seq = self.seq
        patch = orjson.dumps(record.patch).decode()
        self._versions.append(
            (self.cell, record.id, record.n, record.rev, record.seq, op, self.received_at, patch)
        )
        record.patch, record.touched = {}, False
        self._dirty[record.id] = record

    def _place(self, record: Record) -> None:
        """Reckon home and scopes of `record` again; its children follow where that matters."""
        noun = self.noun(record.type)
        if not record.parent_id:
            self._move_home(record, noun.home(record.body, "", self.cell))
        before, record.scopes = record.scopes, self._scopes(record, noun)
        if record.scopes != before:
            self._reseat(record)
            if bool(before) != bool(record.scopes) and record.n > 1:
                self._follow(record)

    def _move_home(self, root: Record, home: str) -> None:
        """Let a root record change its home, with everything below it; one that names none stays where it is."""
        home = home or root.home
        if root.home and home != root.home:
            self._moves.append((self.cell, root.id, self.seq, root.home))
            for child in self.children(root.id, "root_id"):
                child.home = self.noun(child.type).home(child.body, home, self.cell)
                child.scopes = self._scopes(child, self.noun(child.type)) if child.scopes else ()
                child.moved = True
                self._reseat(child)
            root.moved = True
        root.home = home

    def _follow(self, record: Record) -> None:
        """Let children leave the feed with their parent, or come back with it."""
        for child in self.children(record.id):
            if self.noun(child.type).follows:
                self._open[child.id] = child

    def _reseat(self, record: Record) -> None:
        """Move `record` to the end of the feed without a new revision."""
        if record.id not in self._dirty or record.seq != self.seq:
            self.seq += 1
            record.seq = self.seq
        self._dirty[record.id] = record

    def _scopes(self, record: Record, noun: Noun) -> tuple[str, ...]:
        """Return the scopes in whose feed `record` is; none while it, or its parent, is out of sight."""
        if record.voided or not record.home or not noun.in_window(record.body):
            return ()
        if noun.follows and record.parent_id:
            parent = self.get(record.parent_id)
            if parent is not None and not parent.scopes:
                return ()
        return tuple(dict.fromkeys((record.home, *noun.more(record), *record.lent)))

    def enter(self, op: Operation, outcome: Outcome, changed: list[list[str]]) -> None:
        """Enter a first received operation into the chain, under the sequence reached by now."""
        if not changed:
            self.seq += 1
        self.chain = link(self.chain, self.seq, op.op, op.op_hash, outcome.status, changed)
        op.seq = self.seq
        self.keep(op, outcome, orjson.dumps(changed).decode(), self.chain, outcome.status)

    def keep(self, op: Operation, outcome: Outcome, changed: str, chain: str, received: str) -> None:
        """Write the row of an operation: its content, its link and its present outcome."""
        self._operations[op.op, op.copy] = (
            self.cell, op.op, op.copy, op.seq, chain, op.action[:64], op.id[:36], op.author, op.device,
            op.side, op.at[:40], op.received_at or self.received_at, op.salt, op.op_hash, received,
            outcome.status, changed, outcome.text(), op.content,
        )  # fmt: skip

    # Writing

    def flush(self) -> None:
        """Write everything in bulk; the transaction's owner commits."""
        dirty = list(self._dirty.values())
        db.upsert(self.connection, tables.operation, list(self._operations.values()))
        db.upsert(self.connection, tables.version, self._versions)
        db.upsert(self.connection, tables.record, [record.row() for record in dirty])
        db.upsert(self.connection, tables.move, self._moves)
        self._write_feed([record for record in dirty if record.n])
        self._project(dirty)
        db.execute(
            self.connection,
            "UPDATE head SET seq = :seq, chain = :chain WHERE cell = :cell",
            cell=self.cell, seq=self.seq, chain=self.chain,
        )  # fmt: skip

    def _write_feed(self, records: list[Record]) -> None:
        """Move changed records to the end of their feeds and settle the digests."""
        rows: list[tuple[Any, ...]] = []
        sums: dict[str, list[Any]] = {}
        for record in records:
            if record.rev == record.old_rev and record.scopes == record.old_scopes:
                continue
            for scope in record.scopes:
                rows.append((self.cell, scope, record.id, record.seq, ""))
                sums.setdefault(scope, []).append((1, record.rev))
            for scope in record.old_scopes:
                sums.setdefault(scope, []).append((-1, record.old_rev))
                if scope not in record.scopes:
                    rows.append((self.cell, scope, record.id, record.seq, self._why_out(record)))
        db.upsert(self.connection, tables.feed, rows)
        self._write_digests(sums)

    def _why_out(self, record: Record) -> str:
        """Return why `record` left a scope."""
        if record.voided:
            return "voided"
        if not record.scopes:
            return "archived"
        return "moved" if record.moved else "closed"

    def _write_digests(self, sums: dict[str, list[Any]]) -> None:
        """Add what came and take what went, per scope."""
        if not sums:
            return
        names = orjson.dumps(list(sums)).decode()
        statement = _DIGESTS.format(keys=db.keys("scopes"))
        present = {
            scope: (n, total)
            for scope, n, total in db.rows(self.connection, statement, cell=self.cell, scopes=names)
        }
        rows = []
        for scope, changes in sums.items():
            n, total = present.get(scope, (0, ZERO_SUM))
            for sign, rev in changes:
                n, total = n + sign, add_digest(total, sign, rev)
            rows.append((self.cell, scope, n, total))
        db.upsert(self.connection, tables.digest, rows)

    def _project(self, records: list[Record]) -> None:
        """Fill the typed columns of the nouns that have some, then what is reckoned from several records."""
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for record in records:
            project = self.noun(record.type).project
            if project is not None:
                rows.setdefault(record.type, []).append((record.cell, record.id, *project(record)))
        for kind, values in rows.items():
            table = self.noun(kind).table
            if table is not None:
                db.upsert(self.connection, table, values)
        for reckoning in self.registry.reckonings:
            reckoning.fill(self.connection, self.cell, records)
