"""The desk of held work: admit, force, close."""

from county import T1

from console.desk import text


def test_the_desk_says_what_is_held_why_and_whose(desk, stage):
    page = text(desk.get("/console/held"))
    assert "档案 · 修改" in page
    assert "不在所辖范围" in page
    page = text(desk.get(f"/console/held/{stage.held}"))
    for word in ("从业人员 workers 9 人", "备注 remark 外乡镇来的修改", "测试手机"):
        assert word in page, word


def test_admitting(desk, stage):
    page = desk.submit(f"/console/held/{stage.held}", "admit")
    assert "现状：" in page
    assert 'value="admit"' not in page
    assert stage.held not in desk.get("/console/held")
    # Judged as its author's: he had not seen the present remark, so it is one more candidate.
    assert "外乡镇来的修改" in desk.get(f"/console/conflicts/{stage.conflict}")


def test_closing_needs_a_reason_that_its_author_sees(desk, stage):
    path = f"/console/held/{stage.held}"
    assert "请填写理由" in desk.submit(path, "close", 400)
    page = desk.submit(path, "close", reason="不属该乡镇")
    assert "现状：已关闭" in page
    assert "不属该乡镇" in page


def test_forcing_what_waits_for_something_that_never_comes(county, desk):
    phone = county.inspector(T1)
    site = phone.site(name="甲", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.sync()
    lost = phone.make_id()
    op = phone.do("site.edit", site, {"remark": "先到的后一步"}, after=[lost], **{"from": {"remark": None}})
    (result,) = phone.push()
    assert result["status"] == "held"
    page = desk.get(f"/console/held/{op['op']}")
    assert lost in page
    assert "尚未到达" in page
    # Admitted, it still waits.
    assert "现状：仍待处置。等待前一项操作" in desk.submit(f"/console/held/{op['op']}", "admit")
    assert "现状：已执行" in desk.submit(f"/console/held/{op['op']}", "force")
    phone.pull()
    assert phone.base(site).body["remark"] == "先到的后一步"


def test_a_decision_on_what_was_decided_meanwhile_is_stale(desk, stage):
    path = f"/console/held/{stage.held}"
    form = desk.form(path, "close", reason="我的理由")
    desk.submit(path, "close", reason="别人的理由")
    page = desk.send(form, 412)
    assert "别人的理由" in page


def test_what_admitting_would_do_is_shown_and_nothing_is_done(county, desk, stage):
    path = f"/console/held/{stage.held}"
    page = desk.submit(path, "rehearse_admit", 200, reason="先看看")
    words = text(page)
    assert "结果将是： 列为冲突" in words
    assert "尚未保存" in words
    assert "先看看</textarea>" in page
    assert stage.held in desk.get("/console/held")
    assert "外乡镇来的修改" not in desk.get(f"/console/conflicts/{stage.conflict}")
    desk.submit(path, "admit")
    assert stage.held not in desk.get("/console/held")


def test_what_forcing_would_change_is_shown(county, desk):
    phone = county.inspector(T1)
    site = phone.site(name="甲", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.sync()
    op = phone.do("site.edit", site, {"remark": "后一步"}, after=[phone.make_id()], **{"from": {"remark": None}})
    phone.push()
    path = f"/console/held/{op['op']}"
    assert "等待前一项操作" in text(desk.submit(path, "rehearse_admit", 200)).partition("尚未保存")[0]
    assert "备注 ： 后一步" in text(desk.submit(path, "rehearse_force", 200)).replace("：", " ：").replace(
        "  ", " "
    )
    phone.pull()
    assert "remark" not in phone.base(site).body
