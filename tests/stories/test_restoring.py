"""The server comes back from a backup, phones are copied: what was promised returns, nothing is doubled."""

from pathlib import Path

import pytest
from county import CELL
from stories.fieldwork import Backup, Team, candidates, clone, conflict_of

from fieldsync.ids import new_id


@pytest.fixture
def backup(team: Team, tmp_path: Path):
    """Make backups of the county's database."""
    return lambda: Backup(team, tmp_path)


def test_32_restored_after_a_phone_pulled_a_later_state(team: Team, backup):
    site = team.open(team.b, remark="m", workers=1)
    yesterday = backup()
    team.a.edit(site, remark="A promised")
    visit = team.a.inspect(site, activity="none")
    team.a.sync()
    team.b.edit(site, workers=7)
    team.b.sync()
    assert team.b.base(site).body["remark"] == "A promised"
    yesterday.restore()
    assert team.body(site) | {"remark": "m", "workers": 1} == team.body(site)
    team.b.pull()
    assert team.b.diverged == [CELL]
    assert [op["action"] for op in team.b.outbox] == ["site.edit"]
    assert team.b.base(site).body["remark"] == "m"
    team.b.sync()
    team.a.sync()
    assert team.a.diverged == [CELL]
    assert team.body(site) | {"remark": "A promised", "workers": 7} == team.body(site)
    assert visit in team.a.records("inspection")
    team.check_same(team.a, team.b)
    # Told once; every operation that was ever promised has its receipt again.
    for phone in (team.a, team.b):
        assert phone.diverged == [CELL]
        assert {r["status"] for r in phone.receipts(*phone.journal)} == {"applied"}
    assert not team.a.records("conflict")


def test_33_restored_after_an_acknowledgement_that_was_never_pulled(team: Team, backup):
    site = team.open(remark="m")
    yesterday = backup()
    edit = team.a.edit(site, remark="promised")
    assert team.a.push()[0]["status"] == "applied"
    yesterday.restore()
    team.a.pull()
    assert team.a.diverged == [CELL]
    assert edit in team.a.outbox
    assert team.a.view(site)["remark"] == "promised"
    team.a.sync()
    assert team.body(site)["remark"] == "promised"
    team.check_same(team.a)


def test_33_the_next_push_tells_as_well_as_the_next_pull(team: Team, backup):
    site = team.open(remark="m", workers=1)
    yesterday = backup()
    team.a.edit(site, remark="promised")
    team.a.push()
    yesterday.restore()
    team.a.edit(site, workers=2)
    team.a.push()
    assert team.a.diverged == [CELL]
    assert team.body(site) | {"remark": "promised", "workers": 2} == team.body(site)
    team.check_same(team.a)


def test_34_only_a_held_operation_was_lost(team: Team, backup):
    site = team.open(remark="m")
    yesterday = backup()
    waits = team.a.edit(site, remark="waits")
    waits["after"] = [new_id()]
    assert team.a.push()[0]["status"] == "held"
    yesterday.restore()
    assert team.screen.get("held")["held"] == []
    team.a.pull()
    assert team.a.diverged == [CELL]
    team.a.sync()
    assert [h["op"] for h in team.screen.get("held")["held"]] == [waits["op"]]
    assert team.a.receipts(waits["op"])[0]["status"] == "held"


def test_34_only_a_rejected_operation_was_lost_and_another_took_its_number(team: Team, backup):
    site = team.open(team.b, remark="m")
    yesterday = backup()
    for phone in (team.a, team.b):
        phone.do("site.move", site, {"town_code": "350899102"}, base=phone.base(site).rev)
    assert team.a.push()[0]["status"] == "rejected"
    told = team.a.seen[CELL]
    yesterday.restore()
    assert team.b.push()[0]["status"] == "rejected"
    assert team.head().partition(".")[0] == told.partition(".")[0]
    assert team.head() != told
    team.a.pull()
    assert team.a.diverged == [CELL]


def test_35_the_same_count_with_other_content_is_another_revision(team: Team, backup):
    site = team.open(remark="m")
    for word in ("m2", "m3", "m4"):
        team.screen.patch(f"sites/{site}", remark=word)
    assert team.rev(site).startswith("4-")
    yesterday = backup()
    team.screen.patch(f"sites/{site}", remark="X")
    team.a.pull()
    mine = team.a.edit(site, remark="on X")
    assert mine["base"].startswith("5-")
    yesterday.restore()
    team.screen.patch(f"sites/{site}", remark="Y")
    assert team.rev(site).startswith("5-")
    assert team.rev(site) != mine["base"]
    (result,) = team.a.push()[:1]
    assert result["status"] == "conflict"
    assert team.body(site)["remark"] == "Y"
    team.check_same(team.a)
    assert candidates(conflict_of(team.a, site, "remark")) == ["on X"]


def test_35_an_unknown_base_is_judged_by_value(team: Team, backup):
    site = team.open(remark="m", workers=1)
    yesterday = backup()
    team.screen.patch(f"sites/{site}", remark="X")
    team.a.pull()
    team.a.edit(site, remark="on X", workers=2)
    yesterday.restore()
    (result, *_) = team.a.push()
    # He saw one worker, and one it is; he saw X, and that never was.
    assert result["fields"] == {"remark": "conflict", "workers": "applied"}


def test_restored_again_and_again(team: Team, backup):
    site = team.open(team.b, remark="m")
    for number in range(3):
        yesterday = backup()
        team.a.edit(site, remark=f"A {number}")
        team.a.inspect(site, activity="none")
        team.a.sync()
        team.b.pull()
        yesterday.restore()
        team.b.pull()
        team.a.sync()
        team.check_same(team.a, team.b)
        assert team.body(site)["remark"] == f"A {number}"
    assert team.count("inspection") == 3
    assert team.a.diverged == [CELL] * 3


def test_36_a_cloned_phone(team: Team):
    site = team.open(remark="m", workers=1)
    before = [team.a.edit(site, workers=2), team.a.edit(site, remark="before")]
    twin = clone(team.a)
    assert twin.outbox == before
    team.a.edit(site, remark="of the one")
    twin.edit(site, remark="of the other")
    first = team.a.push()
    second = twin.push()
    assert [r["status"] for r in first] == ["applied"] * 3
    assert [r["status"] for r in second] == ["applied", "applied", "conflict"]
    for op in before:
        assert sum(v["op"] == op["op"] for v in team.versions(site)) == 1
    team.check_same(team.a, twin)
    conflict = conflict_of(twin, site, "remark")
    assert (conflict["current"], candidates(conflict)) == ("of the one", ["of the other"])
    assert len(twin.records("conflict")) == 1


def test_37_the_phone_itself_is_restored_from_yesterday(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="h")
    team.a.inspect(site, activity="none")
    yesterday = clone(team.a)
    team.a.sync()
    team.a.edit(site, remark="vh")
    team.a.sync()
    head = team.head()
    assert [r["status"] for r in yesterday.push()] == ["applied", "applied"]
    assert team.head() == head
    yesterday.pull()
    assert yesterday.base(site).body["remark"] == "vh"
    assert not yesterday.diverged
    yesterday.edit(site, remark="after")
    assert yesterday.push()[0]["status"] == "applied"
    team.check_same(yesterday)
    assert not yesterday.records("conflict")


@pytest.mark.parametrize("head", ["", "x", "5", "5.", ".", "99999999999999999999.00", "0.1111111111111111", "١.x"])
def test_a_head_that_this_server_never_told_is_another_history(team: Team, head: str):
    team.open()
    team.a.seen = {CELL: head}
    team.a.pull()
    assert team.a.diverged == [CELL]
