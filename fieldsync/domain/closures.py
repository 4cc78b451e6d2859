"""Closures: the checklist of one round of closing a site, its acceptance by a team (domain.md 4.5 and 4.7)."""

import uuid
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import checklists, guards, sites
from fieldsync.domain.checklists import FAULTS
from fieldsync.domain.rectifications import RESULTS as CONCLUSIONS
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.operations import NAMESPACE
from fieldsync.sync.records import Record

# Words

RESULTS: Words = {**CONCLUSIONS, "na": ("不适用", "Does not apply")}
# While a site stands here its closure is under way.
OPEN_IN = ("handling", "closing", "closed_pending", "rectifying")
# Faults that have a column of their own, in order.
COLUMNS = ("seal_below_standard", "products_not_cleared", "vegetation", "hazard")

# Fields

FIELDS = own_fields(
    Field("closure_doc_no", ("关闭决定文号", "Closure decision"), "text", "county", most=60),
    Field("closure_date", ("关闭日期", "Closure date"), "date", "county"),
    Field("signed_by", ("签批人", "Signed by"), "text", "county", most=60),
    Field("campaign_id", ("专项行动", "Campaign"), "ref", "county"),
    Field("checklist_version", ("检查表版本", "Version of the checklist"), "integer", "server"),
    # The relapses of the site when this round began.
    Field("round", ("轮次", "Round"), "integer", "server"),
    Field("executed_by", ("实施单位", "Executed by"), "text", most=60),
    Field("executed_on", ("实施日期", "Executed on"), "date"),
    Field("items/*", ("检查项", "Item"), "marker", "server"),
    Field("items/*/label_zh", ("内容", "Text"), "text", "server"),
    Field("items/*/label_en", ("英文", "Text in English"), "text", "server"),
    Field("items/*/mandatory", ("必查", "Mandatory"), "boolean", "server"),
    Field("items/*/fault", ("不合格类别", "Fault"), "choice", "server", choices=FAULTS),
    Field("items/*/evidence", ("佐证", "Evidence"), "text", "server"),
    Field("items/*/result", ("结果", "Result"), "choice", choices=RESULTS),
    Field("items/*/value", ("数值", "Value"), "number", least=0),
    Field("items/*/unit", ("单位", "Unit"), "text", most=20),
    Field("items/*/remark", ("说明", "Remark"), "text", most=300),
    Field("items/*/photo", ("照片", "Photo"), "ref"),
    Field("items/*/checked_by", ("检查人", "Checked by"), "text", "server"),
    Field("items/*/checked_at", ("检查时间", "Checked at"), "time", "server"),
    # Rows bear the ids of the site's openings.
    Field("openings/*", ("硐口", "Opening"), "marker", "add"),
    Field("openings/*/before", ("关闭前照片", "Photo before"), "ref"),
    Field("openings/*/after", ("关闭后照片", "Photo after"), "ref"),
    Field("openings/*/seal_thickness_cm", ("封堵厚度", "Thickness of the seal"), "number", unit="cm", least=0),
    Field("openings/*/fill_depth_m", ("填深", "Depth of the fill"), "number", unit="m", least=0),
    Field("team/*", ("验收组", "Acceptance team"), "marker", "county"),
    Field("team/*/name", ("姓名", "Name"), "text", "county", most=60),
    Field("team/*/unit", ("单位", "Department"), "text", "county", most=60),
    Field("team/*/title", ("职务", "Title"), "text", "county", most=60),
    Field("experts", ("专家", "Experts"), "text", "county", most=300),
    Field("villager_reps", ("村民代表", "Villagers"), "text", "county", most=300),
    Field("public_on", ("公示日期", "Published on"), "date", "county"),
    Field("public_url", ("公示位置", "Published at"), "text", "county", most=300),
    Field("conclusion", ("验收结论", "Conclusion"), "choice", "server", choices=CONCLUSIONS),
    Field("accepted_at", ("验收日期", "Day of acceptance"), "date", "server"),
    Field("concluded_by", ("结论填报人", "Concluded by"), "text", "server"),
    Field("conclusion_reason", ("验收意见", "Opinion"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "closure",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("site_id", String(36), nullable=False),
    Column("round", Integer, nullable=False),
    # `pass`, `fail`, `voided`, or empty while it is under way.
    Column("conclusion", String(8), nullable=False),
    Column("accepted_at", String(10), nullable=False),
    Column("campaign_id", String(36), nullable=False),
    *(Column(fault, Integer, nullable=False) for fault in COLUMNS),
    Index("closure_site", "cell", "site_id"),
    Index("closure_conclusion", "cell", "conclusion", "id"),
    Index("closure_campaign", "cell", "campaign_id"),
)


def _project(closure: Record) -> tuple[Any, ...]:
    failed = {closure.text(f"items/{code}/fault") for code in failed_items(closure)}
    return (
        closure.home, closure.parent_id, int(closure.number("round") or 0),
        "voided" if closure.voided else closure.text("conclusion"), closure.text("accepted_at")[:10],
        closure.text("campaign_id")[:36], *(int(fault in failed) for fault in COLUMNS),
    )  # fmt: skip


NOUN = Noun("closure", "closures", ("关闭验收", "Closure"), FIELDS, table=TABLE, project=_project)

# Rules


def create(change: Change) -> None:
    """Open the checklist of this round for a site, with a frozen copy of its items."""
    site = change.get(change.record.parent_id)
    if not change.created or site is None or site.type != "site":
        raise Problem("wrong-state")
    if site.text("lifecycle_status") not in OPEN_IN:
        raise Problem("wrong-state")
    present = guards.around(change, site).closure
    if present is not None and present.id != change.record.id:
        raise Problem("wrong-state", "closure-open")
    checklist = checklists.current(change.journal.connection, change.journal.cell)
    change.merge()
    change.put("created_by", change.standing.user)
    change.put("round", int(site.number("relapse_count") or 0))
    change.put("checklist_version", checklist.version)
    for path in ("closure_doc_no", "closure_date", "campaign_id"):
        if not change.record.get(path) and site.get(path):
            change.put(path, site.get(path))
    for item in checklist.items:
        if item.is_for(site):
            _copy(change, item)


def _copy(change: Change, item: checklists.Item) -> None:
    """Copy an item of the checklist, as it reads today."""
    row = f"items/{item.code}"
    told = {
        row: True, f"{row}/label_zh": item.label_zh, f"{row}/label_en": item.label_en,
        f"{row}/mandatory": item.mandatory, f"{row}/fault": item.fault or None,
        f"{row}/evidence": item.evidence or None,
    }  # fmt: skip
    for path, value in told.items():
        change.put(path, value)


def edit(change: Change) -> None:
    """Fill in the checklist: items, photos of the openings, the team; not after it was accepted."""
    if change.record.text("conclusion") == "pass":
        raise Problem("wrong-state", "closure-concluded")
    change.merge()
    for path, outcome in list(change.outcome.fields.items()):
        if path.startswith("items/") and path.endswith("/result") and outcome == "applied":
            row = path.rpartition("/")[0]
            change.put(f"{row}/checked_by", change.standing.user)
            change.put(f"{row}/checked_at", change.journal.received_at)


def conclude(change: Change) -> None:
    """Conclude the acceptance: the site is accepted, or what failed is to be made good."""
    closure, conclusion = change.record, change.op.set.get("conclusion")
    site = change.get(closure.parent_id)
    if closure.voided or site is None or site.text("lifecycle_status") != "closed_pending":
        raise Problem("wrong-state")
    if conclusion not in CONCLUSIONS:
        raise Problem("bad-value", "choice")
    units = {closure.text(f"team/{row}/unit") for row in closure.rows("team")} - {""}
    if len(units) < int(current_app.config["ACCEPTANCE_DEPARTMENTS"]):
        raise Problem("wrong-state", "team")
    day = _day(change)
    if conclusion == "pass":
        _check_passes(change, site)
    elif not failed_items(closure):
        raise Problem("wrong-state", "no-failed-item")
    change.put("conclusion", conclusion)
    change.put("accepted_at", day if conclusion == "pass" else None)
    change.put("concluded_by", change.standing.user)
    change.put("conclusion_reason", change.op.more.get("reason"))
    _tell_site(change, site, str(conclusion), day)


def _check_passes(change: Change, site: Record) -> None:
    """Refuse to accept what is not as it should be."""
    here = guards.around(change, site)
    found = guards.acceptance_gaps(here)
    if found or here.closure is None or here.closure.id != change.record.id:
        raise guards.refusal(found or [guards.Gap("no-closure")])


def _day(change: Change) -> str:
    """Return the day of acceptance that was given, else today; raise Problem for a day to come."""
    today = moments.day_of(change.journal.now)
    given = change.op.set.get("accepted_at")
    if given is None:
        return today
    if FIELDS.find("accepted_at").check(given):  # type: ignore[union-attr]
        raise Problem("bad-value", "date")
    if given > today:
        raise Problem("bad-value", "future")
    return str(given)


def _tell_site(change: Change, site: Record, conclusion: str, day: str) -> None:
    """Let the site follow: accepted, or rectifying with a row for everything that failed."""
    if conclusion == "pass":
        change.put("closure_standard", "meets", site)
        sites.enter_status(change, site, "accepted", day)
        return
    change.put("closure_standard", "below_standard", site)
    for code in failed_items(change.record):
        _order(change, site, code)
    sites.enter_status(change, site, "rectifying")


def _order(change: Change, site: Record, code: str) -> None:
    """Order the rectification of an item that failed, unless one is under way."""
    closure, row = change.record, f"items/{code}"
    here = guards.around(change, site)
    under_way = (r for r in here.rectifications if r.text("item") == code and r.text("status") != "closed")
    if any(under_way):
        return
    due = moments.date_of(change.journal.now) + timedelta(days=int(current_app.config["RECTIFICATION_DAYS"]))
    said = f"{closure.text(f'{row}/label_zh')} {closure.text(f'{row}/remark')}".strip()
    body = {
        "closure_id": closure.id, "item": code, "fault": closure.text(f"{row}/fault") or "other",
        "description": said[:300], "due_on": due.isoformat(), "status": "open", "created_by": change.standing.user,
    }  # fmt: skip
    change.create("rectification", str(uuid.uuid5(NAMESPACE, f"{change.op.op} {code}")), site, body)


def void(change: Change) -> None:
    """Take a closure's checklist back, with a reason; it stays in history."""
    change.reason()
    change.void_merged()


# Questions


def failed_items(closure: Record) -> list[str]:
    """Return the codes of the items that failed."""
    return [code for code in sorted(closure.rows("items")) if closure.text(f"items/{code}/result") == "fail"]


_LISTING = (
    "SELECT c.id, c.home, c.site_id, s.name AS site_name, s.status AS site_status, c.round, c.conclusion,"
    " c.accepted_at FROM closure AS c LEFT JOIN site AS s ON s.cell = c.cell AND s.id = c.site_id"
    " WHERE c.cell = :cell AND c.conclusion = :conclusion AND (:campaign = '' OR c.campaign_id = :campaign)"
    " ORDER BY c.id DESC LIMIT :limit OFFSET :offset"
)
_FAULTY = (
    "SELECT c.id, c.home, c.site_id, s.name AS site_name, s.status AS site_status, c.seal_below_standard,"
    " c.products_not_cleared, c.vegetation, c.hazard FROM closure AS c"
    " JOIN site AS s ON s.cell = c.cell AND s.id = c.site_id AND s.relapse_count = c.round AND s.voided = 0"
    " WHERE c.cell = :cell AND c.conclusion <> 'voided' AND {condition} ORDER BY c.id LIMIT :limit OFFSET :offset"
)


def listing(
    connection: Any, cell: str, conclusion: str, campaign: str = "", limit: int = 50, offset: int = 0
) -> list[Any]:
    """Return a page of closures with one conclusion (empty: under way), newest first."""
    return list(
        database.rows(
            connection, _LISTING, cell=cell, conclusion=conclusion, campaign=campaign, limit=limit, offset=offset
        )
    )


def faulty(connection: Any, cell: str, fault: str = "", limit: int = 50, offset: int = 0) -> list[Any]:
    """Return a page of the sites whose closure is below standard now: in one way, or in any."""
    wanted = [fault] if fault in COLUMNS else COLUMNS
    condition = f"({' OR '.join(f'c.{name} = 1' for name in wanted)})"
    statement = _FAULTY.format(condition=condition)
    return list(database.rows(connection, statement, cell=cell, limit=limit, offset=offset))
