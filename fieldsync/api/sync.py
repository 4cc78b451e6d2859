"""Push, pull and what a phone checks itself by (sync.md section 3)."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint

from fieldsync import db, language
from fieldsync.api import schemas
from fieldsync.api.doors import DRAINING, SIGNED_IN, allow, darkroom, engine, me, read_json, standing
from fieldsync.api.session import pull_scopes
from fieldsync.domain import contacts
from fieldsync.errors import Problem
from fieldsync.monitoring import logs
from fieldsync.sync import history, pull
from fieldsync.sync.operations import is_id

_DONE = ("applied", "merged", "conflict")

blp = Blueprint("sync", __name__, url_prefix="/api/v1/sync", description="同步 Synchronisation")


@blp.route("/push", methods=["POST"])
@allow(DRAINING)
@blp.response(200, schemas.PushAnswer)
def push() -> Response:
    """Take in a batch of operations; 200 once every one of them is durably recorded."""
    body = read_json()
    if not isinstance(body, dict):
        raise Problem("bad-value", "type")
    dry_run = request.args.get("dry_run") == "1"
    answer = engine().push(me().actor, body, dry_run)
    if not dry_run:
        logs.pushed(answer["results"])
        _attach_photos(answer, body)
        _note_contact(body.get("app"))
    return Response(pull.line(answer | {"results": _worded(answer["results"])}), mimetype="application/json")


def _worded(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return results or receipts with their problems, which are kept in Chinese, in the language asked for."""
    if not language.is_chinese():
        for line in lines:
            if problem := line.get("problem"):
                same = Problem(problem["type"].removeprefix("/problems/"), problem.get("reason", ""))
                line["problem"] = problem | same.as_json("en")
    return lines


def _attach_photos(answer: dict[str, Any], body: dict[str, Any]) -> None:
    """Attach files that came in just while their photos were pushed; older ones the rule has attached."""
    for op, result in zip(body.get("ops", []), answer["results"], strict=True):
        if result["status"] in _DONE and op.get("action") == "photo.add":
            given = op.get("set") or {}
            for sha256 in (given.get("sha256"), given.get("preview_sha256")):
                if isinstance(sha256, str):
                    darkroom().arrive(me().actor.cell, sha256)


@blp.route("/pull")
@allow(SIGNED_IN)
@blp.arguments(schemas.PullQuery, location="query")
@blp.response(200, content_type="application/x-ndjson")
def pull_page(query: dict[str, Any]) -> Response:
    """Send what changed in the person's scopes since the cursor, as NDJSON."""
    config, actor = current_app.config, me().actor
    limit = min(query["limit"] or config["PULL_LIMIT"], 10_000)
    max_bytes = min(query["max_bytes"] or config["PULL_MAX_BYTES"], 50_000_000)
    scopes = pull_scopes(actor.cell, standing())

    def lines() -> Iterator[bytes]:
        with db.reading() as connection:
            page = pull.Page(connection, actor.cell, scopes, limit, max_bytes, _seen(query["seen"]))
            yield from page.lines(query["cursor"])

    content = b"".join(lines())
    _note_contact()
    return Response(content, mimetype="application/x-ndjson")


def _note_contact(app: Any = "") -> None:
    """Note that this phone was here, and how much it says still waits on it."""
    if me().actor.device:
        told = contacts.waiting(request.headers.get("Fieldsync-Waiting", ""))
        contacts.note(me().actor, app if type(app) is str else "", told, engine().now())


def _seen(text: str) -> dict[str, str]:
    """Return {cell: head} of `350803:88123.5f2a...,common:41.77aa...`."""
    pairs = (part.partition(":") for part in text.split(",") if ":" in part)
    return {cell: head for cell, _, head in pairs}


@blp.route("/receipts")
@allow(SIGNED_IN)
@blp.response(200)
def receipts() -> Response:
    """Return the present state of own operations; the desk may ask for all of its cell."""
    ops = [op for op in request.args.get("op", "").split(",") if is_id(op)][:500]
    now = standing()
    everybody = now.side == "county" and now.covers(f"c-{me().actor.cell}", {"reviewer", "admin"})
    with db.reading() as connection:
        found = history.receipts(connection, me().actor.cell, ops, None if everybody else me().actor.user)
        if not everybody:
            found = [_without_theirs(connection, receipt) for receipt in found]
    return Response(pull.line({"receipts": _worded(found)}), mimetype="application/json")


def _without_theirs(connection: Any, receipt: dict[str, Any]) -> dict[str, Any]:
    """Return a receipt without what others wrote, where its author cannot see the record any more."""
    row = db.row(
        connection, "SELECT home, scopes FROM record WHERE cell = :cell AND id = :id",
        cell=me().actor.cell, id=receipt["id"],
    )  # fmt: skip
    if row is None or standing().covers(row[0]) or f"u-{me().actor.user}" in row[1].split():
        return receipt
    hidden = ("conflicts", "rev") if isinstance(receipt.get("why"), str) else ("conflicts", "rev", "why")
    return {name: value for name, value in receipt.items() if name not in hidden}


@blp.route("/verify")
@allow(SIGNED_IN)
@blp.response(200)
def verify() -> Response:
    """Return id and rev of every member of one of the person's scopes, to find which one differs."""
    scope = request.args.get("scope", "")
    if scope not in pull_scopes(me().actor.cell, standing()):
        raise Problem("not-found")
    with db.reading() as connection:
        found = [{"id": row[0], "rev": row[1]} for row in pull.members(connection, me().actor.cell, scope)]
    return Response(pull.line({"scope": scope, "members": found}), mimetype="application/json")
