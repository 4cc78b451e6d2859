"""Who is out in the field now, since when, and until when: the overdue first."""

from flask import Blueprint, render_template

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.domain import patrol_tracks

bp = Blueprint("out", __name__, url_prefix="/out")


@bp.get("")
def listing() -> str:
    """List who is out."""
    with db.reading() as connection:
        outings = patrol_tracks.out(connection, me().actor.cell, engine().now())
    overdue = sum(outing.is_overdue for outing in outings)
    return render_template("out/list.html", outings=outings, overdue=overdue)
