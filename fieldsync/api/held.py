"""The desk of held work (sync.md sections 3 and 4)."""

from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.api.doors import SIGNED_IN, allow, engine, me, operation_id, standing
from fieldsync.api.schemas import Edit
from fieldsync.sync import held, history

blp = Blueprint("held", __name__, url_prefix="/api/v1/held", description="待处置 Held work")


@blp.route("")
@allow(SIGNED_IN)
@blp.response(200)
def waiting() -> Response:
    """Return the held operations of the county; to an inspector, his own."""
    return Response(orjson.dumps({"held": listing(me().actor.cell, _whose())}), mimetype="application/json")


def _whose() -> str | None:
    """Return None for the desk, which sees all, else the asking person."""
    desk = standing().covers(f"c-{me().actor.cell}", {"reviewer", "admin"})
    return None if desk else me().actor.user


def listing(cell: str, author: str | None) -> list[dict[str, Any]]:
    """Return the receipts of what is held, oldest first."""
    with db.reading() as connection:
        rows = db.rows(
            connection,
            "SELECT op FROM receipt WHERE cell = :cell AND status = 'held' ORDER BY seq LIMIT 1000",
            cell=cell,
        )
        found = history.receipts(connection, cell, [row[0] for row in rows], author)
    return [receipt for receipt in found if receipt["status"] == "held"]


@blp.route("/<uuid:op>/<any(admit, force, close):verb>", methods=["POST"])
@allow(SIGNED_IN)
@blp.arguments(Edit)
@blp.response(200)
def decide(given: dict[str, Any], op: Any, verb: str) -> Response:
    """Admit a held operation, force it (judged by value), or close it with a reason."""
    engine().perform(
        me().actor, f"receipt.{verb}", held.receipt_id(str(op)), op=operation_id(), reason=given.get("reason")
    )
    with db.reading() as connection:
        found = history.receipts(connection, me().actor.cell, [str(op)], None)
    return Response(orjson.dumps({"receipt": found[0]}), mimetype="application/json")
