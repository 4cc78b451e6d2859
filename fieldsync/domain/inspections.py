"""What a patrol saw at a site: 矿山巡查记录表 (domain.md sections 3.3 and 4.2)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import divisions, forms, homes, last_visits, patrol_tasks
from fieldsync.domain.words import CONDITIONS, EXPLOSIVES, HAZARDS, PATROL_KINDS, SIGNS, VIOLATIONS, Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATES: Words = {
    "submitted": ("待审", "Submitted"),
    "under_review": ("审核中", "Under review"),
    "returned": ("退回", "Returned"),
    "resubmitted": ("再次提交", "Resubmitted"),
    "approved": ("已批准", "Approved"),
    "amended": ("批准后有修改", "Amended"),
    "withdrawn": ("已撤回", "Withdrawn"),
    "archived": ("已归档", "Archived"),
}
# States in which an inspection waits for the county.
QUEUE = ("submitted", "resubmitted", "under_review", "amended")
# What the county has approved: a later change is an amendment, however late its phone comes.
APPROVED = ("approved", "archived")
ACCESS: Words = {
    "reached": ("到达", "Reached"),
    "seen_from_distance": ("远观", "Seen from a distance"),
    "blocked": ("受阻", "Blocked"),
}
ACTIVITY: Words = {
    "none": ("无生产迹象", "None"),
    "suspected": ("疑似", "Suspected"),
    "active": ("正在开采", "Active"),
    "not_found": ("未找到", "Not found"),
}
VEGETATION: Words = {"bare": ("裸露", "Bare"), "partial": ("部分恢复", "Partial"), "good": ("良好", "Good")}
STOPS: Words = {"none": ("无", "None"), "oral": ("口头", "Oral"), "written": ("书面", "Written")}

# Fields

FIELDS = own_fields(
    Field("record_no", ("记录编号", "Record number"), "text", "server"),
    Field("state", ("状态", "State"), "choice", "server", choices=STATES),
    Field("form", ("表单", "Form"), "text", "server"),
    Field("town_code", ("乡镇", "Township"), "town", "once"),
    Field("task_id", ("任务", "Task"), "ref", "once"),
    Field("origin", ("来源", "Origin"), "choice", "server", choices={
        "task": ("任务", "Task"), "ad_hoc": ("临时", "Ad hoc")}),
    Field("unit", ("巡查单位", "Unit"), "text", "township", most=60),
    Field("kind", ("巡查类型", "Kind"), "choice", "township", choices=PATROL_KINDS),
    Field("inspectors/*", ("巡查人员", "Inspector"), "marker", "add"),
    Field("inspectors/*/name", ("姓名", "Name"), "text", "township", most=40),
    Field("inspectors/*/certificate_no", ("证号", "Certificate"), "text", "township", most=40),
    Field("companions/*", ("同行人员", "Companion"), "marker", "add"),
    Field("companions/*/name", ("姓名", "Name"), "text", "township", most=40),
    Field("companions/*/unit", ("单位", "Unit"), "text", "township", most=60),
    Field("started_at", ("开始时间", "Started at"), "time", "township"),
    Field("ended_at", ("结束时间", "Ended at"), "time", "township"),
    Field("weather", ("天气", "Weather"), "text", "township", most=40),
    Field("route_text", ("巡查路线", "Route"), "text", "township", most=300),
    Field("site_id", ("站点", "Site"), "ref", "once", required=True),
    Field("area_note", ("区域说明", "Area"), "text", "township", most=300),
    Field("lon", ("到场经度", "Longitude"), "number", "township", "°", least=-180, most=180),
    Field("lat", ("到场纬度", "Latitude"), "number", "township", "°", least=-90, most=90),
    Field("accuracy_m", ("定位精度", "Accuracy"), "number", "township", "m", least=0, most=100_000),
    Field("fix_time", ("定位时间", "Time of fix"), "time", "township"),
    Field("access", ("到达情况", "Access"), "choice", "township", choices=ACCESS),
    Field("access_reason", ("受阻原因", "Reason"), "text", "township", most=200),
    Field("activity", ("现场状态", "Activity"), "choice", "township", required=True, choices=ACTIVITY),
    Field("signs/*", ("迹象", "Sign"), "marker", "add", choices=SIGNS),
    Field("explosives_seen", ("火工品", "Explosives"), "choice", "township", choices=EXPLOSIVES),
    Field("seal_state", ("封堵", "Seal"), "choice", "township", choices=CONDITIONS),
    Field("fence_state", ("围栏", "Fence"), "choice", "township", choices=CONDITIONS),
    Field("sign_state", ("警示牌", "Warning sign"), "choice", "township", choices=CONDITIONS),
    Field("stockpile_t", ("矿产品堆存", "Stockpile"), "number", "township", "t", least=0),
    Field("shed_present", ("工棚", "Shed"), "boolean", "township"),
    Field("equipment_present", ("设备", "Equipment"), "boolean", "township"),
    Field("power_present", ("电源", "Power"), "boolean", "township"),
    Field("vegetation", ("植被恢复", "Vegetation"), "choice", "township", choices=VEGETATION),
    Field("hazards/*", ("安全地灾隐患", "Hazard"), "marker", "add"),
    Field("hazards/*/kind", ("种类", "Kind"), "choice", "township", choices=HAZARDS),
    Field("hazards/*/people", ("受威胁人数", "People threatened"), "integer", "township", "人", least=0),
    Field("suspected_violations/*", ("违法类型(初判)", "Suspected violation"), "marker", "add",
          choices=VIOLATIONS),
    Field("stop_action", ("现场制止", "Stop action"), "choice", "township", choices=STOPS),
    Field("stop_notice_no", ("通知书文号", "Notice number"), "text", "township", most=60),
    Field("reported_to", ("报告对象", "Reported to"), "text", "township", most=60),
    Field("reported_at", ("报告时间", "Reported at"), "time", "township"),
    Field("statement", ("当事人陈述", "Statement"), "text", "township", most=1000),
    Field("opinion", ("处理意见", "Opinion"), "text", most=300),
    Field("mark_renewed", ("涂刷标记", "Mark renewed"), "boolean", "township"),
    Field("remark", ("备注", "Remark"), "text", most=500),
    # Questions of a county's own form; the form's rules are checked where the form is known.
    Field("answers/**", ("表单答案", "Answer"), "any", "township"),
    # Why a question of the form could not be answered, by its path with `__` for `/`.
    Field("could_not/**", ("无法填写的原因", "Why it could not be answered"), "text", "township", most=300),
    Field("signatures/*", ("签名", "Signature"), "marker", "add"),
    Field("signatures/*/name", ("签名人", "Signed by"), "text", "township", most=40),
    # SVG path data in a box of 300 by 150.
    Field("signatures/*/strokes", ("笔迹", "Strokes"), "text", "township", most=6000),
    Field("signatures/*/signed_at", ("签名时间", "Signed at"), "time", "township"),
    Field("signatures/*/content_hash", ("所签内容校验值", "Hash of what was signed"), "text", "township", most=64),
    Field("review_comment", ("审核意见", "Review comment"), "text", "server"),
    Field("review_fields/**", ("退回字段", "Returned field"), "text", "server"),
    Field("reviewed_by", ("审核人", "Reviewed by"), "text", "server"),
    Field("reviewed_at", ("审核时间", "Reviewed at"), "time", "server"),
    Field("approved_rev", ("批准的版本", "Approved revision"), "text", "server"),
    # The state that it goes back to when a reviewer gives it back.
    Field("state_before", ("审核前状态", "State before the review"), "choice", "server", choices=STATES),
    Field("review_reason", ("审核经办说明", "Reason given by the county"), "text", "server"),
)  # fmt: skip

# Projection

TABLE = db.Table(
    "inspection",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("site_id", String(36), nullable=False),
    Column("state", String(16), nullable=False),
    Column("activity", String(16), nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("created_by", String(36), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("contested", Integer, nullable=False),
    Column("reviewed_by", String(36), nullable=False, server_default=""),
    Index("inspection_queue", "cell", "state", "seq"),
    Index("inspection_site", "cell", "site_id", "started_at"),
)


def _home(body: Body, parent_home: str, cell: str) -> str:
    return parent_home or homes.township(body, parent_home, cell)


def _in_window(body: Body) -> bool:
    return body.get("state") != "archived"


def _project(inspection: Record) -> tuple[Any, ...]:
    return (
        inspection.home, inspection.parent_id or inspection.text("site_id")[:36],
        "voided" if inspection.voided else inspection.text("state"), inspection.text("activity")[:16],
        inspection.text("started_at")[:40], inspection.text("created_by"), inspection.seq,
        len(inspection.meta.contested), inspection.text("reviewed_by"),
    )  # fmt: skip


NOUN = Noun(
    "inspection", "inspections", ("巡查记录", "Inspection"), FIELDS,
    home=_home, in_window=_in_window, table=TABLE, project=_project,
)  # fmt: skip

# Rules


def submit(change: Change) -> None:
    """Take in what a patrol saw; the server first sees it as submitted."""
    divisions.check_town(change)
    _correct(change)
    if not change.created:
        forms.check(change)
        return
    inspection, journal = change.record, change.journal
    put = change.put
    put("state", "submitted")
    put("record_no", f"{journal.cell}-XC-{journal.now.year}-{journal.seq + 1}")
    put("created_by", change.standing.user)
    put("origin", "task" if inspection.get("task_id") else "ad_hoc")
    if change.op.form:
        put("form", change.op.form)
    if not inspection.get("town_code"):
        put("town_code", inspection.home.removeprefix("t-"))
    site, own = change.get(inspection.parent_id), f"u-{change.standing.user}"
    if site is not None and own in site.lent and not change.standing.covers(inspection.home):
        change.lend(inspection, own)
    patrol_tasks.mark_visited(change)
    forms.check(change)


def edit(change: Change) -> None:
    """Correct an inspection; after its approval this is an amendment that waits for review."""
    _correct(change)
    forms.check(change)


def _correct(change: Change) -> None:
    change.merge()
    if change.record.text("state") in APPROVED and change.journal.is_open(change.record):
        change.put("state", "amended")
        change.issue("amendment-needs-reason-and-signature")


def withdraw(change: Change) -> None:
    """Take an own inspection back, as long as no review has begun."""
    _check_author(change)
    _check_state(change, ("submitted", "resubmitted"), "review-begun")
    change.put("state", "withdrawn")


def resubmit(change: Change) -> None:
    """Hand in again what was returned or withdrawn, with the values that changed."""
    _check_author(change)
    if change.record.voided:
        # Too late: its values are kept, to restore the record with.
        change.merge()
        return
    _check_state(change, ("returned", "withdrawn"))
    change.merge()
    change.put("state", "resubmitted")
    forms.check(change)


def _check_author(change: Change) -> None:
    if change.record.text("created_by") != change.standing.user:
        raise Problem("not-allowed")


def begin_review(change: Change) -> None:
    """Open the review and claim it: from here the author cannot withdraw, and nobody else decides."""
    _check_reviewer(change)
    _check_state(change, ("submitted", "resubmitted", "amended"))
    change.put("state_before", change.record.text("state"))
    change.put("state", "under_review")
    change.put("reviewed_by", change.standing.user)


def release(change: Change) -> None:
    """Give a begun review back to the queue, with a reason."""
    reason = change.reason()
    _check_claim(change)
    _check_state(change, ("under_review",))
    change.put("state", change.record.get("state_before") or "submitted")
    change.put("reviewed_by", None)
    change.put("review_reason", reason)


def take_over(change: Change) -> None:
    """Take a review over from whoever began it, with a reason."""
    reason = change.reason()
    _check_reviewer(change)
    _check_state(change, ("under_review",))
    change.put("reviewed_by", change.standing.user)
    change.put("review_reason", reason)


def correct(change: Change) -> None:
    """Put the county's values (`county/<path>`) beside the township's, with a reason; nothing is overwritten."""
    reason, given = change.reason(), change.op.set
    _check_reviewer(change)
    _check_claim(change)
    _check_state(change, QUEUE)
    if not given or any(_is_no_correction(change, path, value) for path, value in given.items()):
        raise Problem("bad-value", "correction")
    change.merge()
    change.put("review_reason", reason)


def _is_no_correction(change: Change, path: str, value: Any) -> bool:
    """Tell whether this is anything else than a county's value that its field takes."""
    spec = change.noun.fields.find(path) if path.startswith("county/") else None
    return spec is None or (value is not None and spec.check(value) is not None)


