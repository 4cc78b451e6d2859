"""The review queue: how it is narrowed, what a row says, and approving several harmless ones at once."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.console import display, doors
from fieldsync.domain import inspections, risks
from fieldsync.errors import Problem
from fieldsync.language import pick
from fieldsync.sync.operations import is_id

CLAIMS = ("mine", "free", "others")


def narrowed() -> risks.Filter:
    """Return the filter that the address asks for; what it does not know is left out."""
    town, order = doors.given("town"), doors.given("order")
    return risks.Filter(
        state=_known("state", (*inspections.STATES, "voided")), home=f"t-{town}" if town else "",
        risk=_known("risk", risks.RISKS), activity=_known("activity", inspections.ACTIVITY),
        claim=_known("claim", CLAIMS), order=order if order in risks.ORDERS else "risk",
    )  # fmt: skip


def _known(name: str, codes: Any) -> str:
    asked = doors.given(name)
    return asked if asked in codes else ""


def asked() -> dict[str, str]:
    """Return the parameters of the address that a further page keeps."""
    names = ("state", "town", "risk", "activity", "claim", "order")
    return {name: doors.given(name) for name in names if doors.given(name)}


def tags(score: int) -> list[tuple[str, str]]:
    """Return what an urgency is made of as (style, words), the gravest first."""
    codes = risks.reasons(score)
    return [("alarm" if code in ("active", "relapse", "conflict") else "flag", word(code)) for code in codes]


def word(code: str) -> str:
    """Return the words for a risk."""
    return pick(risks.RISKS[code])


def waited(since: str) -> str:
    """Return how long something waits since a time of the wire: in days, below two days in hours."""
    try:
        hours = int((engine().now() - datetime.fromisoformat(since)).total_seconds() // 3600)
    except ValueError:
        return display.NOTHING
    if hours >= 48:
        return _("%(n)s days", n=hours // 24)
    return _("%(n)s hours", n=max(0, hours))


def number(row: Any) -> str:
    """Return the record number of a row of the queue."""
    return str(orjson.loads(row.body).get("record_no") or row.id[-8:])


def is_harmless(row: Any) -> bool:
    """Tell whether a row may be approved unread: nothing speaks against it, and nobody else has it."""
    own = row.created_by == me().actor.user
    return row.score == 0 and row.state in inspections.QUEUE and not own and is_free(row)


def is_free(row: Any) -> bool:
    """Tell whether nobody else has claimed it."""
    return row.claimed_by in ("", me().actor.user)


# Several at once


@dataclass(frozen=True)
class Result:
    """What became of one of several: its id, its number, whether it was approved, and else why not."""

    id: str
    number: str
    approved: bool
    why: str


def approve_chosen() -> list[Result]:
    """Approve what was ticked (`id rev`), each on the revision that was on the screen."""
    if not is_id(doors.typed("op")):
        raise Problem("precondition-required")
    chosen = [tuple(text.split(" ")) for text in doors.typed_all("chosen") if text.count(" ") == 1]
    return [_approve(inspection_id, rev) for inspection_id, rev in chosen[: doors.PAGE]]


def _approve(inspection_id: str, rev: str) -> Result:
    with db.reading() as connection:
        inspection = doors.load(connection, inspections.NOUN, inspection_id)
        score = risks.of_inspection(connection, inspection.cell, inspection_id)
    number_ = inspection.text("record_no") or inspection_id[-8:]
    # The form's own id: sent twice, it decides once.
    op = str(uuid.uuid5(uuid.UUID(doors.typed("op")), inspection_id))
    try:
        if score and inspection.text("state") in inspections.QUEUE:
            raise Problem("wrong-state", "not-harmless")
        engine().perform(me().actor, "inspection.approve", inspection_id, op=op, base=rev)
    except Problem as problem:
        told = doors.explained(problem)
        return Result(inspection_id, number_, False, told.get("detail") or told["title"])
    return Result(inspection_id, number_, True, "")
