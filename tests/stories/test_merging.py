"""Two sides and several people on one dossier: every field by its owner, every other value kept."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from county import T1
from stories.fieldwork import ADIT, Team, candidates, conflict_id, conflict_of, refused


def test_07_a_later_edit_of_the_county_is_not_hidden_by_an_own_first_edit(team: Team):
    site = team.open(place_name="p", remark="m")
    first, second = team.a.edit(site, place_name="桥头"), team.a.edit(site, remark="township")
    team.screen.patch(f"sites/{site}", remark="county")
    (one,) = team.a.push_once([first])["results"]
    (two,) = team.a.push_once([second])["results"]
    assert one["status"] == "applied"
    assert two["status"] == "conflict"
    assert (
        two["why"]["remark"] | {"theirs": "county", "yours": "township", "rule": "review", "by": "county"}
        == (two["why"]["remark"])
    )
    assert team.body(site)["remark"] == "county"
    team.check_same(team.a)


@pytest.mark.parametrize("knowledge", ["stale", "fresh"])
@pytest.mark.parametrize("first", ["county", "township"])
def test_12_the_township_never_changes_what_the_county_owns(team: Team, first: str, knowledge: str):
    site = team.open(team.r)
    team.r.edit(site, patrol_class="general")
    team.r.sync()
    team.a.pull()
    moves = [(team.r, "key"), (team.a, "coal")]
    for phone, value in moves if first == "county" else reversed(moves):
        if knowledge == "fresh":
            phone.pull()
        phone.edit(site, patrol_class=value)
        (result,) = phone.push()
        if phone is team.a:
            assert result["status"] == "merged"
            assert result["fields"] == {"patrol_class": "proposed"}
            assert result["why"]["patrol_class"]["rule"] == "county"
        else:
            assert result["status"] == "applied"
    assert team.body(site)["patrol_class"] == "key"
    team.check_same(team.a, team.r)
    # Both sides see the proposal.
    for phone in (team.a, team.r):
        assert candidates(conflict_of(phone, site, "patrol_class")) == ["coal"]
        assert conflict_of(phone, site, "patrol_class")["status"] == "proposed"


def test_12_the_owner_takes_a_proposal_over_with_one_tap(team: Team):
    site = team.open(team.r)
    edit = team.a.edit(site, patrol_class="coal")
    team.a.sync()
    conflict = conflict_id(team.a, site, "patrol_class")
    manager = team.county.phone(team.county.person("manager", f"t-{T1}"))
    given = {"choose": edit["op"], "reason": "同意"}
    tag = f'"{manager.base(conflict).rev}"'
    no = refused(lambda: manager.ask("POST", f"/api/v1/conflicts/{conflict}/resolve", given, If_Match=tag))
    assert no.status == 403
    team.screen.act(f"conflicts/{conflict}/resolve", **given)
    team.check_same(team.a, team.r)
    assert team.a.base(site).body["patrol_class"] == "coal"
    assert team.a.base(conflict).body["status"] == "resolved"


@pytest.mark.parametrize("knowledge", ["stale", "fresh"])
@pytest.mark.parametrize("first", ["county", "township"])
def test_13_the_county_never_changes_what_the_township_owns(team: Team, first: str, knowledge: str):
    site = team.open(team.r, mining_method="unknown")
    moves = [(team.r, "leaching"), (team.a, "underground")]
    for phone, value in moves if first == "county" else reversed(moves):
        if knowledge == "fresh":
            phone.pull()
        phone.edit(site, mining_method=value)
        (result,) = phone.push()
        assert result["status"] == ("merged" if phone is team.r else "applied")
    assert team.body(site)["mining_method"] == "underground"
    team.check_same(team.a, team.r)
    for phone in (team.a, team.r):
        assert candidates(conflict_of(phone, site, "mining_method")) == ["leaching"]


def test_13_two_inspectors_of_one_township_collide(team: Team):
    site = team.open(team.b, mining_method="unknown")
    mine = team.a.edit(site, mining_method="underground")
    team.b.edit(site, mining_method="open_pit")
    assert team.a.push()[0]["status"] == "applied"
    assert team.b.push()[0]["status"] == "conflict"
    team.check_same(team.a, team.b)
    conflict = conflict_of(team.a, site, "mining_method")
    assert (conflict["status"], conflict["current"], candidates(conflict)) == ("open", "underground", ["open_pit"])
    assert team.writers(site, "mining_method")[-1] == mine["op"]
    # Their manager settles what is the township's among itself.
    manager = team.county.phone(team.county.person("manager", f"t-{T1}"))
    path, given = conflict_id(manager, site, "mining_method"), {"value": "open_pit", "reason": "现场复核"}
    tag = f'"{manager.base(path).rev}"'
    assert manager.ask("POST", f"/api/v1/conflicts/{path}/resolve", given, If_Match=tag)["status"] == "applied"
    assert team.body(site)["mining_method"] == "open_pit"


@pytest.mark.parametrize("order", list(itertools.permutations("ABR")), ids="".join)
def test_14_three_writers_at_once_in_any_order(team: Team, order: tuple[str, ...]):
    site = team.open(team.b, team.r, remark="m")
    phones = {"A": team.a, "B": team.b, "R": team.r}
    for name, phone in phones.items():
        phone.edit(site, remark=f"of {name}")
    results = [phones[name].push()[0] for name in order]
    assert [r["status"] for r in results] == ["applied", "conflict", "conflict"]
    assert results[1]["conflicts"] == results[2]["conflicts"]
    team.check_same(*phones.values())
    conflict = conflict_of(team.a, site, "remark")
    assert team.body(site)["remark"] == conflict["current"] == f"of {order[0]}"
    assert {conflict["current"], *candidates(conflict)} == {"of A", "of B", "of R"}
    assert len(team.r.records("conflict")) == 1
    assert conflict["base"] == "m"


def test_14_even_who_sees_the_open_conflict_only_adds_to_it(team: Team):
    site = team.open(team.r, remark="m")
    for phone, value in ((team.a, "h"), (team.r, "x")):
        phone.edit(site, remark=value)
        phone.sync()
    for phone, value in ((team.a, "after reading"), (team.r, "decided without the form")):
        phone.pull()
        phone.edit(site, remark=value)
        assert phone.push()[0]["fields"] == {"remark": "conflict"}
    team.check_same(team.a, team.r)
    conflict = conflict_of(team.a, site, "remark")
    assert (conflict["current"], conflict["round"]) == ("h", 1)
    assert candidates(conflict) == ["after reading", "decided without the form", "x"]


def test_15_the_same_value_from_both_sides_is_no_conflict(team: Team):
    site = team.open(team.r, remark="m")
    for phone in (team.a, team.r):
        phone.edit(site, remark="高风险")
    assert team.a.push()[0]["status"] == "applied"
    (result,) = team.r.push()
    assert (result["status"], result["fields"]) == ("applied", {"remark": "noop"})
    assert len(team.writers(site, "remark")) == 2
    # Who sent the same knows the value: his next edit is no blind one.
    team.r.edit(site, remark="极高")
    assert team.r.push()[0]["status"] == "applied"
    team.check_same(team.a, team.r)
    assert not team.a.records("conflict")


def test_16_there_and_back_is_a_change_all_the_same(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="l")
    team.screen.patch(f"sites/{site}", remark="h")
    team.screen.patch(f"sites/{site}", remark="m")
    (result,) = team.a.push()
    assert result["status"] == "conflict"
    assert team.body(site)["remark"] == "m"
    team.check_same(team.a)
    assert candidates(conflict_of(team.a, site, "remark")) == ["l"]


def collide(team: Team) -> tuple[str, str]:
    """Let A, B and R write at once; return site and conflict."""
    site = team.open(team.b, team.r, remark="m")
    for phone, value in ((team.a, "h"), (team.b, "l"), (team.r, "x")):
        phone.edit(site, remark=value)
        phone.push()
    team.a.pull()
    return site, conflict_id(team.a, site, "remark")


def test_17_a_late_edit_against_the_resolution_opens_the_next_round(team: Team):
    site, conflict = collide(team)
    team.screen.act(f"conflicts/{conflict}/resolve", choose="current", reason="以先到为准")
    assert team.body(conflict)["status"] == "resolved"
    late = team.b.edit(site, remark="vh")
    assert late["from"] == {"remark": "l"}
    (result,) = team.b.push()
    assert result["status"] == "conflict"
    assert result["conflicts"] == [conflict]
    team.check_same(team.a, team.b, team.r)
    body = team.a.base(conflict).body
    assert (body["status"], body["round"], body["current"]) == ("open", 2, "h")
    assert candidates(body) == ["vh"]
    assert team.body(site)["remark"] == "h"
    # The first round is history, not gone.
    was = team.screen.get(f"conflicts/{conflict}/versions")["versions"]
    assert {"l", "x"} <= {new for v in was for path, (_, new) in v["patch"].items() if path.endswith("/value")}


def test_17_the_resolution_to_what_he_wrote_is_known_to_its_author(team: Team):
    site, conflict = collide(team)
    chosen = next(path.split("/")[1] for path, v in team.body(conflict).items() if v == "l")
    team.screen.act(f"conflicts/{conflict}/resolve", choose=chosen, reason="现场为准")
    assert team.body(site)["remark"] == "l"
    team.b.edit(site, remark="vh")
    assert team.b.push()[0]["status"] == "applied"
    assert team.body(site)["remark"] == "vh"


def test_18_a_candidate_that_arrives_makes_the_resolution_stale(team: Team):
    site = team.open(team.b, team.r, remark="m")
    for phone, value in ((team.a, "h"), (team.b, "l"), (team.r, "x")):
        phone.edit(site, remark=value)
    team.a.push()
    team.b.push()
    team.a.pull()
    conflict = conflict_id(team.a, site, "remark")
    opened = team.screen.get(f"conflicts/{conflict}")["rev"]
    assert team.r.push()[0]["status"] == "conflict"
    stale = refused(lambda: team.screen.act(f"conflicts/{conflict}/resolve", opened, choose="current"))
    assert (stale.status, stale.problem["type"]) == (412, "/problems/precondition-failed")
    assert candidates(team.body(conflict)) == ["l", "x"]
    assert team.screen.act(f"conflicts/{conflict}/resolve", value="合写", reason="合并")["status"] == "applied"
    team.check_same(team.a, team.b, team.r)
    assert team.a.base(site).body["remark"] == "合写"
    bare = refused(lambda: team.screen.post(f"conflicts/{conflict}/resolve", choose="current"))
    assert bare.status == 428


# The clock decides nothing


@pytest.mark.parametrize("shift", [timedelta(0), timedelta(days=365 * 3), timedelta(days=-1)])
def test_39_no_clock_moves_a_winner(county, shift: timedelta, monkeypatch):
    """The same day with right and with wrong clocks ends in the same values, revisions and order."""
    told = [_a_day(county, monkeypatch, number, moved) for number, moved in enumerate((timedelta(0), shift))]
    assert told[0] == told[1]


def _a_day(county, monkeypatch, number: int, shift: timedelta) -> list:
    """Let two phones and the county write; the clock of A jumps in the middle of a batch."""
    now, team, jump = datetime.now(UTC), Team(county), [timedelta(0)]
    team.a.clock = lambda: now + jump[0]
    team.b.clock = lambda: now - shift / 3
    site = f"0198f3a2-7c11-7d3e-9a4{number}-0b6f2f6f1d10"
    team.a.do("site.create", site, {**ADIT, "town_code": T1, "remark": "m", "patrol_class": "key"})
    team.a.sync()
    for phone in (team.b, team.r):
        phone.pull()
    for step, remark in enumerate(("h", "vh", "l")):
        jump[0] = shift * (step % 2 + 1)
        team.a.edit(site, remark=remark)
    team.b.edit(site, remark="b", workers=4)
    team.r.edit(site, remark="r", patrol_class="general")
    results = [r for phone in (team.b, team.a, team.r) for r in phone.push()]
    team.a.edit(site, village="上村")
    results += team.a.push()
    team.check_same(team.a, team.b, team.r)
    conflict = conflict_of(team.a, site, "remark")
    body = team.body(site)
    names = {team.b.user: "b", team.a.user: "a", team.r.user: "r"}
    return [
        [(r["status"], r.get("fields")) for r in results],
        {path: body.get(path) for path in ("remark", "workers", "patrol_class", "village")},
        [(v["rev"].partition("-")[0], sorted(v["patch"]), names[v["by"]]) for v in team.versions(site)],
        (conflict["current"], candidates(conflict), conflict["round"]),
    ]


@pytest.mark.parametrize("years", [-20, 3, 5000])
def test_39_overlap_10_an_absurd_clock_is_recorded_and_flagged(team: Team, years: int):
    site = team.open(remark="m")
    wrong = datetime.now(UTC).replace(year=2026 + years)
    team.a.clock = lambda: wrong
    edit = team.a.edit(site, remark="h")
    (result,) = team.a.push()
    assert result["status"] == "applied"
    (flag,) = [issue for issue in result["issues"] if issue["code"] == "clock"]
    assert flag["skew_s"] == pytest.approx(years * 365.25 * 86400, rel=0.01)
    assert team.a.receipts(edit["op"])[0]["issues"] == result["issues"]
    version = team.versions(site)[-1]
    assert version["at"] == edit["at"]
    assert version["received_at"][:4] == str(datetime.now(UTC).year)


def test_39_the_flag_stays_on_work_that_had_to_wait(team: Team):
    site = team.open(remark="m")
    team.a.clock = lambda: datetime.now(UTC) + timedelta(days=1000)
    first, second = team.a.edit(site, remark="h"), team.a.edit(site, remark="vh")
    team.a.push_once([second])
    team.a.push_once([first])
    for receipt in team.a.receipts(first["op"], second["op"]):
        assert (receipt["status"], [issue["code"] for issue in receipt["issues"]]) == ("applied", ["clock"])


def test_39_a_right_clock_is_not_flagged_however_old_the_work(team: Team):
    site = team.open(remark="m")
    team.a.clock = lambda: datetime.now(UTC) - timedelta(days=420)
    team.a.edit(site, remark="h")
    team.a.clock = lambda: datetime.now(UTC)
    assert team.a.push()[0]["issues"] == []


# Domain overlaps that have no number in sync.md


def test_overlap_03_classifications_of_both_sides_are_united(team: Team):
    site = team.open(team.r, violations__unlicensed=True)
    team.r.change(site, {"confirmed/violations/unlicensed": True, "violations/out_of_bounds": True})
    team.a.change(site, {"violations/illegal_power": True, "confirmed/violations/illegal_power": True})
    team.r.push()
    (result,) = team.a.push()
    assert result["fields"] == {
        "violations/illegal_power": "applied",
        "confirmed/violations/illegal_power": "proposed",
    }
    body = team.body(site)
    assert [p for p in sorted(body) if p.startswith("violations/")] == [
        "violations/illegal_power", "violations/out_of_bounds", "violations/unlicensed",
    ]  # fmt: skip
    assert body["confirmed/violations/unlicensed"] is True
    assert "confirmed/violations/illegal_power" not in body
    team.check_same(team.a, team.r)


def test_overlap_05_the_same_new_site_found_twice_stays_two_dossiers(team: Team):
    one = team.a.site(**ADIT, town_code=T1, lon=117.36501, lat=25.94161)
    two = team.b.site(**ADIT, town_code=T1, lon=117.36541, lat=25.94161)
    team.a.sync()
    team.b.sync()
    team.check_same(team.a, team.b)
    numbers = {team.body(site)["dossier_no"] for site in (one, two)}
    assert len(numbers) == 2


def test_confirmed_coordinates_are_the_countys_to_change(team: Team):
    site = team.open(team.r, lon=117.365, lat=25.9416)
    team.a.edit(site, lon=117.366)
    assert team.a.push()[0]["status"] == "applied"
    team.r.pull()
    team.r.change(site, {"confirmed/lon": True})
    team.r.push()
    team.a.pull()
    team.a.edit(site, lon=117.4, lat=25.95)
    (result,) = team.a.push()
    assert result["fields"] == {"lon": "proposed", "lat": "applied"}
    assert team.body(site)["lon"] == 117.366


def test_what_the_county_thinks_of_a_fact_stands_beside_it(team: Team):
    site = team.open(team.r, mining_method="underground")
    team.r.change(site, {"county/mining_method": "leaching"})
    assert team.r.push()[0]["status"] == "applied"
    team.a.pull()
    team.a.change(site, {"county/mining_method": "underground"})
    assert team.a.push()[0]["fields"] == {"county/mining_method": "proposed"}
    body = team.body(site)
    assert (body["mining_method"], body["county/mining_method"]) == ("underground", "leaching")
