"""Dossiers of illegal mining sites: 矿山(点、硐), one for each (domain.md sections 3.1 and 4.1)."""

from typing import Any

from sqlalchemy import Column, Float, Index, Integer, String

from fieldsync import db as database
from fieldsync import moments
from fieldsync.db import db
from fieldsync.domain import divisions, guards
from fieldsync.domain.homes import township
from fieldsync.domain.lifecycle import STATUSES, TRANSITIONS
from fieldsync.domain.pinyin import searchable
from fieldsync.domain.words import (
    COORD_SOURCES,
    DISCOVERIES,
    EXPLOSIVES,
    HAZARDS,
    INTEGRATION,
    METHODS,
    MINERALS,
    POWER,
    RESTORATION,
    STANDARDS,
    VIOLATIONS,
    Words,
)  # fmt: skip
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

KINDS: Words = {
    "mine": ("矿山", "Mine"),
    "point": ("矿点", "Point"),
    "adit": ("硐", "Adit"),
    "shaft": ("竖井", "Shaft"),
    "open_pit": ("露天采场", "Open pit"),
    "sand": ("采砂点", "Sand pit"),
    "leach_field": ("浸矿场", "Leach field"),
    "tailings_pond": ("尾矿库", "Tailings pond"),
    "processing": ("洗选加工点", "Processing"),
    "stockpile": ("堆场", "Stockpile"),
}
TRACKS: Words = {"township_unlicensed": ("乡镇(无证)", "Township"), "department": ("部门", "Department")}
PATROL_CLASSES: Words = {
    "key": ("重点", "Key"),
    "general": ("一般", "General"),
    "coal": ("煤硐", "Coal adit"),
}

# Fields

