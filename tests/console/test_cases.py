"""The case register and the tables on the county's pages."""

import re

import pytest
from county import CELL, OTHER_CELL, T1

from console.desk import Desk, text

ONE = "11010519491231002X"


@pytest.fixture
def site(county) -> str:
    phone = county.inspector()
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.sync()
    return site


def enter(desk: Desk, **fields) -> str:
    """Enter a case through its form; return its address."""
    given = {
        "f:cause": "无证开采煤炭",
        "f:body": "自然资源局",
        "f:act_county_code": CELL,
        "f:filed_at": "2026-07-01",
    }
    form = desk.form("/console/cases/new", "create", **given | fields)
    answer = desk.client.post(form.action or "/console/cases/new", data=form.fields)
    assert answer.status_code == 302, text(answer.text)[:500]
    return answer.headers["Location"]


def test_a_case_is_entered_numbered_and_found(county, desk):
    path = enter(desk)
    page = text(desk.get(path))
    number = re.search(rf"{CELL}-AJ-\d{{4}}-0001", page)[0]
    assert "立案 条件" not in page
    for query in (number, "煤炭"):
        assert "无证开采煤炭" in desk.get(f"/console/cases?q={query}")
    assert "无证开采煤炭" not in desk.get("/console/cases?q=%25")
    for flaw in ("五项立案条件未全部具备", "承办人少于两人"):
        assert flaw in page


def test_money_is_typed_in_yuan_and_kept_in_fen(county, desk):
    path = enter(desk, **{"f:decided_at": "2026-07-20", "f:fine": "12,345.6"})
    case = path.rpartition("/")[2]
    assert county.screen().get(f"cases/{case}")["body"]["fine"] == 1_234_560
    page = text(desk.get(path))
    assert "12345.60 元" in page
    assert "处罚决定 12345.60 元，已缴 0.00 元" in page
    form = desk.form(path, "edit")
    assert form.fields["f:fine"] == "12345.60"
    for wrong in ("12.345", "一万", "-5"):
        assert "内容不符合规定" in text(desk.submit(path, "edit", 400, **{"f:fine": wrong}))


def test_only_what_was_typed_anew_is_changed(county, desk):
    path = enter(desk)
    case = path.rpartition("/")[2]
    before = county.screen().get(f"cases/{case}")["rev"]
    assert "没有要更改的内容" in text(desk.submit(path, "edit", 400))
    assert county.screen().get(f"cases/{case}")["rev"] == before
    desk.submit(path, "edit", **{"f:decision_no": "罚〔2026〕1号"})
    history = county.screen().get(f"cases/{case}/versions")["versions"]
    assert set(history[-1]["patch"]) == {"decision_no"}


def test_officers_payments_and_sites_are_rows(county, desk, site):
    path = enter(desk)
    case = path.rpartition("/")[2]
    number = county.screen().get(f"sites/{site}")["body"]["dossier_no"]
    names = [name for name in desk.form(path, "edit").fields if name.startswith("f:")]
    officer = next(name for name in names if name.startswith("f:officers/") and name.endswith("/name"))
    amount = next(name for name in names if name.startswith("f:payments/") and name.endswith("/amount"))
    desk.submit(path, "edit", **{officer: "张三", amount: "100", "site_no": number, "t:filing_five/actor": "1"})
    body = county.screen().get(f"cases/{case}")["body"]
    assert body[officer[2:]] == "张三"
    assert body[amount[2:]] == 10_000
    assert body[f"site_ids/{site}"] is True
    assert body["filing_five/actor"] is True
    page = text(desk.get(path))
    assert "老鹰硐" in page
    assert "缴款超过处罚决定与加处罚款之和" in page
    desk.submit(path, "edit", **{officer: "", f"t:site_ids/{site}": "1"})
    body = county.screen().get(f"cases/{case}")["body"]
    assert officer[2:] not in body
    assert body[f"site_ids/{site}"] is True
    assert "没有这个选项" in text(desk.submit(path, "edit", 400, site_no="nonsense"))


