"""The register, and a dossier with the history of every value."""

import re

from county import OTHER_CELL, T1, T2, verifier

from console.desk import text


def test_the_register_is_searched_by_name_number_township_and_status(desk, stage):
    assert "下坑采砂点" not in desk.get("/console/sites?q=老鹰")
    assert "老鹰硐" in desk.get("/console/sites?q=101-2026-0001")
    assert "老鹰硐" not in desk.get(f"/console/sites?town={T2}")
    assert "下坑采砂点" in desk.get("/console/sites?status=verifying")
    for wild in ("%25", "_", "'", "!"):
        assert "老鹰硐" not in desk.get(f"/console/sites?q={wild}")


def test_a_dossier_says_of_each_value_who_set_it_when_and_how(desk, stage):
    page = text(desk.get(f"/console/sites/{stage.site}"))
    assert re.search(r"备注 县级复核：已封堵 冲突 reviewer\d 县级 \d+年\d+月\d+日 \d\d:\d\d 档案 · 修改", page)
    assert re.search(r"名称\(俗称\) 老鹰硐 chen 乡镇 ", page)
    for word in (
        "违法类型 无证非法",
        "硐口/开口 1 · 编号 K1",
        "当事人 仅县级可见 姓名 张某",
        "另有内容待处理：巡查等级",
    ):
        assert word in page, word
    assert "洞口有新渣 → 县级复核：已封堵" in page


def test_a_dossier_as_it_was(desk, stage):
    path = f"/console/sites/{stage.site}"
    first = re.findall(r"at=(1-[0-9a-f]{16})", desk.get(path))[0]
    page = text(desk.get(f"{path}?at={first}").partition("变更历史")[0])
    assert "备注 洞口有新渣" in page
    assert "县级复核" not in page
    assert "这是当时的版本" in text(desk.get(f"{path}?at=2099-01-01T08:00"))
    desk.get(f"{path}?at=1999-01-01T08:00", 404)


def test_a_status_may_follow_only_where_the_states_allow_it(desk, stage):
    path = f"/console/sites/{stage.site}"
    assert set(
        re.findall(
            r'<option value="(\w+)">', desk.get(path).partition('<select id="to"')[2].partition("</select>")[0]
        )
    ) == {"verifying"}
    assert "须指定一名在岗的核实人" in text(desk.get(path))
    page = desk.submit(path, "transit", to="verifying", **verifier(stage.phone))
    assert "核实中" in page
    assert "核实人 chen" in text(page)
    assert "当前状态下不能这样做" in desk.submit(path, "transit", 409, to="written_off")


def test_moving_a_dossier_takes_a_township_of_the_county(county, desk, stage):
    path = f"/console/sites/{stage.site}"
    desk.submit(path, "move", 400, town_code=f"{OTHER_CELL}101")
    page = desk.submit(path, "move", town_code=T2)
    assert T2 in page
    assert county.screen().get(f"sites/{stage.site}")["scope"] == f"t-{T2}"
    assert T1 in page


def test_a_stale_move_shows_what_changed(county, desk, stage):
    form = desk.form(f"/console/sites/{stage.site}", "move", town_code=T2)
    county.screen().patch(f"sites/{stage.site}", closure_doc_no="闽关〔2026〕1号")
    page = desk.send(form, 412)
    assert "闽关〔2026〕1号" in page[page.index('role="alert"') :].partition("</section>")[0]
