"""What the machine, the mutants and a second reading found: each once wrong, each a plain test now."""

import random
from typing import Any

import pytest
from county import CELL, T1, T2, Screen
from sync.checker import VOID, Checker, conflict_id
from sync.scenarios import Team, only, push
from sync.world import Valley, is_refused

from fieldsync.demo.phone import Phone, Refused
from fieldsync.sync.records import Meta


@pytest.fixture
def team(app) -> Team:
    return Team(app)


def status(phone: Phone, *ops: dict[str, Any]) -> list[str]:
    found = {receipt["op"]: receipt["status"] for receipt in phone.receipts(*(op["op"] for op in ops))}
    return [found[op["op"]] for op in ops]


# Held work


def test_who_waits_for_one_that_waited_is_released_with_it(team):
    first, second, third = (team.a.edit(team.site, remark=value) for value in ("1", "2", "3"))
    second["after"], third["after"] = [first["op"]], [second["op"]]
    for op in (third, second, first):
        team.a.push_once([op])
    assert status(team.a, first, second, third) == ["applied"] * 3
    assert team.now("remark") == "3"


@pytest.mark.parametrize(("verb", "outcome"), [("close", "closed"), ("force", "applied")])
def test_who_waits_for_what_the_desk_decides_is_released(team, verb, outcome):
    _, second, third = (team.a.edit(team.site, remark=value) for value in ("1", "2", "3"))
    third["after"] = [second["op"]]
    team.a.push_once([third])
    team.a.push_once([second])
    team.r.phone.ask("POST", f"/api/v1/held/{second['op']}/{verb}", {"reason": "lost"})
    assert status(team.a, second)[0] in (outcome, "conflict")
    assert status(team.a, third)[0] != "held"


def test_what_its_own_batch_releases_is_answered_as_it_ended(team):
    first, second = (team.a.edit(team.site, remark=value) for value in ("1", "2"))
    results = team.a.push_once([second, first])["results"]
    assert [result["status"] for result in results] == ["applied", "applied"]
    assert results[0]["rev"].startswith("3-")
    assert [result["status"] for result in team.a.resend([second, first])] == ["applied", "applied"]


def test_a_phone_lets_go_of_held_work_when_its_receipt_is_final(team):
    first, second = (team.a.edit(team.site, remark=value) for value in ("1", "2"))
    team.a.push_once([second])
    team.a.pull()
    assert team.a.view(team.site)["remark"] == "2"
    team.r.phone.ask("POST", f"/api/v1/held/{second['op']}/close", {"reason": "lost"})
    team.a.outbox = []
    team.a.pull()
    assert team.a.view(team.site)["remark"] == "m"
    assert first["op"] not in team.a.journal


def test_a_long_chain_offline_is_taken_in(team):
    """An operation names at most 100 forerunners: a phone must not name all of a long week."""
    for number in range(130):
        team.a.edit(team.site, remark=str(number))
    assert {result["status"] for result in team.a.push()} == {"applied"}
    assert team.now("remark") == "129"


# Void


def test_a_void_that_was_decided_against_can_be_wished_again(team):
    county = team.county_phone()
    team.at_desk(remark="z")
    county.remove(team.site, "double")
    assert push(county) == "conflict"
    page = f"conflicts/{conflict_id(team.site, VOID)}"
    team.r.look(page)
    team.r.act(page, "resolve", choose="current")
    county.pull()
    county.remove(team.site, "double")
    assert push(county) == "applied"


def test_a_phone_may_void_what_it_made_and_never_pulled(team):
    county = team.county_phone()
    site = county.site(name="x", town_code=team.towns[0])
    county.push()
    county.edit(site, remark="wrong place")
    county.push()
    county.remove(site, "wrong place")
    assert push(county) == "applied"


@pytest.mark.parametrize("then", ["met", "set again"])
def test_no_void_over_an_edit_that_the_phone_only_met(team, then):
    """It set the same value, or set another one on top: still somebody else's edit that it had not pulled."""
    county = team.county_phone()
    team.at_desk(remark="z")
    county.edit(team.site, remark="z")
    assert only(county.push())["fields"] == {"remark": "noop"}
    if then == "set again":
        county.edit(team.site, remark="w")
        assert push(county) == "applied"
    county.remove(team.site, "double")
    assert push(county) == "conflict"


