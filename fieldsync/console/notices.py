"""What concerns whoever sits at this screen: an unread count on every page, a list that leads to the records."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import SIGNED_IN, allow, engine, me, standing
from fieldsync.console import doors
from fieldsync.domain import notice_board, notices
from fieldsync.domain.notice_board import Notice, Reader, Seen
from fieldsync.errors import Problem
from fieldsync.sync.journal import text_of

bp = Blueprint("notices", __name__, url_prefix="/notices")

# Where a record is shown: endpoint, its argument, and what of the notice that is.
_PAGES = {
    "inspection": ("console.inspections.show", "inspection_id", "id"),
    "conflict": ("console.conflicts.show", "conflict_id", "id"),
    "patrol_task": ("console.patrol_tasks.show", "task_id", "id"),
    "case": ("console.cases.show", "record_id", "id"),
    "site": ("console.sites.show", "site_id", "about"),
    "rectification": ("console.sites.show", "site_id", "about"),
    "request": ("console.sites.show", "site_id", "about"),
    "closure": ("console.closures.show", "closure_id", "id"),
    "period_report": ("console.reports.frozen", "report_id", "id"),
    "webhook": ("console.webhooks.show", "webhook_id", "id"),
}
# Where the desk decides what a notice tells of.
_DESK = {
    "request": "console.requests.listing", "relapse": "console.watch.relapses",
    "relapse_late": "console.watch.relapses", "recheck": "console.rectifications.listing",
    "explained": "console.patrol_tasks.missed",
}  # fmt: skip
# What of a record says more: why it was returned or refused, by when a lead is verified or something made good.
_SAYS = ("review_comment", "decision_reason", "void_reason", "verify_by", "due_on", "reason", "description")


@bp.get("")
@allow(SIGNED_IN)
def listing() -> str:
    """List what concerns the person at this screen, what is late first, then the latest."""
    now = engine().now()

    def read(connection: Any, limit: int, offset: int) -> list[Any]:
        return notice_board.listing(_reader(connection), limit, offset)

    found = doors.paged(read)
    with db.reading() as connection:
        late = notice_board.reminders(_reader(connection)) if found["page"] == 1 else []
    return render_template(
        "notices/list.html", **found, late=late, KINDS=notices.KINDS, address=address, says=says,
        newest=max((notice.seq for notice in found["rows"]), default=0), now=text_of(now),
    )  # fmt: skip


@bp.post("")
@allow(SIGNED_IN)
def mark() -> ResponseReturnValue:
    """Mark as read what stood on the page; what came since stays new."""
    newest, now = doors.typed("newest"), text_of(engine().now())
    seq = int(newest) if newest.isdecimal() and len(newest) < 16 else 0
    notice_board.see(me().actor.cell, me().actor.user, Seen(seq, min(doors.typed("now"), now)))
    return doors.done(url_for(".listing"))


@bp.get("/<noun>/<uuid:record_id>")
@allow(SIGNED_IN)
def follow(noun: str, record_id: Any) -> ResponseReturnValue:
    """Lead from a record's name and id, as messages to other systems have them, to its page."""
    if noun not in REGISTRY.nouns:
        raise Problem("not-found")
    with db.reading() as connection:
        record = doors.load(connection, REGISTRY.nouns[noun], record_id)
        row = db.row(connection, _ROOT, cell=record.cell, id=record.id)
    found = _page(noun, record.id, row[0], record.body)
    if not found:
        raise Problem("not-found")
    return redirect(found)


_ROOT = "SELECT root_id FROM record WHERE cell = :cell AND id = :id"


def unread() -> int:
    """Return how many notices are new to the person at this screen; looked up once for each page."""
    if "unread" not in g:
        with db.reading() as connection:
            g.unread = notice_board.unread(_reader(connection))
    return int(g.unread)


def _reader(connection: Any) -> Reader:
    return Reader(connection, me().actor.cell, standing(), engine().now())


def says(notice: Notice) -> str:
    """Return what more the record says."""
    return next((str(notice.body[path]) for path in _SAYS if notice.body.get(path)), "")


def address(notice: Notice) -> str:
    """Return where the person reads on; empty where he has no page for it: townships have it on the phone."""
    if notice.kind in _DESK and standing().side == "county":
        return url_for(_DESK[notice.kind])
    return _page(notice.noun, notice.id, notice.about, notice.body)


def _page(noun: str, record_id: str, about: str, body: Mapping[str, Any]) -> str:
    """Return the address of a record's page, empty where this person has none."""
    if noun == "receipt":
        endpoint, given = "console.held.show", {"op": str(body.get("op"))}
    elif noun in _PAGES:
        endpoint, argument, which = _PAGES[noun]
        given = {argument: about if which == "about" else record_id}
    else:
        return ""
    who = getattr(current_app.view_functions[endpoint], "allowed", None)
    is_his = standing().side == "county" or (who == doors.MANAGERS and bool(doors.managed()))
    return url_for(endpoint, **given) if is_his else ""  # type: ignore[arg-type]
