"""What a rule works with: one operation on one record, by one standing, merged path by path."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync import conflicts, tables
from fieldsync.sync.actors import Standing
from fieldsync.sync.canonical import equal
from fieldsync.sync.journal import Journal
from fieldsync.sync.merge import Side, is_seen, merge
from fieldsync.sync.nouns import Noun
from fieldsync.sync.operations import Operation, Outcome
from fieldsync.sync.records import Record

if TYPE_CHECKING:
    from fieldsync.sync.judge import Judge


@dataclass
class Change:
    """One operation under judgement; rules call `merge`, `put`, `create`, `issue` or `refuse`."""

    journal: Journal
    op: Operation
    standing: Standing
    record: Record
    created: bool
    judge: "Judge"
    outcome: Outcome = field(default_factory=Outcome)
    # [[id, rev], ...] that the rule sealed itself, for the operation's link in the chain.
    also: list[list[str]] = field(default_factory=list)

    @cached_property
    def noun(self) -> Noun:
        """The noun of the record."""
        return self.journal.noun(self.record.type)

    @cached_property
    def side(self) -> Side:
        """The side that acts, as of the operation's head."""
        return self.standing.side

    def get(self, record_id: Any) -> Record | None:
        """Return another live record of the cell, or None."""
        record = self.journal.get(record_id) if type(record_id) is str and record_id else None
        return None if record is None or record.voided else record

    def put(self, path: str, value: Any, record: Record | None = None) -> None:
        """Set a path that is the server's own to set, by this operation."""
        target = record or self.record
        if not equal(target.get(path), value):
            self.journal.write(target, path, value, op=self.op.op, side="server", device=self.op.device)

    def create(self, kind: str, record_id: str, parent: Record | None, body: dict[str, Any]) -> Record:
        """Return a new record that this operation brings with it."""
        record = self.journal.create(kind, record_id, parent, body)
        for path, value in body.items():
            self.put(path, value, record)
        return record

    def issue(self, code: str, path: str = "", **members: Any) -> None:
        """Tell the author of something that did not stop the operation."""
        self.outcome.issues.append({"code": code} | ({"path": path} if path else {}) | members)

    def reason(self) -> str:
        """Return the reason given; raise Problem where there is none."""
        reason = self.op.more.get("reason") or self.op.set.get("reason")
        if type(reason) is not str or not reason:
            raise Problem("bad-value", "reason")
        return reason

    def void(self, voided: bool = True) -> None:
        """Take the record out of the feed, or put it back."""
        self.record.voided = voided
        self.put("voided_at", self.journal.received_at if voided else None)
        self.put("voided_by", self.standing.user if voided else None)

    # Merging

    def merge(self) -> None:
        """Merge every given path into the record and settle the operation's status."""
        if self.record.voided:
            self.keep_for_voided(self.op.set)
        elif self.created:
            self._merge_new()
            self._missing()
        else:
            for path, value in self.op.set.items():
                self.outcome.fields[path] = self.merge_path(path, value)
            if conflicts.VOID in self.record.meta.contested and self.journal.is_open(self.record):
                conflicts.renew(self.journal, self.record, conflicts.VOID, self.op)
        self.outcome.settle()

    def _merge_new(self) -> None:
        """Merge into a record that this operation makes: what its author may set, in one go."""
        checks, fields, plain = self.noun.fields.applied_at_birth(self.side), self.outcome.fields, {}
        for path, value in self.op.set.items():
            check = checks.get(path)
            if check is None or value is None:
                fields[path] = self.merge_path(path, value)
                continue
            fields[path] = "applied"
            plain[path] = value
            code = check(value)
            if code:
                self.issue(code, path)
        self.record.write_new(plain, op=self.op.op, side=self.side, device=self.op.device)
        self.journal.replace(self.record)

    def merge_path(self, path: str, new: Any) -> str:
        """Return what becomes of one value, and do it."""
        spec = self.noun.fields.find(path)
        if spec is None:
            self.issue("unknown-path", path)
            return "held"
        record, cur = self.record, self.record.body.get(path)
        confirmed = spec.policy == "confirm" and conflicts.is_confirmed(record, path)
        outcome = merge(
            spec.policy, self.side, confirmed=confirmed, seen=self._seen(path, cur),
            contested=path in record.meta.contested, cur=cur, new=new,
        )  # fmt: skip
        if outcome == "applied":
            self._apply(spec, path, new)
        elif outcome == "noop":
            self._noop(spec, path, cur, new)
        elif outcome == "ignored":
            self.issue("server-owned" if spec.policy == "server" else "set-once", path)
        else:
            self._keep(path, outcome, spec, cur, new)
        return outcome

    def _seen(self, path: str, cur: Any) -> bool:
        """Tell whether the author had the current value of `path` before him."""
        if self.created:
            return True
        meta, op = self.record.meta, self.op
        # A create has no base and has seen nothing; a forced operation is judged by value.
        known = not op.forced and (not op.base or self.base_known())
        return is_seen(
            base_known=known, base_n=op.base_n, path_n=meta.n(path),
            device_knows=bool(op.device) and op.device in meta.devices(path), cur=cur, shown=op.shown.get(path),
        )  # fmt: skip

    def base_known(self) -> bool:
        """Tell whether the operation's base is a revision that this record had."""
        if self.op.base in (self.record.rev, self.record.old_rev):
            return True
        if self.op.base_n > self.record.n:
            return False
        row = db.row(
            self.journal.connection,
            "SELECT rev FROM version WHERE cell = :cell AND record_id = :id AND n = :n",
            cell=self.record.cell, id=self.record.id, n=self.op.base_n,
        )  # fmt: skip
        return row is not None and row[0] == self.op.base

    def _apply(self, spec: Field, path: str, new: Any) -> None:
        """Set the value; a cell brings its row back, and both keep stale removals from winning."""
        self._write(path, new)
        if path in self.record.meta.proposed:
            conflicts.renew(self.journal, self.record, path, self.op)
        if new is not None:
            code = spec.check(new)
            if code:
                self.issue(code, path)
            if "/" in path and not spec.is_marker:
                self._stand_by_row(path)

    def _write(self, path: str, value: Any) -> None:
        self.journal.write(self.record, path, value, op=self.op.op, side=self.side, device=self.op.device)

    def _stand_by_row(self, path: str) -> None:
        """Assert the marker of the row that the cell `path` belongs to."""
        parts = path.split("/")
        marker = "/".join(parts[:2])
        spec = self.noun.fields.find(marker) if len(parts) > 2 else None
        if spec is None or not spec.is_marker or marker in self.op.set:
            return
        if self.record.body.get(marker) is True:
            self.journal.touch(self.record, marker, op=self.op.op, side=self.side, device=self.op.device)
        else:
            if self.record.meta.n(marker):
                self.issue("row-restored", marker)
            self._write(marker, True)

    def _noop(self, spec: Field, path: str, cur: Any, new: Any) -> None:
        """Note that the author's device knows the value; tell when a removal did not win."""
        if new is None and cur is not None:
            self.issue("kept-present", path)
        elif self.record.meta.n(path) and self.record.meta.meet(path, self.op.device):
            self.journal.met(self.record)

    def _keep(self, path: str, outcome: str, spec: Field, cur: Any, new: Any) -> None:
        """Keep a value that did not win as a candidate, and say why."""
        conflict = conflicts.add_candidate(self.journal, self.record, path, outcome, new, self.op, self.side)
        if conflict.id not in self.outcome.conflicts:
            self.outcome.conflicts.append(conflict.id)
        why = {
            "rule": spec.policy, "your_base": self.op.base_n, "changed_at": self.record.meta.n(path),
            "by": self.record.meta.side(path) or "server", "theirs": cur, "yours": new,
        }  # fmt: skip
        self.outcome.why = (self.outcome.why or {}) | {path: why}

    def keep_for_voided(self, paths: Iterable[str]) -> None:
        """Keep an edit of a voided record whole, as a candidate to restore it with."""
        values: dict[str, Any] = {}
        for path in paths:
            spec = self.noun.fields.find(path)
            if spec is not None and spec.policy != "server":
                values[path], self.outcome.fields[path] = self.op.set[path], "conflict"
            else:
                self.issue("unknown-path" if spec is None else "server-owned", path)
                self.outcome.fields[path] = "held" if spec is None else "ignored"
        if values:
            conflict = conflicts.add_late(self.journal, self.record, values, self.op, self.side)
            if conflict.id not in self.outcome.conflicts:
                self.outcome.conflicts.append(conflict.id)
            why = {"rule": "voided", "your_base": self.op.base_n, "yours": values}
            self.outcome.why = (self.outcome.why or {}) | {conflicts.VOID: why}

    def _missing(self) -> None:
        """Tell of required fields that a new record lacks."""
        for path in self.noun.fields.required:
            if self.op.set.get(path) is None:
                self.issue("required", path)

    def unchanged_since_base(self, besides: str = "") -> bool:
        """Tell whether nothing but the author's own device, and the action `besides`, changed the record since."""
        if self.op.base == self.record.rev:
            return True
        if not self.op.device or (self.op.base and not self.base_known()):
            return False
        meta, device = self.record.meta, self.op.device
        later = any(meta.n(path) > self.op.base_n and meta.writer(path) != device for path in meta.paths)
        if later and not besides:
            return False
        # What somebody else set, and this device set again, is a change that its person may not have seen.
        row = db.row(
            self.journal.connection,
            "SELECT 1 FROM version AS v JOIN operation AS o ON o.cell = v.cell AND o.op = v.op AND o.copy = 0"
            " WHERE v.cell = :cell AND v.record_id = :id AND v.n > :n AND o.device <> :device"
            " AND o.action <> :besides LIMIT 1",
            cell=self.record.cell, id=self.record.id, n=self.op.base_n, device=device, besides=besides,
        )  # fmt: skip
        return row is None

    def void_merged(self, besides: str = "") -> None:
        """Void the record, unless others changed it since the base: then keep the wish as a conflict.

        `besides` names an action of the server's that nobody needs to have seen.
        """
        if self.record.voided:
            self.outcome.fields = {conflicts.VOID: "noop"}
        elif conflicts.VOID not in self.record.meta.contested and self.unchanged_since_base(besides):
            self.void()
            reason = self.op.more.get("reason") or self.op.set.get("reason")
            self.put("void_reason", reason if type(reason) is str else "")
            self.outcome.fields = {conflicts.VOID: "applied"}
        else:
            conflict = conflicts.add_candidate(
                self.journal, self.record, conflicts.VOID, "conflict", True, self.op, self.side
            )
            self.outcome.conflicts.append(conflict.id)
            self.outcome.fields = {conflicts.VOID: "conflict"}
            self.outcome.why = {conflicts.VOID: {"rule": "void", "your_base": self.op.base_n}}
        self.outcome.settle()

    # Lending

    def lend(self, record: Record, scope: str) -> None:
        """Show `record` in `scope` too, as long as this operation's record says so."""
        row = (record.cell, record.id, scope, self.record.id, self.journal.seq + 1, None)
        db.upsert(self.journal.connection, tables.loan, [row])
        if scope not in record.lent:
            record.lent = (*record.lent, scope)
            self.journal.replace(record)

    def take_back(self, record: Record, scope: str) -> None:
        """End the loan of `record` to `scope` by this operation's record; others may still lend it."""
        db.execute(
            self.journal.connection,
            "UPDATE loan SET until = :seq WHERE cell = :cell AND record_id = :id AND scope = :scope"
            " AND via = :via AND until IS NULL",
            seq=self.journal.seq + 1, cell=record.cell, id=record.id, scope=scope, via=self.record.id,
        )  # fmt: skip
        still = db.row(
            self.journal.connection,
            "SELECT 1 FROM loan WHERE cell = :cell AND record_id = :id AND scope = :scope AND until IS NULL",
            cell=record.cell, id=record.id, scope=scope,
        )  # fmt: skip
        if still is None:
            record.lent = tuple(kept for kept in record.lent if kept != scope)
            self.journal.replace(record)

    def lent_by_this(self) -> list[tuple[str, str]]:
        """Return the (record id, scope) pairs that this operation's record lends now."""
        rows = db.rows(
            self.journal.connection,
            "SELECT record_id, scope FROM loan WHERE cell = :cell AND via = :via AND until IS NULL",
            cell=self.record.cell, via=self.record.id,
        )  # fmt: skip
        return [tuple(row) for row in rows]
