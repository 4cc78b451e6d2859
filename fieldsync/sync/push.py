"""Operations in: a batch from a phone, or one from any other door (sync.md section 3, Push)."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.sync import actors, heads
from fieldsync.sync.actors import Actor
from fieldsync.sync.journal import Journal, text_of
from fieldsync.sync.judge import Judge
from fieldsync.sync.nouns import Registry
from fieldsync.sync.operations import Operation, Outcome, Result, clock_skew, is_id, read, reread
from fieldsync.sync.records import Record

log = logging.getLogger(__name__)


class _Rehearsed(Exception):
    """Rolls a dry run back."""


def _now() -> datetime:
    return datetime.now(UTC)


def _salt() -> str:
    return os.urandom(16).hex()


@dataclass
class Engine:
    """The one door for every change; `now` and `salt` can be injected to repeat a run exactly."""

    registry: Registry
    limits: Mapping[str, Any]
    now: Callable[[], datetime] = _now
    salt: Callable[[], str] = _salt
    # Inside `together`: the judge whose transaction every `perform` joins.
    _judge: Judge | None = None

    def push(self, actor: Actor, body: Mapping[str, Any], dry_run: bool = False) -> dict[str, Any]:
        """Return the answer to one push: {head, diverged, server_time, results} after COMMIT."""
        raw = body.get("ops", [])
        if not isinstance(raw, list):
            raise Problem("bad-value", "operation")
        if len(raw) > self.limits["MAX_PUSH_OPERATIONS"]:
            raise Problem("too-large", "limit")
        operations = [self._read(item, actor) for item in raw]
        self._note_clock(operations, body.get("sent_at"))
        results = self._run(actor, operations, dry_run)
        seen = _seen(body.get("seen"))
        with db.reading() as connection:
            cells = dict.fromkeys([actor.cell, *(o.cell for o in operations), *seen])
            own = {cell: seen[cell] for cell in seen if cell in (actor.cell, heads.COMMON)}
            return {
                "head": heads.current(connection, [c for c in cells if c in (actor.cell, heads.COMMON)]),
                "diverged": heads.diverged(connection, own),
                "server_time": text_of(self.now()),
                "results": [
                    result.as_json() | {"op": _named(item, result)}
                    for item, result in zip(raw, results, strict=True)
                ],
            }

    def _read(self, raw: Any, actor: Actor) -> Operation:
        operation = read(raw, actor.user, actor.cell, self.limits)
        operation.device = actor.device
        return operation

    def _note_clock(self, operations: list[Operation], sent_at: Any) -> None:
        """Measure the phone's clock by when it says it sends, or by work that it says is yet to come."""
        now = self.now()
        skew = clock_skew(sent_at, now)
        for operation in operations:
            operation.skew_s = skew or max(0, clock_skew(operation.at, now))

    def _run(self, actor: Actor, operations: list[Operation], dry_run: bool) -> list[Result]:
        """Return the results in the order of the batch; one transaction per cell."""
        self._check_cells(actor, operations)
        results: dict[int, Result] = {}
        for cell in dict.fromkeys(operation.cell for operation in operations):
            mine = [(i, o) for i, o in enumerate(operations) if o.cell == cell]
            done = self._run_cell(actor, cell, [o for _, o in mine], dry_run)
            results.update({i: result for (i, _), result in zip(mine, done, strict=True)})
        return [results[i] for i in range(len(operations))]

    def _check_cells(self, actor: Actor, operations: list[Operation]) -> None:
        """Keep operations for another county in the author's own cell: there he finds his receipts."""
        others = {o.cell for o in operations} - {actor.cell}
        if not others:
            return
        with db.reading() as connection:
            unknown = {cell for cell in others if not heads.is_cell(connection, cell)}
        for operation in operations:
            if operation.cell in unknown:
                operation.flaw = operation.flaw or Problem("bad-value", "cell")
            operation.elsewhere = operation.cell != actor.cell
            operation.cell = actor.cell

    def _run_cell(self, actor: Actor, cell: str, operations: list[Operation], dry_run: bool) -> list[Result]:
        """Judge all in one transaction; if that fails, each under its own savepoint."""
        try:
            return self._together(actor, cell, operations, dry_run)
        except Problem:
            raise
        except Exception:
            log.exception("a batch of %d operations failed; trying one by one", len(operations))
        return self._one_by_one(actor, cell, operations, dry_run)

    def _together(self, actor: Actor, cell: str, operations: list[Operation], dry_run: bool) -> list[Result]:
        results: list[Result] = []
        try:
            with db.writing("journal") as connection:
                judge = Judge(Journal(connection, cell, self.registry, self.now()), self.salt)
                judge.prepare(operations)
                results = [judge.take(operation, actor) for operation in operations]
                for result in results:
                    result.sees = judge.sees(actor, result.stored.op)
                judge.journal.flush()
                if dry_run:
                    raise _Rehearsed
        except _Rehearsed:
            pass
        return results

    def _one_by_one(self, actor: Actor, cell: str, operations: list[Operation], dry_run: bool) -> list[Result]:
        results: list[Result] = []
        try:
            with db.writing("journal") as connection:
                for operation in operations:
                    results.append(self._alone(connection, actor, cell, operation))
                if dry_run:
                    raise _Rehearsed
        except _Rehearsed:
            pass
        return results

    def _alone(self, connection: Any, actor: Actor, cell: str, operation: Operation) -> Result:
        """Judge one operation under a savepoint; what the server cannot do is held, never lost."""
        for attempt in (False, True):
            fresh = self._again(operation)
            try:
                with connection.begin_nested():
                    judge = Judge(Journal(connection, cell, self.registry, self.now()), self.salt, failing=attempt)
                    judge.prepare([fresh])
                    result = judge.take(fresh, actor)
                    result.sees = judge.sees(actor, result.stored.op)
                    judge.journal.flush()
                    return result
            except Exception:
                if attempt:
                    raise
                log.exception("operation %s failed; it is held", operation.op)
        raise AssertionError("unreachable")

    def _again(self, operation: Operation) -> Operation:
        """Return an operation as it came, without what a failed attempt left on it."""
        fresh = reread(operation.content, operation.op, operation.cell)
        fresh.author, fresh.device, fresh.flaw = operation.author, operation.device, operation.flaw
        fresh.skew_s = operation.skew_s
        return fresh

    def perform(
        self, actor: Actor, action: str, record_id: str, *, op: str, set_: Mapping[str, Any] | None = None,
        base: str = "", parent: str = "", **more: Any,
    ) -> Outcome:  # fmt: skip
        """Do one operation for a person at a screen or for the server itself; its Problem is raised.

        `op` makes a retry safe: the same id and content has the same outcome.
        """
        parts: dict[str, Any] = {"op": op, "cell": actor.cell, "action": action, "id": record_id}
        parts |= {"set": dict(set_)} if set_ else {}
        parts |= {"base": base} if base else {}
        parts |= {"parent": {"id": parent}} if parent else {}
        operation = self._read(parts | {k: v for k, v in more.items() if v is not None or k == "value"}, actor)
        if operation.flaw is not None:
            raise operation.flaw
        if self._judge is not None and self._judge.journal.cell == actor.cell:
            return _take(self._judge, operation, actor)
        with self._strictly(actor.cell) as judge:
            return _take(judge, operation, actor)

    @contextmanager
    def together(self, cell: str) -> Iterator["Engine"]:
        """Yield an engine whose `perform` on `cell` joins one transaction: all of it or nothing.

        For loading a whole list: one commit for thousands of operations instead of one for each.
        """
        with self._strictly(cell) as judge:
            yield replace(self, _judge=judge)

    @contextmanager
    def rehearse(self, cell: str) -> Iterator["Engine"]:
        """Yield an engine whose `perform` on `cell` is judged for real and undone at the end."""
        try:
            with self._strictly(cell) as judge:
                yield replace(self, _judge=judge)
                raise _Rehearsed
        except _Rehearsed:
            pass

    def within(self, record_id: str) -> Record | None:
        """Return a record as it stands inside `together` or `rehearse`; None outside, or where there is none."""
        return self._judge.journal.get(record_id) if self._judge is not None else None

    @contextmanager
    def _strictly(self, cell: str) -> Iterator[Judge]:
        """Yield a judge that raises Problems, in a transaction that is committed at the end."""
        with db.writing("journal") as connection:
            judge = Judge(Journal(connection, cell, self.registry, self.now()), self.salt, strictly=True)
            yield judge
            judge.journal.flush()

    def actor(self, cell: str, user: str, device: str = "") -> Actor:
        """Return a person of a cell with his tenures."""
        with db.reading() as connection:
            return actors.load(connection, cell, user, device)


def _take(judge: Judge, operation: Operation, actor: Actor) -> Outcome:
    """Return the outcome of one operation at a strict door."""
    judge.prepare([operation])
    outcome = judge.take(operation, actor).outcome
    if outcome.status == "rejected" and operation.copy:
        raise Problem("op-id-reuse")
    return outcome


def _named(raw: Any, result: Result) -> Any:
    """Return the operation's id as the phone wrote it, or the one that it was kept under."""
    given = raw.get("op") if isinstance(raw, dict) else None
    return given if is_id(given) else result.op


def _seen(value: Any) -> dict[str, str]:
    """Return the heads that a phone remembers; what is not of that shape counts as none."""
    if not isinstance(value, dict):
        return {}
    return {cell: head for cell, head in value.items() if type(cell) is str and type(head) is str}
