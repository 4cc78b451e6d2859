"""Patrol plans: their five parts, the tasks made of them, rain, leave (domain.md 1 row 3, 3.2)."""

import pytest
from calendar_days import Days
from county import CELL, T1, T2, Screen

from fieldsync import db
from fieldsync.demo.phone import Refused
from fieldsync.domain import planner, rounds
from fieldsync.domain.planner import Duty
from fieldsync.sync.records import Record

from .conftest import SITE

PARTS = {
    "title": "十一月巡查",
    "town_code": T1,
    "items": "封堵、围栏、警示牌",
    "area": "全镇",
    "record_form": "patrol",
}


@pytest.fixture
def days(county):
    return Days(county, "2026-11-02")


def draft(scene, screen=None, **more) -> str:
    given = PARTS | {"cycles/noncoal": 10, f"owners/{scene.phone.user}": True} | more
    given = {path: value for path, value in given.items() if value is not None}
    return (screen or scene.reviewer).post("patrol_plans", set=given)["id"]


def in_force(scene, **more) -> str:
    plan = draft(scene, **more)
    scene.reviewer.act(f"patrol_plans/{plan}/activate")
    return plan


def generate(scene, plan: str, first: str, until: str) -> int:
    answer = scene.reviewer.act(f"patrol_plans/{plan}/generate", set={"from": first, "to": until})
    return next(issue["count"] for issue in answer["issues"] if issue["code"] == "tasks-made")


def tasks(scene) -> list[dict]:
    return [row["body"] for row in scene.reviewer.get("patrol_tasks?limit=1000")["records"]]


def stops(scene) -> list[tuple[str, str]]:
    found = [(t["task_date"], p[6:]) for t in tasks(scene) for p in t if p.startswith("sites/")]
    return sorted(found)


@pytest.mark.parametrize("part", ["items", "area", "record_form", "cycles/noncoal", "owners"])
def test_a_plan_without_one_of_the_five_parts_is_not_put_in_force(scene, part):
    path = f"owners/{scene.phone.user}" if part == "owners" else part
    plan = draft(scene, **{path: None})
    with pytest.raises(Refused) as refused:
        scene.reviewer.act(f"patrol_plans/{plan}/activate")
    problem = refused.value.problem
    assert (problem["status"], problem["reason"]) == (409, "plan-incomplete")
    assert problem["missing"] == [part.partition("/")[0]]
    scene.reviewer.patch(f"patrol_plans/{plan}", **{path.replace("/", "__"): 10 if "cycles" in part else True})
    if part in ("items", "area", "record_form"):
        scene.reviewer.patch(f"patrol_plans/{plan}", **{part: "有"})
    scene.reviewer.act(f"patrol_plans/{plan}/activate")
    assert scene.body(f"patrol_plans/{plan}")["status"] == "active"


def test_a_plan_in_force_keeps_its_parts(scene, days, refusal):
    plan = in_force(scene)
    assert refusal(scene.reviewer.patch, f"patrol_plans/{plan}", items="") == (409, "plan-incomplete")
    scene.reviewer.patch(f"patrol_plans/{plan}", items="只看封堵")
    scene.reviewer.act(f"patrol_plans/{plan}/finish")
    assert scene.body(f"patrol_plans/{plan}")["valid_to"] == "2026-11-01"
    assert refusal(scene.reviewer.act, f"patrol_plans/{plan}/finish") == (409, "plan-inactive")
    period = {"from": "2026-11-02", "to": "2026-11-03"}
    answer = refusal(scene.reviewer.act, f"patrol_plans/{plan}/generate", set=period)
    assert answer == (409, "plan-inactive")


def test_a_township_may_shorten_the_countys_cycle_but_not_lengthen_it(scene, refusal):
    manager = Screen(scene.county, scene.county.person("manager", f"t-{T1}"))
    plan = draft(scene, manager, **{"cycles/noncoal": 45})
    assert refusal(manager.act, f"patrol_plans/{plan}/activate") == (409, "cycle-too-long")
    manager.patch(f"patrol_plans/{plan}", cycles__noncoal=20)
    manager.act(f"patrol_plans/{plan}/activate")
    county = draft(scene, **{"cycles/noncoal": 45})
    scene.reviewer.act(f"patrol_plans/{county}/activate")


