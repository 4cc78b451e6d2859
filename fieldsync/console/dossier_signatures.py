"""Signing dossiers: what is signed, who has signed which version, and what changed since."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import allow, engine, me
from fieldsync.console import display, doors
from fieldsync.domain import dossier_signatures, guards, sites
from fieldsync.errors import Problem

bp = Blueprint("dossier_signatures", __name__, url_prefix="/dossier_signatures")


@bp.get("")
@allow(doors.MANAGERS)
def listing() -> str:
    """List the dossiers that were confirmed and wait to be signed."""
    cell, homes = me().actor.cell, doors.homes(doors.given("town"))
    found = doors.paged(
        lambda connection, limit, offset: dossier_signatures.unsigned(connection, cell, homes, limit, offset)
    )
    return render_template("dossier_signatures/list.html", **found, ROLES=dossier_signatures.ROLES)


@bp.get("/<uuid:site_id>")
@allow(doors.MANAGERS)
def show(site_id: Any) -> str:
    """Show what would be signed, and the signatures that there are."""
    return _page(site_id)


@bp.post("/<uuid:site_id>")
@allow(doors.MANAGERS)
def sign(site_id: Any) -> ResponseReturnValue:
    """Sign the version that was on the screen."""
    given = {"role": doors.typed("role"), "revision": doors.typed("rev")}
    given |= {"reason": doors.typed("reason")} if doors.typed("reason") else {}
    try:
        doors.make("dossier_signature.sign", given, str(site_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(site_id, **more))
    return doors.done(url_for(".show", site_id=site_id))


def _page(site_id: Any, problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        signatures = guards.Around(connection, site, engine().now()).signatures()
        changed = {
            role: [display.label(sites.FIELDS, path) for path in paths]
            for role, signature in signatures.items()
            if (paths := dossier_signatures.changed_since(connection, site, signature))
        }
    return render_template(
        "dossier_signatures/show.html", site=site, problem=problem, signatures=signatures, changed=changed,
        ROLES=dossier_signatures.ROLES,
        lines=display.joined(sites.FIELDS, display.lines(sites.FIELDS, guards.signed_content(site.body))),
    )  # fmt: skip
