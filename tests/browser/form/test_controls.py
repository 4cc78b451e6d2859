"""What each control of a form stores."""

import pytest
from browser.form.stage import MANY, NOW, STATES, answers, asked, q
from playwright.sync_api import Page, expect


def test_text_is_stored_at_once_and_announced(page, draw):
    draw([q("text", "opinion", most=300), q("text", "remark", appearance="multiline")])
    page.get_by_label("opinion").type("整改 ")
    page.get_by_label("remark").fill("第一行\n第二行")
    assert answers(page) == {"opinion": "整改", "remark": "第一行\n第二行"}
    assert page.evaluate("stage.changed.length") >= 4
    page.get_by_label("opinion").fill("  ")
    assert answers(page) == {"remark": "第一行\n第二行"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("12", 12),
        ("１２。５", 12.5),
        ("－３", -3),
        ("1,200", 1200),
        ("3.", 3),
        (".5", 0.5),
        ("两个", "两个"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_numbers_are_read_as_people_type_them(page, draw, typed, stored):
    draw([q("decimal", "amount")])
    page.get_by_label("amount").fill(typed)
    assert answers(page) == {"amount": stored}
    assert page.get_by_label("amount").input_value() == typed
    assert page.get_by_label("amount").get_attribute("inputmode") == "decimal"


def test_what_is_no_number_is_kept_and_complained_of(page, draw):
    draw([q("integer", "people"), q("text", "remark")])
    page.get_by_label("people").fill("三五个")
    page.get_by_label("remark").focus()
    expect(asked(page, "people").locator(".error")).to_be_visible()
    assert page.get_by_label("people").get_attribute("aria-invalid") == "true"
    page.get_by_label("people").fill("４")
    expect(asked(page, "people").locator(".error")).to_be_hidden()
    assert answers(page) == {"people": 4}


def test_one_of_a_few_and_several_of_a_few(page, draw):
    draw([q("select_one", "seal", choices="s"), q("select_multiple", "signs", choices="s")], {"s": STATES})
    asked(page, "seal").get_by_text("损坏").click()
    asked(page, "signs").get_by_text("完好").click()
    asked(page, "signs").get_by_text("缺失").click()
    assert answers(page) == {"seal": "damaged", "signs/intact": True, "signs/missing": True}
    asked(page, "signs").get_by_text("完好").click()
    asked(page, "seal").get_by_role("button", name="清除").click()
    assert answers(page) == {"signs/missing": True}
    assert not asked(page, "seal").locator("input:checked").count()


def test_one_of_many_is_looked_up(page, draw):
    draw([q("select_one", "village", "村", choices="m")], {"m": MANY})
    page.get_by_role("button", name="村 请选择").click()
    sheet = page.locator("dialog")
    sheet.get_by_role("searchbox").fill("选项27")
    assert sheet.locator(".cell").count() == 1
    sheet.locator(".cell").click()
    expect(sheet).to_have_count(0)
    assert answers(page) == {"village": "c27"}
    expect(asked(page, "village").get_by_role("button", name="村 选项27")).to_be_focused()


def test_several_of_many(page, draw):
    draw([q("select_multiple", "signs", "迹象", choices="m")], {"m": MANY}, answers={"signs/c3": True})
    page.get_by_role("button", name="迹象 选项3").click()
    sheet = page.locator("dialog")
    sheet.get_by_role("button", name="选项5", exact=True).click()
    sheet.get_by_role("button", name="选项3", exact=True).click()
    sheet.get_by_role("button", name="完成").click()
    assert answers(page) == {"signs/c5": True}
    assert "选项5" in asked(page, "signs").inner_text()


def test_a_range_and_a_confirmation(page, draw):
    draw([q("range", "level", range={"start": 1, "end": 5, "step": 1}), q("acknowledge", "read")])
    asked(page, "level").get_by_text("4", exact=True).click()
    asked(page, "read").get_by_text("是", exact=True).click()
    assert answers(page) == {"level": 4, "read": True}
    asked(page, "read").get_by_text("是", exact=True).click()
    assert answers(page) == {"level": 4}


def test_a_date_is_chosen_in_a_calendar_in_chinese(page, draw):
    draw([q("date", "found_on", "发现日期")])
    page.get_by_role("button", name="发现日期 请选择").click()
    sheet = page.locator("dialog")
    assert "2026年3月" in sheet.inner_text()
    sheet.get_by_role("button", name="2026年2月").click()
    sheet.get_by_role("button", name="2026年2月28日 星期六").click()
    assert answers(page) == {"found_on": "2026-02-28"}
    expect(asked(page, "found_on").get_by_role("button", name="发现日期 2026年2月28日 星期六")).to_be_focused()
    page.keyboard.press("Enter")
    sheet.get_by_role("button", name="今天").click()
    assert answers(page) == {"found_on": "2026-03-05"}


def test_a_time_is_two_taps(page, draw):
    draw([q("time", "seen_at", "时间")])
    page.get_by_role("button", name="时间 请选择").click()
    sheet = page.locator("dialog")
    sheet.get_by_role("button", name="14 时").click()
    sheet.get_by_role("button", name="35 分").click()
    sheet.get_by_role("button", name="+1 分").click()
    sheet.get_by_role("button", name="完成").click()
    assert answers(page) == {"seen_at": "14:36"}
    assert "14:36" in asked(page, "seen_at").inner_text()


def test_a_moment_is_kept_with_its_zone(page, draw):
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Shanghai"})
    draw([q("datetime", "reported_at", "报告时间")])
    asked(page, "reported_at").get_by_role("button", name="现在").click()
    assert answers(page) == {"reported_at": "2026-03-05T09:30:00+08:00"}
    page.get_by_role("button", name="报告时间 09:30").click()
    page.locator("dialog").get_by_role("button", name="8 时", exact=True).click()
    page.locator("dialog").get_by_role("button", name="完成").click()
    assert answers(page) == {"reported_at": "2026-03-05T08:30:00+08:00"}


def fix(page: Page, accuracy: float) -> None:
    """Let the phone find itself."""
    page.evaluate("(fix) => stage.met(fix)", {"lat": 25.1, "lon": 117.2, "accuracy": accuracy, "time": NOW})


def test_a_position_waits_for_a_better_fix(page, draw):
    draw([q("geopoint", "position", "到场位置")])
    where = asked(page, "position")
    where.get_by_role("button", name="定位").click()
    page.evaluate("stage.met(null)")
    expect(where.get_by_role("status")).to_contain_text("没有收到位置")
    fix(page, 80)
    expect(where.get_by_role("status")).to_contain_text("80 米")
    fix(page, 12)
    fix(page, 300)
    expect(where.get_by_role("status")).to_contain_text("12 米")
    where.get_by_role("button", name="就用这个位置").click()
    assert answers(page) == {"lat": 25.1, "lon": 117.2, "accuracy_m": 12, "fix_time": NOW}
    assert page.evaluate("stage.met") is None
    expect(where.get_by_role("status")).to_contain_text("25.10000，117.20000（误差 12 米）")


def test_a_poor_position_is_taken_with_a_reason(page, draw):
    draw([q("geopoint", "answers_mouth") | {"path": "answers/mouth"}])
    where = asked(page, "answers/mouth")
    where.get_by_role("button", name="定位").click()
    fix(page, 120)
    where.get_by_role("button", name="就用这个位置").click()
    assert answers(page) == {}
    page.locator("dialog").get_by_role("button", name="山谷遮挡").click()
    kept = {"lat": 25.1, "lon": 117.2, "accuracy": 120, "time": NOW}
    assert answers(page) == {"answers/mouth": kept, "could_not/answers__mouth": "山谷遮挡"}


def test_a_line_is_walked_or_set_by_points(page, draw):
    draw([q("geotrace", "edge")])
    edge = asked(page, "edge")
    edge.get_by_role("button", name="加一个点").click()
    expect(edge.get_by_role("status")).to_contain_text("1 个点")
    edge.get_by_role("button", name="边走边记").click()
    for lat in (25.10001, 25.101):
        page.evaluate(f"stage.met({{lat: {lat}, lon: 117.2, accuracy: 8, time: ''}})")
    edge.get_by_role("button", name="停止").click()
    assert answers(page) == {"edge": {"type": "LineString", "coordinates": [[117.2, 25.1], [117.2, 25.101]]}}
    expect(edge.get_by_role("status")).to_contain_text("2 个点，111 米")
    edge.get_by_role("button", name="撤销").click()
    assert len(answers(page)["edge"]["coordinates"]) == 1


def scribble(page: Page) -> None:
    """Draw two strokes into the open sheet's box."""
    box = page.locator("canvas").bounding_box()
    for x in (40, 120):
        page.mouse.move(box["x"] + x, box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + x + 50, box["y"] + 90, steps=6)
        page.mouse.up()


def test_two_people_sign_one_after_the_other(page, draw):
    draw([q("text", "opinion"), q("signature", "signatures", "签名")])
    page.get_by_label("opinion").fill("清场")
    for name, ask in (("张三", "签字"), ("李四", "下一人签字")):
        asked(page, "signatures").get_by_role("button", name=ask, exact=True).click()
        expect(page.get_by_label("签字人")).to_have_value(name)
        scribble(page)
        page.locator("dialog").get_by_role("button", name="完成").click()
        expect(asked(page, "signatures").locator(".signed", has_text=name)).to_have_count(1)
    held = answers(page)
    rows = [path for path, value in held.items() if value is True]
    assert [held[f"{row}/name"] for row in sorted(rows)] == ["张三", "李四"]
    strokes = held[f"{rows[0]}/strokes"]
    assert strokes.count("M") == 2
    assert all(float(part).is_integer() for part in strokes.replace("M", " ").replace("L", " ").split())
    assert held[f"{rows[0]}/signed_at"] == NOW
    assert held[f"{rows[0]}/content_hash"] == page.evaluate("stage.contentHash({opinion: '清场'})")


def test_a_signature_does_not_cover_what_is_changed_afterwards(page, draw):
    draw([q("text", "opinion"), q("signature", "signatures", "签名")])
    asked(page, "signatures").get_by_role("button", name="签字").click()
    scribble(page)
    page.locator("dialog").get_by_role("button", name="完成").click()
    stale = asked(page, "signatures").get_by_text("签字后内容有改动")
    expect(stale).to_be_hidden()
    page.get_by_label("opinion").fill("改了")
    expect(stale).to_be_visible()
    asked(page, "signatures").get_by_role("button", name="删除").click()
    assert answers(page) == {"opinion": "改了"}


def test_an_alarm_offers_the_call(page, draw):
    draw([q("note", "relapse", "立即上报", appearance="alarm")])
    call = page.get_by_role("link", name="打电话给 县局值班")
    assert call.get_attribute("href") == "tel:05970000000"
