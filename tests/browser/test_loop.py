"""The whole loop of phone and county: planned, visited offline, returned, corrected, approved, counted."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from browser.handset import placed_photo
from browser.planning import done, figures, generate, make_plan
from browser.test_phone import SITE, visit_closed_adit
from county import T1

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


@pytest.fixture
def adit(county) -> str:
    """A coal adit of township 1."""
    scripted = county.inspector()
    site = scripted.site(**SITE)
    scripted.push()
    return site


def test_from_the_plan_to_the_ledger_and_the_table(county, forms, adit, handset, seat, tmp_path):
    county.person("manager", f"t-{T1}", login="zhen")
    county.person("reviewer", login="liu")
    phone = handset(county.person("inspector", f"t-{T1}", login="chen"))
    manager = seat("zhen")
    plan = make_plan(manager, "十一月计划", "chen", {"noncoal": 7})
    assert generate(manager, plan, TODAY, TODAY) == 1

    # The phone has the task, and needs no signal from here on.
    phone.sync()
    phone.offline()
    phone.go("#/today")
    phone.sees("十一月计划")
    phone.page.click(f"a.cell[href^='#/site/{adit}/']")
    phone.until(f"location.hash.startsWith('#/site/{adit}/')")
    task = phone.page.evaluate("location.hash").rpartition("/")[2]
    visit_closed_adit(phone, f"{adit}/{task}", tmp_path, placed_photo)
    phone.page.click("button:has-text('提交')")
    phone.sees("可以去下一处了")
    phone.go("#/today")
    phone.sees("后山硐 已到")
    phone.offline(False)
    phone.sync()

    desk = seat("liu")
    desk.goto("/console/inspections")
    desk.click("tbody td.nowrap a")
    visit = desk.url
    desk.click("button[value=begin_review]")
    done(desk)
    desk.click("summary:has-text('逐项意见')")
    desk.fill("input[name='comment:seal_state']", "照片里封堵有洞")
    desk.fill("#return_reason", "封堵与照片不符")
    desk.click("button[value=return]")
    done(desk)

    # The phone shows it, opens where it is wrong, and hands it in again.
    phone.sync()
    phone.go("#/today")
    phone.page.click("a.cell:has-text('封堵与照片不符')")
    phone.page.click("text=改正并重新提交")
    phone.sees("照片里封堵有洞")
    shown = "document.querySelector('[data-path=seal_state]').getBoundingClientRect()"
    phone.until(f"{shown}.top >= 0 && {shown}.bottom <= document.querySelector('.tabs').offsetTop")
    phone.choose("seal_state", "损坏")
    phone.page.fill("[data-path=remark] textarea", "左下角有洞，半米见方")
    phone.page.click("button:has-text('重新提交')")
    phone.sync()
    assert phone.complaints == []

    desk.goto(visit)
    assert "再次提交" in desk.inner_text("h1")
    assert "左下角有洞" in desk.inner_text("main")
    desk.click("button[value=approve]")
    done(desk)
    desk.goto(f"/console/ledger?month={TODAY[:7]}")
    assert figures(desk, "合计")[2:] == ["1", "1", "1", "100.0%", "1", "100.0%", "0", "0", "1", "0", "0"]
    manager.goto(f"/console/patrol_tasks?month={TODAY[:7]}")
    assert "1/1" in manager.inner_text(".task")

    # The visit's photo has a place: now the county may confirm the site; once closed, table 2 counts it.
    desk.goto(f"/console/sites/{adit}")
    desk.locator("select[name=verifier]").first.select_option(index=1)
    desk.locator("input[name=verify_by]").first.fill(TODAY)
    for status in ("核实中", "核实属实"):
        desk.click(f"button:has-text('转为：{status}')")
        done(desk)
    table = f"/console/reports?table=2&from={TODAY}&to={TODAY}"
    desk.goto(table)
    assert desk.locator("tbody td a").count() == 0
    screen = county.screen()
    screen.patch(f"sites/{adit}", closure_date=TODAY)
    for status in ("registered", "handling", "closing", "closed_pending"):
        screen.act(f"sites/{adit}/transit", to=status, override=True, reason="原始材料存纸质卷")
    desk.goto(table)
    desk.click("tbody td a:text-is('1')")
    assert SITE["name"] in desk.inner_text("main")
    assert desk.complaints == manager.complaints == []
