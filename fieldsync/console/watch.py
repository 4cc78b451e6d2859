"""Lists that want watching: stale dossiers, relapses, likely duplicates."""

from datetime import timedelta
from itertools import islice

from flask import Blueprint, render_template

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.console import doors, names
from fieldsync.domain import lifecycle, requests, watch
from fieldsync.domain.words import MINERALS
from fieldsync.sync.journal import text_of

bp = Blueprint("watch", __name__, url_prefix="/watch")


@bp.get("/stale")
def stale() -> str:
    """List the dossiers that nobody wrote in for too long."""
    days, town, cell = doors.setting("DOSSIER_STALE_DAYS"), doors.given("town"), me().actor.cell
    home, now = f"t-{town}" if town else "", engine().now()
    found = doors.paged(
        lambda connection, limit, offset: watch.stale(connection, cell, now, days, home, limit, offset)
    )
    return render_template(
        "watch/stale.html", **found, days=days, town=town, towns=names.towns(), STATUSES=lifecycle.STATUSES
    )


@bp.get("/relapses")
def relapses() -> str:
    """List the sites that were worked again, the most often first, and the reports that wait to be confirmed."""
    cell, hours = me().actor.cell, doors.setting("RELAPSE_CONFIRM_H")
    found = doors.paged(lambda connection, limit, offset: watch.relapses(connection, cell, limit, offset))
    with db.reading() as connection:
        waiting = requests.pending_relapses(connection, cell)
    late = text_of(engine().now() - timedelta(hours=hours))
    return render_template(
        "watch/relapses.html", **found, waiting=waiting, late=late, hours=hours, STATUSES=lifecycle.STATUSES
    )


@bp.get("/duplicates")
def duplicates() -> str:
    """List pairs of dossiers that may be one site."""
    radius, cell = doors.setting("SITE_DUPLICATE_RADIUS_M"), me().actor.cell
    found = doors.paged(
        lambda connection, limit, offset: list(
            islice(watch.duplicates(connection, cell, radius), offset, offset + limit)
        )
    )
    return render_template("watch/duplicates.html", **found, radius=radius, MINERALS=MINERALS)
