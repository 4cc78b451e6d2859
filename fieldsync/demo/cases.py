"""A small register of cases: one that is paid for, one under way, and an incident of trade."""

from datetime import timedelta
from typing import Any

from fieldsync import moments
from fieldsync.demo.county import CELL, NAME
from fieldsync.demo.province import id_no
from fieldsync.demo.stage import Stage, records
from fieldsync.domain.cases import CONDITIONS
from fieldsync.domain.words import MINERALS
from fieldsync.ids import new_id
from fieldsync.sync.records import Record

_REMARK = "演示数据，查无此人此事"
_BODY = f"{NAME}自然资源局"


def play(stage: Stage) -> None:
    """Have the county file, appraise, punish and be paid."""
    homes = [f"t-{town}" for town in stage.sites]
    sites = [s for s in records("site", homes, "home") if s.text("lifecycle_status") in ("handling", "closing")]
    _finished(stage, _file(stage, sites[0], 50, 1))
    _under_way(stage, _file(stage, sites[1], 12, 2))
    _trade(stage)


def _day(stage: Stage, ago: int) -> str:
    """Return the day so many days before the demonstration's."""
    return (moments.date_of(stage.clock()) - timedelta(days=ago)).isoformat()


def _do(stage: Stage, action: str, set_: dict[str, Any], parent: str = "") -> str:
    """Make a record at the reviewer's screen; return its id."""
    made = new_id()
    reviewer = stage.engine.actor(CELL, stage.people["shenhe1"])
    stage.engine.perform(reviewer, action, made, op=new_id(), set_=set_ | {"remark": _REMARK}, parent=parent)
    return made


def _file(stage: Stage, site: Record, ago: int, number: int) -> str:
    """File a case on a site, with five conditions, two officers and a party; it is not handled otherwise then."""
    stage.act("shenhe1", "site.edit", site.id, {"non_case_handling": None})
    fields: dict[str, Any] = {f"filing_five/{condition}": True for condition in CONDITIONS}
    for name in ("审一明", "审二清"):
        row = f"officers/{new_id()}"
        fields |= {row: True, f"{row}/name": name, f"{row}/cert_no": f"演示{len(fields):04d}"}
    party = f"parties/{new_id()}"
    fields |= {party: True, f"{party}/name": f"示例{'甲乙'[number - 1]}", f"{party}/id_no": id_no(CELL, number)}
    mineral, stopped = site.text("mineral_code"), _day(stage, ago + 2)
    fields |= {
        "cause": f"无证开采{MINERALS[mineral][0]}", "body": _BODY, "origin": "patrol", "act_county_code": CELL,
        "mineral_code": mineral, f"site_ids/{site.id}": True, "approver": "领一航", "filed_at": _day(stage, ago),
        "violations/unlicensed": True, "stop_notice_no": f"示停〔{stopped[:4]}〕{number}号",
        "stop_notice_on": stopped,
    }  # fmt: skip
    return _do(stage, "case.create", fields)


def _finished(stage: Stage, case: str) -> None:
    """Decide a case after an appraisal, with a fine that was paid in two parts."""
    year = _day(stage, 0)[:4]
    _do(stage, "damage_appraisal.create", {
        "no": f"演示鉴定〔{year}〕1号", "issuer": "演示鉴定机构", "applicant": _BODY,
        "applied_at": _day(stage, 45), "issued_at": _day(stage, 24), "quantity": 320, "product_value": 12_800_000,
        "destroyed_value": 21_500_000, "conclusion": "造成矿产资源破坏",
    }, case)  # fmt: skip
    fields: dict[str, Any] = {
        "quantity": 320, "quantity_unit": "t", "illegal_gains": 6_000_000, "notice_at": _day(stage, 20),
        "decision_no": f"示罚〔{year}〕1号", "decided_at": _day(stage, 14), "fine": 8_000_000,
        "confiscated_gains": 6_000_000, "served_at": _day(stage, 13), "closed_at": _day(stage, 1),
        "close_mode": "paid",
    }  # fmt: skip
    for ago, amount in ((9, 8_000_000), (2, 6_000_000)):
        row = f"payments/{new_id()}"
        fields |= {row: True, f"{row}/date": _day(stage, ago), f"{row}/amount": amount}
    stage.act("shenhe1", "case.edit", case, fields)
    _measure(stage, case, 1, "admin_detention", "行政拘留决定", "十日")


def _under_way(stage: Stage, case: str) -> None:
    """Apply for an appraisal; somebody is held meanwhile."""
    year = _day(stage, 0)[:4]
    _do(stage, "damage_appraisal.create", {
        "no": f"演示鉴定〔{year}〕2号", "issuer": "演示鉴定机构", "applicant": _BODY,
        "applied_at": _day(stage, 5),
    }, case)  # fmt: skip
    _measure(stage, case, 2, "criminal_detention", "刑事拘留证", "")


def _measure(stage: Stage, case: str, number: int, kind: str, doc: str, duration: str) -> None:
    fields: dict[str, Any] = {
        "name": f"示例{'甲乙'[number - 1]}", "id_no": id_no(CELL, number), "type": kind, "authority": "演示公安局",
        "doc_no": f"{doc}〔{_day(stage, 0)[:4]}〕{number}号", "decided_at": _day(stage, 8),
    }  # fmt: skip
    _do(stage, "person_measure.create", fields | ({"duration": duration} if duration else {}), case)


def _trade(stage: Stage) -> None:
    """Note an incident of illegal trade."""
    _do(stage, "trade_incident.create", {
        "title": "无合法来源凭证收购煤炭", "act_county_code": CELL, "place_name": "示范县城关货场（虚构）",
        "found_at": _day(stage, 11), "confirmed_at": _day(stage, 4), "mineral_code": "coal", "quantity": 60,
        "value": 2_400_000, "facts": "查获无合法来源凭证的煤炭六十吨",
    })  # fmt: skip
