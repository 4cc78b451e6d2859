"""What becomes of each operation of a batch: known, held, rejected, or given to its rule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.sync import actors, held, tables
from fieldsync.sync.actors import Actor, Standing
from fieldsync.sync.canonical import content_hash
from fieldsync.sync.change import Change
from fieldsync.sync.journal import Journal
from fieldsync.sync.nouns import Action, Noun
from fieldsync.sync.operations import Operation, Outcome, Result, Stored, is_id, reread
from fieldsync.sync.records import Record

_OPERATIONS = (
    "SELECT o.op, o.copy, o.seq, o.chain, o.author, o.device, o.side, o.received_at, o.salt, o.op_hash,"
    " o.received_status, o.changed, o.outcome, o.content, o.record_id"
    " FROM {keys} CROSS JOIN operation AS o WHERE o.cell = :cell AND o.op = keys.value"
)
_WAITING = (
    "SELECT w.awaited, w.op FROM {keys} CROSS JOIN waiting AS w WHERE w.cell = :cell AND w.awaited = keys.value"
)


@dataclass
class Judge:
    """Judges the operations of one cell in one transaction."""

    journal: Journal
    salt: Callable[[], str]
    strictly: bool = False
    # Judging itself failed before: whatever comes is held for the desk.
    failing: bool = False
    _known: dict[str, list[Stored]] = field(default_factory=dict)
    _waiting: dict[str, list[str]] = field(default_factory=dict)
    _actors: dict[tuple[str, str], Actor] = field(default_factory=dict)
    _also: list[list[str]] = field(default_factory=list)

    def prepare(self, operations: list[Operation]) -> None:
        """Load in three reads what these operations touch: their twins, their records, who waits for them."""
        self._load({o.op for o in operations} | {after for o in operations for after in o.after})
        self.journal.fetch({i for o in operations for i in (o.id, o.parent) if i})
        self._load_waiting({o.op for o in operations} | {o.id for o in operations if o.id})

    def _load_waiting(self, awaited: Iterable[str]) -> None:
        """Load who waits for these operations and records; what is known of them already stays."""
        wanted = sorted(key for key in awaited if key not in self._waiting)
        if not wanted:
            return
        self._waiting.update({key: [] for key in wanted})
        rows = db.rows(
            self.journal.connection,
            _WAITING.format(keys=db.keys("ids")),
            cell=self.journal.cell,
            ids=orjson.dumps(wanted).decode(),
        )
        for key, op in rows:
            self._waiting[key].append(op)

    def _load(self, ids: Iterable[str]) -> None:
        """Load stored operations by id; remember which are unknown."""
        wanted = [op for op in ids if op not in self._known]
        self._known.update({op: [] for op in wanted})
        statement = _OPERATIONS.format(keys=db.keys("ids"))
        rows = db.rows(
            self.journal.connection, statement, cell=self.journal.cell, ids=orjson.dumps(wanted).decode()
        )
        for row in sorted(rows, key=lambda row: row[1]):
            self._known[row[0]].append(self._stored(row))

    def _stored(self, row: Any) -> Stored:
        op = reread(row[13], row[0], self.journal.cell)
        op.copy, op.seq, op.author, op.device, op.side = row[1], row[2], row[4], row[5], row[6]
        op.received_at, op.salt, op.op_hash, op.id = row[7], row[8], row[9], row[14]
        outcome = Outcome.parse(row[12])
        op.admitted, op.forced = outcome.admitted, outcome.forced
        return Stored(op, outcome, row[11], row[3], row[10])

    def find(self, op: str) -> Stored | None:
        """Return what was first received under the id `op`, or None."""
        if op not in self._known:
            self._load([op])
        return self._known[op][0] if self._known[op] else None

    def actor(self, op: Operation) -> Actor:
        """Return the author of an operation, as of his record."""
        key = (op.author, op.device)
        if key not in self._actors:
            self._actors[key] = (
                actors.system(self.journal.cell)
                if op.author == actors.SYSTEM
                else actors.load(self.journal.connection, self.journal.cell, *key)
            )
        return self._actors[key]

    # One operation

    def take(self, op: Operation, actor: Actor) -> Result:
        """Return the present outcome of `op`: judge it if it is new, else look it up."""
        self._actors.setdefault((op.author, op.device), actor)
        known = self._known.get(op.op, [])
        for stored in known:
            if stored.op.author == op.author and stored.op.op_hash == content_hash(
                stored.op.salt, op.content.encode()
            ):
                return Result(op.op, stored)
        op.hashed(self.salt())
        if known:
            op.copy = len(known)
            return self._enter(op, Outcome.rejected(Problem("op-id-reuse")), actor)
        outcome = self.judge(op, actor)
        if op.skew_s:
            outcome.issues.append({"code": "clock", "skew_s": op.skew_s})
        return self._enter(op, outcome, actor)

    def _enter(self, op: Operation, outcome: Outcome, actor: Actor) -> Result:
        """Seal what `op` changed, release what waited for it, and enter it into the chain."""
        if outcome.status == "held":
            self._hold(op, outcome)
        changed = self._also + self.journal.seal(op.op)
        self._also = []
        self._note_rev(op, outcome)
        stored = Stored(op, outcome, "[]", "", outcome.status)
        self._known.setdefault(op.op, []).append(stored)
        if not op.copy:
            changed += self._release(stored)
        self.journal.enter(op, outcome, changed)
        stored.changed, stored.chain = orjson.dumps(changed).decode(), self.journal.chain
        return Result(op.op, stored)

    def _note_rev(self, op: Operation, outcome: Outcome) -> None:
        """Put the record's revision into an outcome that reached it."""
        record = self.journal.records.get(op.id)
        if record is not None and record.n and outcome.status in ("applied", "merged", "conflict"):
            outcome.rev = record.rev

    def sees(self, actor: Actor, op: Operation) -> bool:
        """Tell whether the author may see, today, the record that his operation reached."""
        record = self.journal.get(op.id) if is_id(op.id) else None
        if record is None or not record.home:
            return True
        return actor.now(self.journal.now).covers(record.home) or f"u-{actor.user}" in record.scopes

    def judge(self, op: Operation, actor: Actor) -> Outcome:
        """Return what becomes of an operation that was not judged before; changes stay open in the journal."""
        if op.flaw is not None:
            return self._refuse(op.flaw)
        if self.failing:
            return Outcome.held("server-error")
        if not op.admitted and (actor.device_revoked or not actor.active):
            return Outcome.held("revoked-device" if actor.device_revoked else "inactive-author")
        if op.elsewhere and not op.admitted:
            return self._beyond()
        missing = [] if op.forced else [after for after in op.after if not self._is_final(after)]
        if missing:
            return Outcome.held("waits", missing)
        action = self.journal.registry.actions.get(op.action)
        if action is None:
            # An app newer than this server: kept until the server knows the action, or the desk closes it.
            held_back = Outcome.held("server-error")
            held_back.issues.append({"code": "unknown-action"})
            return held_back
        if not action.phone and not self.strictly:
            return self._refuse(Problem("not-allowed", "desk-only"))
        return self._judge_action(op, actor, action)

    def _is_final(self, op: str) -> bool:
        stored = self.find(op)
        return stored is not None and stored.is_final

    def _refuse(self, problem: Problem) -> Outcome:
        """Return the outcome of what cannot be done; a strict door hears the problem itself."""
        if self.strictly:
            raise problem
        return Outcome.rejected(problem)

    def _judge_action(self, op: Operation, actor: Actor, action: Action) -> Outcome:
        """Check record, parent, scope and role, then let the action's rule decide."""
        journal, noun = self.journal, self.journal.noun(action.noun)
        head = journal.seq if op.head is None else min(op.head, journal.seq)
        standing = actor.at(journal.connection, head)
        op.side = standing.side
        record, parent = journal.get(op.id), journal.get(op.parent) if op.parent else None
        if record is None and (not action.creates or (op.parent and parent is None)):
            return self._absent(op.parent if action.creates else op.id)
        home = record.home if record else self._home(noun, op, parent, standing)
        if not (op.admitted or (actor.cell == op.cell and self._reaches(standing, record or parent, home, head))):
            return self._beyond()
        if record is not None and record.type != noun.name:
            return self._refuse(Problem("id-taken"))
        if not self._may(standing, action, home, op.admitted or (record or parent) is not None):
            return self._refuse(Problem("not-allowed"))
        if record is not None and op.base != record.rev and (action.strict or (self.strictly and op.base)):
            return self._refuse(Problem("precondition-failed"))
        return self._apply(op, standing, action, record, parent, home)

    def _absent(self, awaited: str) -> Outcome:
        """Hold an operation whose record or parent is not there yet."""
        if self.strictly:
            raise Problem("not-found")
        return Outcome.held("no-record", [awaited])

    def _beyond(self) -> Outcome:
        """Hold an operation on what its author cannot reach; nothing of it is told."""
        if self.strictly:
            raise Problem("not-found")
        return Outcome.held("out-of-scope")

    def _home(self, noun: Noun, op: Operation, parent: Record | None, standing: Standing) -> str:
        """Return the home of a record to be created; one that names none falls to its author's first scope."""
        home = noun.home(op.set, parent.home if parent else "", op.cell)
        # A township's before the county's: "t-" sorts behind "c-".
        return home or max(standing.scopes, key=lambda scope: scope[:2], default="")

    def _may(self, standing: Standing, action: Action, home: str, let_in: bool) -> bool:
        """Tell whether one of the roles that the action asks for reaches this home."""
        if standing.covers(home, action.who):
            return True
        # On loan through a task, moved away since, or admitted by the desk: the role held elsewhere counts.
        elsewhere = let_in and not standing.covers(home)
        return elsewhere and any(role in action.who for role, _ in standing.held)

    def _reaches(self, standing: Standing, anchor: Record | None, home: str, head: int) -> bool:
        """Tell whether the author had this home in his scopes at `head`, by right, by loan or before a move."""
        if standing.covers(home):
            return True
        if anchor is None:
            return False
        if f"u-{standing.user}" in anchor.scopes:
            # It is his, wherever it lies: a task that he was given, his receipt.
            return True
        row = db.row(
            self.journal.connection,
            "SELECT home FROM move WHERE cell = :cell AND record_id = :root AND seq > :head ORDER BY seq LIMIT 1",
            cell=self.journal.cell, root=anchor.root_id, head=head,
        )  # fmt: skip
        return (row is not None and standing.covers(row[0])) or self._was_lent(standing, anchor, head)

    def _was_lent(self, standing: Standing, anchor: Record, head: int) -> bool:
        """Tell whether the record, its parent or its root was lent to the author at `head`."""
        ids = orjson.dumps([anchor.id, anchor.parent_id, anchor.root_id]).decode()
        row = db.row(
            self.journal.connection,
            f"SELECT 1 FROM {db.keys('ids')} CROSS JOIN loan AS l WHERE l.cell = :cell"  # noqa: S608 (own text)
            " AND l.record_id = keys.value AND l.scope = :scope AND l.since <= :head"
            " AND (l.until IS NULL OR l.until > :head)",
            cell=self.journal.cell, ids=ids, scope=f"u-{standing.user}", head=head,
        )  # fmt: skip
        return row is not None

    def _apply(
        self, op: Operation, standing: Standing, action: Action, record: Record | None, parent: Record | None,
        home: str,
    ) -> Outcome:  # fmt: skip
        """Let the rule of the action decide and change."""
        created = record is None
        if record is None:
            record = self.journal.create(action.noun, op.id, parent, op.set)
            record.home = home
            self._salt_body(record, op, standing)
        change = Change(self.journal, op, standing, record, created, self)
        try:
            action.rule(change)
        except Problem as problem:
            if created:
                self.journal.forget(record)
            self.journal.check_clean()
            return self._refuse(problem)
        self._await_fields(op, change.outcome)
        self._also += change.also
        return change.outcome

    def _salt_body(self, record: Record, op: Operation, standing: Standing) -> None:
        """Give a record with personal data its random salt (sync.md section 2)."""
        if self.journal.noun(record.type).salted:
            self.journal.write(record, "salt", self.salt(), op=op.op, side="server", device="")

    # Waiting

    def _await_fields(self, op: Operation, outcome: Outcome) -> None:
        """Remember an operation with fields that this server does not know yet."""
        if "held" in outcome.fields.values():
            db.upsert(self.journal.connection, tables.waiting, [(self.journal.cell, held.FIELDS, op.op)])
            held.note(self.journal, op, outcome)

    def _hold(self, op: Operation, outcome: Outcome) -> None:
        """Put a held operation on the desk and note what it waits for."""
        rows = [(self.journal.cell, awaited, op.op) for awaited in outcome.on]
        db.upsert(self.journal.connection, tables.waiting, rows)
        for awaited in outcome.on:
            if awaited in self._waiting:
                self._waiting[awaited].append(op.op)
        held.note(self.journal, op, outcome)

    def _release(self, stored: Stored) -> list[list[str]]:
        """Judge again what waited for this operation or its record; return what that changed."""
        if not self._waiting or not stored.is_final:
            return []
        keys = [stored.op.op, stored.op.id] if self.journal.records.get(stored.op.id) else [stored.op.op]
        # What was released just now, or by the desk, may have others waiting behind it.
        self._load_waiting(keys)
        waiting = [op for key in keys for op in self._waiting[key]]
        self._waiting.update({key: [] for key in keys})
        changed = []
        for name in sorted(set(waiting), key=lambda op: s.op.seq if (s := self.find(op)) else 0):
            waiter = self.find(name)
            if waiter is not None and waiter.outcome.status == "held":
                changed += self.again(waiter)
        return changed

    def again(self, stored: Stored) -> list[list[str]]:
        """Judge a held operation again, as its author's; return [[id, rev], ...] of what that changed."""
        op = stored.op
        self.journal.fetch([i for i in (op.id, op.parent) if is_id(i)])
        strictly, self.strictly = self.strictly, False
        outcome = self.judge(op, self.actor(op))
        outcome.issues += [issue for issue in stored.outcome.issues if issue["code"] == "clock"]
        self.strictly = strictly
        return self.settle(stored, outcome)

    def settle(self, stored: Stored, outcome: Outcome) -> list[list[str]]:
        """Give a held operation its new outcome, tell its author, and release what waited for it."""
        op = stored.op
        db.execute(
            self.journal.connection,
            "DELETE FROM waiting WHERE cell = :cell AND op = :op AND awaited <> :fields",
            cell=self.journal.cell, op=op.op, fields=held.FIELDS,
        )  # fmt: skip
        stored.outcome = outcome
        outcome.admitted, outcome.forced = op.admitted, op.forced
        if outcome.status == "held":
            self._hold(op, outcome)
        changed = self.journal.seal(op.op)
        self._note_rev(op, outcome)
        held.note(self.journal, op, outcome)
        changed += self.journal.seal(op.op)
        self.journal.keep(op, outcome, stored.changed, stored.chain, stored.received_status)
        return changed + self._release(stored)

    def learn(self, stored: Stored) -> list[list[str]]:
        """Merge those values of an operation that were held for their fields, where these are known now."""
        op, outcome, record = stored.op, stored.outcome, self.journal.get(stored.op.id)
        known = [] if record is None else self._learned(record, outcome)
        if record is None or not known:
            return []
        standing = Standing(op.author, "county" if op.side == "county" else "township", ())
        change = Change(self.journal, op, standing, record, False, self, outcome)
        outcome.issues = [i for i in outcome.issues if i.get("path") not in known]
        if record.voided:
            change.keep_for_voided(known)
        else:
            outcome.fields |= {path: change.merge_path(path, op.set[path]) for path in known}
        outcome.settle()
        if "held" not in outcome.fields.values():
            db.execute(
                self.journal.connection,
                "DELETE FROM waiting WHERE cell = :cell AND op = :op",
                cell=self.journal.cell, op=op.op,
            )  # fmt: skip
        changed = self.journal.seal(op.op)
        self._note_rev(op, outcome)
        held.note(self.journal, op, outcome)
        self.journal.keep(op, outcome, stored.changed, stored.chain, stored.received_status)
        return changed + self.journal.seal(op.op)

    def _learned(self, record: Record, outcome: Outcome) -> list[str]:
        """Return the held paths whose field this server knows by now."""
        fields = self.journal.noun(record.type).fields
        return [path for path, result in outcome.fields.items() if result == "held" and fields.find(path)]
