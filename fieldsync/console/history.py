"""A dossier through time: as it was on a day, every value of each field, and what lies between two revisions."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template

from fieldsync import db
from fieldsync.console import display, doors
from fieldsync.console.sites import sections
from fieldsync.domain import lifecycle, sites
from fieldsync.errors import Problem
from fieldsync.sync import history

bp = Blueprint("history", __name__, url_prefix="/sites")

Versions = list[dict[str, Any]]


@bp.get("/<uuid:site_id>/at")
def at(site_id: Any) -> str:
    """Show a dossier as it was at the end of a day, at a time or in a revision; without one, today's."""
    asked = doors.given("at")
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        versions = doors.versions(connection, site)
        found = doors.body_at(connection, site, _end_of(asked)) if asked else (site.rev, site.body)
    until = versions[: len(versions) - len(display.since(versions, found[0]))]
    return render_template(
        "sites/at.html", site=site, rev=found[0], body=found[1], asked=asked, day=_day(asked),
        sections=sections(found[1]), provenance=history.provenance(until), until=until[-1] if until else None,
        later=len(versions) - len(until), STATUSES=lifecycle.STATUSES,
    )  # fmt: skip


def _end_of(asked: str) -> str:
    """Return the end of the day that was asked for; anything else stays."""
    return f"{asked}T23:59:59.999" if _day(asked) and len(asked) == 10 else asked


def _day(asked: str) -> str:
    """Return the day that was asked for, empty where it was a revision."""
    try:
        return datetime.fromisoformat(asked).date().isoformat()
    except ValueError:
        return ""


@bp.get("/<uuid:site_id>/history")
def show(site_id: Any) -> str:
    """Show every value of each field with who set it and when, and what lies between two revisions."""
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        versions = doors.versions(connection, site)
    first, last = _between(versions, doors.given("from"), doors.given("to"))
    numbered = display.numbers(path for version in versions for path in version["patch"])
    return render_template(
        "sites/history.html", site=site, versions=versions, fields=sites.NOUN.fields, first=first, last=last,
        between=list(display.steps(sites.NOUN.fields, _difference(versions, first, last))),
        columns=[(display.label(sites.NOUN.fields, path, numbered), path, values)
                 for path, values in _by_path(versions).items()],
        show=lambda path, value: display.show(*display.about(sites.NOUN.fields, path), value),
    )  # fmt: skip


def _between(versions: Versions, first: str, last: str) -> tuple[str, str]:
    """Return the two revisions to compare, the older one first: those asked for, else the last two."""
    revs = [version["rev"] for version in versions]
    if (first and first not in revs) or (last and last not in revs):
        raise Problem("not-found", "not-yet")
    pair = (first or revs[max(0, len(revs) - 2)], last or revs[-1])
    older, newer = sorted(pair, key=revs.index)
    return older, newer


def _difference(versions: Versions, first: str, last: str) -> dict[str, list[Any]]:
    """Return {path: [old, new]} between two revisions."""
    bodies, body = dict[str, dict[str, Any]](), dict[str, Any]()
    for version in versions:
        body = history.replay(body, version["patch"])
        bodies[version["rev"]] = body
    old, new = bodies[first], bodies[last]
    paths = [path for path in {**old, **new} if path != "salt" and old.get(path) != new.get(path)]
    return {path: [old.get(path), new.get(path)] for path in paths}


def _by_path(versions: Versions) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Return by path, in the order of the form, each version that changed it with the value after it."""
    found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
    for version in versions:
        for path, (old, new) in version["patch"].items():
            if path != "salt" and old != new:
                found.setdefault(path, []).append((version, new))
    order = [line.path for line in display.lines(sites.NOUN.fields, dict.fromkeys(found, True))]
    return {path: found[path] for path in [*order, *(p for p in found if p not in order)]}