def approve(change: Change) -> None:
    """Approve the revision on the screen; later edits never change what was approved."""
    _check_reviewer(change)
    _check_claim(change)
    _check_state(change, QUEUE)
    if change.record.meta.contested:
        raise Problem("wrong-state", "open-conflict")
    if any(photo.get("have") is not True for photo in _photos(change)):
        raise Problem("wrong-state", "photos-pending")
    change.put("approved_rev", change.op.base)
    _review(change, "approved")
    last_visits.note(change)


def reopen(change: Change) -> None:
    """Undo a wrong approval, with a reason: it is under review again, and history keeps what was approved."""
    reason = change.reason()
    _check_reviewer(change)
    _check_state(change, ("approved",))
    change.put("state_before", "resubmitted")
    change.put("approved_rev", None)
    _review(change, "under_review")
    change.put("review_reason", reason)
    last_visits.forget(change)


def send_back(change: Change) -> None:
    """Return an inspection with a reason, and comments on fields (`review_fields/<path>`)."""
    reason = change.reason()
    _check_reviewer(change)
    _check_claim(change)
    _check_state(change, QUEUE)
    for path in [p for p in change.record.body if p.startswith("review_fields/")]:
        change.put(path, None)
    for path, comment in change.op.set.items():
        if path.startswith("review_fields/") and type(comment) is str:
            change.put(path, comment)
    _review(change, "returned", reason)


