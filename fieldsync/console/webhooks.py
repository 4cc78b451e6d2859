"""Webhooks of a county, for administrators: where events go, which, and what became of each message."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.console import display, doors
from fieldsync.domain import deliveries, webhooks
from fieldsync.errors import Problem
from fieldsync.sync.records import Record

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.before_request
def _for_administrators() -> None:
    if not doors.may("webhook.edit"):
        raise Problem("not-allowed")


@bp.get("")
def listing() -> str:
    """List where the county's events go, and how many messages wait or were given up."""
    return _list()


@bp.post("")
def create() -> ResponseReturnValue:
    """Name an address, and show its secret, once."""
    try:
        webhook_id = doors.make("webhook.create", _typed())
    except Problem as problem:
        return doors.again(problem, _list)
    return _show_secret(webhook_id)


def _list(problem: dict[str, Any] | None = None) -> str:
    cell = me().actor.cell
    with db.reading() as connection:
        hooks, counts = webhooks.listing(connection, cell), deliveries.counts(connection, cell)
    return render_template(
        "webhooks/list.html", hooks=[(hook, orjson.loads(hook.body)) for hook in hooks], counts=counts,
        problem=problem, groups=_groups({}), STATES=deliveries.STATES, fields=webhooks.FIELDS,
    )  # fmt: skip


def _typed() -> dict[str, Any]:
    """Return what the form says of a webhook; all events ticked, or none, means all."""
    chosen = [name for name in webhooks.EVENTS if name in doors.typed_all("events")]
    events = " ".join(chosen) if len(chosen) < len(webhooks.EVENTS) else ""
    given = {"url": doors.typed("url"), "note": doors.typed("note") or None, "events": events or None}
    return given if doors.typed("url") else given | {"url": ""}


def _groups(body: dict[str, Any]) -> list[tuple[tuple[str, str], list[tuple[str, tuple[str, str], bool]]]]:
    """Return the events by noun: label, and (name, words, ticked) of each."""
    asked, typed = str(body.get("events") or "").split(), doors.typed_all("events")
    found = []
    for noun, (labels, _path, _states) in webhooks.STATES.items():
        names = [name for name in webhooks.EVENTS if name.startswith(f"{noun}.")]
        found.append((labels, [(name, webhooks.EVENTS[name], name in (typed or asked)) for name in names]))
    return found


@bp.get("/<uuid:webhook_id>")
def show(webhook_id: Any) -> str:
    """Show a webhook with its messages."""
    return _page(webhook_id)


@bp.post("/<uuid:webhook_id>")
def act(webhook_id: Any) -> ResponseReturnValue:
    """Change it, switch it on or off, give it up; test it, renew its secret, send again what was given up."""
    verb = doors.verb("edit", "on", "off", "void", "test", "secret", "again")
    try:
        record = _load(webhook_id)
        if verb == "secret":
            return _show_secret(record.id)
        if verb == "test":
            deliveries.send_test(record.cell, record.id, record.rev, engine().now())
        elif verb == "again":
            deliveries.send_again(record.cell, record.id, doors.typed("message"))
        elif verb == "void":
            doors.perform("webhook.void", webhook_id)
            return doors.done(url_for(".listing"))
        else:
            wish = _typed() if verb == "edit" else {"active": verb == "on"}
            doors.perform("webhook.edit", webhook_id, {k: v for k, v in wish.items() if v != record.get(k)})
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(webhook_id, **more))
    return doors.done(url_for(".show", webhook_id=webhook_id))


def given_up() -> int:
    """Return how many messages of the county were given up; shown to administrators on every page."""
    with db.reading() as connection:
        return deliveries.count_given_up(connection, me().actor.cell)


def _load(webhook_id: Any) -> Record:
    with db.reading() as connection:
        record = doors.load(connection, webhooks.NOUN, webhook_id)
    if record.voided:
        raise Problem("not-found")
    return record


def _show_secret(webhook_id: str) -> str:
    """Make a secret and show it: it is not shown again."""
    record = _load(webhook_id)
    secret = deliveries.renew_secret(record.cell, record.id)
    return render_template("webhooks/secret.html", hook=record, secret=secret)


def _page(webhook_id: Any, problem: dict[str, Any] | None = None) -> str:
    record = _load(webhook_id)
    found = doors.paged(
        lambda connection, limit, offset: deliveries.listing(connection, record.cell, record.id, limit, offset)
    )
    with db.reading() as connection:
        versions = doors.versions(connection, record)
        counts = deliveries.counts(connection, record.cell).get(record.id, {})
        has_secret = deliveries.has_secret(connection, record.cell, record.id)
    return render_template(
        "webhooks/show.html", hook=record, **found, problem=problem, groups=_groups(record.body), counts=counts,
        STATES=deliveries.STATES, FAILURES=deliveries.FAILURES, EVENTS=webhooks.EVENTS, has_secret=has_secret,
        versions=versions, fields=webhooks.FIELDS, TEST=webhooks.TEST,
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip
