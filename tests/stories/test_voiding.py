"""Taking out of use: never over an edit that the voider had not seen, and never for ever."""

import pytest
from stories.fieldwork import Team, candidates, conflict_id, conflict_of, refused


def test_19_a_void_on_an_old_screen_is_refused(team: Team):
    site = team.open(remark="m")
    shown = team.screen.get(f"sites/{site}")["rev"]
    team.a.edit(site, remark="h")
    team.a.push()
    stale = refused(lambda: team.screen.act(f"sites/{site}/void", shown, reason="重复建档"))
    assert stale.status == 412
    assert team.body(site)["remark"] == "h"
    team.screen.act(f"sites/{site}/void", reason="重复建档")
    assert team.body(site)["void_reason"] == "重复建档"
    team.check_same(team.a)
    assert site not in team.a.records("site")


def test_19_an_offline_void_over_an_unseen_edit_becomes_a_conflict(team: Team):
    site = team.open(team.r, remark="m")
    team.a.edit(site, remark="h")
    team.a.push()
    void = team.r.remove(site, "重复建档")
    (result,) = team.r.push()
    assert result["status"] == "conflict"
    assert result["fields"] == {"$void": "conflict"}
    team.check_same(team.a, team.r)
    assert team.a.base(site).body["remark"] == "h"
    conflict = conflict_of(team.a, site, "$void")
    assert (conflict["status"], conflict["current"], candidates(conflict)) == ("open", False, [True])
    # The county decides: out of use after all.
    path = conflict_id(team.r, site, "$void")
    team.screen.act(f"conflicts/{path}/resolve", choose=void["op"], reason="确系重复")
    team.check_same(team.a, team.r)
    assert site not in team.a.records("site")


def test_19_after_the_decision_to_keep_it_a_fresh_void_counts_again(team: Team):
    site = team.open(team.r, remark="m")
    team.a.edit(site, remark="h")
    team.a.push()
    team.r.remove(site, "重复建档")
    team.r.sync()
    team.screen.act(f"conflicts/{conflict_id(team.r, site, '$void')}/resolve", choose="current", reason="保留")
    team.check_same(team.a, team.r)
    assert site in team.a.records("site")
    team.r.remove(site, "并入他档")
    assert team.r.push()[0]["status"] == "applied"
    team.check_same(team.a, team.r)
    assert site not in team.a.records("site")


def test_20_an_edit_of_a_voided_dossier_is_kept_to_restore_it_with(team: Team):
    site = team.open(remark="m", workers=1)
    visit = team.a.inspect(site, activity="none")
    team.a.sync()
    team.screen.act(f"sites/{site}/void", reason="误建")
    edit = team.a.edit(site, remark="仍在开采", workers=7, patrol_class="key", dossier_no="forged")
    (result,) = team.a.push()
    assert result["status"] == "conflict"
    assert result["fields"] == {
        "remark": "conflict", "workers": "conflict", "patrol_class": "conflict", "dossier_no": "ignored",
    }  # fmt: skip
    assert result["issues"] == [{"code": "server-owned", "path": "dossier_no"}]
    assert "voided_at" in team.body(site)
    assert team.body(site)["remark"] == "m"
    # Until the pull the screen shows it; afterwards the conflict does.
    assert team.a.view(site)["remark"] == "仍在开采"
    team.a.pull()
    assert team.a.base(site) is None
    assert team.a.base(visit) is None
    path = conflict_id(team.a, site, "$void")
    (values,) = candidates(team.a.base(path).body)
    assert values == {"remark": "仍在开采", "workers": 7, "patrol_class": "key"}
    # Restored with these values: what its author may write is applied, the rest proposed.
    team.screen.act(f"conflicts/{path}/resolve", choose=edit["op"], reason="确有其事")
    team.check_same(team.a)
    body = team.a.base(site).body
    assert (body["remark"], body["workers"], "patrol_class" in body) == ("仍在开采", 7, False)
    assert "voided_at" not in body
    assert candidates(conflict_of(team.a, site, "patrol_class")) == ["key"]
    assert team.a.base(visit) is not None


@pytest.mark.parametrize("choice", ["current", "restore"])
def test_20_two_late_edits_and_one_decision(team: Team, choice: str):
    site = team.open(team.b, remark="m")
    team.screen.act(f"sites/{site}/void", reason="误建")
    edits = [phone.edit(site, remark=text) for phone, text in ((team.a, "of A"), (team.b, "of B"))]
    for phone in (team.a, team.b):
        assert phone.push()[0]["status"] == "conflict"
        phone.pull()
    path = conflict_id(team.a, site, "$void")
    assert candidates(team.body(path)) == [{"remark": "of A"}, {"remark": "of B"}]
    chosen = "current" if choice == "current" else edits[1]["op"]
    team.screen.act(f"conflicts/{path}/resolve", choose=chosen, reason="核实")
    team.check_same(team.a, team.b)
    assert (site in team.a.records("site")) == (choice == "restore")
    if choice == "restore":
        assert team.a.base(site).body["remark"] == "of B"


def test_20_nothing_but_a_decision_brings_a_voided_record_back(team: Team):
    site = team.open(remark="m")
    create = next(op for op, _, _ in team.a.journal.values() if op["action"] == "site.create")
    team.screen.act(f"sites/{site}/void", reason="误建")
    assert team.a.push_once([create])["results"][0]["status"] == "applied"
    again = create | {"op": team.a.make_id()}
    (result,) = team.a.push_once([again])["results"]
    assert result["status"] == "conflict"
    visit = team.a.inspect(site, activity="active")
    (handed_in,) = team.a.push()
    assert handed_in["status"] == "applied"
    team.check_same(team.a)
    assert site not in team.a.records("site")
    assert visit not in team.a.records("inspection")
    # The finding is not lost: the county has it, and it comes back with the dossier.
    assert team.screen.get(f"inspections/{visit}")["body"]["activity"] == "active"
    team.screen.act(
        f"conflicts/{conflict_id(team.a, site, '$void')}/resolve", choose=again["op"], reason="确有开采"
    )
    team.check_same(team.a)
    assert team.a.base(visit).body["activity"] == "active"


def test_two_voids_are_one(team: Team):
    site = team.open(team.r)
    team.r.remove(site, "重复")
    team.screen.act(f"sites/{site}/void", reason="重复建档")
    (result,) = team.r.push()
    assert (result["status"], result["fields"]) == ("applied", {"$void": "noop"})
    assert team.body(site)["void_reason"] == "重复建档"
    team.check_same(team.a, team.r)


def test_a_dropped_photo_leaves_and_its_author_alone_may_drop_it(team: Team):
    site = team.open(team.b)
    photo = team.a.photograph(site, b"bytes")
    team.a.sync()
    team.b.pull()
    team.b.do("photo.drop", photo, base=team.b.base(photo).rev)
    assert team.b.push()[0]["problem"]["type"] == "/problems/not-allowed"
    team.a.do("photo.drop", photo, base=team.a.base(photo).rev)
    assert team.a.push()[0]["status"] == "applied"
    team.check_same(team.a, team.b)
    assert not team.b.records("photo")
