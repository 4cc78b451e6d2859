"""The web console of the county: pages for the desk, one blueprint per noun, closed unless it says otherwise."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, g, redirect, url_for

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import allow, engine, me
from fieldsync.console import (
    campaigns,
    cases,
    checklists,
    closures,
    conflicts,
    display,
    doors,
    dossier_signatures,
    exports,
    held,
    history,
    imports,
    inspections,
    key_areas,
    ledger,
    names,
    notices,
    out,
    overview,
    patrol_plans,
    patrol_tasks,
    people,
    photos,
    pictures,
    rectifications,
    reports,
    requests,
    session,
    sites,
    watch,
    webhooks,
    words,
)  # fmt: skip
from fieldsync.domain import conflicts as conflicts_
from fieldsync.domain import patrol_tracks, receipts, risks
from fieldsync.domain import requests as requests_
from fieldsync.ids import new_id
from fieldsync.language import is_chinese, pick


def init(app: Flask) -> None:
    """Add the pages to `app`."""
    app.config.update(
        SESSION_COOKIE_NAME="fieldsync",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=app.config["CONSOLE_HOURS"]),
        # The API has tokens instead of cookies; pages check their forms in `doors.admit`.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A form is good for as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    doors.login.init_app(app)
    doors.csrf.init_app(app)
    app.jinja_env.finalize = display.visible
    app.jinja_env.globals.update(_globals())
    app.jinja_env.filters.update(moment=display.moment, unchanged=display.unchanged)
    app.register_blueprint(_pages())
    # The bare address leads to the desk.
    app.add_url_rule("/", "root", lambda: redirect(url_for("console.home")))


# Every module has a blueprint of its noun's pages.
_MODULES = (
    session, inspections, photos, conflicts, held, sites, requests, out, people, patrol_plans, patrol_tasks,
    ledger, cases, reports, history,
    dossier_signatures, closures, rectifications, watch, checklists, key_areas, campaigns, imports,
    pictures, exports, overview, notices, webhooks,
)  # fmt: skip


def _pages() -> Blueprint:
    """Return all pages under /console."""
    console = Blueprint("console", __name__, url_prefix="/console")
    console.before_request(doors.admit)
    console.after_request(doors.forget)
    console.get("/")(home)
    for module in _MODULES:
        console.register_blueprint(module.bp)
    return console


@allow(doors.MANAGERS)
def home() -> Any:
    """Begin with the review queue; a township's manager with the calendar of his patrols."""
    return redirect(
        url_for("console.inspections.queue" if doors.is_signed_in() else "console.patrol_tasks.calendar")
    )


def _globals() -> dict[str, Any]:
    """Return what every template may use."""
    return {
        "counters": counters, "may": doors.may, "me": me, "is_signed_in": doors.is_signed_in,
        "is_superior": doors.is_superior, "unread": notices.unread,
        "given_up": webhooks.given_up,
        "manages": doors.managed, "here": doors.here, "typed": doors.typed, "new_id": new_id, "pick": pick,
        "is_chinese": is_chinese, "place": names.place, "person": names.person,
        "device": names.device, "county_name": names.county, "word": words.word, "words": words,
        "steps": display.steps, "label": display.label, "is_wide": display.is_wide,
        "action_name": lambda name: display.action(REGISTRY.nouns, name),
    }  # fmt: skip


def counters() -> dict[str, int]:
    """Return how much waits at the desk: inspections, conflicts, held work, requests, overdue people."""
    if "counters" not in g:
        cell = me().actor.cell
        with db.reading() as connection:
            g.counters = {
                "inspections": risks.count_waiting(connection, cell),
                "conflicts": conflicts_.count_waiting(connection, cell),
                "held": receipts.count_held(connection, cell),
                "requests": requests_.count_pending(connection, cell),
                "overdue": sum(o.is_overdue for o in patrol_tracks.out(connection, cell, engine().now())),
            }
    found: dict[str, int] = g.counters
    return found
