"""Who sees what when sites and people move, and that nothing of the others ever leaks."""

from dataclasses import replace

import orjson
from county import CELL, PASSWORD, T1, T2, T3
from stories.fieldwork import ADIT, Line, Team, refused

from fieldsync.demo.phone import Phone
from fieldsync.ids import new_id


def reassign(team: Team, phone: Phone, *towns: str) -> None:
    """Give an inspector other townships from now on."""
    team.admin.act(f"people/{phone.user}/reassign", set={"towns": list(towns)})


def test_27_a_site_moves_while_an_inspection_of_it_is_unsent(team: Team, far: Phone):
    site = team.open(remark="m")
    old = team.a.inspect(site, activity="none")
    photo = team.a.photograph(old, b"bytes")
    team.a.edit(site, patrol_class="key")
    team.a.sync()
    held = team.a.edit(site, remark="late")
    held["after"] = [new_id()]
    unsent = team.a.inspect(site, activity="active")
    team.a.outbox[-1].pop("after")
    team.screen.act(f"sites/{site}/move", set={"town_code": T2})
    results = team.a.push()
    assert [r["status"] for r in results] == ["held", "applied"]
    assert team.screen.get(f"inspections/{unsent}")["scope"] == f"t-{T2}"
    lines = [
        orjson.loads(x) for x in team.a.send("GET", f"/api/v1/sync/pull?cursor={team.a.cursor}").body.splitlines()
    ]
    outs = {
        line["id"]: line["out"] for line in lines if "out" in line and lines[0]["scopes"][line["s"]] == f"t-{T1}"
    }
    assert outs.items() >= {site: "moved", old: "moved", photo: "moved"}.items()
    far.pull()
    conflicts = set(far.records("conflict"))
    assert len(conflicts) == 1
    assert far.records().keys() >= {site, old, photo, unsent, *conflicts}
    assert far.base(site).body["moved_from"] == T1
    team.check_same(team.a, far)
    assert not team.a.members[f"t-{T1}"]
    # It is accepted, but what is there now is not his to see.
    assert unsent not in team.a.records()
    # Who did what where stays as it was.
    assert far.base(old).body["town_code"] == T1
    # What still waits for a predecessor is forced and finds the site where it is now.
    team.screen.post(f"held/{held['op']}/force", reason="前项遗失")
    far.pull()
    assert far.base(site).body["remark"] == "late"
    team.check_same(team.a, far)


def test_27_the_old_township_no_longer_edits_what_has_moved(team: Team, far: Phone):
    site = team.open(remark="m")
    rev = team.a.base(site).rev
    team.screen.act(f"sites/{site}/move", set={"town_code": T2})
    team.a.pull()
    assert team.a.base(site) is None
    late = team.a.do("site.edit", site, {"remark": "seen the move"}, base=rev)
    (result,) = team.a.push()
    assert (result["status"], result["why"]) == ("held", "out-of-scope")
    assert team.screen.post(f"held/{late['op']}/admit")["receipt"]["status"] == "applied"
    team.check_same(team.a, far)
    assert far.base(site).body["remark"] == "seen the move"


def test_28_an_inspector_is_reassigned_with_unsent_work(team: Team, far: Phone):
    sites = [team.open(team.b, remark="m") for _ in range(5)]
    other = team.open(by=far, town=T2)
    for number, site in enumerate(sites):
        team.a.edit(site, remark=f"A {number}")
        team.a.inspect(site, activity="none")
    team.b.edit(sites[0], remark="secret of those who stay")
    team.b.push()
    reassign(team, team.a, T2)
    answer = team.a.push_once(team.a.outbox)
    results = answer["results"]
    assert [r["status"] for r in results] == ["conflict"] + ["applied"] * 9
    # Accepted, but he sees nothing of what is there now.
    assert b"secret" not in orjson.dumps(answer)
    assert all("rev" not in r and "why" not in r and "conflicts" not in r for r in results)
    first = answer["results"][0]["op"]
    assert b"secret" not in orjson.dumps(team.a.receipts(first))
    assert team.a.receipts(first)[0]["set"] == {"remark": "A 0"}
    team.check_same(team.a, team.b, far)
    assert f"t-{T1}" not in team.a.members
    assert set(team.a.members[f"t-{T2}"]) == {other}
    assert len(team.b.records("inspection")) == 5
    # From here on the old township is out of his reach.
    team.a.do("site.edit", sites[1], {"remark": "too late"})
    assert team.a.push()[0]["why"] == "out-of-scope"


