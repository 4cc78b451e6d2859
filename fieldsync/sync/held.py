"""Work that could not be done yet: each has a receipt that its author and the county's desk see."""

import uuid
from typing import TYPE_CHECKING, Any

from fieldsync.errors import Problem
from fieldsync.sync.journal import Journal
from fieldsync.sync.operations import Operation, Outcome

if TYPE_CHECKING:
    from fieldsync.sync.change import Change

# What an operation with fields unknown to this server waits for.
FIELDS = "fields"


def receipt_id(op: str) -> str:
    """Return the id of the receipt of a held operation."""
    return str(uuid.uuid5(uuid.UUID(op), "receipt"))


def receipt_home(body: Any, _parent_home: str, _cell: str) -> str:
    """Return the scope of a receipt: its author's own."""
    return f"u-{body.get('author')}"


def note(journal: Journal, op: Operation, outcome: Outcome) -> None:
    """Write or renew the receipt of an operation that is, or was, held."""
    body: dict[str, Any] = {
        "op": op.op, "author": op.author, "device_id": op.device or None, "action": op.action or None,
        "target": op.id or None, "received": op.received_at or journal.received_at,
    }  # fmt: skip
    record = journal.get(receipt_id(op.op)) or journal.create("receipt", receipt_id(op.op), None, body)
    body |= {
        "status": outcome.status,
        "why": outcome.why if type(outcome.why) is str else None,
        "on": outcome.on or None,
        "rev_reached": outcome.rev or None,
        "forced": True if op.forced else None,
    }
    for path, value in body.items():
        if record.get(path) != value:
            journal.write(record, path, value, op=op.op, side="server", device="")


def admit(change: "Change") -> None:
    """Have a held operation judged although its author was out of scope, inactive or on a revoked device."""
    _again(change, forced=False)


def force(change: "Change") -> None:
    """Have a held operation judged by value, without what it waits for."""
    _again(change, forced=True)


def _again(change: "Change", forced: bool) -> None:
    stored = change.judge.find(change.record.text("op"))
    if stored is None or stored.is_final:
        raise Problem("wrong-state")
    stored.op.admitted, stored.op.forced = True, forced or stored.op.forced
    change.put("decided_by", change.standing.user)
    change.put("reason", change.op.more.get("reason"))
    change.also += change.journal.seal(change.op.op) + change.judge.again(stored)


def close(change: "Change") -> None:
    """Close a held operation for good, with a reason that its author sees."""
    stored = change.judge.find(change.record.text("op"))
    reason = change.reason()
    if stored is None or stored.is_final:
        raise Problem("wrong-state")
    change.put("decided_by", change.standing.user)
    change.put("reason", reason)
    closed = Outcome("closed", why=reason)
    change.also += change.journal.seal(change.op.op) + change.judge.settle(stored, closed)


def learn(change: "Change") -> None:
    """Apply values that waited for this server to learn their fields (the server's own, after an upgrade)."""
    stored = change.judge.find(change.record.text("op"))
    if stored is None:
        raise Problem("not-found")
    change.also += change.judge.learn(stored)
