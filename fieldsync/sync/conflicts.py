"""Values that did not win, kept as candidates on a record of their own (sync.md section 4)."""

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fieldsync.errors import Problem
from fieldsync.sync.canonical import equal
from fieldsync.sync.journal import Journal
from fieldsync.sync.merge import merge
from fieldsync.sync.operations import Operation
from fieldsync.sync.records import Record

if TYPE_CHECKING:
    from fieldsync.sync.change import Change

# The pseudo path of a record's being there at all.
VOID = "$void"


def conflict_id(record_id: str, path: str) -> str:
    """Return the id of the conflict record of one path: UUIDv5(record, path)."""
    return str(uuid.uuid5(uuid.UUID(record_id), path))


def add_candidate(
    journal: Journal, record: Record, path: str, outcome: str, value: Any, op: Operation, side: str
) -> Record:
    """Keep `value` of `op` beside the current one; return the conflict record.

    `outcome` is `conflict` (opens it) or `proposed` (the owner may take it over).
    """
    conflict = journal.get(conflict_id(record.id, path)) or journal.create(
        "conflict", conflict_id(record.id, path), record, {}
    )
    _begin_round(journal, conflict, record, path, outcome, op)
    row = f"candidates/{op.op}"
    cells = {
        "kind": outcome, "value": value, "by": op.author, "side": side, "device": op.device or None,
        "at": op.at or None, "base": op.base or None,
    }  # fmt: skip
    _put(journal, conflict, op.op, {row: True} | {f"{row}/{name}": cell for name, cell in cells.items()})
    noted = record.meta.contested if outcome == "conflict" else record.meta.proposed
    if path not in noted:
        noted.append(path)
        journal.met(record)
    return conflict


def add_late(journal: Journal, record: Record, values: dict[str, Any], op: Operation, side: str) -> Record:
    """Keep the values of an edit that came too late, beside those that this operation brought before."""
    conflict = journal.get(conflict_id(record.id, VOID))
    before = conflict.get(f"candidates/{op.op}/value") if conflict else None
    return add_candidate(
        journal, record, VOID, "conflict", (before if isinstance(before, dict) else {}) | values, op, side
    )


def renew(journal: Journal, record: Record, path: str, op: Operation) -> None:
    """Tell a waiting conflict that its record was edited, so that a decision on what stood before is stale."""
    conflict = journal.get(conflict_id(record.id, path))
    if conflict is not None:
        edited = {"edited_by": op.op} if path == VOID else {}
        _put(journal, conflict, op.op, {"current": current_value(record, path)} | edited)


def _begin_round(
    journal: Journal, conflict: Record, record: Record, path: str, outcome: str, op: Operation
) -> None:
    """Open the conflict, or a further round of one that was resolved."""
    status = conflict.text("status")
    if status in ("", "resolved"):
        stale = {row: None for row in conflict.body if row.startswith("candidates/")}
        fresh = {
            "record_id": record.id, "record_type": record.type, "path": path,
            "round": int(conflict.number("round") or 0) + 1, "base": op.shown.get(path),
            "decision": None, "reason": None, "resolved_by": None,
        }  # fmt: skip
        _put(journal, conflict, op.op, stale | fresh)
    status = "open" if outcome == "conflict" or status == "open" else "proposed"
    _put(journal, conflict, op.op, {"status": status, "current": current_value(record, path)})


def current_value(record: Record, path: str) -> Any:
    """Return what stands: the value of the path, or whether the record is voided."""
    return record.voided if path == VOID else record.get(path)


def _put(journal: Journal, conflict: Record, op: str, values: dict[str, Any]) -> None:
    """Set those of `values` that differ."""
    for path, value in values.items():
        if not equal(conflict.get(path), value):
            journal.write(conflict, path, value, op=op, side="server", device="")


def candidates(conflict: Record) -> list[dict[str, Any]]:
    """Return the candidates of the present round: {op, kind, value, by, side, device, at, base}."""
    names = ("kind", "value", "by", "side", "device", "at", "base")
    return [
        {"op": op} | {name: conflict.get(f"candidates/{op}/{name}") for name in names}
        for op in conflict.rows("candidates")
    ]