FIELDS = own_fields(
    Field("dossier_no", ("档案编号", "Dossier number"), "text", "server", most=40),
    Field("dossier_track", ("档案类别", "Dossier track"), "choice", "county", choices=TRACKS),
    Field("competent_dept", ("建档部门", "Competent department"), "text", "county", most=60),
    Field("name", ("名称(俗称)", "Name"), "text", required=True, most=60),
    Field("site_kind", ("类型", "Kind"), "choice", required=True, choices=KINDS),
    Field("mining_method", ("开采方式", "Mining method"), "choice", "township", choices=METHODS),
    Field("town_code", ("乡镇", "Township"), "town", "once", required=True),
    Field("county_code", ("县", "County"), "code", "server"),
    Field("village", ("村", "Village"), "text", "confirm", most=60),
    Field("place_name", ("小地名、地址", "Place"), "text", most=100),
    Field("lon", ("经度", "Longitude"), "number", "confirm", "°", least=115.8, most=120.8),
    Field("lat", ("纬度", "Latitude"), "number", "confirm", "°", least=23.4, most=28.4),
    Field("accuracy_m", ("定位精度", "Accuracy"), "number", "township", "m", least=0, most=100_000),
    Field("coord_source", ("坐标来源", "Source of position"), "choice", choices=COORD_SOURCES),
    Field("raw_coord", ("原始坐标", "Position as given"), "text", most=400),
    Field("altitude_m", ("高程(参考)", "Altitude"), "number", "township", "m", least=-500, most=3000),
    Field("openings/*", ("硐口/开口", "Opening"), "marker", "add"),
    Field("openings/*/no", ("编号", "Number"), "text", most=20),
    Field("openings/*/lon", ("经度", "Longitude"), "number", unit="°", least=115.8, most=120.8),
    Field("openings/*/lat", ("纬度", "Latitude"), "number", unit="°", least=23.4, most=28.4),
    Field("openings/*/size_m", ("尺寸", "Size"), "number", unit="m", least=0, most=500),
    Field("openings/*/kind", ("形式", "Kind"), "text", most=40),
    Field("openings/*/sealed", ("已封堵", "Sealed"), "boolean"),
    Field("mineral_code", ("矿种", "Mineral"), "choice", required=True, choices=MINERALS),
    Field("violations/*", ("违法类型", "Violation"), "marker", "add", choices=VIOLATIONS),
    Field("discovery", ("发现途径", "Discovery"), "choice", "township", choices=DISCOVERIES),
    Field("found_at", ("发现时间", "Found at"), "time", "township"),
    Field("licence_no", ("涉及采矿权", "Licence"), "text", most=60),
    Field("licence_valid_to", ("许可证有效期", "Licence valid to"), "date", "county"),
    Field("extracted_t", ("动用量", "Extracted"), "number", "township", "t", least=0),
    Field("disturbed_m2", ("占地/破坏面积", "Disturbed area"), "number", "township", "m²", least=0),
    Field("landuse_flags/*", ("林地/耕地", "Land use"), "marker", "add"),
    Field("equipment/*", ("设备设施", "Equipment"), "marker", "add"),
    Field("equipment/*/kind", ("种类", "Kind"), "text", most=60),
    Field("equipment/*/count", ("数量", "Count"), "integer", unit="台", least=0, most=1000),
    Field("workers", ("从业人员", "Workers"), "integer", "township", "人", least=0, most=10_000),
    Field("power_source", ("供电情况", "Power"), "choice", "township", choices=POWER),
    Field("explosives_seen", ("火工品", "Explosives"), "choice", "township", choices=EXPLOSIVES),
    Field("hazards/*", ("安全隐患", "Hazard"), "marker", "add"),
    Field("hazards/*/kind", ("种类", "Kind"), "choice", choices=HAZARDS),
    Field("hazards/*/level", ("程度", "Level"), "text", most=40),
    Field("hazards/*/people", ("受威胁人数", "People threatened"), "integer", unit="人", least=0),
    Field("geohazard", ("地灾隐患", "Geohazard"), "choice", "township", choices=HAZARDS),
    Field("tailings", ("尾矿库", "Tailings pond"), "boolean", "township"),
    Field("sensitive_near", ("周边敏感点", "Sensitive places near"), "text", "township", most=200),
    Field("leader_in_charge", ("包片/挂钩领导", "Leader in charge"), "text", "township", most=60),
    Field("patrol_class", ("巡查等级", "Patrol class"), "choice", "county", choices=PATROL_CLASSES),
    Field("patrol_cycle_days", ("巡查周期", "Patrol cycle"), "integer", "county", "天", least=1, most=366),
    Field("lifecycle_status", ("生命周期状态", "Status"), "choice", "server", choices=STATUSES),
    Field("verifier", ("核实人", "Verifier"), "ref", "county"),
    # As he is called on the day that he is named: phones know nobody's name by an id.
    Field("verifier_name", ("核实人姓名", "Verifier's name"), "text", "server"),
    Field("verify_by", ("核实期限", "Verify by"), "date", "county"),
    Field("relapse_count", ("复燃次数", "Relapses"), "integer", "server"),
    Field("relapsed_at", ("复燃认定时间", "Relapse confirmed at"), "time", "server"),
    Field("merged_into", ("并入档案", "Merged into"), "ref", "server"),
    Field("campaign_id", ("专项行动", "Campaign"), "ref", "county"),
    Field("filed_by", ("建档人", "Filing officer"), "text", "server"),
    Field("supervisor", ("监管人", "Supervisor"), "text", "server"),
    Field("responsible", ("责任人", "Responsible person"), "text", "server"),
    Field("filed_on", ("建档日期", "Filed on"), "date", "server"),
    Field(
        "non_case_handling", ("非立案处理理由", "Reason for handling without a case"), "text", "county", most=300
    ),
    Field("overrides/*", ("破例放行", "Override"), "marker", "server"),
    Field("overrides/*/to", ("放行到", "To"), "choice", "server", choices=STATUSES),
    Field("overrides/*/reason", ("理由", "Reason"), "text", "server"),
    Field("overrides/*/by", ("放行人", "By"), "text", "server"),
    Field("overrides/*/at", ("时间", "At"), "time", "server"),
    Field("overrides/*/revision", ("依据版本", "Revision"), "text", "server"),
    Field("overrides/*/missing", ("当时所缺", "What was missing"), "text", "server"),
    Field("closure_doc_no", ("关闭决定文号", "Closure decision"), "text", "county", most=60),
    Field("closure_date", ("关闭日期", "Closure date"), "date", "county"),
    Field("closure_standard", ("关闭标准", "Closure standard"), "choice", "county", choices=STANDARDS),
    Field("accepted_at", ("验收日期", "Accepted on"), "date", "server"),
    Field("integration_status", ("资源整合", "Integration"), "choice", "county", choices=INTEGRATION),
    Field("integration_doc", ("整合批文", "Integration document"), "text", "county", most=60),
    Field("writeoff_endorsed_by", ("县级销号审核人", "Write-off endorsed by"), "text", "server"),
    Field("writeoff_endorsed_on", ("县级销号审核日期", "Write-off endorsed on"), "date", "server"),
    Field("writeoff_city_name", ("市级销号确认人", "City's confirmation by"), "text", "county", most=60),
    Field("writeoff_city_on", ("市级销号确认日期", "City's confirmation on"), "date", "county"),
    Field("writeoff_city_doc_no", ("市级销号文号", "City's document"), "text", "county", most=60),
    Field("restoration_status", ("生态恢复", "Restoration"), "choice", "county", choices=RESTORATION),
    Field("restoration_done_m2", ("已恢复面积", "Restored area"), "number", "township", "m²", least=0),
    Field("remark", ("备注", "Remark"), "text", most=500),
    Field("last_visit_at", ("上次巡查", "Last visit"), "time", "server"),
    Field("last_visit_id", ("上次巡查记录", "Last inspection"), "ref", "server"),
    Field("last_visit_activity", ("上次现场状态", "Activity then"), "text", "server"),
    Field("last_visit_seal_state", ("上次封堵状态", "Seal then"), "text", "server"),
    Field("moved_from", ("原所属", "Moved from"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "site",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("home", String(48), nullable=False),
    Column("name", String(200), nullable=False),
    Column("dossier_no", String(40), nullable=False),
    Column("status", String(24), nullable=False),
    Column("site_kind", String(24), nullable=False),
    Column("mineral_code", String(24), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("relapse_count", Integer, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("merged_into", String(36), nullable=False, server_default=""),
    Column("campaign_id", String(36), nullable=False, server_default=""),
    Column("patrol_class", String(24), nullable=False, server_default=""),
    # Types with a space before and behind each: " unlicensed illegal_power ".
    Column("violations", String(600), nullable=False, server_default=""),
    Column("found_at", String(40), nullable=False, server_default=""),
    Column("search", String(1000), nullable=False, server_default=""),
    Index("site_home", "cell", "home", "dossier_no"),
    Index("site_box", "cell", "lon", "lat"),
    Index("site_relapses", "cell", "relapse_count"),
    Index("site_merged", "cell", "merged_into"),
    Index("site_campaign", "cell", "campaign_id"),
)


def _project(site: Record) -> tuple[Any, ...]:
    return (
        site.home, site.text("name")[:200], site.text("dossier_no"), site.text("lifecycle_status"),
        site.text("site_kind")[:24], site.text("mineral_code")[:24], site.number("lon"), site.number("lat"),
        int(site.number("relapse_count") or 0), int(site.voided), site.text("merged_into")[:36],
        site.text("campaign_id")[:36], site.text("patrol_class")[:24],
        f" {' '.join(sorted(site.rows('violations')))} "[:600],
        (site.text("found_at") or site.text("county/found_at"))[:40],
        searchable(*(site.text(path)[:100] for path in ("name", "dossier_no", "village", "place_name"))),
    )  # fmt: skip


NOUN = Noun("site", "sites", ("档案", "Site"), FIELDS, home=township, table=TABLE, project=_project)

# Rules


def create(change: Change) -> None:
    """Open a dossier: a lead, numbered by the server (county, township, year, four digits)."""
    divisions.check_town(change)
    change.merge()
    if not change.created:
        return
    site = change.record
    town, year = site.home[2:], change.journal.now.year
    if not site.text("town_code") and site.home.startswith("t-"):
        change.put("town_code", town)
    name = f"dossier-{town}-{year}"
    change.put("dossier_no", f"{town[:6]}-{town[6:]}-{year}-{change.journal.number(name):04d}")
    change.put("county_code", town[:6])
    change.put("lifecycle_status", "lead")
    change.put("relapse_count", 0)
    change.put("created_by", change.standing.user)


def edit(change: Change) -> None:
    """Edit a dossier; each field by who owns it."""
    change.merge()
    if change.outcome.fields.get("verifier") == "applied":
        guards.name_verifier(change, change.record)


def void(change: Change) -> None:
    """Take a dossier out of use, unless others changed it since the base."""
    change.void_merged()


def move(change: Change) -> None:
    """Give a dossier to another township of the county, with all that hangs on it."""
    _check_live(change)
    town = change.op.set.get("town_code")
    if not township({"town_code": town}, "", ""):
        raise Problem("bad-value", "choice")
    divisions.check_town(change)
    change.put("moved_from", change.record.text("town_code"))
    change.put("town_code", town)


def transit(change: Change) -> None:
    """Bring a dossier into another status: along the states, with what the step asks for (domain.md 3.1).

    `override: true` with a reason passes over what is missing; that is kept with who, why and on which revision.
    """
    _check_live(change)
    take_step(change, change.record, str(change.op.set.get("to")))


def take_step(change: Change, site: Record, to: str) -> None:
    """Bring `site` into the status `to`; raise Problem where the states or the guards do not allow it."""
    if (site.text("lifecycle_status"), to) not in TRANSITIONS:
        raise Problem("wrong-state")
    passed_over = guards.check(change, site, to)
    guards.note(change, site, to, passed_over)
    enter_status(change, site, to)


def endorse(change: Change) -> None:
    """Endorse a write-off for the county; the city confirms it afterwards."""
    _check_live(change)
    if change.record.text("lifecycle_status") != "writeoff_requested":
        raise Problem("wrong-state")
    change.put("writeoff_endorsed_by", change.standing.user)
    change.put("writeoff_endorsed_on", moments.day_of(change.journal.now))


def merge(change: Change) -> None:
    """Merge a duplicate into the dossier `into`: it keeps its number and what hangs on it, and ends here."""
    _check_live(change)
    change.reason()
    site, into = change.record, change.get(change.op.set.get("into"))
    if into is None or into.type != "site" or into.id == site.id:
        raise Problem("bad-value", "survivor")
    if "merged" in (site.text("lifecycle_status"), into.text("lifecycle_status")):
        raise Problem("wrong-state", "merged")
    change.put("merged_into", into.id)
    change.put("lifecycle_status", "merged")


def _check_live(change: Change) -> None:
    if change.record.voided:
        raise Problem("wrong-state")


def enter_status(change: Change, site: Record, to: str, on: str = "") -> None:
    """Set a status that was allowed, with what comes of it; a relapse counts for ever."""
    today = moments.day_of(change.journal.now)
    if to == "registered":
        _name_signers(change, site, today)
    if to == "verifying":
        guards.name_verifier(change, site)
    change.put("lifecycle_status", to, site)
    if to == "relapsed":
        change.put("relapse_count", int(site.number("relapse_count") or 0) + 1, site)
        change.put("relapsed_at", change.journal.received_at, site)
    if to == "accepted":
        change.put("accepted_at", on or today, site)
    if to in ("relapsed", "writeoff_requested"):
        for path in ("writeoff_endorsed_by", "writeoff_endorsed_on"):
            change.put(path, None, site)


def _name_signers(change: Change, site: Record, today: str) -> None:
    """Note who had signed when the dossier was registered."""
    for role, signature in guards.around(change, site).signatures().items():
        change.put(role, signature.text("person"), site)
    change.put("filed_on", today, site)


# Questions


def homes(connection: Any, cell: str) -> list[str]:
    """Return the township scopes that dossiers of a county are in."""
    rows = database.rows(
        connection, "SELECT DISTINCT home FROM site WHERE cell = :cell AND home <> '' ORDER BY home", cell=cell
    )
    return [row[0] for row in rows]


def called(connection: Any, cell: str, site_id: str) -> tuple[str, str] | None:
    """Return name and home of a dossier's site, or None where there is none."""
    row = database.row(
        connection, "SELECT name, home FROM site WHERE cell = :cell AND id = :id", cell=cell, id=site_id
    )
    return None if row is None else (row[0], row[1])


def name_of(connection: Any, cell: str, site_id: str) -> str:
    """Return the name of a dossier's site, or an empty string where there is none."""
    found = called(connection, cell, site_id)
    return found[0] if found else ""


def merged_into(connection: Any, cell: str, site_id: str) -> list[Any]:
    """Return (id, name, dossier_no) of the duplicates that were merged into a dossier."""
    statement = (
        "SELECT id, name, dossier_no FROM site WHERE cell = :cell AND merged_into = :id ORDER BY dossier_no, id"
    )
    return list(database.rows(connection, statement, cell=cell, id=site_id))


def by_number(connection: Any, cell: str, dossier_no: str) -> str:
    """Return the id of the dossier with this number, or an empty string where there is none."""
    statement = "SELECT id FROM site WHERE cell = :cell AND dossier_no = :no AND :no <> '' ORDER BY id LIMIT 1"
    row = database.row(connection, statement, cell=cell, no=dossier_no)
    return str(row[0]) if row else ""
