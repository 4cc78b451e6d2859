"""A township manager's month in a browser: planned, handed out by keyboard, leave, a miss, the statement."""

import io

import pytest
from browser.planning import done, figures, generate, make_plan
from calendar_days import Days
from county import T1
from openpyxl import load_workbook
from playwright.sync_api import Page

SITE = {"site_kind": "open_pit", "town_code": T1, "mineral_code": "building_stone"}
PLACE = {"lon": 117.4, "lat": 26.1}
NO_PHOTO = {"could_not__photos__photo_overview": "手机进水"}
BLOCKED = {"access": "blocked", "access_reason": "塌方", "could_not__photo_blocked": "雨太大"}


@pytest.fixture
def days(county) -> Days:
    return Days(county, "2026-11-02")


@pytest.fixture
def phones(county, days) -> dict:
    """The phones of two inspectors, by script."""
    return {
        login: county.phone(county.person("inspector", f"t-{T1}", login=login), clock=days.clock)
        for login in ("chen", "lin")
    }


def tab_to(page: Page, selector: str) -> None:
    """Go on by the Tab key until the focus is there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(it) => document.activeElement.matches(it)", selector):
            return
    raise AssertionError(f"the Tab key never comes to {selector}")


def type_day(page: Page, day: str) -> None:
    """Type a day into the field that has the focus, in the order that this browser's language writes it in."""
    year, month, number = day.split("-")
    for order in ((year, month, number), (month, number, year)):
        for _ in range(2):
            page.keyboard.press("ArrowLeft")
        for part in order:
            page.keyboard.type(part)
            if part is year:
                page.keyboard.press("ArrowRight")
        if page.evaluate("document.activeElement.value") == day:
            return
    raise AssertionError(f"{day} cannot be typed")


def hand_out(page: Page, task: str, day: str, person: str) -> None:
    """Give a task of the calendar another day and another person, without a mouse."""
    tab_to(page, f"input[name=tasks][value='{task}']")
    page.keyboard.press("Space")
    tab_to(page, "#day")
    type_day(page, day)
    tab_to(page, "#person")
    page.keyboard.type(person)
    tab_to(page, "#person ~ button")
    page.keyboard.press("Enter")
    page.wait_for_selector("section[role=status]")


def note_leave(page: Page, person: str, first: str, until: str, stand_in: str) -> None:
    """Enter somebody's leave, with who stands in."""
    page.goto("/console/people")
    page.click(f"td a:has-text('{person}')")
    leave = page.locator("form:has(button[value=leave])")
    leave.locator("[name=from]").fill(first)
    leave.locator("[name=to]").fill(until)
    leave.locator("[name=delegate]").select_option(label=stand_in)
    leave.locator("button").click()
    done(page)


def cell(page: Page, day: str) -> str:
    """Return what the calendar shows on a day of its month."""
    return page.locator(f"table.month td:has(> a[href*='/on/{day}'])").inner_text()


def test_a_month_of_a_township(county, days, phones, seat):
    chen, lin = phones["chen"], phones["lin"]
    sites = [chen.site(name=f"采石场{n}", lon=117.4 + n / 500, lat=26.1, **SITE) for n in range(3)]
    chen.sync()
    county.person("manager", f"t-{T1}", login="zhen")
    county.person("admin", login="guan")
    manager, admin = seat("zhen"), seat("guan")

    # Before there is a plan, the page says which sites nobody goes to.
    manager.goto("/console/patrol_plans")
    manager.click("summary:has-text('3')")
    assert "采石场2" in manager.inner_text("details")
    plan = make_plan(manager, "十一月计划", "chen", {"noncoal": 10})
    note_leave(admin, "chen", "2026-11-20", "2026-11-24", "lin")
    assert generate(manager, plan, "2026-11-02", "2026-11-30") == 3
    manager.goto("/console/patrol_tasks?month=2026-11")
    assert "chen" in cell(manager, "2026-11-02")
    assert "lin" in cell(manager, "2026-11-22"), "who stands in gets the task of those days"
    assert "2026-11-20 – 2026-11-24" in manager.inner_text("main")
    chen.pull()
    tasks = {row.body["task_date"]: task for task, row in chen.records("patrol_task").items()}
    hand_out(manager, tasks["2026-11-12"], "2026-11-14", "lin")
    assert "已办理" in manager.inner_text("section[role=status]")
    assert "lin" in cell(manager, "2026-11-14")
    assert "十一月" not in cell(manager, "2026-11-12")
    lin.pull()
    assert {row.body["task_date"] for row in lin.records("patrol_task").values()} >= {"2026-11-14"}

    # Two are visited and one is blocked on the first day; the second task nobody does.
    first = tasks["2026-11-02"]
    chen.do("patrol_task.take", first)
    for site in sites[:2]:
        chen.inspect(site, task_id=first, activity="none", access="reached", **PLACE, **NO_PHOTO)
    chen.inspect(sites[2], task_id=first, activity="not_found", **BLOCKED)
    chen.do("patrol_task.finish", first)
    chen.sync()
    days.on("2026-11-20")
    manager.goto("/console/patrol_tasks/missed")
    assert manager.locator("tbody tr").count() == 1
    manager.click("tbody tr a")
    manager.fill("textarea[name=reason] >> nth=0", "lin 住院，无人可派")
    manager.click("button[value=explain]")
    done(manager)
    assert "已说明" in manager.inner_text("h1")
    screen = county.screen()
    given = {"set": {"to": "accepted_excuse"}, "reason": "情况属实"}
    screen.act(f"patrol_tasks/{tasks['2026-11-12']}/decide", **given)
    [visit, _other] = [v for v in screen.get("inspections")["records"] if v["body"]["activity"] == "none"]
    screen.act(f"inspections/{visit['id']}/approve")

    check_statement(manager)
    assert manager.complaints == admin.complaints == []


def check_statement(manager: Page) -> None:
    """Read the statement on the screen, on paper and in Excel: each says the same."""
    manager.goto("/console/ledger/statement?month=2026-11")
    townships = ["3", "3", "2", "66.7%", "1", "33.3%", "1", "3", "2", "0", "0"]
    assert figures(manager, "合计")[1:] == townships
    persons = manager.locator("section:has(h2:text-is('人员')) tbody tr").all_inner_texts()
    told = {row.split("\t")[1]: row.split("\t")[2:] for row in persons}
    # Counted, approved, blocked, cannot tell, not counted, sites, days; tasks, done, excused, missed.
    assert told == {"chen": list("21100311100"), "lin": list("00000002010")}
    with manager.expect_download() as download:
        manager.click("a:has-text('Excel')")
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert [cell.value for cell in book["乡镇"][3]][2:5] == [3, 3, 2]
    manager.emulate_media(media="print")
    assert manager.locator(".stamp").is_visible()
    assert not manager.locator("nav").first.is_visible()
    assert manager.pdf(format="A4").startswith(b"%PDF")
