"""What follows from the answers: questions, messages, rows, reasons, marks."""

from browser.form.stage import ACTIVITIES, ACTIVITY, KINDS, NOW, STATES, answers, asked, group, hazards, q, words
from playwright.sync_api import expect


def test_questions_come_and_go_with_the_answers(page, draw):
    draw(ACTIVITY, ACTIVITIES)
    expect(asked(page, "stop")).to_be_hidden()
    page.get_by_text("正在开采").click()
    expect(asked(page, "stop")).to_be_visible()
    page.get_by_label("何人").fill("王五")
    page.get_by_text("无迹象").click()
    expect(asked(page, "who")).to_be_hidden()
    expect(page.get_by_text("违法")).to_be_hidden()
    page.get_by_text("正在开采").click()
    assert page.get_by_label("何人").input_value() == "王五"


def test_a_constraint_speaks_after_the_person_has_left(page, draw):
    limit = {"constraint": ["<", ["self"], 10], "constraintMessages": ["应小于十", "Below ten"]}
    draw([q("integer", "people", **limit), q("text", "remark")])
    page.get_by_label("people").type("12")
    error = asked(page, "people").locator(".error")
    expect(error).to_be_hidden()
    page.get_by_label("remark").focus()
    expect(error).to_have_text("应小于十")
    page.get_by_label("people").fill("9")
    expect(error).to_be_hidden()


def test_labels_and_calculations_follow(page, draw):
    total = {"calculation": ["+", ["ref", "a"], ["ref", "b"]]}
    label = {"labels": {"parts": [["共 ", ["ref", "a"], " 处"], [["ref", "a"], " places"]]}}
    draw([q("integer", "a"), q("integer", "b"), q("calculate", "sum", "合计", **total), q("text", "c", **label),
          q("calculate", "silent", **total) | {"labels": ["", ""]}], answers={"b": 2})  # fmt: skip
    page.get_by_role("textbox", name="a", exact=True).fill("5")
    expect(asked(page, "sum")).to_contain_text("7")
    expect(asked(page, "c")).to_contain_text("共 5 处")
    expect(asked(page, "silent")).to_have_count(0)


def test_a_choice_that_no_longer_fits_is_taken_back(page, draw):
    villages = [
        {"name": f"{town}{n}", "labels": [f"{town}村{n}", ""], "more": {"town": town}}
        for town in "ab"
        for n in range(3)
    ]
    draw(
        [q("select_one", "town", choices="t"),
         q("select_one", "village", choices="v", filter=["=", ["col", "town"], ["ref", "town"]])],
        {"t": words(("a", "甲镇"), ("b", "乙镇")), "v": villages},
    )  # fmt: skip
    assert asked(page, "village").locator("input").count() == 0
    page.get_by_text("甲镇").click()
    assert asked(page, "village").locator("input").count() == 3
    page.get_by_text("a村1").click()
    page.get_by_text("乙镇").click()
    expect(asked(page, "village").get_by_role("status")).to_contain_text("原来选的“a村1”不再适用")
    assert answers(page) == {"town": "b"}
    page.get_by_text("b村2").click()
    expect(asked(page, "village").get_by_role("status")).to_be_empty()
    assert answers(page) == {"town": "b", "village": "b2"}


def test_rows_are_added_removed_and_brought_back(page, draw):
    draw([hazards()], KINDS)
    add = page.get_by_role("button", name="添加一项")
    add.click()
    page.get_by_text("滑坡").click()
    page.get_by_label("人数").fill("6")
    add.click()
    page.locator(".row").nth(1).get_by_text("积水").click()
    held = answers(page)
    rows = sorted(path for path, value in held.items() if value is True)
    assert held == {
        rows[0]: True,
        f"{rows[0]}/kind": "slide",
        f"{rows[0]}/people": 6,
        rows[1]: True,
        f"{rows[1]}/kind": "flood",
    }
    expect(asked(page, f"{rows[1]}/people")).to_be_hidden()
    page.locator(".row").first.get_by_role("button", name="删除").click()
    assert answers(page) == {rows[1]: True, f"{rows[1]}/kind": "flood"}
    page.get_by_role("button", name="撤销").click()
    assert answers(page) == held
    assert page.locator(".row").first.get_by_label("人数").input_value() == "6"


def test_a_required_question_takes_a_reason_instead(page, draw):
    draw([q("image", "photos", "全景照片", required=True), q("text", "opinion", required=True)])
    asked(page, "photos").get_by_role("button", name="拍不了，原因…").click()
    page.locator("dialog").get_by_role("button", name="有危险").click()
    asked(page, "opinion").get_by_role("button", name="无法填写，原因…").click()
    page.get_by_label("其他原因").fill("没带笔")
    page.locator("dialog").get_by_role("button", name="确定").click()
    assert answers(page) == {"could_not/photos": "有危险", "could_not/opinion": "没带笔"}
    assert page.evaluate("stage.view.validate()") == []
    expect(asked(page, "photos")).to_contain_text("原因：有危险")
    asked(page, "photos").get_by_role("button", name="撤销").click()
    page.get_by_label("opinion").fill("清场")
    assert answers(page) == {"opinion": "清场"}


