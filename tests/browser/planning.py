"""What a township's manager does on the pages of patrols, by their own fields and buttons."""

import re

from playwright.sync_api import Page

PARTS = {"items": "封堵\n围栏", "area": "全镇", "record_form": "巡查记录表"}


def done(page: Page) -> str:
    """Wait until the page says that it is done; return the words."""
    return page.wait_for_selector(".flash").inner_text()


def make_plan(page: Page, title: str, owner: str, cycles: dict[str, int]) -> str:
    """Draft a plan, fill in the five parts and put it in force; return its address."""
    page.goto("/console/patrol_plans")
    page.fill("#title", title)
    page.click("button[value=create]")
    done(page)
    assert "仍缺" in page.inner_text(".issues")
    for name, text in PARTS.items():
        page.fill(f"#{name}", text)
    for kind, days in cycles.items():
        page.fill(f"[name='cycles/{kind}']", str(days))
    page.check(f"label:has-text('{owner}') input[name=owners]")
    page.click("button[value=edit]")
    done(page)
    assert page.locator("p.issues").count() == 0
    page.click("button[value=activate]")
    done(page)
    assert "执行中" in page.inner_text("h1")
    return page.url


def generate(page: Page, plan: str, first: str, until: str) -> int:
    """Make the tasks of a period; return how many were made."""
    page.goto(plan)
    page.fill("#from", first)
    page.fill("#to", until)
    page.click("button[value=generate]")
    return int(re.search(r"\d+", done(page))[0])


def figures(page: Page, row: str) -> list[str]:
    """Return the cells of the row that begins with these words."""
    cells = page.locator(f"tr:has(> :first-child:text-is('{row}'))").first.locator("td, th")
    return [text.strip() for text in cells.all_inner_texts()]