def test_28_back_again_starts_from_the_beginning(team: Team, far: Phone):
    site = team.open(remark="m")
    reassign(team, team.a, T2)
    team.a.pull()
    team.screen.patch(f"sites/{site}", remark="meanwhile")
    reassign(team, team.a, T1, T2)
    team.check_same(team.a)
    assert team.a.base(site).body["remark"] == "meanwhile"
    assert team.a.scopes[:2] == [f"t-{T1}", f"t-{T2}"]


def test_29_a_site_he_never_had_is_held_and_tells_nothing(team: Team):
    third = team.county.inspector(T3)
    site = team.open(by=third, town=T3, remark="planted secret")
    rev = team.rev(site)
    team.a.wire = line = Line(team.a.wire)
    tries = [
        team.a.do("site.edit", site, {"remark": "x"}, base=rev, **{"from": {"remark": "planted secret"}}),
        team.a.do("site.edit", site, {"remark": "planted secret"}, base="1-0000000000000000"),
        team.a.do("site.create", site, {**ADIT, "town_code": T1}),
        team.a.do("inspection.submit", new_id(), {"activity": "none"}, parent={"id": site}),
        team.a.do("photo.add", new_id(), {"sha256": "0" * 64}, parent={"id": site}),
        team.a.do("site.create", new_id(), {**ADIT, "town_code": T3}),
    ]
    for op in tries:
        op.pop("after", None)
    results = team.a.push()
    assert [(r["status"], r["why"], r["issues"]) for r in results] == [("held", "out-of-scope", [])] * len(tries)
    assert all(set(r) == {"op", "status", "why", "issues"} for r in results)
    team.a.pull()
    team.a.receipts(*(op["op"] for op in tries))
    own = [b'"x"', b"planted secret"]
    heard = b"".join(line.heard).replace(orjson.dumps({"remark": "planted secret"}), b"")
    assert own[1] not in heard
    assert rev.encode() not in b"".join(line.heard)
    assert team.rev(site) == rev
    assert len(team.screen.get("held")["held"]) == len(tries)
    # The desk may admit: then it counts like any other work.
    admitted = team.screen.post(f"held/{tries[5]['op']}/admit", reason="借调")["receipt"]
    assert admitted["status"] == "applied"
    third.pull()
    assert tries[5]["id"] in third.records("site")


def test_30_a_site_in_two_scopes_leaves_one_after_the_other(team: Team, far: Phone):
    site = team.open()
    task = team.lend(site, team.a, T1)
    team.a.pull()
    assert site in team.a.members[f"t-{T1}"]
    assert site in team.a.members[f"u-{team.a.user}"]
    team.screen.act(f"patrol_tasks/{task}/cancel", reason="改期")
    team.check_same(team.a)
    assert site in team.a.members[f"t-{T1}"]
    assert site not in team.a.members[f"u-{team.a.user}"]
    reassign(team, team.a, T2)
    team.check_same(team.a)
    assert site not in team.a.records("site")


def test_30_a_task_lends_a_site_of_another_township(team: Team, far: Phone):
    site = team.open()
    task = team.lend(site, far, T1)
    far.pull()
    assert site in far.members[f"u-{far.user}"]
    visit = far.inspect(site, activity="none", task_id=task)
    assert [r["status"] for r in far.push()] == ["applied"]
    far.pull()
    assert far.base(visit).body["state"] == "submitted"
    assert far.base(task).body["status"] == "in_progress"
    late = far.inspect(site, activity="active", task_id=task)
    far.do("patrol_task.finish", task, base=far.base(task).rev)
    assert [r["status"] for r in far.push()] == ["applied", "applied"]
    team.check_same(far, team.a)
    # The site goes with the task; his own records of it stay, should the county return one.
    assert site not in far.records("site")
    assert {visit, late} <= far.records("inspection").keys() & team.a.records("inspection").keys()