def test_photos_are_the_callers(page, draw):
    draw([group("g", "照片", q("image", "photos", required=True))])
    expect(page.locator("h2")).to_contain_text("0/1")
    page.get_by_role("button", name="拍照").click()
    expect(page.locator("h2")).to_contain_text("1/1")


def test_problems_come_in_order_and_are_marked(page, draw):
    draw([*ACTIVITY, q("text", "opinion", required=True)], ACTIVITIES)
    assert not page.locator(".error:visible").count()
    found = page.evaluate("stage.view.validate()")
    expected = [("activity", "required"), ("opinion", "required")]
    assert [(problem["path"], problem["code"]) for problem in found] == expected
    expect(asked(page, "activity").locator(".error")).to_have_text("此项必填")
    page.get_by_text("正在开采").click()
    expect(asked(page, "activity").locator(".error")).to_be_hidden()
    expect(asked(page, "stop").locator(".error")).to_be_visible()


def test_a_returned_record_opens_at_the_wrong_field(page, draw):
    filler = [q("text", f"t{n}") for n in range(30)]
    row = "hazards/01900000-0000-7000-8000-000000000001"
    held = {row: True, f"{row}/kind": "slide", "lon": 117.2, "lat": 25.1, "accuracy_m": 9, "fix_time": NOW}
    draw([q("geopoint", "position"), *filler, hazards()], KINDS, answers=held, marks={f"{row}/people": "人数不对"})
    assert page.evaluate(f"stage.view.focus('{row}/people')")
    expect(page.get_by_label("人数")).to_be_focused()
    expect(page.get_by_label("人数")).to_be_in_viewport()
    expect(asked(page, f"{row}/people")).to_contain_text("审核意见：人数不对")
    assert page.evaluate("stage.view.focus('lon')")
    expect(asked(page, "position")).to_be_in_viewport()
    assert not page.evaluate("stage.view.focus('elsewhere')")


def test_what_the_last_visit_left_is_marked_until_touched(page, draw):
    draw([q("text", "opinion"), q("text", "remark")], answers={"opinion": "同上"}, carried=["opinion"])
    expect(asked(page, "opinion").get_by_text("上次")).to_be_visible()
    expect(asked(page, "remark").get_by_text("上次")).to_be_hidden()
    page.get_by_label("opinion").fill("新")
    expect(asked(page, "opinion").get_by_text("上次")).to_be_hidden()


def test_values_of_a_strange_kind_are_shown_and_do_not_stop_the_form(page, draw):
    held = {"at": "早上", "day": "昨天", "seal": "gone", "lon": "x", "lat": "y"}
    kinds = [
        q("datetime", "at"),
        q("date", "day"),
        q("select_one", "seal", choices="s"),
        q("geopoint", "position"),
    ]
    draw([*kinds, q("text", "opinion")], {"s": STATES}, answers=held)
    assert len(page.evaluate("stage.view.validate()")) == 4
    expect(page.get_by_label("opinion")).to_be_visible()
    assert answers(page) == held


def test_what_is_locked_is_only_shown(page, draw):
    draw([q("text", "opinion"), q("select_one", "seal", choices="s"), hazards()], {"s": STATES} | KINDS,
         answers={"opinion": "清场", "seal": "intact", "hazards/a": True, "hazards/a/kind": "slide"},
         locked=["opinion", "seal", "hazards"])  # fmt: skip
    assert page.locator("main input, main button:visible").count() == 0
    for words_ in ("清场", "完好", "滑坡"):
        expect(page.get_by_text(words_)).to_be_visible()


def test_what_came_from_elsewhere_is_shown_on_refresh(page, draw):
    draw([q("text", "opinion"), q("select_one", "seal", choices="s"), hazards()], {"s": STATES} | KINDS)
    came = {"opinion": "清场", "seal": "missing", "hazards/a": True, "hazards/a/kind": "flood"}
    page.evaluate("(came) => { Object.assign(stage.answers(), came); stage.view.refresh(); }", came)
    assert page.get_by_label("opinion").input_value() == "清场"
    expect(page.get_by_role("radio", name="缺失")).to_be_checked()
    expect(page.get_by_role("radio", name="积水")).to_be_checked()


def test_first_answers_are_told_and_new_rows_begin_with_theirs(page, draw):
    row = hazards()
    row["items"][0]["default"] = "flood"
    row["items"][1]["default"] = {"calc": ["+", 1, 2]}
    items = [
        group("g", "组", q("text", "unit", default="国土所"), q("datetime", "at", default={"calc": ["now"]})),
        row,
    ]
    draw(items, KINDS)
    found = page.evaluate(
        "([form, now]) => stage.defaultsOf(form, form.items, {}, {now})", [{"items": items}, NOW]
    )
    assert found == {"unit": "国土所", "at": NOW}
    page.get_by_role("button", name="添加一项").click()
    assert sorted(map(str, answers(page).values())) == ["3", "True", "flood"]
