"""What waits for a person's decision: conflicts, proposals, requests, held work; and who is suspected."""

from datetime import timedelta
from typing import Any

from fieldsync.demo.county import CELL, TOWNS, Person
from fieldsync.demo.dossiers import dossier
from fieldsync.demo.stage import Stage
from fieldsync.ids import new_id
from fieldsync.sync.conflicts import VOID, conflict_id
from fieldsync.sync.held import receipt_id
from fieldsync.sync.journal import text_of

_HERE, _THERE = TOWNS[0], TOWNS[1]
_WALKER = "xuncha1a"
GONE = Person("lizhi", "钱四离", "inspector", _THERE)
_PHASES = (("排查建档", "全部在册站点"), ("关闭整治", "关闭 12 处"), ("检查验收", "逐处验收"))
_PARTIES = (
    ("示例甲", "suspect"), ("示例乙", "owner"), ("示例丙", "worker"), ("示例丁", "landlord"), ("不详", "unknown"),
)  # fmt: skip


def play(stage: Stage) -> None:
    """Bring about everything that a county decides."""
    stage.clock.on_day(3)
    stage.phones[_WALKER].pull()
    _disagree(stage)
    _ask(stage)
    stage.clock.on_day(2)
    _hold(stage)
    _suspect(stage)
    _campaign(stage)


def _disagree(stage: Stage) -> None:
    """Let township and county edit the same dossiers without knowing of each other."""
    phone = stage.phones[_WALKER]
    both, settled, owned, gone = stage.sites[_HERE.code][:4]
    for site in (both, settled):
        stage.act("shenhe1", "site.edit", site, {"remark": "县里：已列入本季度重点，请每周一查。"})
        phone.edit(site, remark="镇里：雨季便道中断，建议改为每月一查。", mining_method="underground")
    phone.edit(owned, patrol_class="coal", remark="镇里：附近新开一处煤台。")
    stage.act("shenhe2", "site.edit", owned, {"mining_method": "open_pit"})
    stage.act("shenhe2", "site.void", gone, reason="与相邻档案重复")
    phone.edit(gone, remark="镇里：并非同一处，两硐相距四十米。")
    phone.push()
    stage.act(
        "shenhe1", "conflict.resolve", conflict_id(settled, "remark"), reason="两者都对，合并写明",
        value="本季度重点，每周一查；雨季便道中断时顺延。",
    )  # fmt: skip
    assert stage.rev(conflict_id(gone, VOID)), "an edit of a voided dossier is kept"


def _ask(stage: Stage) -> None:
    """Have the township ask for statuses: granted at once, left to the county, or impossible."""
    phone = stage.phones[_WALKER]
    found_at = text_of(stage.clock())
    leads = [phone.site(**dossier(stage.random, _HERE, 90 + number, found_at)) for number in range(3)]
    for site in leads:
        by = (stage.clock() + timedelta(days=5)).date().isoformat()
        _request(stage, site, "verifying", "接到举报", verifier=phone.user, verify_by=by)
    phone.push()
    requests = [_request(stage, site, "confirmed", "现场有新鲜矿渣和车辙") for site in leads]
    _request(stage, leads[0], "written_off", "早已停采")
    phone.push()
    # The photos come with the next visit: the county knows the place.
    stage.act("shenhe1", "request.grant", requests[1], {"override": True}, reason="县级执法人员同日到场确认")
    stage.act("shenhe2", "request.refuse", requests[2], reason="照片不足以认定，请补拍")
    stage.act("shenhe2", "site.merge", leads[2], {"into": leads[0]}, reason="同一硐口，两人先后建档")


def _request(stage: Stage, site: str, to: str, reason: str, **more: str) -> str:
    given = {"target": site, "to": to, "reason": reason} | more
    return stage.phones[_WALKER].create("request.make", given, site)


def _hold(stage: Stage) -> None:
    """Bring in work of each kind that cannot be done yet, or not by its author."""
    phone = stage.phones[_WALKER]
    site = stage.sites[_HERE.code][8]
    phone.do("site.edit", site, {"remark": "等待前一项操作的修改"}, after=[new_id()])
    phone.inspect(new_id(), activity="none", opinion="站点建档尚未上传")
    phone.do("site.edit", stage.sites[_THERE.code][0], {"remark": "路过邻乡时所见"})
    phone.do("drone_flight.add", new_id(), {"height_m": 120})
    closed = phone.do("site.edit", stage.sites[_THERE.code][1], {"remark": "误填邻乡"})
    phone.push()
    reviewer = stage.engine.actor(CELL, stage.people["shenhe1"])
    stage.engine.perform(reviewer, "receipt.close", receipt_id(closed["op"]), op=new_id(), reason="应由邻乡填报")
    _hold_of_the_gone(stage)
    _hold_of_a_lost_phone(stage)


def _hold_of_the_gone(stage: Stage) -> None:
    """Let somebody's work come in after his account was closed."""
    stage.hire(stage.engine, GONE)
    phone = stage.equip(GONE.login)
    site = stage.sites[_THERE.code][2]
    phone.inspect(site, activity="none", opinion="离岗前最后一次巡查")
    stage.act("admin", "person.deactivate", stage.people[GONE.login])
    phone.push()


def _hold_of_a_lost_phone(stage: Stage) -> None:
    """Let a revoked phone hand in what it still holds."""
    phone = stage.equip("xuncha2a")
    phone.inspect(stage.sites[_THERE.code][3], activity="none", opinion="旧手机中尚未上传的记录")
    stage.act("admin", "device.revoke", phone.device, {"erase": "after-drain"}, reason="换发新手机")
    phone.push()
    stage.equip("xuncha2a")


def _campaign(stage: Stage) -> None:
    """Run a campaign with three phases over some sites, and name what is key."""
    reviewer, campaign = stage.engine.actor(CELL, stage.people["shenhe1"]), new_id()
    today = stage.clock().date()
    phases: dict[str, Any] = {}
    for number, (name, targets) in enumerate(_PHASES):
        row, first = f"phases/{new_id()}", today + timedelta(days=30 * (number - 1))
        last = first + timedelta(days=29)
        phases |= {row: True, f"{row}/name": name, f"{row}/from": first.isoformat()}
        phases |= {f"{row}/to": last.isoformat(), f"{row}/targets": targets}
    told = {"name": "示范县秋季专项行动", "doc_no": "示政办〔2026〕9号", "status": "running", "closure_target": 12}
    stage.engine.perform(reviewer, "campaign.create", campaign, op=new_id(), set_=told | phases)
    for site in [site for sites in stage.sites.values() for site in sites[10:14]]:
        stage.act("shenhe1", "site.edit", site, {"campaign_id": campaign})
    since = {"valid_from": f"{today.year}-01-01", "source": "演示数据"}
    area = {"level": "township", "code": _THERE.code, "name": _THERE.name} | since
    stage.engine.perform(reviewer, "key_area.create", new_id(), op=new_id(), set_=area)
    mineral = {"mineral_code": "coal"} | since
    stage.engine.perform(reviewer, "key_mineral.create", new_id(), op=new_id(), set_=mineral)


def _suspect(stage: Stage) -> None:
    """Note persons in connection with sites; townships do not see these."""
    reviewer = stage.engine.actor(CELL, stage.people["shenhe2"])
    for number, (name, role) in enumerate(_PARTIES):
        stage.engine.perform(
            reviewer, "party.create", new_id(), op=new_id(), parent=stage.sites[_HERE.code][number],
            set_={"name": name, "role": role, "remark": "演示数据，查无此人"},
        )  # fmt: skip