def test_tasks_are_made_by_cycle_and_never_twice(scene, days):
    sites = [scene.site(name=f"硐{n}", lon=117.4 + n / 100, lat=26.1) for n in range(3)]
    plan = in_force(scene)
    assert generate(scene, plan, "2026-11-02", "2026-11-30") == 3
    found = stops(scene)
    assert [day for day, _site in found] == ["2026-11-02"] * 3 + ["2026-11-12"] * 3 + ["2026-11-22"] * 3
    assert {site for _day, site in found} == set(sites)
    assert generate(scene, plan, "2026-11-02", "2026-11-30") == 0
    body = tasks(scene)[0]
    assert (body["status"], body["plan_id"], body[f"assignees/{scene.phone.user}"]) == ("assigned", plan, True)
    days.on("2026-11-09")
    assert generate(scene, plan, "2026-11-02", "2026-11-30") == 0, "also a week later"
    assert generate(scene, plan, "2026-11-02", "2026-12-05") == 1, "only what is new"
    assert [day for day, _site in stops(scene)][9:] == ["2026-12-02"] * 3
    scene.phone.pull()
    assert set(sites) <= scene.phone.members[f"u-{scene.phone.user}"].keys()


def test_a_task_that_was_moved_or_cancelled_is_not_made_again(scene, days):
    scene.site(lon=117.4, lat=26.1)
    plan = in_force(scene)
    generate(scene, plan, "2026-11-02", "2026-11-20")
    ids = [row["id"] for row in scene.reviewer.get("patrol_tasks")["records"]]
    by_day = {scene.body(f"patrol_tasks/{task}")["task_date"]: task for task in ids}
    scene.reviewer.patch(f"patrol_tasks/{by_day['2026-11-02']}", task_date="2026-11-04")
    scene.reviewer.act(f"patrol_tasks/{by_day['2026-11-12']}/cancel", reason="台风")
    assert generate(scene, plan, "2026-11-02", "2026-11-20") == 0


def test_a_visit_that_counts_puts_the_next_one_off(scene, days):
    site = scene.site(lon=117.4, lat=26.1)
    scene.phone.clock = days.clock
    visit = scene.visit(site, lon=117.4, lat=26.1)
    plan = in_force(scene)
    days.later()
    generate(scene, plan, "2026-11-03", "2026-11-20")
    assert [day for day, _ in stops(scene)] == ["2026-11-03", "2026-11-13"], "without a photo it does not count"
    scene.phone.photograph(visit, b"x")
    scene.phone.push()
    other = in_force(scene, villages="别村、远村")
    assert generate(scene, other, "2026-11-03", "2026-11-20") == 0, "no site in that village"
    with scene.county.app.app_context(), db.reading() as connection:
        (found,) = rounds.sites(connection, "350899", [f"t-{T1}"], "2026-11-20")
    assert (found.last, found.due) == ("2026-11-02", "2026-11-12")


def test_sites_of_no_plan_are_listed(scene, days):
    coal = scene.site(patrol_class=None, mineral_code="coal")
    key = scene.site()
    scene.reviewer.patch(f"sites/{key}", patrol_class="key")
    in_force(scene)
    with scene.county.app.app_context(), db.reading() as connection:
        found = rounds.unplanned(connection, "350899", [f"t-{T1}"], "2026-11-02")
    assert [site.id for site in found] == [key]
    assert coal not in {site.id for site in found}, "an open coal adit is patrolled like any other site"


def test_after_rain_every_sealed_adit_is_looked_at_once(scene, days):
    sealed, open_ = scene.site(name="已封"), scene.site(name="未封")
    plan = in_force(scene)
    with scene.county.app.app_context(), db.writing() as connection:
        db.execute(connection, "UPDATE patrol_site SET sealed = 1 WHERE site_id = :id", id=sealed)
    for count in (1, 0):
        answer = scene.reviewer.act(f"patrol_plans/{plan}/after_rain", set={"on": "2026-11-02"})
        assert answer["issues"][0]["count"] == count
    (body,) = tasks(scene)
    assert (body["kind"], body["due_on"]) == ("after_rain", "2026-11-04")
    assert f"sites/{sealed}" in body
    assert f"sites/{open_}" not in body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"mineral_code": "coal", "site_kind": "adit", "lifecycle_status": "accepted"},
         ("coal_closed_adit", True)),
        ({"mineral_code": "coal", "site_kind": "adit", "lifecycle_status": "handling"}, ("noncoal", False)),
        ({"mineral_code": "iron", "site_kind": "shaft", "lifecycle_status": "monitoring"}, ("noncoal", True)),
        ({"mineral_code": "coal", "site_kind": "open_pit", "lifecycle_status": "accepted"}, ("noncoal", False)),
        ({"mineral_code": "iron", "patrol_class": "key", "site_kind": "adit"}, ("key_area", False)),
        ({"mineral_code": "iron", "patrol_class": "coal", "site_kind": "adit"}, ("coal_closed_adit", False)),
        ({"mineral_code": "coal", "patrol_class": "key", "lifecycle_status": "written_off", "site_kind": "adit"},
         ("after_writeoff", True)),
    ],
)  # fmt: skip
def test_the_class_of_a_site(body, expected):
    site = Record(CELL, "site", "x")
    site.body = body
    row = rounds._site_row(site)
    assert (rounds.class_of(site), bool(row[7])) == expected


