"""Forms to draw, and what is asked of the page that draws them."""

from typing import Any

NOW = "2026-03-05T09:30:00+08:00"


def answers(page: Any) -> dict[str, Any]:
    """Return what the caller holds."""
    return page.evaluate("stage.answers()")


def q(kind: str, name: str, label: str = "", **more: Any) -> dict[str, Any]:
    """A question as the compiler writes it."""
    return {"kind": kind, "name": name, "path": name, "labels": [label or name, name.capitalize()]} | more


def group(name: str, label: str, *items: dict, **more: Any) -> dict[str, Any]:
    return {"kind": "group", "name": name, "labels": [label, name], "items": list(items)} | more


def words(*pairs: tuple[str, str]) -> list[dict]:
    """A list of choices."""
    return [{"name": name, "labels": [label, name], "more": {}} for name, label in pairs]


STATES = words(("intact", "完好"), ("damaged", "损坏"), ("missing", "缺失"))
MANY = words(*((f"c{n}", f"选项{n}") for n in range(30)))


def asked(page: Any, path: str):
    """Return the question at a path."""
    return page.locator(f'[data-path="{path}"]')


ACTIVITY = [
    q("select_one", "activity", "现场状态", choices="a", required=True),
    q("text", "stop", "制止", relevant=["=", ["ref", "activity"], "active"], required=True),
    group("g", "违法", q("text", "who", "何人"), relevant=["=", ["ref", "activity"], "active"]),
]
ACTIVITIES = {"a": words(("none", "无迹象"), ("active", "正在开采"))}


def hazards() -> dict[str, Any]:
    return {
        "kind": "repeat", "name": "hazards", "path": "hazards", "labels": ["隐患", "Hazards"],
        "items": [
            q("select_one", "kind", "种类", choices="k", required=True) | {"path": "hazards/*/kind"},
            q("integer", "people", "人数", relevant=["=", ["ref", "hazards/*/kind"], "slide"])
            | {"path": "hazards/*/people"},
        ],
    }  # fmt: skip


KINDS = {"k": words(("slide", "滑坡"), ("flood", "积水"))}


def everything() -> list[dict]:
    """One of each kind, in two groups."""
    return [
        group("visit", "到场情况",
              q("geopoint", "position", "到场位置", required=True), q("datetime", "started_at", "开始时间"),
              q("select_one", "activity", "现场状态", choices="a", required=True, hints=["看清楚再选", "Look"]),
              q("select_multiple", "signs", "迹象清单", choices="long"),
              q("select_one", "village", "所在村", choices="m"),
              q("range", "level", "风险等级", range={"start": 1, "end": 5, "step": 1})),
        group("more", "处理",
              q("note", "call", "发现正在开采，请立即制止并上报", appearance="alarm"),
              q("note", "tip", "如实填写"),
              q("integer", "people", "现场人数"), q("date", "due", "整改期限"), q("time", "at", "发现时间"),
              q("image", "photos", "全景照片", required=True), q("geotrace", "edge", "采坑边界"), hazards(),
              q("text", "opinion", "处理意见", appearance="multiline", required=True),
              q("acknowledge", "read", "以上内容属实"),
              q("calculate", "total", "合计", calculation=["ref", "people"]),
              q("signature", "signatures", "巡查人员签名", required=True)),
    ]  # fmt: skip


LONG = words(*((f"s{n}", label) for n, label in enumerate((
    "新开挖面", "新运输道路、车辙", "挖机、铲车、钻机", "空压机、发电机、电线", "炸药残留、雷管线",
    "新鲜矿渣、堆料", "硐口被扒开", "通风管、轨道",
    "稀土：注液孔、输液管道、浸矿池、药剂袋（硫酸铵等）"))))  # fmt: skip
LISTS = ACTIVITIES | KINDS | {"m": MANY, "long": LONG}
FILLED = {
    "lon": 117.2, "lat": 25.1, "accuracy_m": 9, "fix_time": NOW, "activity": "active", "signs/s0": True,
    "people": 3, "hazards/a": True, "hazards/a/kind": "slide", "due": "2026-04-01", "level": 2,
    "edge": {"type": "LineString", "coordinates": [[117.2, 25.1], [117.201, 25.1005], [117.2004, 25.101]]},
    "signatures/a": True, "signatures/a/name": "张三", "signatures/a/strokes": "M40 30L90 90M120 30L170 90",
    "signatures/a/signed_at": NOW, "signatures/a/content_hash": "",
}  # fmt: skip
