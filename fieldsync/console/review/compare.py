"""This visit beside the last one of the same site: what changed, and the photos in pairs."""

from dataclasses import dataclass
from typing import Any

import orjson

from fieldsync.console import display, photos
from fieldsync.console.review.answers import Sheet
from fieldsync.domain import inspections
from fieldsync.domain import photos as photos_
from fieldsync.language import pick
from fieldsync.sync.records import Record

# What differs between any two visits and says nothing of the site.
_OWN = (
    "lon",
    "lat",
    "accuracy_m",
    "fix_time",
    "started_at",
    "ended_at",
    "task_id",
    "unit",
    "route_text",
    "weather",
)
_OWN_GROUPS = ("signatures", "could_not", "county", "review_fields", "inspectors", "companions", "photos")


@dataclass(frozen=True)
class Pair:
    """Photos of one role: of the last visit and of this one."""

    role: str
    before: list[photos.Card]
    now: list[photos.Card]


def last_visit(connection: Any, inspection: Record) -> Record | None:
    """Return the visit of the same site before this one; what was withdrawn or voided was none."""
    site_id, began = inspection.text("site_id") or inspection.parent_id, _began(inspection.body)
    for row in inspections.at_site(connection, inspection.cell, site_id):
        if row.id != inspection.id and row.state not in ("voided", "withdrawn") and row.started_at <= began:
            last = Record(inspection.cell, "inspection", row.id)
            last.body = orjson.loads(row.body)
            return last
    return None


def _began(body: dict[str, Any]) -> str:
    """Return when a visit began; without a time it counts as the newest."""
    return str(body.get("started_at") or body.get("ended_at") or "9")


def changes(now: Sheet, before: Sheet) -> list[display.Step]:
    """Return what this visit saw otherwise than the last one, question by question."""
    paths = [*now.body, *(path for path in before.body if path not in now.body)]
    found = []
    for path in paths:
        if not _tells(path) or not now.is_shown(path) or now.body.get(path) == before.body.get(path):
            continue
        sheet = now if path in now.body else before
        old, new = before.body.get(path), now.body.get(path)
        found.append(display.Step(sheet.label(path), before.show(path, old), now.show(path, new)))
    return found


def _tells(path: str) -> bool:
    return path not in _OWN and path.partition("/")[0] not in _OWN_GROUPS


def pairs(before: list[Record], now: list[Record]) -> list[Pair]:
    """Return the photos of both visits side by side, role by role in the order of the roles."""
    roles = [*photos_.ROLES, ""]
    found = []
    for role in roles:
        was, is_ = ([photos.card(shot) for shot in shots if _role(shot) == role] for shots in (before, now))
        if was or is_:
            found.append(Pair(pick(photos_.ROLES[role]) if role else "", was, is_))
    return found


def _role(shot: Record) -> str:
    return shot.text("role") if shot.text("role") in photos_.ROLES else ""
