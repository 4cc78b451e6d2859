"""The console in a real browser: by keyboard and mouse, under its own security policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from console.stage import build
from county import PASSWORD


@pytest.fixture
def page(url, browser) -> Iterator[Any]:
    """A browser window as offices have it; whatever its console complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=url)
    window = context.new_page()
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda error: complaints.append(str(error)))
    yield window
    context.close()
    assert complaints == []


def fits(page) -> bool:
    """Tell whether the page needs no scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_reviewer_approves_one_and_settles_a_conflict(county, page):
    stage = build(county)
    login = county.person("reviewer")
    page.goto("/console/")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/inspections")
    assert fits(page)
    page.locator("tbody tr").first.locator("a").click()
    assert "正在开采" in page.inner_text("main")
    page.locator("figure img").first.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert fits(page)
    page.click("button[value=approve]")
    page.wait_for_selector(".flash")
    assert "已批准" in page.inner_text("h1")
    page.goto(f"/console/conflicts/{stage.conflict}")
    page.check("text=乡镇：仍有人进出")
    page.fill("#reason", "现场为准")
    page.click("text=确定")
    page.wait_for_selector(".flash")
    assert "已处理" in page.inner_text("h1")
    stage.phone.pull()
    assert stage.phone.base(stage.site).body["remark"] == "乡镇：仍有人进出"
    assert stage.phone.base(stage.visit).body["state"] == "approved"


def test_the_first_tab_stop_leads_past_the_navigation(county, page):
    login = county.person("reviewer")
    page.goto("/console/sites")
    page.fill("#username", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/console/sites*")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
