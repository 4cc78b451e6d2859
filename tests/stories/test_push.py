"""Handing in over a bad line: what is lost, doubled, turned round or held counts once and in order."""

import itertools

import pytest
from county import CELL
from stories.fieldwork import Line, Team, refused

from fieldsync.demo.wire import NoSignal


def statuses(results: list[dict]) -> list[str]:
    return [result["status"] for result in results]


@pytest.mark.parametrize("fate", ["answer lost", "request lost", "doubled"])
def test_01_02_a_lost_answer_or_request_has_one_effect(team: Team, fate: str):
    site = team.open(place_name="村口")
    edit = team.a.edit(site, place_name="村东头")
    before = team.head()
    team.a.wire = Line(team.a.wire, [fate])
    if fate != "doubled":
        with pytest.raises(NoSignal):
            team.a.push()
        assert team.a.outbox == [edit]
        assert (team.head() == before) == (fate == "request lost")
    (result,) = team.a.push()
    assert result["status"] == "applied"
    assert result["rev"] == team.rev(site)
    assert team.writers(site, "place_name")[1:] == [edit["op"]]
    head = team.head()
    assert int(head.partition(".")[0]) == int(before.partition(".")[0]) + 1
    (again,) = team.a.push_once([edit])["results"]
    assert again == result
    assert team.head() == head
    team.check_same(team.a)


def test_02_everything_sent_again_in_any_order_changes_nothing(team: Team):
    site = team.open(remark="m")
    ops = [team.a.edit(site, remark=text) for text in ("h", "vh")]
    visit = team.a.inspect(site, activity="none")
    ops += [team.a.outbox[-1], team.a.edit(visit, weather="雨")]
    results = {r["op"]: r for r in team.a.push()}
    head, rev = team.head(), team.rev(site)
    for order in itertools.permutations(ops):
        for result in team.a.push_once(list(order))["results"]:
            assert result == results[result["op"]]
    assert (team.head(), team.rev(site)) == (head, rev)


def test_04_an_operation_id_with_other_content_is_rejected_and_kept(team: Team):
    site = team.open(remark="m")
    edit = team.a.edit(site, remark="high")
    other = edit | {"set": {"remark": "low"}}
    (first,) = team.a.push()
    (second,) = team.a.push_once([other])["results"]
    assert first["status"] == "applied"
    assert second["status"] == "rejected"
    assert second["problem"]["type"] == "/problems/op-id-reuse"
    assert second["problem"]["status"] == 409
    assert team.body(site)["remark"] == "high"
    kept = team.a.receipts(edit["op"])
    assert [receipt["set"] for receipt in kept] == [{"remark": "high"}, {"remark": "low"}]
    assert statuses(kept) == ["applied", "rejected"]
    # Both contents keep their outcome, however often they come.
    assert statuses(team.a.push_once([other, edit, other])["results"]) == ["rejected", "applied", "rejected"]
    assert len(team.a.receipts(edit["op"])) == 2


def test_04_the_id_of_somebody_elses_operation_reveals_nothing(team: Team):
    site = team.open(team.b, remark="m")
    edit = team.a.edit(site, remark="only for a")
    team.a.push()
    (result,) = team.b.push_once([edit])["results"]
    assert set(result) == {"op", "status", "problem"}
    assert result["problem"]["type"] == "/problems/op-id-reuse"
    assert [receipt["by"] for receipt in team.b.receipts(edit["op"])] == [team.b.user]
    assert [receipt["by"] for receipt in team.a.receipts(edit["op"])] == [team.a.user]


def test_05_a_chain_of_own_edits_has_no_conflict_with_itself(team: Team):
    site = team.open(remark="m")
    ops = [team.a.edit(site, remark=text) for text in ("h", "vh", "h")]
    ops.append(team.a.do("site.edit", site, {"remark": "h"}, base=ops[0]["base"], **{"from": {"remark": "h"}}))
    results = team.a.push()
    assert statuses(results) == ["applied"] * 4
    assert results[3]["fields"] == {"remark": "noop"}
    assert team.writers(site, "remark")[1:] == [op["op"] for op in ops[:3]]
    team.a.pull()
    assert team.a.base(site).body["remark"] == "h"
    assert not team.a.records("conflict")


def test_06_acknowledged_without_a_pull_is_known_to_the_phone(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="h")
    team.a.push()
    assert team.a.base(site).body["remark"] == "m"
    assert team.a.view(site)["remark"] == "h"
    second = team.a.edit(site, remark="l")
    assert second["from"] == {"remark": "h"}
    (result,) = team.a.push()
    assert result["status"] == "applied"
    team.check_same(team.a)
    assert team.body(site)["remark"] == "l"


