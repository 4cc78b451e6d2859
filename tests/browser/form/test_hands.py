"""Who can use a form: hands in gloves, eyes in the sun, keyboards, slow phones."""

import pytest
from browser.axe import prepare, violations
from browser.form.stage import FILLED, LISTS, STATES, answers, asked, everything, group, q
from playwright.sync_api import Page, expect

THEMES = ["light", "dark", "sun"]


def test_the_caret_stays_where_it_was(page, draw):
    draw([q("text", "opinion"), q("text", "echo", labels={"parts": [[["ref", "opinion"]], [["ref", "opinion"]]]})])
    field = page.get_by_role("textbox", name="opinion")
    field.fill("清场完毕")
    field.evaluate("field => field.setSelectionRange(2, 2)")
    page.keyboard.type("已")
    assert field.input_value() == "清场已完毕"
    assert field.evaluate("field => field.selectionStart") == 3
    expect(field).to_be_focused()


def test_a_word_being_composed_is_stored_but_not_disturbed(page, draw):
    draw([q("text", "opinion"), q("text", "more", relevant=["=", ["ref", "opinion"], "清场"])])
    field = page.get_by_label("opinion")
    field.focus()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "qing", "selectionStart": 4, "selectionEnd": 4})
    assert answers(page) == {"opinion": "qing"}
    keys.send("Input.imeSetComposition", {"text": "清场", "selectionStart": 2, "selectionEnd": 2})
    assert answers(page) == {"opinion": "清场"}
    expect(asked(page, "more")).to_be_hidden()
    keys.send("Input.insertText", {"text": "清场"})
    assert answers(page) == {"opinion": "清场"}
    expect(asked(page, "more")).to_be_visible()
    assert field.input_value() == "清场"


def test_everything_is_reached_by_keyboard(page, draw):
    draw([q("select_one", "seal", choices="s"), q("date", "day"), q("text", "opinion")], {"s": STATES})
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert answers(page) == {"seal": "damaged"}
    asked(page, "day").get_by_role("button").press("Enter")
    page.locator("dialog [aria-current]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert answers(page)["day"] == "2026-03-11"
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(asked(page, "day").locator(".field")).to_be_focused()


def dress(page: Page, theme: str = "light", size: str = "normal") -> None:
    page.evaluate(
        "(look) => Object.assign(document.documentElement.dataset, look)", {"theme": theme, "size": size}
    )


@pytest.mark.parametrize("size", ["normal", "large", "huge"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_a_small_phone(page, draw, size, language):
    page.set_viewport_size({"width": 320, "height": 568})
    draw(everything(), LISTS, answers=FILLED, language=language)
    dress(page, "sun", size)
    page.evaluate("stage.view.validate()")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for opener in page.locator("main [aria-haspopup]:visible").all():
        opener.click()
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 320
        page.keyboard.press("Escape")


def test_controls_are_made_for_gloves(page, draw):
    draw(everything(), LISTS, answers=FILLED)
    small = page.evaluate("""[...document.querySelectorAll("main button, main input, main a")].filter(element => {
      const {width, height} = element.getBoundingClientRect(); return width && (width < 48 || height < 48);
    }).map(element => element.outerHTML)""")
    assert small == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(page, draw, theme):
    draw(everything(), LISTS, answers=FILLED, marks={"people": "人数不对"}, carried=["activity"])
    dress(page, theme)
    page.evaluate("stage.view.validate()")
    prepare(page)
    assert violations(page) == []
    for name in ("报告日期", "整改期限", "所在村", "发现时间"):
        for opener in page.get_by_role("button", name=name).all():
            opener.click()
            assert violations(page) == [], name
            page.keyboard.press("Escape")
    page.get_by_role("button", name="下一人签字").click()
    assert violations(page) == []


def test_a_form_of_150_questions_is_ready_within_a_second_on_a_slow_phone(page, draw):
    kinds = ("text", "select_one", "integer", "select_multiple", "date")
    items = [
        group(f"g{part}", f"第{part}部分", *(
            q(kinds[n % 5], f"q{part}_{n}", f"问题{n}", choices="s", required=True,
              relevant=["!=", ["ref", "q0_0"], "x"] if part else True)
            for n in range(15)))
        for part in range(10)
    ]  # fmt: skip
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    took = draw(items, {"s": STATES})
    assert page.locator(".question:visible").count() == 150
    assert took < 1000
    change = page.evaluate("""(() => {
      const field = document.querySelector(".question input"), start = performance.now();
      field.value = "y";
      field.dispatchEvent(new InputEvent("input"));
      return Promise.resolve().then(() => performance.now() - start);
    })()""")
    assert change < 100
