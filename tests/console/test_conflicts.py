"""Conflicts at the desk: pick, keep, write; strict on what was on the screen."""

import pytest
from county import T1

from console.desk import Desk, text
from fieldsync.console.conflicts import parse
from fieldsync.domain.inspections import FIELDS as VISIT
from fieldsync.domain.sites import FIELDS as SITE
from fieldsync.errors import Problem
from fieldsync.fields import Field


def op_of(page: str, value: str) -> str:
    """Return the operation whose radio button stands before a value."""
    return page[: page.index(value)].rpartition('name="choose" value="')[2].partition('"')[0]


def site(stage) -> dict:
    stage.phone.pull()
    return stage.phone.base(stage.site).body


def test_the_list_shows_what_waits(desk, stage):
    page = text(desk.get("/console/conflicts"))
    assert "备注 老鹰硐" in page
    assert "巡查等级 老鹰硐" in page
    assert "是否作废 误报点" in page
    assert stage.conflict not in desk.get("/console/conflicts?status=resolved")


def test_a_conflict_shows_base_and_both_values_with_who_when_why(desk, stage):
    page = text(desk.get(f"/console/conflicts/{stage.conflict}"))
    for word in ("原值 洞口有新渣", "当前值 县级复核：已封堵", "乡镇：仍有人进出", "chen 乡镇 · 测试手机",
                 "县乡共同填写", "冲突：作者未见过当前值"):  # fmt: skip
        assert word in page, word
    assert "县级所有" in desk.get(f"/console/conflicts/{stage.proposal}")
    assert "建议值：作者一方不掌管此字段" in desk.get(f"/console/conflicts/{stage.proposal}")


def test_picking_a_value(desk, stage):
    path = f"/console/conflicts/{stage.conflict}"
    op = op_of(desk.get(path), "乡镇：仍有人进出")
    page = desk.submit(path, "", choose=op, reason="现场为准")
    assert "采用了其他值" in page
    assert "现场为准" in page
    assert site(stage)["remark"] == "乡镇：仍有人进出"
    assert stage.conflict in desk.get("/console/conflicts?status=resolved")


def test_keeping_the_current_value(desk, stage):
    page = desk.submit(f"/console/conflicts/{stage.conflict}", "", choose="current")
    assert "保留了当前值" in page
    assert site(stage)["remark"] == "县级复核：已封堵"


def test_writing_a_value(desk, stage):
    path = f"/console/conflicts/{stage.conflict}"
    assert "请填写内容" in desk.submit(path, "", 400, choose="write", value="  ", reason="保留我")
    desk.submit(path, "", choose="write", value="两说并存：\r\n待复核", reason="综合")
    assert site(stage)["remark"] == "两说并存：\n待复核"


def test_choices_are_written_from_the_list_only(desk, stage):
    path = f"/console/conflicts/{stage.proposal}"
    page = desk.submit(path, "", 400, choose="write", value="sometimes")
    assert "不在选项之内" in page
    desk.submit(path, "", choose="write", value="general")
    assert site(stage)["patrol_class"] == "general"


def test_nothing_chosen_is_no_decision(desk, stage):
    assert "没有这个选项" in desk.submit(f"/console/conflicts/{stage.conflict}", "", 400, reason="忘了选")


def test_a_candidate_that_arrives_meanwhile_stops_the_decision(county, desk, stage):
    path = f"/console/conflicts/{stage.conflict}"
    form = desk.form(path, "", choose="current", reason="费心写下的理由")
    late = county.inspector(T1)
    late.edit(stage.site, remark="第三种说法")
    other = county.screen()
    other.patch(f"sites/{stage.site}", remark="县级又改")
    late.push()
    page = desk.send(form, 412)
    assert "已标明" in page
    assert "第三种说法" in page
    assert "新增" in page
    assert "费心写下的理由</textarea>" in page
    assert 'value="current" id="current" required checked' in page
    assert county.screen().get(f"conflicts/{stage.conflict}")["body"]["status"] == "open"


