"""The first half: both phones take down their sites and go offline; the county works on the same dossiers."""

from datetime import UTC, datetime
from typing import Any

from fieldsync.demo import pictures
from fieldsync.demo.story.cast import T2, Cast, Inspector, status_of
from fieldsync.demo.wire import Offline
from fieldsync.ids import new_id

TOWNSHIP = {"remark": "洞口封堵被扒开一角，便道有新车辙。", "patrol_class": "coal", "mining_method": "underground"}
COUNTY = {"remark": "列入本季度重点，每周一查。", "patrol_class": "key", "mining_method": "open_pit"}
FOREIGN = "邻乡所见：夜间有灯光。"


def take_down(cast: Cast) -> None:
    """Have both phones pull, and prove that they have exactly what is theirs."""
    n = cast.narrator
    n.act("下载：每部手机取回本乡镇的档案", "Taking down: each phone gets its township's dossiers")
    for who in cast.both:
        pages = who.phone.pull()
        kinds = {kind: len(who.phone.records(kind)) for kind in ("site", "inspection", "patrol_task", "division")}
        n.show(f"{who.name[0]} 取回 {pages} 页", f"{who.name[1]} takes down {pages} pages", kinds)
        towns = {row.body["town_code"] for row in who.phone.records("site").values()}
        n.equal("只有本乡镇的档案", "only dossiers of its own township", towns, {who.town})
        others = [scope for scope in who.phone.scopes if scope[:2] not in ("t-", "u-") and scope != "common"]
        n.equal("没有县级专有的内容", "nothing that is the county's alone", others, [])
        proves(cast, who)


def proves(cast: Cast, who: Inspector) -> None:
    """Promise that a phone has what the county has: by the digest's sums, and member by member."""
    for scope in who.phone.scopes:
        members = who.phone.ask("GET", f"/api/v1/sync/verify?scope={scope}")["members"]
        told = {member["id"]: member["rev"] for member in members}
        here = {record: row.rev for record, row in who.phone.members[scope].items()}
        digest = who.phone.digest(scope)
        cast.narrator.promise(
            f"{who.name[0]} {scope}：{digest['n']} 条，校验和 {digest['sum']}，与县里逐条一致",
            f"{who.name[1]}: the same as the county's, record by record",
            told == here,
            {
                "missing": len(told.keys() - here.keys()),
                "different": sum(told.get(r) != v for r, v in here.items()),
            },
        )


def go_offline(cast: Cast) -> None:
    """Let both inspectors work without a signal."""
    n, mountain = cast.narrator, Offline()
    n.act("离线：两名巡查员进山", "Offline: both inspectors go into the mountains")
    for who in cast.both:
        who.phone.wire = mountain
    _work_of_a(cast)
    _work_of_b(cast)
    for who in cast.both:
        n.say(
            f"{who.name[0]} 记下 {len(who.phone.outbox)} 项待发",
            f"{who.name[1]} holds {len(who.phone.outbox)} operations",
        )
        for op in who.phone.outbox:
            n.sent(op)
    n.equal("离线期间没有任何请求", "no request was made meanwhile", mountain.tries, 0)


def _work_of_a(cast: Cast) -> None:
    """A inspects two sites, takes three photos, and edits a dossier in every kind of field."""
    a = cast.a
    a.visit = _inspect(a, cast.mouth, activity="suspected", seal_state="damaged", signs__new_track=True)
    place = a.phone.view(cast.mouth)
    for gps in ("full", "none", "redacted"):
        _photograph(cast, a, place, gps)
    row = f"openings/{new_id()}"
    opening = {row: True, f"{row}/no": "K2", f"{row}/kind": "平硐", f"{row}/size_m": 1.6}
    change = TOWNSHIP | {"violations/illegal_power": True} | opening
    a.ops["edit"] = a.phone.change(cast.mouth, change) or {}
    a.ops["moving"] = _op_of(a, _inspect(a, cast.moving, activity="none", seal_state="intact"))


def _work_of_b(cast: Cast) -> None:
    """B inspects his own site, and notes something about one that is not his."""
    b = cast.b
    b.visit = _inspect(b, cast.pit, activity="none", seal_state="intact", opinion="正常")
    _photograph(cast, b, b.phone.view(cast.pit), "full")
    b.ops["edit"] = b.phone.edit(cast.pit, remark="封堵完好，警示牌已更换。") or {}
    b.ops["foreign"] = b.phone.do("site.edit", cast.mouth, {"remark": FOREIGN}, **{"from": {"remark": None}})


def _inspect(who: Inspector, site: str, **fields: Any) -> str:
    shown = who.phone.view(site)
    return who.phone.inspect(
        site, kind="routine", access="reached", lon=shown["lon"], lat=shown["lat"], accuracy_m=8, **fields
    )


def _op_of(who: Inspector, record: str) -> dict[str, Any]:
    return next(op for op in who.phone.outbox if op["id"] == record)


def _photograph(cast: Cast, who: Inspector, place: dict[str, Any], gps: str) -> None:
    """Take a photo near a site and seal it with the phone's key."""
    lat, lon = (place[axis] + cast.shutter.uniform(-2e-4, 2e-4) for axis in ("lat", "lon"))
    content = pictures.jpeg(pictures.Shot(datetime.now(UTC), lat, lon, gps), cast.shutter)
    fix = {"lat": round(lat, 7), "lon": round(lon, 7), "accuracy": 6}
    photo = who.phone.photograph(who.visit, content, fix, role="overview")
    who.photos[photo] = content, (lat, lon) if gps == "full" else gps


def meanwhile(cast: Cast) -> None:
    """Have the county edit the same dossiers at its screens."""
    n, desk = cast.narrator, cast.reviewer
    n.act("同时：县里在网页端改同一份档案", "Meanwhile: the county edits the same dossiers")
    path = f"sites/{cast.mouth}"
    shown = desk.get(path)
    row = f"openings/{new_id()}"
    fields = COUNTY | {"violations/unlicensed": True, row: True, f"{row}/no": "K1", f"{row}/kind": "平硐"}
    refused = status_of(desk.phone.ask, "PATCH", f"/api/v1/{path}", {"set": fields})
    n.equal("没有 If-Match 不予修改", "no change without If-Match", refused[0], 428)
    answer = desk.patch(path, shown["rev"], fields)
    n.sent({"action": "PATCH", "base": shown["rev"], "set": fields})
    n.outcome("200", answer)
    n.equal(
        "县级字段由县里改定", "the county's field is the county's", answer["fields"]["patrol_class"], "applied"
    )
    n.equal(
        "乡镇字段县里只能建议", "of the township's field it can only propose",
        answer["fields"]["mining_method"], "proposed",
    )  # fmt: skip
    stale = status_of(desk.patch, path, shown["rev"], {"remark": "依旧版本修改"})
    n.equal("旧版本不能覆盖新版本", "an old revision overwrites nothing", stale[0], 412)
    moved = desk.act(f"sites/{cast.moving}/move", desk.get(f"sites/{cast.moving}")["rev"], {"town_code": T2.code})
    n.equal(
        f"档案“{moved['body']['name']}”划归 {T2.name}，而手机甲仍有未交的记录",
        "a dossier moves to the other township while phone A still holds work on it",
        moved["scope"], f"t-{T2.code}",
    )  # fmt: skip
