"""Closures, rectifications and checklists: rounds, versions, teams, faults."""

from county import T1

from fieldsync import db
from fieldsync.domain import checklists, closures

from .life import Life
from .test_life import missing


def brought(scene, *more: str, **fields) -> Life:
    life = Life(scene, **fields)
    life.force("verifying", "confirmed", "registered", "handling", "closing", *more)
    return life


def test_items_are_those_of_the_kind_of_site(scene):
    body = scene.reviewer.post("closures", set={}, parent={"id": brought(scene).id})["body"]
    codes = {path[6:] for path in body if path.startswith("items/") and path.count("/") == 1}
    assert {"K08", "K04", "K13"} <= codes
    assert not codes & {"K01", "K10", "K11", "K12", "K20"}
    licensed = brought(scene, licence_no="C3508990001")
    body = scene.reviewer.post("closures", set={}, parent={"id": licensed.id})["body"]
    assert body["items/K01"] is True
    assert body["items/K13/fault"] == "products_not_cleared"
    assert body["checklist_version"] == 1


def test_a_new_version_is_for_new_closures_alone(scene, refusal):
    first = scene.reviewer.post("closures", set={}, parent={"id": brought(scene).id})
    item = {
        "items/A01": True,
        "items/A01/label_zh": "设备清离",
        "items/A01/kinds": "all",
        "items/A01/mandatory": True,
    }
    assert refusal(scene.reviewer.post, "checklists", set={"source": "x"}) == (400, "checklist-empty")
    version = scene.reviewer.post("checklists", set=item | {"valid_from": "2026-05-01"})
    assert version["body"]["version"] == 2
    assert refusal(scene.reviewer.patch, f"checklists/{version['id']}", items__A01=None)[0] == 405
    body = scene.reviewer.post("closures", set={}, parent={"id": brought(scene).id})["body"]
    assert body["checklist_version"] == 2
    assert [path for path in body if path.startswith("items/") and path.count("/") == 1] == ["items/A01"]
    assert scene.body(f"closures/{first['id']}")["items/K02/label_zh"] == "停止供应并收缴火工品"
    with scene.county.app.app_context(), db.reading() as connection:
        assert [c.version for c in checklists.published(connection, "350899")] == [2]


def test_the_township_fills_in_and_the_county_concludes(scene):
    life = brought(scene)
    scene.phone.pull()
    closure = scene.phone.create("closure.create", {"executed_by": "镇政府"}, parent=life.id)
    scene.phone.sync()
    scene.phone.edit(closure, "closure.edit", items__K05__result="pass", items__K05__remark="已清离")
    scene.phone.do("closure.conclude", closure, {"conclusion": "pass"})
    results = scene.phone.push()
    assert [r["status"] for r in results] == ["applied", "rejected"]
    body = scene.body(f"closures/{closure}")
    assert (body["items/K05/checked_by"], "conclusion" in body) == (scene.phone.user, False)


def test_openings_need_both_photos_of_this_site(scene):
    life, other = brought(scene), Life(scene)
    closure = life.check()
    row = f"openings/{life.opening}"
    scene.reviewer.patch(closure, **{f"{row}/after": other.photo()})
    assert missing(life.go, "closed_pending") == ["opening-photos"]
    scene.reviewer.patch(closure, **{f"{row}/after": life.photo(), "items/K09/result": "na"})
    assert missing(life.go, "closed_pending") == ["item-na-reason"]
    scene.reviewer.patch(closure, items__K09__remark="未编号", items__K05__result=None)
    assert missing(life.go, "closed_pending") == ["item-open"]
    scene.reviewer.patch(closure, items__K05__result="pass")
    life.go("closed_pending")


def test_one_round_has_one_checklist_and_an_accepted_one_stays(scene, refusal):
    life = brought(scene)
    closure = life.check()
    assert refusal(scene.reviewer.post, "closures", set={}, parent={"id": life.id}) == (409, "closure-open")
    life.go("closed_pending")
    life.team(closure, "自然资源局", "自然资源局")
    assert missing(life.conclude, closure, "pass") == ["team"]
    life.team(closure, "自然资源局", "公安局")
    assert refusal(life.conclude, closure, "fail") == (409, "no-failed-item")
    assert refusal(life.conclude, closure, "pass", accepted_at="2999-01-01") == (400, "future")
    assert refusal(life.conclude, closure, "pass", accepted_at="gestern") == (400, "date")
    life.conclude(closure, "pass")
    assert refusal(scene.reviewer.patch, closure, items__K05__result="fail") == (409, "closure-concluded")


def test_faults_are_listed_by_kind_until_they_are_made_good(scene, refusal):
    life = brought(scene)
    closure = life.check(items__K08__result="fail", items__K13__result="fail")
    life.force("closed_pending")
    life.team(closure, "自然资源局", "公安局")
    life.conclude(closure, "fail")
    with scene.county.app.app_context(), db.reading() as connection:
        (row,) = closures.faulty(connection, "350899")
        assert (row.seal_below_standard, row.products_not_cleared, row.vegetation, row.hazard) == (1, 1, 0, 0)
        assert closures.faulty(connection, "350899", "vegetation") == []
        assert closures.faulty(connection, "350898") == []
    rows = scene.reviewer.get("rectifications")["records"]
    assert sorted(r["body"]["item"] for r in rows) == ["K08", "K13"]
    path = f"rectifications/{rows[0]['id']}"
    assert refusal(scene.reviewer.act, f"{path}/recheck", set={"result": "pass"}) == (409, "wrong-state")
    scene.phone.pull()
    scene.phone.edit(rows[0]["id"], "rectification.edit", done_on="2026-05-01")
    scene.phone.sync()
    assert scene.body(path)["status"] == "done"
    assert refusal(scene.reviewer.act, f"{path}/recheck", set={"result": "fail"}) == (400, "reason")
    scene.reviewer.act(f"{path}/recheck", set={"result": "fail"}, reason="仍漏水")
    body = scene.body(path)
    assert (body["status"], "done_on" in body, body["recheck_reason"]) == ("open", False, "仍漏水")


def test_nobody_rechecks_his_own_report(scene, refusal):
    life = brought(scene)
    given = {"description": "围栏倒塌", "fault": "other", "due_on": "2026-06-01"}
    row = scene.reviewer.post("rectifications", set=given, parent={"id": life.id})
    path = f"rectifications/{row['id']}"
    both = scene.county.person("manager", f"t-{T1}", login="both")
    scene.county.phone(both)
    phone = scene.phone
    phone.pull()
    phone.edit(row["id"], "rectification.edit", done_on="2026-05-01")
    phone.sync()
    scene.reviewer.act(f"{path}/recheck", set={"result": "pass"})
    assert scene.body(path)["status"] == "closed"
    assert refusal(scene.reviewer.act, f"{path}/recheck", set={"result": "pass"}) == (409, "wrong-state")