def void(change: Change) -> None:
    """Void an inspection with a reason; it stays in history."""
    change.reason()
    change.void_merged()
    if change.record.voided:
        last_visits.forget(change)


def archive(change: Change) -> None:
    """Let phones forget an approved inspection; the site keeps a summary of its last visit."""
    _check_state(change, ("approved",))
    change.put("state", "archived")


def _check_state(change: Change, states: Iterable[str], reason: str = "") -> None:
    """Refuse what the present state does not allow; a voided inspection has none that allows anything."""
    if change.record.voided or change.record.text("state") not in states:
        raise Problem("wrong-state", "" if change.record.voided else reason)


def _check_reviewer(change: Change) -> None:
    """Two persons: nobody reviews his own record (domain.md 3.3)."""
    if change.record.text("created_by") == change.standing.user:
        raise Problem("not-allowed", "own-record")


def _check_claim(change: Change) -> None:
    """Two reviewers never decide the same record: who began its review has it."""
    inspection = change.record
    if inspection.text("state") == "under_review" and inspection.text("reviewed_by") != change.standing.user:
        raise Problem("wrong-state", "claimed")


def _review(change: Change, state: str, comment: str | None = None) -> None:
    change.put("state", state)
    change.put("review_comment", comment)
    change.put("reviewed_by", change.standing.user)
    change.put("reviewed_at", change.journal.received_at)


def _photos(change: Change) -> list[Record]:
    children = change.journal.children(change.record.id)
    return [child for child in children if child.type == "photo" and not child.voided]


# Questions


def at_site(connection: Any, cell: str, site_id: str) -> list[Any]:
    """Return the inspections of a site, newest first: (id, state, activity, started_at, created_by, body)."""
    statement = (
        "SELECT i.id, i.state, i.activity, i.started_at, i.created_by, r.body FROM inspection AS i"
        " JOIN record AS r ON r.cell = i.cell AND r.id = i.id"
        " WHERE i.cell = :cell AND i.site_id = :site_id ORDER BY i.started_at DESC, i.id LIMIT 200"
    )
    return list(database.rows(connection, statement, cell=cell, site_id=site_id))