def test_08_what_comes_in_the_wrong_order_waits_and_is_released_in_order(team: Team):
    site = team.open(remark="m")
    first, second, third = (team.a.edit(site, remark=text) for text in ("1", "2", "3"))
    (held,) = team.a.push_once([third])["results"]
    assert held | {"issues": []} == {
        "op": third["op"], "status": "held", "why": "waits", "on": [first["op"], second["op"]], "issues": [],
    }  # fmt: skip
    assert statuses(team.a.push_once([second])["results"]) == ["held"]
    assert team.body(site)["remark"] == "m"
    assert statuses(team.a.push_once([first])["results"]) == ["applied"]
    assert team.writers(site, "remark")[1:] == [first["op"], second["op"], third["op"]]
    assert statuses(team.a.receipts(second["op"], third["op"])) == ["applied", "applied"]
    # The author hears of it by his own feed, too.
    team.a.pull()
    told = {row.body["op"]: row.body["status"] for row in team.a.records("receipt").values()}
    assert told == {second["op"]: "applied", third["op"]: "applied"}
    assert team.a.push_once([third])["results"][0]["status"] == "applied"
    team.check_same(team.a)


def test_09_a_predecessor_that_never_comes_is_forced_by_value(team: Team):
    site = team.open(remark="m")
    lost, late = team.a.edit(site, remark="x"), team.a.edit(site, remark="y", workers=4)
    team.a.push_once([late])
    assert [h["op"] for h in team.screen.get("held")["held"]] == [late["op"]]
    answer = team.screen.post(f"held/{late['op']}/force", reason="手机已损坏")
    # He saw x, the county has m: judged by value this is a conflict; the workers nobody else touched.
    assert answer["receipt"]["fields"] == {"remark": "conflict", "workers": "applied"}
    assert team.body(site) | {"remark": "m", "workers": 4} == team.body(site)
    team.a.outbox = []
    team.a.pull()
    (receipt,) = [row.body for row in team.a.records("receipt").values()]
    assert receipt["forced"] is True
    assert receipt["reason"] == "手机已损坏"
    # It turns up after all: nothing of it is lost either.
    (result,) = team.a.push_once([lost])["results"]
    assert result["status"] == "conflict"
    team.a.pull()
    (conflict,) = [row.body for row in team.a.records("conflict").values()]
    assert {conflict[f"candidates/{op['op']}/value"] for op in (lost, late)} == {"x", "y"}
    team.check_same(team.a)


def test_09_the_desk_closes_held_work_with_a_reason(team: Team):
    site = team.open(remark="m")
    lost, late = team.a.edit(site, remark="x"), team.a.edit(site, remark="y")
    team.a.push_once([late])
    assert refused(lambda: team.screen.post(f"held/{late['op']}/close")).problem["type"] == "/problems/bad-value"
    team.screen.post(f"held/{late['op']}/close", reason="重复填报")
    (result,) = team.a.push_once([late])["results"]
    assert result["status"] == "closed"
    assert result["why"] == "重复填报"
    assert team.a.receipts(late["op"])[0]["set"] == {"remark": "y"}
    # Closed is final: what came before it is free to come, and what is closed stays closed.
    assert statuses(team.a.push_once([lost])["results"]) == ["applied"]
    assert team.body(site)["remark"] == "x"
    again = refused(lambda: team.screen.post(f"held/{late['op']}/admit"))
    assert again.problem["type"] == "/problems/wrong-state"


def test_09_operations_that_wait_for_each_other_are_held_and_can_be_forced(team: Team):
    site = team.open(remark="m", workers=1)
    one, two = team.a.edit(site, remark="x"), team.a.edit(site, workers=2)
    one["after"], two["after"] = [two["op"]], [one["op"]]
    alone = team.a.do("site.edit", site, {"village": "上村"}, base=one["base"])
    alone["after"] = [alone["op"]]
    beside = team.a.do("site.edit", site, {"place_name": "桥头"}, base=one["base"])
    beside.pop("after")
    assert statuses(team.a.push()) == ["held", "held", "held", "applied"]
    team.screen.post(f"held/{one['op']}/force", reason="互相等待")
    assert statuses(team.a.receipts(one["op"], two["op"], alone["op"])) == ["applied", "applied", "held"]
    team.screen.post(f"held/{alone['op']}/force", reason="等待自己")
    assert team.body(site) | {"remark": "x", "workers": 2, "village": "上村"} == team.body(site)
    assert team.screen.get("held")["held"] == []


def test_a_dry_run_answers_the_same_and_leaves_no_trace(team: Team):
    site = team.open(remark="m")
    team.screen.patch(f"sites/{site}", remark="county")
    team.a.edit(site, remark="township", workers=3)
    team.a.inspect(site, activity="none")
    head, rows = team.head(), team.count("operation")
    rehearsed = team.a.push(dry_run=True)
    assert (team.head(), team.count("operation")) == (head, rows)
    assert len(team.a.outbox) == 2
    for told, done in zip(rehearsed, team.a.push(), strict=True):
        assert told["status"] == done["status"]
        assert told.get("fields") == done.get("fields")
        assert told.get("why") == done.get("why")
        assert told.get("rev", "").partition("-")[0] == done.get("rev", "").partition("-")[0]


def test_the_phone_reads_its_own_writes(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="h")
    (result,) = team.a.push()
    told = int(team.a.seen[CELL].partition(".")[0])
    team.a.pull()
    assert team.a.base(site).rev == result["rev"]
    assert team.a.stood[CELL] >= told