def test_a_township_field_is_the_townships_own(county, desk, stage):
    county.screen().patch(f"sites/{stage.site}", workers=8)
    desk_page = desk.get("/console/conflicts")
    conflict = desk_page[: desk_page.index(">从业人员<")].rpartition("/console/conflicts/")[2].partition('"')[0]
    page = desk.get(f"/console/conflicts/{conflict}")
    assert "乡镇所有" in page
    assert "此项归乡镇填写" in page
    assert 'value="write"' not in page
    desk.submit(f"/console/conflicts/{conflict}", "", choose="current")
    assert site(stage)["workers"] == 3


# Voided records


def test_a_late_edit_of_a_voided_record_can_bring_it_back(desk, stage):
    path = f"/console/conflicts/{stage.void}"
    page = desk.get(path)
    assert "记录作废之后收到了对它的修改" in page
    assert "维持作废" in page
    op = op_of(page, "恢复并采用：")
    desk.submit(path, "", choose=op, reason="另有一处")
    register = desk.get("/console/sites?q=误报")
    assert "误报点" in register
    stage.phone.pull()
    assert any(row.body.get("remark") == "不是重复，另有一处" for row in stage.phone.records("site").values())


def test_it_can_come_back_without_the_edit(desk, stage):
    desk.submit(f"/console/conflicts/{stage.void}", "", choose="restore", reason="不采用")
    assert "误报点" in desk.get("/console/sites?q=误报")
    stage.phone.pull()
    assert not any(
        row.body.get("remark", "").startswith("不是重复") for row in stage.phone.records("site").values()
    )


def test_it_can_stay_voided(desk, stage):
    desk.submit(f"/console/conflicts/{stage.void}", "", choose="current")
    assert "误报点" not in desk.get("/console/sites?q=误报")
    assert "误报点" in desk.get("/console/sites?q=误报&voided=1")


def test_a_wish_to_void_what_others_edited_is_a_choice(county, desk, stage):
    rev = county.screen().get(f"sites/{stage.site}")["rev"]
    stage.phone.pull()
    stage.phone.edit(stage.site, workers=5)
    stage.phone.push()
    away = county.phone(county.person("reviewer"))
    away.do("site.void", stage.site, base=rev, reason="重复")
    (result,) = away.push()
    path = f"/console/conflicts/{result['conflicts'][0]}"
    page = desk.get(path)
    assert "有人要作废此记录" in page
    assert "保持有效" in page
    desk.submit(path, "", choose=result["op"], reason="重复")
    assert "老鹰硐" not in desk.get("/console/sites")


# Several fields of one record on one page


def several(desk, stage, button: str, status: int = 302, **decided: str) -> str:
    """Fill in the page of all conflicts of the site: decisions by conflict, with what else is typed."""
    return desk.submit(f"/console/conflicts/of/{stage.site}", button, status, **decided)


def test_several_fields_are_settled_together(desk, stage):
    listed = text(desk.get(f"/console/conflicts/of/{stage.site}"))
    for word in (
        "备注",
        "巡查等级",
        "乡镇：仍有人进出",
        "其所见值： 洞口有新渣",
        "其间由",
        "以后再定",
        "测试手机",
    ):
        assert word in listed, word
    decided = {
        f"choose:{stage.conflict}": "combine", f"combined:{stage.conflict}": "已封堵；\r\n仍有人进出",
        f"choose:{stage.proposal}": "current", "reason": "两说并存",
    }  # fmt: skip
    after = several(desk, stage, "settle", **decided)
    assert "已没有待处理的字段" in after
    assert site(stage)["remark"] == "已封堵；\n仍有人进出"
    assert "两说并存" in desk.get(f"/console/conflicts/{stage.conflict}")


def test_what_is_left_for_later_stays(desk, stage):
    after = several(desk, stage, "settle", **{f"choose:{stage.conflict}": "current",
                                              f"choose:{stage.proposal}": "later"})  # fmt: skip
    assert stage.conflict not in after
    assert stage.proposal in after
    assert "请先勾选" in several(desk, stage, "settle", 400)


