"""Everything that the page of one inspection, and its sheet on paper, show."""

from typing import Any

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors, photos
from fieldsync.console.review import answers, compare, queue, signatures, witnesses
from fieldsync.console.review.candidates import WRITABLE
from fieldsync.domain import conflicts, forms, inspections, risks, sites
from fieldsync.domain import photos as photos_
from fieldsync.errors import Problem
from fieldsync.sync.records import Record


def read(inspection_id: Any) -> dict[str, Any]:
    """Return all that the page shows of an inspection, today's or as it was at `at`."""
    with db.reading() as connection:
        inspection = doors.load(connection, inspections.NOUN, inspection_id)
        versions, was = doors.versions(connection, inspection), doors.as_was(connection, inspection)
        site, last = _site(connection, inspection), compare.last_visit(connection, inspection)
        shots = photos_.beneath(connection, inspection.cell, [inspection.id, *([last.id] if last else [])])
        plans = [_plan(connection, record) for record in (inspection, last)]
        contested = conflicts.of_record(connection, inspection.cell, inspection.id)
        score = risks.of_inspection(connection, inspection.cell, inspection.id)
    body = inspection.body if was is None else was[1]
    own, before = shots.get(inspection.id, []), shots.get(last.id, []) if last else []
    sheet = answers.Sheet(body, plans[0], own, versions[0]["received_at"])
    return {
        "inspection": inspection, "body": body, "was": was, "versions": versions, "site": site, "last": last,
        "sheet": sheet, "lines": sheet.answers(), "contested": contested, "score": score,
        "steps_since": _since(sheet, last, plans[1], before), "pairs": compare.pairs(before, own),
        "photos": [photos.card(shot) for shot in own], "has_before": bool(before),
        "signatures": signatures.drawn(body), "picture": _picture(site, inspection, own),
        "few": len(own) < doors.setting("MIN_PHOTOS"), "tags": queue.tags(score),
    }  # fmt: skip


def _site(connection: Any, inspection: Record) -> Record | None:
    """Return the site that was visited, where the asking person may see it."""
    try:
        return doors.load(connection, sites.NOUN, inspection.text("site_id"))
    except Problem:
        return None


def _plan(connection: Any, record: Record | None) -> Any:
    """Return the form of an inspection where this server knows it, and it is one of inspections."""
    if record is None or not record.text("form"):
        return None
    plan = forms.find(connection, record.text("form"), record.cell)
    return plan if plan is not None and plan.form["noun"] == inspections.NOUN.name else None


def _since(sheet: answers.Sheet, last: Record | None, plan: Any, shots: list[Record]) -> list[display.Step]:
    """Return what changed since the last visit."""
    return compare.changes(sheet, answers.Sheet(last.body, plan, shots, "")) if last is not None else []


def _picture(site: Record | None, inspection: Record, shots: list[Record]) -> witnesses.Picture | None:
    return witnesses.draw(witnesses.gather(site, inspection, shots), doors.setting("PHOTO_SITE_REASON_M"))


def powers(inspection: Record, is_today: bool) -> dict[str, bool]:
    """Return what the person at this screen may do with an inspection now."""
    user, state = me().actor.user, inspection.text("state")
    may = is_today and not inspection.voided and doors.may("inspection.approve", inspection.home)
    may = may and inspection.text("created_by") != user
    claimed = state == "under_review"
    mine = claimed and inspection.text("reviewed_by") == user
    waits = state in inspections.QUEUE
    return {
        "decide": may and waits and (mine or not claimed), "begin": may and waits and not claimed,
        "release": may and mine, "take_over": may and claimed and not mine,
        "reopen": may and state == "approved",
        "void": is_today and not inspection.voided and doors.may("inspection.void", inspection.home),
    }  # fmt: skip


def editors(lines: list[answers.Answer]) -> list[tuple[answers.Answer, Any]]:
    """Return the answers beside which the county may put a value of its own, each with its field."""
    found = [(line, answers.correctable(line.path, WRITABLE)) for line in lines]
    return [(line, spec) for line, spec in found if spec is not None]