def test_a_stand_in_goes_for_who_is_on_leave(scene, days):
    other = scene.county.inspector(T1)
    scene.site()
    admin = scene.county.screen("admin")
    row = {"leave__x": True, "leave__x__from": "2026-11-10", "leave__x__to": "2026-11-15"}
    admin.patch(f"people/{scene.phone.user}", **row, leave__x__delegate=other.user)
    plan = in_force(scene)
    generate(scene, plan, "2026-11-02", "2026-11-25")
    who = {t["task_date"]: p[10:] for t in tasks(scene) for p in t if p.startswith("assignees/")}
    assert who == {"2026-11-02": scene.phone.user, "2026-11-12": other.user, "2026-11-22": scene.phone.user}


def test_a_shift_is_only_a_note(scene, county):
    Days(county, "2026-09-30")
    scene.site()
    plan = in_force(scene)
    generate(scene, plan, "2026-09-30", "2026-10-12")
    assert [task.get("note") for task in tasks(scene)].count("国庆值班") == 0
    other = in_force(scene, **{"cycles/noncoal": 3})
    generate(scene, other, "2026-09-30", "2026-10-06")
    notes = {task["task_date"]: task.get("note") for task in tasks(scene)}
    assert notes["2026-10-03"] == "国庆值班"
    assert notes["2026-09-30"] is None


def test_a_guest_among_the_persons_is_lent_the_sites(scene, days):
    guest = scene.county.inspector(T2)
    site = scene.site()
    plan = in_force(scene, **{f"owners/{scene.phone.user}": None, f"owners/{guest.user}": True})
    generate(scene, plan, "2026-11-02", "2026-11-05")
    guest.pull()
    assert site in guest.records()


def test_a_period_that_is_none_is_refused(scene, days, refusal):
    plan = in_force(scene, valid_to="2026-11-20")
    for first, until in (
        ("2026-11-05", "2026-11-04"),
        ("x", "y"),
        ("2026-11-02", "2027-11-02"),
        ("2026-11-21", "2026-11-25"),
    ):
        given = {"from": first, "to": until}
        assert refusal(scene.reviewer.act, f"patrol_plans/{plan}/generate", set=given) == (400, "period")


def test_a_manager_of_another_township_neither_sees_nor_changes_a_plan(scene, refusal):
    plan = draft(scene)
    stranger = Screen(scene.county, scene.county.person("manager", f"t-{T2}"))
    assert stranger.get("patrol_plans")["records"] == []
    assert refusal(stranger.get, f"patrol_plans/{plan}")[0] == 404
    assert refusal(stranger.act, f"patrol_plans/{plan}/activate", rev="1-0123456789abcdef")[0] == 404
    assert refusal(stranger.post, "patrol_plans", set=SITE | {"title": "x"})[0] in (403, 404)


# The planner by itself


def test_no_round_is_longer_than_allowed_and_nobody_is_forgotten():
    duties = [Duty(f"s{n:02}", 7, lat=26 + n / 100, lon=117.0) for n in range(30)]
    schedule = planner.draw_up(duties, lambda _day: ["a", "b"], "2026-11-02", "2026-11-08", 6)
    assert all(len(found.sites) <= 6 for found in schedule.rounds)
    assert {site for found in schedule.rounds for site in found.sites} == {duty.site_id for duty in duties}
    assert {found.day for found in schedule.rounds} == {"2026-11-02", "2026-11-03", "2026-11-04"}
    assert schedule.left == []
    tight = planner.draw_up(duties, lambda _day: ["a"], "2026-11-02", "2026-11-03", 6)
    assert len(tight.left) == 18


def test_neighbours_go_into_one_round():
    west = [Duty(f"w{n}", 7, lat=26.0 + n / 1000, lon=117.0) for n in range(3)]
    east = [Duty(f"e{n}", 7, lat=26.0 + n / 1000, lon=118.0) for n in range(3)]
    first, second = planner.share("2026-11-02", [*east, *west], ["a", "b"], 3)
    assert {site[0] for site in first.sites} == {"w"}
    assert {site[0] for site in second.sites} == {"e"}


def test_nobody_at_work_means_no_round():
    leave = {"a": [("2026-11-01", "2026-11-30", "")]}
    at_work = planner.stand_ins(["a"], leave, "2026-11-02")
    assert at_work == []
    schedule = planner.draw_up([Duty("s", 7)], lambda _day: at_work, "2026-11-02", "2026-11-03", 6)
    assert (schedule.rounds, schedule.left) == ([], ["s"])
