"""The next steps of a dossier: what is missing for each, in words, and what hangs on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from fieldsync.api.doors import engine, me
from fieldsync.console import doors
from fieldsync.domain import (
    campaigns,
    closures,
    dossier_signatures,
    guards,
    key_areas,
    lifecycle,
    rectifications,
    sites,
    watch,
)  # fmt: skip
from fieldsync.domain.words import RESTORATION
from fieldsync.errors import REASONS, Problem
from fieldsync.language import is_chinese, pick
from fieldsync.sync.records import Record

# What the county notes on a dossier for its next steps.
NOTES = (
    "non_case_handling", "closure_doc_no", "closure_date", "restoration_status", "campaign_id",
    "writeoff_city_name", "writeoff_city_on", "writeoff_city_doc_no", "verifier", "verify_by",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A status that may come next, and what is missing for it, in words."""

    to: str
    missing: list[str]


@dataclass(frozen=True)
class Override:
    """A step that was taken although something was missing."""

    to: str
    by: str
    at: str
    reason: str
    revision: str
    missing: list[str]


def overrides(body: Mapping[str, Any]) -> list[Override]:
    """Return the overrides that a dossier keeps, oldest first."""
    rows = [path for path in body if path.startswith("overrides/") and path.count("/") == 1]
    return sorted((_override(body, row) for row in rows), key=lambda override: override.at)


def _override(body: Mapping[str, Any], row: str) -> Override:
    told = {name: str(body.get(f"{row}/{name}", "")) for name in ("to", "by", "at", "reason", "revision")}
    return Override(**told, missing=_said(body, row))


def _said(body: Mapping[str, Any], row: str) -> list[str]:
    """Return in words what was missing then."""
    codes = str(body.get(f"{row}/missing", "")).split()
    return [pick(REASONS[code]) if code in REASONS else code for code in codes]


def steps(here: guards.Around) -> list[Step]:
    """Return the steps that the states allow from here."""
    status = here.site.text("lifecycle_status")
    return [Step(to, in_words(here, guards.gaps(here, to))) for was, to in lifecycle.TRANSITIONS if was == status]


def in_words(here: guards.Around, gaps: list[guards.Gap]) -> list[str]:
    """Return what is missing, each kind once, with what it is about."""
    about: dict[str, list[str]] = {}
    for gap in gaps:
        about.setdefault(gap.code, []).extend([_about(here, gap.path)] if gap.path else [])
    joint = "、" if is_chinese() else ", "
    said = ((pick(REASONS[code]), joint.join(labels)) for code, labels in about.items())
    return [f"{reason}{_(': ')}{labels}" if labels else reason for reason, labels in said]


def _about(here: guards.Around, path: str) -> str:
    """Return what a path of a gap is called."""
    head, _slash, code = path.partition("/")
    if path in dossier_signatures.ROLES:
        return pick(dossier_signatures.ROLES[path])
    if head == "items" and here.closure is not None:
        labels = here.closure.text(f"{path}/label_zh"), here.closure.text(f"{path}/label_en")
        return f"{code} {pick(labels)}"
    if head == "openings" and code:
        return here.site.text(f"{path}/no") or code[-4:]
    # A group is not declared itself: its rows are.
    spec = sites.FIELDS.find(path) or sites.FIELDS.find(f"{path}/x")
    return pick(spec.labels) if spec else path


def around(connection: Any, site: Record) -> dict[str, Any]:
    """Return what a dossier's page shows of its next steps and of what hangs on it."""
    here = guards.Around(connection, site, engine().now())
    radius = doors.setting("SITE_DUPLICATE_RADIUS_M")
    alive = not site.voided and site.text("lifecycle_status") != "merged"
    return {
        "process": steps(here) if alive else [], "closures": here.children("closure"),
        "rectifications": here.children("rectification"), "signatures": here.signatures(),
        "signed": guards.fingerprint(site.body), "ROLES": dossier_signatures.ROLES,
        "near": list(watch.duplicates(connection, site.cell, radius, site.id)) if alive else [],
        "merged": sites.merged_into(connection, site.cell, site.id),
        "survivor": sites.name_of(connection, site.cell, site.text("merged_into")),
        "campaigns": campaigns.names(connection, site.cell), "RESTORATION": RESTORATION,
        "RECTIFYING": rectifications.STATUSES, "CONCLUSIONS": closures.CONCLUSIONS,
        "CLOSING": closures.OPEN_IN, "opens_closure": here.closure is None, "today": here.today,
        "verifiers": guards.verifiers(connection, site),
        "cycle": key_areas.suggested_cycle(connection, site, here.today)[0],
    }  # fmt: skip


def wish(connection: Any, verb: str, site_id: Any) -> dict[str, Any]:
    """Return what the form of a step asks for."""
    if verb == "transit":
        named = {name: doors.typed(name) for name in ("verifier", "verify_by") if doors.typed(name)}
        return {"to": doors.typed("to")} | ({"override": True} if doors.typed("override") else {}) | named
    if verb == "merge":
        return {"into": sites.by_number(connection, me().actor.cell, doors.typed("into"))}
    changed = doors.changes(doors.load(connection, sites.NOUN, site_id), NOTES) if verb == "edit" else {}
    if verb == "edit" and not changed:
        raise Problem("bad-value", "empty")
    return changed