def resolve(change: "Change") -> None:
    """Settle a conflict: `choose` an operation or "current", or give a `value`; strict (sync.md section 4)."""
    conflict = change.record
    target = change.journal.get(conflict.text("record_id"))
    if target is None or conflict.text("status") not in ("open", "proposed"):
        raise Problem("wrong-state")
    chosen = _chosen(change)
    path = conflict.text("path")
    _check_owner(change, target, path, chosen)
    if path == VOID:
        _settle_void(change, target, chosen)
    elif chosen is None:
        change.journal.touch(target, path, op=change.op.op, side=change.side, device="")
    else:
        change.journal.write(
            target, path, chosen["value"], op=change.op.op, side=change.side, device=chosen["device"] or ""
        )
    for noted in (target.meta.contested, target.meta.proposed):
        if path in noted:
            noted.remove(path)
            # Even where nothing of the record itself changes.
            change.journal.met(target)
    reason = change.op.more.get("reason")
    for name, value in {
        "status": "resolved",
        "current": current_value(target, path),
        "decision": change.op.more.get("choose") or "value",
        "resolved_by": change.standing.user,
        "reason": reason if type(reason) is str and reason else None,
    }.items():
        change.put(name, value)


def _chosen(change: "Change") -> dict[str, Any] | None:
    """Return the candidate that was picked or written; None for the current value."""
    choose = change.op.more.get("choose")
    if choose == "current":
        return None
    if choose is None and "value" in change.op.more:
        return {"value": _written(change), "side": change.side, "device": ""}
    for candidate in candidates(change.record):
        if candidate["op"] == choose:
            return candidate
    raise Problem("bad-value", "choice")


def _written(change: "Change") -> Any:
    """Return the value that was written instead of any candidate; it must be one that the field takes."""
    value, conflict = change.op.more["value"], change.record
    spec = change.journal.noun(conflict.text("record_type")).fields.find(conflict.text("path"))
    if conflict.text("path") == VOID:
        if type(value) is not bool:
            raise Problem("bad-value", "type")
    elif value is not None and spec is not None and spec.check(value):
        raise Problem("bad-value", "type")
    return value


def _check_owner(change: "Change", target: Record, path: str, chosen: dict[str, Any] | None) -> None:
    """Let the county settle anything, a township manager what is the township's among itself.

    Nobody makes a value current that the owning side did not give or take over (invariant I17).
    """
    spec = change.journal.noun(target.type).fields.find(path)
    policy = spec.policy if spec else "review"
    if change.side == "township":
        among_itself = all(candidate["side"] == "township" for candidate in candidates(change.record))
        if policy != "township" and not (among_itself and change.record.text("status") == "open"):
            raise Problem("not-allowed")
        if policy == "county":
            raise Problem("not-allowed")
    if policy in ("township", "county") and chosen is not None and policy not in (change.side, chosen["side"]):
        raise Problem("not-allowed")


def _settle_void(change: "Change", target: Record, chosen: dict[str, Any] | None) -> None:
    """Void the record, restore it, or restore it with the values of an edit that came too late."""
    if chosen is None:
        return
    voided = chosen["value"] is True
    target.voided = voided
    change.put("voided_at", change.journal.received_at if voided else None, target)
    change.put("voided_by", change.standing.user if voided else None, target)
    change.put("void_reason", change.op.more.get("reason") if voided else None, target)
    # Even with nothing else to set, the decision is a change of the record.
    change.put("restored_at", None if voided else change.journal.received_at, target)
    if isinstance(chosen["value"], dict):
        for path, value in chosen["value"].items():
            _restore_value(change, target, path, value, chosen)


def _restore_value(change: "Change", target: Record, path: str, value: Any, chosen: dict[str, Any]) -> None:
    """Apply a value of a late edit where its author may write, else keep it as his candidate.

    Whoever restores has both before him, so the value counts as one that knew the present one.
    """
    spec = change.journal.noun(target.type).fields.find(path)
    if spec is None:
        return
    outcome = merge(
        spec.policy, chosen["side"], confirmed=is_confirmed(target, path), seen=True,
        contested=path in target.meta.contested, cur=target.get(path), new=value,
    )  # fmt: skip
    device = chosen["device"] or ""
    if outcome == "applied":
        change.journal.write(target, path, value, op=change.op.op, side=chosen["side"], device=device)
    elif outcome in ("proposed", "conflict"):
        its_own = replace(
            change.op, op=chosen["op"], author=chosen["by"], device=device, at=chosen["at"] or "",
            base=chosen["base"] or "", shown={},
        )  # fmt: skip
        add_candidate(change.journal, target, path, outcome, value, its_own, chosen["side"])


def is_confirmed(record: Record, path: str) -> bool:
    """Tell whether the county has confirmed `path`, or its value became the current one."""
    return record.get(f"confirmed/{path}") is True or record.meta.side(path) == "county"