def test_31_overlap_06_an_account_closed_while_its_owner_was_offline(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="of a leaver")
    visit = team.a.inspect(site, activity="active")
    team.admin.act(f"people/{team.a.user}/deactivate", reason="调离")
    no = refused(team.a.push)
    assert no.status == 403
    assert len(team.a.outbox) == 2
    # His phone's export is brought to the county and imported there.
    with team.county.app.app_context():
        author = team.county.engine.actor(CELL, team.a.user, team.a.device)
        author.active = False
        results = team.county.engine.push(author, {"ops": team.a.outbox})["results"]
    assert [(r["status"], r["why"]) for r in results] == [("held", "inactive-author")] * 2
    for op in team.a.outbox:
        team.screen.post(f"held/{op['op']}/admit", reason="核实无误")
    assert team.body(site)["remark"] == "of a leaver"
    assert [(v["by"], v["device"]) for v in team.versions(visit)] == [(team.a.user, team.a.device)]
    team.check_same(team.b)


def test_31_overlap_12_a_lost_phone_drains_to_the_desk_and_others_go_on(team: Team):
    site = team.open(remark="m", workers=1)
    owner = team.screen.get("people")["records"]
    login = next(p["body"]["login"] for p in owner if p["id"] == team.a.user)
    second = team.county.phone(login)
    team.a.edit(site, remark="on the lost phone")
    second.edit(site, workers=5)
    device = f"devices/{team.a.device}"
    team.admin.act(f"{device}/revoke", set={"erase": "after-drain"}, reason="手机遗失")
    told = refused(team.a.pull)
    assert (told.status, told.problem["type"]) == (401, "/problems/device-revoked")
    assert told.problem["erase"] == "after-drain"
    (held,) = team.a.push()
    assert (held["status"], held["why"]) == ("held", "revoked-device")
    assert second.push()[0]["status"] == "applied"
    assert team.body(site) | {"remark": "m", "workers": 5} == team.body(site)
    receipt = team.screen.post(f"held/{held['op']}/admit", reason="机主确认")["receipt"]
    assert receipt["status"] == "applied"
    assert team.body(site)["remark"] == "on the lost phone"
    team.check_same(second)


def test_31_a_phone_to_be_erased_at_once_hands_nothing_in(team: Team):
    site = team.open(remark="m")
    team.a.edit(site, remark="stolen")
    assert refused(lambda: team.admin.act(f"devices/{team.a.device}/revoke", set={"erase": "now"})).status == 400
    team.admin.act(f"devices/{team.a.device}/revoke", set={"erase": "now"}, reason="被盗")
    for work in (team.a.push, team.a.pull):
        told = refused(work)
        assert (told.status, told.problem["erase"]) == (401, "now")
    assert team.body(site)["remark"] == "m"


def test_38_one_phone_in_two_hands(team: Team):
    site = team.open(team.b, remark="m")
    for number in range(5):
        team.a.inspect(site, activity="none", remark=f"a {number}")
    login = next(p["body"]["login"] for p in team.screen.get("people")["records"] if p["id"] == team.b.user)
    # The same device and its key; each person has a store of his own on it.
    shared = Phone(team.a.wire, device=team.a.device, _key=team.a._key)
    shared.sign_in(login, PASSWORD)
    shared.pull()
    for number in range(3):
        shared.inspect(site, activity="none", remark=f"b {number}")
    assert [r["status"] for r in shared.push()] == ["applied"] * 3
    assert len(team.a.outbox) == 5
    assert team.a.push()
    by = {row.body["remark"]: row.body["created_by"] for row in _pulled(team.b, "inspection")}
    assert by == {f"a {n}": team.a.user for n in range(5)} | {f"b {n}": team.b.user for n in range(3)}
    team.check_same(team.a, team.b, replace(shared))


def _pulled(phone: Phone, kind: str) -> list:
    phone.pull()
    return list(phone.records(kind).values())


def test_overlap_07_the_township_gets_another_code_while_he_is_out(team: Team):
    site = team.open(remark="m")
    new = team.a.site(**ADIT, town_code=T1, remark="found under the old code")
    team.a.edit(site, remark="offline")
    team.screen.act(f"sites/{site}/move", set={"town_code": T3})
    reassign(team, team.a, T3)
    assert [r["status"] for r in team.a.push()] == ["applied", "applied"]
    team.screen.act(f"sites/{new}/move", set={"town_code": T3})
    team.check_same(team.a)
    assert team.a.base(site).body["remark"] == "offline"
    assert team.a.base(new).body["remark"] == "found under the old code"
