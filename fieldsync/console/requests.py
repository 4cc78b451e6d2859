"""Requests of the townships that the county decides: granted, or refused with a reason."""

from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import doors
from fieldsync.domain import lifecycle, requests
from fieldsync.errors import Problem

bp = Blueprint("requests", __name__, url_prefix="/requests")


@bp.get("")
def listing() -> str:
    """List the requests that wait, or those that were decided."""
    return _page()


@bp.post("/<uuid:request_id>")
def decide(request_id: Any) -> ResponseReturnValue:
    """Grant a request and carry it out, or refuse it with a reason that its author sees."""
    verb = doors.verb("grant", "refuse")
    try:
        doors.perform(f"request.{verb}", request_id, {"override": True} if doors.typed("override") else None)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(str(request_id), **more))
    return doors.done(url_for(".listing"))


def _page(failed: str = "", problem: dict[str, Any] | None = None) -> str:
    """Return the list; `failed` is the request whose decision did not go through."""
    status = doors.given("status") if doors.given("status") in requests.STATUSES else "pending"
    found = doors.paged(
        lambda connection, limit, offset: requests.listing(connection, me().actor.cell, status, limit, offset)
    )
    if failed:
        with db.reading() as connection:
            doors.load(connection, requests.NOUN, failed)
    return render_template(
        "requests/list.html", **found, status=status, bodies={r.id: orjson.loads(r.body) for r in found["rows"]},
        failed=failed, problem=problem, STATUSES=requests.STATUSES, CODES=requests.CODES,
        SITE_STATUSES=lifecycle.STATUSES,
    )  # fmt: skip
