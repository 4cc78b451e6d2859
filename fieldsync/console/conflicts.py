"""Conflicts and proposals: every value that did not win, for the county to pick, keep, write or combine."""

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import engine, me
from fieldsync.console import display, doors, names, words
from fieldsync.console.review import candidates, rehearsal
from fieldsync.console.review.candidates import WRITABLE
from fieldsync.domain import conflicts
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.ids import new_id
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

bp = Blueprint("conflicts", __name__, url_prefix="/conflicts")


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
    """Settle it: pick a candidate, keep the current value, write or combine; or only show what that would do."""
    try:
        if doors.typed("verb") == "rehearse":
            return _page(conflict_id, rehearsed=_rehearse([str(conflict_id)], lambda _id: ""))
        doors.perform("conflict.resolve", conflict_id, **_decision(str(conflict_id)))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(conflict_id, **more))
    return doors.done(url_for(".show", conflict_id=conflict_id))


@bp.get("/of/<uuid:record_id>")
def of_record(record_id: Any) -> str:
    """Show all fields of one record that wait for somebody, on one page."""
    return _record_page(record_id)


@bp.post("/of/<uuid:record_id>")
def resolve_several(record_id: Any) -> ResponseReturnValue:
    """Settle those that were decided, all of them or none; or only show what that would do."""
    try:
        chosen = [key for key in doors.typed_under("choose:") if doors.typed(f"choose:{key}") != "later"]
        if not chosen:
            raise Problem("bad-value", "nothing-chosen")
        if doors.typed("verb") == "rehearse":
            return _record_page(record_id, rehearsed=_rehearse(chosen, _suffix))
        with engine().together(me().actor.cell) as joined:
            _settle(joined, chosen, _suffix)
    except Problem as problem:
        return doors.again(problem, lambda **more: _record_page(record_id, **more))
    return doors.done(url_for(".of_record", record_id=record_id))


def _suffix(conflict_id: str) -> str:
    """Return what the names of a conflict's controls end in, where several stand on one page."""
    return f":{conflict_id}"


def _rehearse(ids: list[str], suffix: Any) -> rehearsal.Rehearsal:
    """Return what the decisions on the page would change."""
    with db.reading() as connection:
        conflict = doors.load(connection, conflicts.NOUN, ids[0])
        target = doors.load(connection, REGISTRY.nouns[conflict.text("record_type")], conflict.text("record_id"))
    return rehearsal.rehearse(target, lambda trial: _settle(trial, ids, suffix))


def _settle(joined: Engine, ids: Iterable[str], suffix: Any) -> None:
    """Settle conflicts as the page decides them, each on its revision on the screen."""
    for conflict_id in ids:
        rev = doors.typed(f"rev{suffix(conflict_id)}")
        if not rev:
            raise Problem("precondition-required")
        joined.perform(
            me().actor, "conflict.resolve", conflict_id, op=new_id(), base=rev,
            reason=doors.typed("reason") or None, **_decision(conflict_id, suffix(conflict_id)),
        )  # fmt: skip


def _decision(conflict_id: str, suffix: str = "") -> dict[str, Any]:
    """Return what the form chose: {choose} or {value}."""
    choose = doors.typed(f"choose{suffix}")
    if choose not in ("write", "combine", "restore", "void"):
        return {"choose": choose}
    if choose in ("restore", "void"):
        return {"value": choose == "void"}
    with db.reading() as connection:
        conflict = doors.load(connection, conflicts.NOUN, conflict_id)
    spec = REGISTRY.nouns[conflict.text("record_type")].fields.find(conflict.text("path"))
    return {"value": parse(spec, doors.typed(f"{'value' if choose == 'write' else 'combined'}{suffix}"))}


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


def _page(
    conflict_id: Any, problem: dict[str, Any] | None = None, rehearsed: rehearsal.Rehearsal | None = None
) -> str:
    """Return the page of one conflict."""
    with db.reading() as connection:
        conflict = doors.load(connection, conflicts.NOUN, conflict_id)
        noun = REGISTRY.nouns[conflict.text("record_type")]
        target = doors.load(connection, noun, conflict.text("record_id"))
        news = _news(doors.versions(connection, conflict), doors.typed("rev")) if problem else set()
        seen = candidates.view(connection, conflict, target, doors.versions(connection, target), news)
        others = conflicts.of_record(connection, conflict.cell, target.id)
    return render_template(
        "conflicts/show.html", view=seen, conflict=conflict, target=target, problem=problem, rehearsed=rehearsed,
        title=title(target.type, target.body, target.id), towns=names.towns(), STATUSES=conflicts.STATUSES,
        others=len(others) - (seen.path in others), told=_told([seen]),
    )  # fmt: skip


def _record_page(
    record_id: Any, problem: dict[str, Any] | None = None, rehearsed: rehearsal.Rehearsal | None = None
) -> str:
    """Return the page of all conflicts that wait on one record."""
    with db.reading() as connection:
        target = _any_record(connection, str(record_id))
        versions = doors.versions(connection, target)
        waiting = conflicts.of_record(connection, target.cell, target.id)
        views = []
        for conflict_id, _status in waiting.values():
            conflict = doors.load(connection, conflicts.NOUN, conflict_id)
            shown = doors.typed(f"rev:{conflict_id}")
            news = _news(doors.versions(connection, conflict), shown) if problem and shown else set()
            views.append(candidates.view(connection, conflict, target, versions, news))
    return render_template(
        "conflicts/record.html", views=views, target=target, problem=problem, rehearsed=rehearsed,
        title=title(target.type, target.body, target.id), towns=names.towns(), told=_told(views),
        STATUSES=conflicts.STATUSES,
    )  # fmt: skip


def _any_record(connection: Any, record_id: str) -> Record:
    """Return a record of whatever noun; what is out of scope is not found."""
    row = db.row(
        connection, "SELECT type FROM record WHERE cell = :cell AND id = :id", cell=me().actor.cell, id=record_id
    )
    if row is None or row[0] not in REGISTRY.nouns:
        raise Problem("not-found")
    return doors.load(connection, REGISTRY.nouns[row[0]], record_id)


def _news(versions: list[dict[str, Any]], rev: str) -> set[str]:
    """Return what changed since the page was opened: `current`, and the operations of new candidates."""
    paths = {path for version in display.since(versions, rev) for path in version["patch"]}
    return {path.split("/")[1] if path.startswith("candidates/") else path for path in paths}


def _told(views: list[candidates.View]) -> list[str]:
    """Return the names of those whom a decision concerns: the authors of all values."""
    authors = [view.current_by["by"] for view in views if view.current_by]
    authors += [each.by for view in views for each in view.candidates]
    return [names.person(author) for author in dict.fromkeys(authors) if author != "system"]