def test_no_void_over_a_decision_that_the_phone_had_not_pulled(team):
    """An approval, a move, a change of status is somebody's work too, though the server writes it."""
    county = team.county_phone()
    team.r.look(team.path)
    team.r.act(team.path, "transit", {"to": "verifying", "override": True}, reason="x")
    county.remove(team.site, "double")
    assert push(county) == "conflict"


def test_a_void_is_not_decided_on_a_page_from_before_an_edit(team):
    county = team.county_phone()
    team.at_desk(remark="z")
    county.remove(team.site, "double")
    county.push()
    page = f"conflicts/{conflict_id(team.site, VOID)}"
    wish = next(p.split("/")[1] for p in team.r.look(page)["body"] if p.startswith("candidates/"))
    team.a.pull()
    team.a.edit(team.site, place_name="north")
    assert push(team.a) == "applied"
    assert is_refused(412, lambda: team.r.act(page, "resolve", choose=wish))
    assert not team.r.get(team.path)["voided"]


def restore(team: Team, **late: Any) -> dict[str, Any]:
    """Void the dossier, have a late edit come, restore with its values; return the body."""
    paths = {path.replace("__", "/"): value for path, value in late.items()}
    team.a.do("site.edit", team.site, paths, base=team.a.base(team.site).rev)
    team.r.look(team.path)
    team.r.act(team.path, "void", reason="double")
    result = only(team.a.push())
    page = f"conflicts/{result['conflicts'][0]}"
    team.r.look(page)
    team.r.act(page, "resolve", choose=result["op"])
    body: dict[str, Any] = team.r.get(team.path)["body"]
    return body


def test_restoring_applies_only_what_the_late_author_may_write(team):
    team.at_desk(lon=118, patrol_class="key")
    body = restore(team, lon=119, patrol_class="coal", remark="late", town_code=team.towns[1])
    assert (body["lon"], body["patrol_class"], body["remark"]) == (118, "key", "late")
    assert body["town_code"] == team.towns[0]
    assert team.candidates("lon") == [119]
    assert team.candidates("patrol_class") == ["coal"]


def test_a_restored_proposal_is_its_authors(team):
    restore(team, patrol_class="coal")
    conflict = team.r.get(f"conflicts/{conflict_id(team.site, 'patrol_class')}")["body"]
    (by,) = [value for path, value in conflict.items() if path.endswith("/by")]
    (device,) = [value for path, value in conflict.items() if path.endswith("/device")]
    assert (by, device) == (team.a.user, team.a.device)


# Decisions


def test_a_proposal_is_not_taken_over_on_a_page_from_before_an_edit(team):
    team.at_desk(patrol_class="general")
    team.a.pull()
    team.a.edit(team.site, patrol_class="key")
    op = only(team.a.push())["op"]
    page = f"conflicts/{conflict_id(team.site, 'patrol_class')}"
    team.r.look(page)
    team.at_desk(patrol_class="coal")
    assert is_refused(412, lambda: team.r.act(page, "resolve", choose=op))
    assert team.now("patrol_class") == "coal"
    assert team.r.look(page)["body"]["current"] == "coal"
    team.r.act(page, "resolve", choose=op)
    assert team.now("patrol_class") == "key"


def test_a_decision_keeps_who_is_not_named_in_it(team):
    """The author's values stay his although the server adds its own in the same operation."""
    assert Meta({"a": 1, "b": -1}, {"1": ["op", "township", "phone"]}).side("a") == "township"
    assert Meta({"a": 1, "b": -1}, {"1": ["op", "township", "phone"]}).side("b") == "server"
    site = team.a.site(name="x", town_code=team.towns[0], remark="a")
    team.a.push()
    team.a.edit(site, remark="b")
    assert push(team.a) == "applied"


# Homes


