"""A dossier's next steps at the desk: signing, closing, rectifying, merging, and the lists that watch."""

import pytest
from county import CELL, OTHER_CELL, T1, T2, verifier
from domain.conftest import Scene
from domain.life import Life

from console.desk import Desk, text

LISTS = [
    "/console/closures", "/console/closures/faults", "/console/rectifications", "/console/dossier_signatures",
    "/console/watch/stale", "/console/watch/relapses", "/console/watch/duplicates", "/console/campaigns",
]  # fmt: skip
PAGES = [*LISTS, "/console/checklists", "/console/key_areas"]


@pytest.fixture
def life(county) -> Life:
    return Life(Scene(county, county.inspector(), county.screen()))


def site_page(life: Life) -> str:
    return f"/console/sites/{life.id}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_renders_in_both_languages(county, life, language):
    desk = Desk(county, county.person("admin"), language)
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    closure = life.check()
    for path in [*PAGES, site_page(life), f"/console/{closure}", f"/console/dossier_signatures/{life.id}"]:
        page = desk.get(path)
        assert ("工作台" in page or "审核" in page) == (language == "zh"), path
        assert "<script" not in page
        assert "style=" not in page


def test_the_page_says_what_is_missing_and_offers_what_is_not(desk, life):
    page = desk.submit(site_page(life), "transit", to="verifying", **verifier(life.phone))
    assert "须先有一次巡查，并附一张有定位的照片" in page
    life.force("confirmed")
    words = text(desk.get(site_page(life)))
    assert "尚未全部签字: 建档人、监管人、责任人" in words.replace("： ", ": ").replace("：", ": ")
    page = desk.submit(site_page(life), "transit", 400, to="registered")
    assert "请填写理由" in page
    desk.submit(site_page(life), "transit", to="registered", reason="历史档案补录")
    assert "历史档案补录" in desk.get(site_page(life))


def test_a_manager_signs_for_his_township_alone(county, life):
    life.force("verifying", "confirmed")
    manager = Desk(county, county.person("manager", f"t-{T1}"))
    path = f"/console/dossier_signatures/{life.id}"
    assert "老鹰硐" in manager.get("/console/dossier_signatures")
    manager.submit(path, "sign", role="responsible")
    assert "之后未更改" in manager.get(path)
    inspector = Desk(county, county.person("reviewer"))
    assert "您的岗位不能签这一栏" in inspector.submit(path, "sign", 403, role="responsible")
    life.reviewer.patch(life.path, name="改名硐")
    assert "名称(俗称)" in text(manager.get(path)).partition("签字后更改")[2]
    stranger = Desk(county, county.person("manager", f"t-{T2}"))
    stranger.get(path, 404)
    assert "老鹰硐" not in stranger.get("/console/dossier_signatures")


def test_a_closure_from_opening_to_acceptance_at_the_desk(county, desk, life):
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    before, after = life.photo(), life.photo()
    desk.submit(site_page(life), "open")
    (row,) = life.reviewer.get("closures")["records"]
    path = f"/console/closures/{row['id']}"
    form = desk.form(path, "edit")
    for name in form.fields:
        if name.endswith("/result"):
            form.fields[name] = "pass"
    opening = f"openings/{life.opening}"
    form.fields |= {f"{opening}/before": before, f"{opening}/after": after, "items/K13/value": "a"}
    assert "请填写数字" in desk.send(form, 400)
    form = form_again(desk, path, form.fields | {"items/K13/value": "12.5", "items/K13/unit": "t"})
    names = [name for name in form.fields if name.startswith("team/") and name.endswith("/unit")]
    form.fields |= {names[0]: "自然资源局", names[0].replace("/unit", "/name"): "审一明", names[1]: "林业局"}
    desk.send(form)
    assert "开具" not in desk.get(path)
    desk.submit(site_page(life), "transit", to="closed_pending")
    page = desk.submit(path, "conclude", conclusion="pass")
    assert "合格" in page
    assert 'value="conclude"' not in page
    assert life.status() == "accepted"
    assert life.reviewer.get(f"closures/{row['id']}")["body"]["items/K13/value"] == 12.5
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    outsider.get(path, 404)
    for page in LISTS:
        assert "老鹰硐" not in outsider.get(page)


def form_again(desk, path, fields):
    """Return the page's form anew, with what was typed."""
    form = desk.form(path, "edit")
    own = {name: form.fields[name] for name in ("csrf_token", "op", "rev")}
    form.fields = {n: v for n, v in fields.items() if not n.startswith("team/")} | {
        n: v for n, v in form.fields.items() if n.startswith("team/")
    } | own  # fmt: skip
    return form


