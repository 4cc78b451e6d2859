"""Inspections in every state, with photos: handed in from phones, reviewed by the county."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from fieldsync.demo.county import CELL, INSPECTORS, Person
from fieldsync.demo.phone import Phone
from fieldsync.demo.stage import Stage
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.journal import text_of

# How many inspections of each inspector end in which state, in the order in which they are handed in.
PLAN = {
    "archived": 2, "approved": 5, "amended": 1, "under_review": 1, "returned": 1, "resubmitted": 1,
    "withdrawn": 1, "voided": 1, "submitted": 3,
}  # fmt: skip
# States that are brought about before the others.
_EARLY = ("archived", "approved")
_SIGNS = ("fresh_cut", "new_track", "machines", "fresh_waste", "shed_lights", "sign_missing")
_OPINIONS = ("未发现生产迹象，继续按周期巡查。", "围栏破损，已通知村委会修复。", "有新车辙，建议夜查一次。")
# What the county writes when it returns an inspection, by field.
_COMMENTS = {"review_fields/opinion": "请写明处理期限", "review_fields/seal_state": "与照片不符，请核实"}


def play(stage: Stage) -> None:
    """Let two weeks of patrols happen."""
    visits = {person.login: _hand_in(stage, person, _EARLY, 18) for person in INSPECTORS}
    stage.clock.on_day(15)
    for login, by_state in visits.items():
        for visit in by_state["archived"] + by_state["approved"]:
            stage.act(_reviewer(login), "inspection.approve", visit)
    stage.clock.on_day(12)
    for by_state in visits.values():
        for visit in by_state["archived"]:
            stage.engine.perform(actors.system(CELL), "inspection.archive", visit, op=new_id())
    rest = tuple(state for state in PLAN if state not in _EARLY)
    later = {person.login: _hand_in(stage, person, rest, 9) for person in INSPECTORS}
    stage.clock.on_day(5)
    for login, by_state in later.items():
        _review(stage, login, by_state)


def _reviewer(login: str) -> str:
    """Return who reviews an inspector's work."""
    return "shenhe1" if login.endswith("a") else "shenhe2"


def _hand_in(stage: Stage, person: Person, states: tuple[str, ...], day: float) -> dict[str, list[str]]:
    """Have an inspector visit sites for each state to come; return the inspections by state."""
    stage.clock.on_day(day)
    phone = stage.phones[person.login]
    phone.pull()
    sites = _sites(stage, phone)
    by_state = {
        state: [_visit(stage, phone, person, next(sites), state) for _ in range(PLAN[state])] for state in states
    }
    phone.push()
    return by_state


def _sites(stage: Stage, phone: Phone) -> Iterator[str]:
    """Yield sites of the phone's township, all of them before any comes again."""
    sites = sorted(phone.records("site"))
    while True:
        stage.random.shuffle(sites)
        yield from sites


def _visit(stage: Stage, phone: Phone, person: Person, site: str, state: str) -> str:
    """Inspect a site and photograph it; return the inspection's id."""
    visit = phone.inspect(site, **findings(stage, phone, person, site))
    place = phone.view(site)["lon"], phone.view(site)["lat"]
    # Some photos were not taken where the phone was: the county is told.
    stage.shoot(phone, visit, place, drift=0.02 if state == "under_review" else 0, role="overview")
    if state in ("submitted", "returned"):
        gps = stage.random.choice(("none", "redacted", "full"))
        # The bytes of a photo may come days later: until then its inspection cannot be approved.
        stage.shoot(phone, visit, place, gps, arrives=state == "returned", role="close", caption="硐口近景")
    return visit


def findings(stage: Stage, phone: Phone, person: Person, site: str) -> dict[str, Any]:
    """Return what an inspector writes down at a site."""
    random, shown = stage.random, phone.view(site)
    ended = stage.clock()
    row, unit = f"inspectors/{new_id()}", f"{person.town.name if person.town else ''}自然资源所"
    active = random.choices(("none", "suspected", "active", "not_found"), (70, 15, 8, 7))[0]
    fields: dict[str, Any] = {
        "unit": unit, "kind": random.choice(("routine", "routine", "key", "night", "after_rain")),
        row: True, f"{row}/name": person.name, "started_at": text_of(ended - timedelta(minutes=40)),
        "ended_at": text_of(ended), "weather": random.choice(("晴", "多云", "小雨")), "access": "reached",
        "lon": round(shown["lon"] + random.uniform(-3e-4, 3e-4), 6),
        "lat": round(shown["lat"] + random.uniform(-3e-4, 3e-4), 6), "accuracy_m": random.randint(4, 20),
        "fix_time": text_of(ended - timedelta(minutes=30)), "activity": active,
        "seal_state": random.choice(("intact", "intact", "damaged", "na")),
        "fence_state": random.choice(("intact", "missing", "na")),
        "sign_state": random.choice(("intact", "missing")),
        "vegetation": random.choice(("bare", "partial", "good")),
        "opinion": random.choice(_OPINIONS),
    }  # fmt: skip
    if active in ("suspected", "active"):
        fields |= {f"signs/{sign}": True for sign in random.sample(_SIGNS, 2)}
        fields |= {"suspected_violations/unlicensed": True}
    return fields


def _review(stage: Stage, login: str, by_state: dict[str, list[str]]) -> None:
    """Bring an inspector's later inspections into their states."""
    reviewer, phone = _reviewer(login), stage.phones[login]
    for visit in by_state["amended"]:
        stage.act(reviewer, "inspection.approve", visit)
    for visit in by_state["under_review"]:
        stage.act(reviewer, "inspection.begin_review", visit)
    for visit in by_state["returned"] + by_state["resubmitted"]:
        stage.act(reviewer, "inspection.return", visit, _COMMENTS, reason="请补充后重新提交")
    for visit in by_state["voided"]:
        stage.act(reviewer, "inspection.void", visit, reason="重复提交")
    phone.pull()
    for visit in by_state["amended"]:
        phone.edit(visit, remark="补充：返程时又见车辙一处。")
    for visit in by_state["resubmitted"]:
        phone.edit(visit, "inspection.resubmit", opinion="围栏破损，三日内修复并回传照片。")
    for visit in by_state["withdrawn"]:
        phone.do("inspection.withdraw", visit)
    phone.push()
