"""A county at work: one of each thing that the desk decides."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from county import T1, T2, T3, County, verifier

from fieldsync.demo.phone import Phone
from fieldsync.demo.pictures import Shot, jpeg

PLACE = {"lat": 26.1234567, "lon": 117.4567891}
NASTY = "<script>alert(1)</script> \u202egpj.exe"


@dataclass
class Stage:
    """The ids of what there is to decide."""

    phone: Phone
    site: str
    visit: str
    quiet: str
    conflict: str
    proposal: str
    void: str
    held: str
    request: str
    party: str
    photo: str


def build(county: County) -> Stage:
    """Play the morning that leads to all of it."""
    phone = county.phone(county.person("inspector", f"t-{T1}", f"t-{T2}", login="chen"))
    reviewer = county.screen()
    site = phone.site(
        name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal", remark="洞口有新渣", workers=3,
        village="前山村", place_name=NASTY, violations__unlicensed=True, power_source="none", **PLACE,
    )  # fmt: skip
    row = phone.make_id()
    phone.edit(site, "site.edit", **{f"openings__{row}": True, f"openings__{row}__no": "K1"})
    other = phone.site(name="下坑采砂点", site_kind="sand", town_code=T2, mineral_code="river_sand")
    visit = phone.inspect(
        site, kind="key", activity="active", access="reached", seal_state="damaged", stop_action="oral",
        signs__fresh_cut=True, signs__machines=True, shed_present=True, stockpile_t=12.5,
        opinion="建议立即关闭", remark=NASTY, lat=26.1236, lon=117.4569, accuracy_m=8,
    )  # fmt: skip
    quiet = phone.inspect(other, kind="routine", activity="none", access="reached", remark="一切正常")
    content = jpeg(Shot(datetime.now(UTC), PLACE["lat"], PLACE["lon"]), Random(1))
    photo = phone.photograph(
        visit, content, {**PLACE, "accuracy": 6, "time": None}, role="opening", caption="硐口"
    )
    far = jpeg(Shot(datetime.now(UTC), 26.2, 117.5, "none"), Random(2))
    phone.photograph(visit, far, {"lat": 26.2, "lon": 117.5, "accuracy": 90}, role="overview")
    phone.sync()
    phone.upload(content)
    phone.upload(far)
    phone.pull()
    party = reviewer.post("parties", parent={"id": site}, set={"name": "张某", "role": "suspect"})["id"]
    held = _held(county, site)
    reviewer.act(f"sites/{other}/transit", set={"to": "verifying"} | verifier(phone))
    wish = {"target": other, "to": "confirmed", "reason": "现场已核实"}
    request = phone.create("request.make", wish, parent=other)
    conflict, proposal = _conflicts(phone, reviewer, site)
    void = _late_edit(phone, reviewer)
    return Stage(phone, site, visit, quiet, conflict, proposal, void, held, request, party, photo)


def _conflicts(phone: Phone, reviewer, site: str) -> tuple[str, str]:
    """Let both sides write the remark, and the township what is the county's; return both conflicts."""
    phone.sync()
    reviewer.patch(f"sites/{site}", remark="县级复核：已封堵")
    phone.edit(site, remark="乡镇：仍有人进出", patrol_class="key", disturbed_m2=1200.5)
    (result,) = phone.push()
    phone.pull()
    by_path = {row.body["path"]: i for i, row in phone.records("conflict").items()}
    assert result["status"] == "conflict"
    return by_path["remark"], by_path["patrol_class"]


def _late_edit(phone: Phone, reviewer) -> str:
    """Void a dossier that the phone then edits; return the conflict on `$void`."""
    site = phone.site(name="误报点", site_kind="point", town_code=T1, mineral_code="other")
    phone.sync()
    reviewer.act(f"sites/{site}/void", reason="重复建档")
    phone.edit(site, remark="不是重复，另有一处", workers=2)
    (result,) = phone.push()
    return result["conflicts"][0]


def _held(county: County, site: str) -> str:
    """Let somebody of another township edit the dossier; return the held operation."""
    stranger = county.inspector(T3)
    op = stranger.do("site.edit", site, {"remark": "外乡镇来的修改", "workers": 9})
    (result,) = stranger.push()
    assert result["status"] == "held"
    return op["op"]