def test_a_failed_item_is_made_good_and_rechecked(desk, life):
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    closure = life.check(items__K17__result="fail")
    life.force("closed_pending")
    life.team(closure, "自然资源局", "林业局")
    desk.submit(f"/console/{closure}", "conclude", conclusion="fail")
    assert "不达标" in text(desk.get("/console/closures/faults"))
    assert "植被恢复" in desk.get("/console/rectifications")
    (row,) = life.reviewer.get("rectifications")["records"]
    desk.submit("/console/rectifications", "edit", requirement="补植", due_on="2020-01-01")
    assert "逾期" in desk.get("/console/rectifications")
    life.phone.pull()
    life.phone.edit(row["id"], "rectification.edit", done_on="2026-05-01")
    life.phone.sync()
    desk.submit("/console/rectifications?status=done", "pass")
    assert life.reviewer.get(f"rectifications/{row['id']}")["body"]["status"] == "closed"


def test_merging_by_number(county, desk, life):
    other = Life(life.scene)
    assert other.body()["dossier_no"] in desk.get(site_page(life))
    assert "请选择另一个有效的档案" in desk.submit(site_page(life), "merge", 400, into="x", reason="x")
    visit = life.scene.visit(life.id)
    desk.submit(site_page(life), "merge", into=other.body()["dossier_no"], reason="同一硐口")
    assert life.body()["dossier_no"] in desk.get(site_page(other))
    assert f"/console/inspections/{visit}" in desk.get(site_page(other))
    page = desk.get(site_page(life))
    assert other.id in page
    assert 'value="merge"' not in page


def test_writing_off_by_county_and_then_city(desk, life):
    life.force("verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted")
    life.force("monitoring", "writeoff_requested")
    assert "县级尚未审核销号" in desk.get(site_page(life))
    desk.submit(site_page(life), "endorse")
    day = life.body()["writeoff_endorsed_on"]
    desk.submit(
        site_page(life), "edit", writeoff_city_name="市局 李", writeoff_city_on=day, writeoff_city_doc_no="1号"
    )
    desk.submit(site_page(life), "transit", to="written_off")
    assert life.status() == "written_off"
    assert "没有要更改的内容" in desk.submit(site_page(life), "edit", 400)


def test_a_checklist_is_published_from_the_last_one(desk, life):
    form = desk.form("/console/checklists", "publish")
    form.fields["row0/label_zh"] = ""
    form.fields |= {"row20/code": "K21", "row20/label_zh": "拆除索道", "row20/kinds": "硐、竖井"}
    desk.send(form)
    assert "拆除索道" in desk.get("/console/checklists")
    assert "拆除索道" not in desk.get("/console/checklists?version=1")
    (row,) = life.reviewer.get("checklists")["records"]
    assert (row["body"]["version"], row["body"]["items/K21/kinds"]) == (2, "adit shaft")
    assert "items/K01" not in row["body"]
    form = desk.form("/console/checklists", "publish")
    form.fields["row0/kinds"] = "火车站"
    assert "没有这个选项" in desk.send(form, 400)


def test_key_areas_and_minerals_begin_and_end(desk, life):
    desk.submit("/console/key_areas", "area", code=CELL, valid_from="2026-01-01", source="县文件")
    desk.submit("/console/key_areas", "mineral", mineral_code="coal", valid_from="2026-01-01")
    page = text(desk.get("/console/key_areas"))
    assert "县文件" in page
    assert "永定县" in page
    desk.submit("/console/key_areas", "end", valid_to="2026-12-31")
    bodies = [r["body"] for n in ("key_areas", "key_minerals") for r in life.reviewer.get(n)["records"]]
    assert [b.get("valid_to") for b in bodies].count("2026-12-31") == 1


def test_a_campaign_with_phases(desk, life):
    page = desk.submit("/console/campaigns", "create", name="春季行动")
    assert "春季行动" in page
    (row,) = life.reviewer.get("campaigns")["records"]
    path = f"/console/campaigns/{row['id']}"
    form = desk.form(path, "edit")
    first = next(name for name in form.fields if name.endswith("/name") and name.startswith("phases/"))
    form.fields |= {first: "排查", first.replace("/name", "/from"): "2026-03-01", "status": "running"}
    form.fields["closure_target"] = "40"
    desk.send(form)
    body = life.reviewer.get(f"campaigns/{row['id']}")["body"]
    assert (body["status"], body["closure_target"], body[first]) == ("running", 40, "排查")
    form = desk.form(path, "edit")
    form.fields |= {name: "" for name in form.fields if name.startswith("phases/")}
    desk.send(form)
    body = life.reviewer.get(f"campaigns/{row['id']}")["body"]
    assert not [p for p in body if p.startswith("phases/")]


def test_a_leader_looks_but_decides_nothing(county, life):
    leader = Desk(county, county.person("leader"))
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    for path in [*PAGES, site_page(life), f"/console/{life.check()}"]:
        assert 'name="verb"' not in leader.get(path), path