def test_a_dossier_with_a_township_that_is_none_stays_with_its_author(team):
    site = team.a.site(name="x", town_code="abc")
    result = only(team.a.push())
    assert {"code": "not-a-township", "path": "town_code"} in result["issues"]
    team.a.pull()
    assert team.a.base(site)
    assert team.r.get(f"sites/{site}")["body"]["dossier_no"].startswith(f"{team.cell}-101-")


def test_a_dossier_that_names_no_township_at_the_desk_stays_in_the_county(county):
    site = county.screen().post("sites", set={"name": "x"})
    assert site["scope"] == f"c-{CELL}"


def test_a_dossier_does_not_leave_its_county(team):
    team.r.look(team.path)
    with pytest.raises(Refused) as refused:
        team.r.act(team.path, "move", {"town_code": "350100999"})
    assert refused.value.problem["type"] == "/problems/bad-value"
    assert team.now("town_code") == team.towns[0]


def test_work_of_a_page_that_was_cut_is_taken_in(app):
    """A phone between two pages knows some records as of now and some as of its last complete pull."""
    valley = Valley(app)
    phone, other, desk = valley.inspector(0), valley.inspector(1), valley.desk()
    old = [valley.open_site(phone, 0, remark="m") for _ in range(2)]
    new = [valley.open_site(other, 1, remark="m") for _ in range(3)]
    phone.pull()
    path = f"people/{phone.user}"
    desk.look(path)
    desk.act(path, "reassign", {"towns": list(valley.towns)})
    desk.look(f"sites/{old[0]}")
    desk.act(f"sites/{old[0]}", "move", {"town_code": valley.towns[1]})
    valley.scopes[phone.user] = {f"t-{town}" for town in valley.towns}
    valley.homes[old[0]] = f"t-{valley.towns[1]}"
    phone.pull_page(limit=3)
    for site in (*old, *new):
        if phone.base(site):
            phone.edit(site, remark="x")
    assert len(phone.outbox) >= 3
    assert {result["status"] for result in phone.push()} == {"applied"}
    phone.pull()
    other.pull()
    assert Checker(valley, desk).everything(random.Random(1)) == []


# Rules check before they change


def test_a_device_is_not_revoked_without_a_reason(county):
    phone, admin = county.inspector(), county.screen("admin")
    with pytest.raises(Refused) as refused:
        admin.act(f"devices/{phone.device}/revoke")
    assert refused.value.status == 400


def task(county: Any, screen: Screen) -> str:
    made = screen.post("patrol_tasks", set={"title": "x", "town_code": T1, "task_date": "2026-01-02"})
    return str(made["id"])


def test_a_missed_task_is_not_decided_without_a_reason(county):
    screen = county.screen()
    path = f"patrol_tasks/{task(county, screen)}"
    with pytest.raises(Refused) as refused:
        screen.act(f"{path}/decide", to="overdue")
    assert refused.value.status == 400
    assert screen.get(path)["body"]["status"] == "planned"


def test_a_task_that_has_ended_is_not_finished_again(county):
    phone, screen = county.inspector(), county.screen()
    made = task(county, screen)
    phone.pull()
    phone.do("patrol_task.finish", made, {"missed_reason": "rain"})
    phone.do("patrol_task.finish", made, {"missed_reason": "snow"})
    assert [result["status"] for result in phone.push()] == ["applied", "rejected"]
    assert screen.get(f"patrol_tasks/{made}")["body"]["missed_reason"] == "rain"


def test_the_second_township_sees_a_dossier_after_its_move(county):
    """27 once more with an inspection and a conflict below the dossier: all of it moves."""
    one, two, screen = county.inspector(), county.inspector(T2), county.screen()
    site = one.site(name="x", town_code=T1, remark="m")
    visit = one.inspect(site, activity="none")
    one.sync()
    screen.patch(f"sites/{site}", remark="county")
    one.edit(site, remark="township")
    (result,) = one.push()
    screen.act(f"sites/{site}/move", town_code=T2)
    one.pull()
    two.pull()
    below = {site, visit, result["conflicts"][0]}
    assert not below & set(one.records())
    assert below <= set(two.records())
