"""The register of dossiers, and one dossier with the history of every value."""

from itertools import groupby
from typing import Any

import orjson
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from fieldsync import db
from fieldsync.console import display, doors, names, photos, process
from fieldsync.console import register as register_
from fieldsync.domain import conflicts, inspections, lifecycle, parties, sites
from fieldsync.domain import photos as photos_
from fieldsync.errors import Problem
from fieldsync.sync import history
from fieldsync.sync.records import Record

bp = Blueprint("sites", __name__, url_prefix="/sites")

# Which declared field begins which part of the page.
SECTIONS = {
    "dossier_no": _("Dossier"),
    "town_code": _("Place"),
    "mineral_code": _("Findings"),
    "leader_in_charge": _("Patrols and status"),
    "closure_doc_no": _("Closure and restoration"),
    "remark": _("Remarks and last visit"),
}


@bp.get("")
def register() -> str:
    """List dossiers by what was asked for, with their map."""
    return register_.page()


@bp.get("/<uuid:site_id>")
def show(site_id: Any) -> str:
    """Show a dossier: each value with who set it, when and by which operation; today's or as it was."""
    return _page(site_id)


@bp.post("/<uuid:site_id>")
def act(site_id: Any) -> ResponseReturnValue:
    """Take a step, note what it needs, merge, or move to another township: on the revision on the screen."""
    verb = doors.verb("move", "transit", "endorse", "merge", "edit")
    try:
        doors.perform(f"site.{verb}", site_id, _wish(verb, site_id))
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(site_id, **more))
    return doors.done(url_for(".show", site_id=site_id))


def _wish(verb: str, site_id: Any) -> dict[str, Any]:
    """Return what the form asks for."""
    if verb != "move":
        with db.reading() as connection:
            return process.wish(connection, verb, site_id)
    if doors.typed("town_code") not in names.towns():
        raise Problem("bad-value", "choice")
    return {"town_code": doors.typed("town_code")}


def _page(site_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of one dossier."""
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        versions, was = doors.versions(connection, site), doors.as_was(connection, site)
        # What hangs on a duplicate that was merged into this dossier is read here too.
        ids = [site.id, *(row.id for row in sites.merged_into(connection, site.cell, site.id))]
        visits = [row for each in ids for row in inspections.at_site(connection, site.cell, each)]
        people = _parties(connection, site)
        contested = conflicts.of_record(connection, site.cell, site.id)
        shots = photos_.beneath(connection, site.cell, [site.id]).get(site.id, [])
        originals = photos_.has_original(connection, site.cell, [site.id, *(row.id for row in visits)])
        around = process.around(connection, site)
    body = site.body if was is None else was[1]
    until = versions if was is None else versions[: len(versions) - len(display.since(versions, was[0]))]
    return render_template(
        "sites/show.html", site=site, body=body, was=was, problem=problem, sections=sections(body),
        provenance=history.provenance(until), versions=versions, fields=sites.NOUN.fields,
        visits=[(row, orjson.loads(row.body)) for row in visits], parties=people, contested=contested,
        photos=[photos.card(shot) for shot in shots], originals=originals, STATUSES=lifecycle.STATUSES,
        STATES=inspections.STATES, ACTIVITY=inspections.ACTIVITY, towns=names.towns(),
        overrides=process.overrides(body), **around, missing=display.missing(sites.NOUN.fields, body),
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
    )  # fmt: skip


def sections(body: dict[str, Any]) -> list[tuple[str, list[display.Line]]]:
    """Return what a dossier holds, part by part."""
    part, parts = "", dict[str, str]()
    for spec in sites.FIELDS.declared:
        part = str(SECTIONS.get(spec.path, part))
        parts[spec.path.partition("/")[0]] = part
    # Overrides have a part of the page to themselves, and an id is shown as a name.
    hidden = ("overrides/", "verifier_name")
    shown = {path: value for path, value in body.items() if not path.startswith(hidden)}
    by_part = groupby(display.lines(sites.FIELDS, shown), lambda line: parts.get(_group(line.path), part))
    return [(title, list(lines)) for title, lines in by_part]


def _group(path: str) -> str:
    """Return the group that a path belongs to; an opinion belongs to what it is about."""
    parts = path.split("/")
    return parts[1] if len(parts) > 1 and parts[0] in ("county", "confirmed") else parts[0]


def _parties(connection: Any, site: Record) -> list[list[display.Line]]:
    """Return the persons noted with a site; they lie in the county's own scope."""
    ids = parties.of_site(connection, site.cell, site.id)
    found = [doors.load(connection, parties.NOUN, party_id) for party_id in ids]
    return [display.lines(parties.NOUN.fields, party.body) for party in found]
