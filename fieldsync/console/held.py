"""The desk of held work: what could not be done yet, why, whose it is and what it holds."""

from typing import Any

import orjson
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import darkroom, me
from fieldsync.console import display, doors, words
from fieldsync.console.review import rehearsal
from fieldsync.domain import exports, receipts
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.language import pick
from fieldsync.sync import held, history
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

bp = Blueprint("held", __name__, url_prefix="/held")


@bp.get("")
def listing() -> str:
    """List what is held, oldest first."""
    found = doors.paged(
        lambda connection, limit, offset: receipts.held_receipts(connection, me().actor.cell, limit, offset)
    )
    bodies = {row.op: orjson.loads(row.body) for row in found["rows"]}
    return render_template("held/list.html", **found, bodies=bodies, why=why)


def why(code: Any) -> str:
    """Return in words why something is held."""
    return pick(receipts.WHY[code]) if code in receipts.WHY else str(code or "")


@bp.get("/import")
def ask_export() -> str:
    """Ask for the file that a broken phone exported."""
    _check_may_import()
    return _import_page()


@bp.post("/import")
@doors.large("IMPORT_MAX_BYTES", "person.import")
def take_in() -> ResponseReturnValue:
    """Take in an exported file, and say what became of each operation and file."""
    _check_may_import()
    try:
        sent = request.files.get("file")
        if sent is None:
            raise Problem("bad-value", "export")
        return _import_page(taken=exports.take_in(darkroom(), sent.stream, me().actor))
    except Problem as problem:
        return doors.again(problem, _import_page)


def _check_may_import() -> None:
    if not doors.may("person.import"):
        raise Problem("not-allowed")


def _import_page(taken: exports.Taken | None = None, problem: dict[str, Any] | None = None) -> str:
    return render_template(
        "held/import.html", taken=taken, problem=problem, why=why, FILES=exports.FILES, GOOD=("stored", "known"),
        trouble_of=_trouble_of,
    )  # fmt: skip


def _trouble_of(problem: dict[str, Any]) -> str:
    """Return a kept problem in the language of the page."""
    kept = Problem(problem["type"].removeprefix("/problems/"), problem.get("reason", ""))
    told = doors.explained(kept)
    return "：".join(filter(None, (told["title"], told.get("detail"))))


@bp.get("/<uuid:op>")
def show(op: Any) -> str:
    """Show one held operation with all that it holds."""
    return _page(op)


@bp.post("/<uuid:op>")
def decide(op: Any) -> ResponseReturnValue:
    """Admit it, force it (judged by value), or close it with a reason; or only show what that would do."""
    verb = doors.verb("admit", "force", "close", "rehearse_admit", "rehearse_force")
    try:
        if verb.startswith("rehearse_"):
            return _page(op, rehearsed=_rehearse(str(op), verb.removeprefix("rehearse_")))
        doors.perform(f"receipt.{verb}", held.receipt_id(str(op)))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(op, **more))
    return doors.done(url_for(".show", op=op), _outcome(str(op)))


def _rehearse(op: str, verb: str) -> rehearsal.Rehearsal:
    """Return what admitting or forcing it would do to the record that it is about."""
    receipt_id = held.receipt_id(op)
    with db.reading() as connection:
        receipt = doors.load(connection, receipts.NOUN, receipt_id)
        target = _target(connection, receipt)

    def act(trial: Engine) -> None:
        trial.perform(
            me().actor, f"receipt.{verb}", receipt_id, op=new_id(), base=doors.typed("rev"),
            reason=doors.typed("reason") or None,
        )  # fmt: skip

    return rehearsal.rehearse(target or _nothing_yet(receipt), act, receipt_id)


def _nothing_yet(receipt: Record) -> Record:
    """Return the record that a held operation would make, as empty as it still is."""
    return Record(receipt.cell, receipt.text("action").partition(".")[0], receipt.text("target"))


def _outcome(op: str) -> str:
    """Say what became of an operation after the desk's decision."""
    with db.reading() as connection:
        receipt = history.receipts(connection, me().actor.cell, [op], None)[0]
    reason = why(receipt.get("why")) if receipt["status"] == "held" else ""
    return _("Now: %(status)s. %(why)s", status=words.word(words.OUTCOMES, receipt["status"]), why=reason)


def _page(op: Any, problem: dict[str, Any] | None = None, rehearsed: rehearsal.Rehearsal | None = None) -> str:
    """Return the page of one operation that is, or was, held."""
    with db.reading() as connection:
        receipt = doors.load(connection, receipts.NOUN, held.receipt_id(str(op)))
        kept = history.receipts(connection, receipt.cell, [str(op)], None)[0]
        versions = doors.versions(connection, receipt)
        target = _target(connection, receipt)
        waits = history.receipts(connection, receipt.cell, kept.get("on") or [], None)
    return render_template(
        "held/show.html", receipt=receipt, kept=kept, values=_values(receipt.text("action"), kept), why=why,
        target=target, problem=problem, rehearsed=rehearsed, fields=receipts.NOUN.fields,
        waits={r["op"]: r["status"] for r in waits},
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip


def _target(connection: Any, receipt: Record) -> Record | None:
    """Return the record that an operation is about, where it is here and has a page."""
    noun = REGISTRY.nouns.get(receipt.text("action").partition(".")[0])
    try:
        return doors.load(connection, noun, receipt.text("target")) if noun is not None else None
    except Problem:
        return None


def _values(action: str, kept: dict[str, Any]) -> list[display.Line]:
    """Return the paths and values that an operation holds; those of an unknown noun as they came."""
    given = kept.get("set") or {}
    noun = REGISTRY.nouns.get(action.partition(".")[0])
    if noun is not None:
        return display.lines(noun.fields, given)
    return [display.Line(path, path, display.show(None, path, value)) for path, value in given.items()]
