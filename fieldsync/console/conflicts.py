"""Conflicts and proposals: every value that did not win, for the county to pick, keep or write."""

from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import me
from fieldsync.console import display, doors, names, words
from fieldsync.domain import conflicts
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync import history
from fieldsync.sync.conflicts import VOID, candidates
from fieldsync.sync.records import Record

bp = Blueprint("conflicts", __name__, url_prefix="/conflicts")

# Kinds of fields that a value can be written for in a form.
WRITABLE = ("text", "number", "integer", "boolean", "choice", "date", "time", "town", "code")


@dataclass(frozen=True)
class Candidate:
    """One value beside the current one, with all that is known of where it comes from."""

    op: str
    kind: str
    text: str
    by: str
    side: str
    device: str
    at: str
    received_at: str
    may_pick: bool
    # What an edit of a voided record wants to set.
    wishes: list[display.Step]
    is_voiding: bool
    # Arrived after the page was opened whose decision did not go through.
    is_new: bool


@bp.get("")
def listing() -> str:
    """List the conflicts that wait, or those of one status."""
    status = doors.given("status")
    statuses = [status] if status in conflicts.STATUSES else ["open", "proposed"]
    found = doors.paged(
        lambda connection, limit, offset: conflicts.listing(connection, me().actor.cell, statuses, limit, offset)
    )
    return render_template(
        "conflicts/list.html", **found, status=status, STATUSES=conflicts.STATUSES,
        lines={row.id: _summary(row) for row in found["rows"]},
    )  # fmt: skip


def _summary(row: Any) -> dict[str, str]:
    """Return label, record and current value of a conflict on the list."""
    conflict, target = orjson.loads(row.body), orjson.loads(row.target or "{}")
    fields = REGISTRY.nouns[row.record_type].fields
    return {
        "label": display.label(fields, row.path, display.numbers(target)),
        "title": title(row.record_type, target, row.record_id),
        "current": display.show(fields.find(row.path), row.path, conflict.get("current")),
        "candidates": str(sum(1 for path in conflict if path.count("/") == 1)),
    }


def title(kind: str, body: dict[str, Any], record_id: str) -> str:
    """Return how a record of any kind is called on a list."""
    name = next((body[p] for p in ("name", "record_no", "title", "caption") if body.get(p)), record_id[-8:])
    return f"{name}" if kind == "site" else f"{display.noun(REGISTRY.nouns, kind)} {name}"


@bp.get("/<uuid:conflict_id>")
def show(conflict_id: Any) -> str:
    """Show base, current value and every candidate: who, when, from where, and why it waits."""
    return _page(conflict_id)


@bp.post("/<uuid:conflict_id>")
def resolve(conflict_id: Any) -> ResponseReturnValue:
    """Settle it: pick a candidate, keep the current value or write one; on the revision on the screen."""
    try:
        doors.perform("conflict.resolve", conflict_id, **_decision(conflict_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(conflict_id, **more))
    return doors.done(url_for(".show", conflict_id=conflict_id))


def _decision(conflict_id: Any) -> dict[str, Any]:
    """Return what the form chose: {choose} or {value}."""
    choose = doors.typed("choose")
    if choose not in ("write", "restore", "void"):
        return {"choose": choose}
    if choose != "write":
        return {"value": choose == "void"}
    with db.reading() as connection:
        conflict = doors.load(connection, conflicts.NOUN, conflict_id)
    spec = REGISTRY.nouns[conflict.text("record_type")].fields.find(conflict.text("path"))
    return {"value": parse(spec, doors.typed("value"))}


def parse(spec: Field | None, text: str) -> Any:
    """Return what was typed as a value of the field's kind; raise Problem where it is none."""
    if spec is None or spec.kind not in WRITABLE or not text:
        raise Problem("bad-value", "no-value")
    try:
        value = _READ.get(spec.kind, str)(text)
    except ValueError:
        raise Problem("bad-value", "type") from None
    code = spec.check(value)
    if code:
        raise Problem("bad-value", words.word(words.ISSUES, code))
    return value


def _number(text: str) -> int | float:
    number = float(text)
    return int(text) if text.removeprefix("-").isdecimal() else number


_READ: dict[str, Any] = {
    "number": _number,
    "integer": int,
    "boolean": {"true": True, "false": False}.get,
    "time": display.to_wire,
}


def _page(conflict_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of one conflict."""
    with db.reading() as connection:
        conflict = doors.load(connection, conflicts.NOUN, conflict_id)
        noun = REGISTRY.nouns[conflict.text("record_type")]
        target = doors.load(connection, noun, conflict.text("record_id"))
        kept = candidates(conflict)
        receipts = {r["op"]: r for r in history.receipts(connection, conflict.cell, [c["op"] for c in kept], None)}
        versions = doors.versions(connection, conflict)
        provenance = history.provenance(doors.versions(connection, target))
    path, is_void = conflict.text("path"), conflict.text("path") == VOID
    spec, news = noun.fields.find(path), _news(versions) if problem else set()
    return render_template(
        "conflicts/show.html", conflict=conflict, target=target, spec=spec, path=path, problem=problem,
        title=title(target.type, target.body, target.id),
        label=display.label(noun.fields, path, display.numbers(target.body)),
        base=display.show(spec, path, conflict.get("base")),
        current=display.show(spec, path, _current(conflict, target, path)), is_new=news,
        current_by=provenance.get("voided_at" if is_void and target.voided else path),
        policy=words.word(words.POLICIES, spec.policy if spec else "review"), is_void=is_void,
        candidates=[_candidate(conflict, target, c, receipts.get(c["op"], {}), news) for c in kept],
        may_write=spec is not None and spec.kind in WRITABLE and spec.policy != "township",
        value=target.get(path), towns=names.towns(), STATUSES=conflicts.STATUSES,
    )  # fmt: skip


def _current(conflict: Record, target: Record, path: str) -> Any:
    """Return what stands: today's value while it waits, else the value that it was settled with."""
    if conflict.text("status") == "resolved":
        return conflict.get("current")
    return target.voided if path == VOID else target.get(path)


def _news(versions: list[dict[str, Any]]) -> set[str]:
    """Return what changed since the page was opened: `current`, and the operations of new candidates."""
    paths = {path for version in display.since(versions, doors.typed("rev")) for path in version["patch"]}
    return {path.split("/")[1] if path.startswith("candidates/") else path for path in paths}


def _may_pick(spec: Field | None, side: Any) -> bool:
    """Tell whether the county may make a value of this side current: a township's own field is its own."""
    return spec is None or spec.policy != "township" or side == "township"


def _candidate(
    conflict: Record, target: Record, kept: dict[str, Any], receipt: dict[str, Any], news: set[str]
) -> Candidate:
    """Return a candidate in words."""
    fields, path = REGISTRY.nouns[target.type].fields, conflict.text("path")
    spec = fields.find(path)
    wishes = kept["value"] if isinstance(kept["value"], dict) and path == VOID else {}
    return Candidate(
        op=kept["op"], kind=str(kept["kind"]), text=display.show(spec, path, kept["value"]), by=str(kept["by"]),
        side=str(kept["side"]), device=str(kept["device"] or ""), at=str(kept["at"] or ""),
        received_at=str(receipt.get("received_at", "")),
        may_pick=_may_pick(spec, kept["side"]), is_voiding=kept["value"] is True,
        is_new=kept["op"] in news,
        wishes=list(display.steps(fields, {p: [target.get(p), v] for p, v in wishes.items()})),
    )  # fmt: skip