def test_the_rehearsal_shows_what_would_change_and_changes_nothing(county, desk, stage):
    before = county.screen().get(f"conflicts/{stage.conflict}")["rev"]
    shown = several(desk, stage, "rehearse", 200, reason="想一想", **{
        f"choose:{stage.conflict}": "write", f"value:{stage.conflict}": "新写的备注"})  # fmt: skip
    told = text(shown).partition("尚未保存")[2].partition("处理")[0]
    assert "县级复核：已封堵 → 新写的备注" in told
    assert "想一想</textarea>" in shown
    assert county.screen().get(f"conflicts/{stage.conflict}")["rev"] == before
    assert site(stage)["remark"] == "县级复核：已封堵"


def test_all_of_them_or_none(county, desk, stage):
    form = desk.form(f"/console/conflicts/of/{stage.site}", "settle", reason="我的理由")
    form.fields |= {f"choose:{stage.conflict}": "current", f"choose:{stage.proposal}": "current"}
    late = county.inspector(T1)
    late.edit(stage.site, remark="第三种说法")
    county.screen().patch(f"sites/{stage.site}", remark="县级又改")
    late.push()
    page = desk.send(form, 412)
    assert "第三种说法" in page
    assert "新增" in page
    assert "我的理由</textarea>" in page
    status = county.screen().get(f"conflicts/{stage.proposal}")["body"]["status"]
    assert status == "proposed"


def test_the_rehearsal_of_one_field(desk, stage):
    path = f"/console/conflicts/{stage.conflict}"
    op = op_of(desk.get(path), "乡镇：仍有人进出")
    page = text(desk.submit(path, "rehearse", 200, **{"choose": op, "rev:": ""}))
    assert "县级复核：已封堵 → 乡镇：仍有人进出" in page
    assert site(stage)["remark"] == "县级复核：已封堵"
    assert "没有值会改变" in text(desk.submit(path, "rehearse", 200, choose="current"))


def test_texts_are_combined_on_the_page_of_one_field(desk, stage):
    path = f"/console/conflicts/{stage.conflict}"
    page = desk.get(path)
    assert "县级复核：已封堵\n乡镇：仍有人进出</textarea>" in page
    desk.submit(path, "", choose="combine", combined="县乡一致", reason="综合")
    assert site(stage)["remark"] == "县乡一致"


def test_both_sides_are_told_who_decided_and_why(desk, stage):
    page = text(desk.submit(f"/console/conflicts/{stage.conflict}", "", choose="current", reason="以复核为准"))
    assert "处理结果和理由已告知" in page
    assert "chen" in page.partition("相关人员")[2]
    stage.phone.pull()
    told = stage.phone.base(stage.conflict).body
    assert (told["status"], told["reason"]) == ("resolved", "以复核为准")


def test_an_outsider_finds_no_conflicts_of_the_record(county, stage):
    stranger = Desk(county, county.person("reviewer", "c-350898", cell="350898"))
    assert "老鹰硐" not in stranger.get(f"/console/conflicts/of/{stage.site}", 404)


# What is typed becomes a value of the field's kind


@pytest.mark.parametrize(
    ("spec", "typed", "value"),
    [
        (SITE.find("extracted_t"), "12.50", 12.5),
        (SITE.find("extracted_t"), "12", 12),
        (SITE.find("workers"), "7", 7),
        (SITE.find("tailings"), "false", False),
        (SITE.find("closure_date"), "2026-11-23", "2026-11-23"),
        (SITE.find("found_at"), "2026-11-23T14:05", "2026-11-23T06:05:00.000Z"),
        (VISIT.find("activity"), "none", "none"),
    ],
)
def test_values_keep_their_kind(app, spec, typed, value):
    with app.app_context():
        found = parse(spec, typed)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("spec", "typed"),
    [
        (SITE.find("extracted_t"), "much"),
        (SITE.find("extracted_t"), "-1"),
        (SITE.find("extracted_t"), "nan"),
        (SITE.find("workers"), "7.5"),
        (SITE.find("tailings"), "perhaps"),
        (SITE.find("closure_date"), "23 November"),
        (SITE.find("found_at"), "noon"),
        (VISIT.find("activity"), "dancing"),
        (Field("x", ("甲", "X"), "any"), "1"),
        (None, "1"),
        (SITE.find("workers"), ""),
    ],
)
def test_what_is_no_value_of_the_kind_is_refused(app, spec, typed):
    with app.test_request_context(), pytest.raises(Problem):
        parse(spec, typed)