def test_numbers_of_persons_are_masked_everywhere(county, desk):
    path = enter(desk)
    case = path.rpartition("/")[2]
    given = {"f:name": "示例甲", "f:id_no": ONE, "f:type": "criminal_detention", "f:authority": "公安局",
             "f:decided_at": "2026-07-05"}  # fmt: skip
    add = f"/console/cases/add/person_measure?case={case}"
    answer = desk.client.post(add, data=desk.form(add, "create", **given).fields)
    assert answer.status_code == 302
    shown = desk.get(answer.headers["Location"]) + desk.get(path)
    assert ONE not in shown
    assert "110105**********2X" in shown
    measure = answer.headers["Location"].rpartition("/")[2]
    desk.submit(answer.headers["Location"], "edit", **{"f:post": "矿长"})
    body = county.screen().get(f"person_measures/{measure}")["body"]
    assert (body["id_no"], body["post"]) == (ONE, "矿长")
    assert "刑事拘留" in text(desk.get(path))
    desk.submit(answer.headers["Location"], "edit", **{"f:id_no": "110105194912310021"})
    assert "不是有效的证件号码" in text(desk.get(answer.headers["Location"]))


def test_appraisals_and_incidents_have_pages(county, desk):
    for noun, given in (
        ("damage_appraisal", {"f:no": "鉴〔2026〕1号", "f:issuer": "省厅", "f:destroyed_value": "8000"}),
        ("trade_incident", {"f:title": "夜间收购煤炭", "f:act_county_code": CELL, "f:confirmed_at": "2026-07-01"}),
    ):
        add = f"/console/cases/add/{noun}"
        answer = desk.client.post(add, data=desk.form(add, "create", **given).fields)
        assert answer.status_code == 302
        assert next(iter(given.values())) in desk.get(answer.headers["Location"])
    page = text(desk.get("/console/cases/others"))
    assert "夜间收购煤炭" in page
    assert "鉴〔2026〕1号" in page
    desk.get("/console/cases/add/site", 404)


def test_a_stale_edit_shows_what_changed(county, desk):
    path = enter(desk)
    form = desk.form(path, "edit", **{"f:remark": "甲"})
    county.screen().patch(f"cases/{path.rpartition('/')[2]}", decision_no="罚〔2026〕9号")
    page = desk.send(form, 412)
    assert "罚〔2026〕9号" in page[page.index('role="alert"') :].partition("</section>")[0]


def test_a_case_is_voided_with_a_reason(county, desk):
    path = enter(desk)
    assert "已作废" in text(desk.submit(path, "void", reason="重复立案"))
    assert "无证开采煤炭" not in desk.get("/console/cases")
    assert "无证开采煤炭" in desk.get("/console/cases?voided=1")


def test_another_county_finds_nothing(county, desk):
    path = enter(desk)
    stranger = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    stranger.get(path, 404)
    assert "无证开采煤炭" not in stranger.get("/console/cases")


# Tables


def test_a_table_opens_its_records(county, desk, site):
    county.screen().patch(f"sites/{site}", violations__unlicensed=True, confirmed__violations__unlicensed=True)
    page = desk.get("/console/reports?table=1&from=2026-01-01&to=2099-12-31")
    links = re.findall(r'<a href="(/console/reports/1/records[^"]*column=unlicensed[^"]*)">1</a>', page)
    assert links
    records = desk.get(links[0].replace("&amp;", "&"))
    assert f"/console/sites/{site}" in records
    assert "老鹰硐" in records
    assert "统计期：2026-01-01 至 2099-12-31" in text(page)


def test_a_case_is_reached_from_its_number(county, desk):
    path = enter(desk)
    page = desk.get("/console/reports?table=2&from=2026-01-01&to=2026-12-31")
    (link,) = set(re.findall(rf'"(/console/reports/2/records[^"]*row={CELL}[^"]*column=cases_filed[^"]*)"', page))
    assert path in desk.get(link.replace("&amp;", "&"))


def test_files_of_a_table(county, desk):
    for name in ("csv", "xlsx", "docx"):
        answer = desk.client.get(f"/console/reports/1.{name}?from=2026-01-01")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
    desk.get("/console/reports/1.exe", 404)
    desk.get("/console/reports?from=2026-02-30", 400)


def test_freezing_and_superseding(county, desk, site):
    page = text(desk.submit("/console/reports?table=1&from=2026-01-01&to=2026-12-31", "freeze", note="年报"))
    assert "已固定" in page
    assert "年报" in page
    assert "无证非法 (个)" in page
    listed = desk.get("/console/reports")
    (path,) = set(re.findall(r'"(/console/reports/frozen/[^"]+)"', listed))
    assert "同一期的表已固定" in text(
        desk.submit("/console/reports?table=1&from=2026-01-01&to=2026-12-31", "freeze", 409)
    )
    assert "已被取代" in text(desk.submit(path, "supersede", reason="补录"))
    stranger = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    stranger.get(path, 404)
