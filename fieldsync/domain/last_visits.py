"""The last approved visit as the site shows it: for phones that no longer hold the inspection."""

from fieldsync import db as database
from fieldsync.sync.change import Change
from fieldsync.sync.records import Record

# The newest approved visit of a site besides one.
_BEFORE = (
    "SELECT id FROM inspection WHERE cell = :cell AND site_id = :site_id AND id <> :id"
    " AND state IN ('approved', 'archived') ORDER BY started_at DESC, id LIMIT 1"
)


def note(change: Change) -> None:
    """Write the approved inspection onto its site, where no later one stands there."""
    inspection, site = change.record, _site(change)
    seen_at = _seen_at(inspection)
    if site is not None and seen_at >= site.text("last_visit_at"):
        _write(change, site, inspection)


def forget(change: Change) -> None:
    """Show the visit before again, where the inspection is the one that its site shows."""
    inspection, site = change.record, _site(change)
    if site is None or site.text("last_visit_id") != inspection.id:
        return
    row = database.row(change.journal.connection, _BEFORE, cell=inspection.cell, site_id=site.id, id=inspection.id)
    _write(change, site, change.get(row[0]) if row is not None else None)


def _site(change: Change) -> Record | None:
    site = change.get(change.record.parent_id)
    return site if site is not None and site.type == "site" else None


def _seen_at(inspection: Record) -> str:
    return inspection.text("started_at") or inspection.text("ended_at")


def _write(change: Change, site: Record, inspection: Record | None) -> None:
    """Write what a visit saw onto its site; None clears it."""
    change.put("last_visit_at", _seen_at(inspection) or None if inspection else None, site)
    change.put("last_visit_id", inspection.id if inspection else None, site)
    change.put("last_visit_activity", inspection.get("activity") if inspection else None, site)
    change.put("last_visit_seal_state", inspection.get("seal_state") if inspection else None, site)
