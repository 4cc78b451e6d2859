"""Notices: what concerns whoever sits at the screen, by scope and role, and up to where he has read."""

import re
from datetime import timedelta

import pytest
from conftest import close
from county import CELL, FAST, OTHER_CELL, T1, T2, T3, County, Screen, verifier

from console.desk import Desk, text
from console.stage import build
from fieldsync import create_app, db, moments
from fieldsync.actions import REGISTRY
from fieldsync.domain import notice_board
from fieldsync.sync import audit

PAGE = "/console/notices"


class Town:
    """A county at work, and people of every kind who read what concerns them."""

    def __init__(self, app):
        self.app, self.county = app, County(app)
        self.stage = build(self.county)
        self.reviewer = self.county.screen()
        self.manager = Screen(self.county, self.county.person("manager", f"t-{T1}"))
        self.other = Screen(self.county, self.county.person("manager", f"t-{T1}"))

    def site(self) -> str:
        given = {"name": "二号硐", "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}
        return self.reviewer.post("sites", set=given)["id"]

    def task(self, *people: Screen, by: Screen | None = None, **fields) -> str:
        given = {"title": "雨后", "town_code": T1, "task_date": "2099-01-02"} | fields
        given |= {f"assignees/{person.phone.user}": True for person in people}
        return (by or self.reviewer).post("patrol_tasks", set=given)["id"]

    def desk(self, screen: Screen) -> Desk:
        return Desk(self.county, screen.login)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("notices"), **FAST)
    yield Town(app)
    close(app)


@pytest.fixture
def later(town):
    """Let time pass."""
    engine = town.county.engine
    now = engine.now
    yield lambda **more: setattr(engine, "now", lambda: now() + timedelta(**more))
    engine.now = now


def count(page: str) -> str:
    """Return what stands beside the word in the header."""
    found = re.search(r'消息(?: <span class="count">([0-9+]+)</span>)?</a>', page)
    return found[1] or ""


def kinds(desk: Desk) -> str:
    return text(desk.get(PAGE))


def read(desk: Desk) -> None:
    if 'value="mark"' in desk.get(PAGE):
        desk.submit(PAGE, "mark")


def test_the_desk_hears_of_what_it_decides_and_is_led_there(town):
    desk = Desk(town.county, town.county.person("reviewer"))
    page = desk.get(PAGE)
    for words in ("意见不一", "有一个建议值", "有上报内容待处置"):
        assert words in page, words
    addresses = set(re.findall(r'href="(/console/(?:conflicts|held)/[^"]+)"', page))
    assert {f"/console/conflicts/{town.stage.conflict}", f"/console/held/{town.stage.held}"} <= addresses
    for address in addresses:
        desk.get(address)
    assert int(count(page)) >= 4


def test_nobody_hears_of_anything_beyond_his_scopes(town):
    county = town.county
    elsewhere = county.person("reviewer", cell=OTHER_CELL), county.person("admin", cell=OTHER_CELL)
    beside = county.person("manager", f"t-{T3}"), county.person("leader"), county.person("department")
    for login in (*elsewhere, *beside, county.person("superior", cell="350000")):
        page = Desk(county, login).get(PAGE)
        assert count(page) == "", login
        assert '<td colspan="5" class="quiet">' in page, login
    conflicts = kinds(town.desk(town.manager))
    assert "意见不一" in conflicts
    assert "有上报内容待处置" not in conflicts


def test_an_author_hears_what_became_of_his_record_and_nothing_of_his_own_doing(town):
    author, desk = town.manager, town.desk(town.manager)
    visit = author.post("inspections", set={"activity": "none"}, parent={"id": town.site()})["id"]
    read(desk)
    assert count(desk.get(PAGE)) == ""
    town.reviewer.act(f"inspections/{visit}/return", reason="缺全景照片")
    assert count(desk.get(PAGE)) == "1"
    assert "您的巡查记录被退回 二号硐 缺全景照片" in kinds(desk)
    author.act(f"inspections/{visit}/resubmit", set={"remark": "补拍"})
    assert count(desk.get(PAGE)) == ""
    assert "您退回的巡查记录已再次提交" in kinds(town.desk(town.reviewer))
    town.reviewer.act(f"inspections/{visit}/approve")
    assert "您的巡查记录已批准" in kinds(desk)
    assert "被退回" not in kinds(desk)


def test_what_came_after_the_page_was_opened_stays_new(town):
    desk, handed = town.desk(town.manager), town.task(town.manager)
    form = desk.form(PAGE, "mark")
    town.task(town.manager, title="第二个")
    desk.send(form)
    page = desk.get(PAGE)
    assert count(page) == "1"
    assert text(page).count("新") == 1
    assert f"/console/patrol_tasks/{handed}" in page
    read(desk)
    assert count(desk.get("/console/patrol_tasks")) == ""
    for wrong in ("x", "9" * 30, ""):
        desk.client.post(PAGE, data=form.fields | {"newest": wrong, "now": "0"})
    town.task(town.manager)
    assert count(desk.get(PAGE)) == "1"


def test_a_task_that_is_handed_over_is_told_to_both(town):
    task, desks = town.task(town.manager), (town.desk(town.manager), town.desk(town.other))
    for desk in desks:
        read(desk)
    change = {f"assignees__{town.manager.phone.user}": None, f"assignees__{town.other.phone.user}": True}
    town.reviewer.patch(f"patrol_tasks/{task}", **change)
    assert [count(desk.get(PAGE)) for desk in desks] == ["1", "1"]
    assert "您的巡查任务已转交他人" in kinds(desks[0])
    assert "有巡查任务交给您" in kinds(desks[1])
    town.task(town.manager, by=town.manager)
    assert count(desks[0].get(PAGE)) == "1", "what he does himself is no news to him"
    town.reviewer.act(f"patrol_tasks/{task}/cancel", reason="暴雨")
    assert "您的巡查任务已取消 雨后 暴雨" in kinds(desks[1])


def test_refusals_leads_and_cases_reach_whom_they_concern(town):
    site, desk = town.site(), town.desk(town.manager)
    read(desk)
    given = {"target": site, "to": "written_off", "reason": "x"}
    town.manager.post("requests", set=given, parent={"id": site})
    assert count(desk.get(PAGE)) == "", "refused by the states at once: he has seen it"
    town.reviewer.act(f"sites/{site}/transit", set={"to": "verifying"} | verifier(town.manager.phone))
    asked = town.manager.post("requests", set=given | {"to": "confirmed"}, parent={"id": site})["id"]
    town.reviewer.act(f"requests/{asked}/refuse", reason="证据不足")
    page = kinds(desk)
    assert "有线索由您核实 二号硐 2099-12-31" in page
    assert "您的申请被拒绝 二号硐 证据不足" in page
    handler = town.county.screen()
    case = {"cause": "无证开采", "body": "局", "act_county_code": CELL, "handler": handler.phone.user}
    found = town.reviewer.post("cases", set=case)
    assert f"有案件交给您办理 {found['body']['case_no']}" in kinds(town.desk(handler))
    assert found["body"]["case_no"] not in kinds(town.desk(town.manager))


def test_time_brings_overdue_tasks_relapses_and_rectifications(town, later):
    site, desk, office = town.site(), town.desk(town.manager), town.desk(town.reviewer)
    for to in ("verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted"):
        town.reviewer.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
    today = moments.day_of(town.county.engine.now())
    town.task(town.manager, task_date=today, title="当日任务")
    town.task(town.manager, task_date=today, due_on="2099-01-01", title="不急")
    town.reviewer.post("rectifications", set={"description": "补植", "due_on": today}, parent={"id": site})
    town.manager.post("requests", set={"target": site, "to": "relapsed"}, parent={"id": site})
    for each in (desk, office):
        read(each)
        assert "逾期" not in kinds(each)
    assert "有死灰复燃待认定 二号硐" in kinds(office)
    later(days=1, hours=1)
    page, waiting = kinds(desk), kinds(office)
    assert "巡查任务逾期 当日任务" in page
    assert "不急" not in page.partition("逾期")[2].partition("逾期")[0]
    assert "整改逾期 二号硐" in page
    assert "整改逾期 二号硐" in waiting
    assert "死灰复燃超过期限未认定 二号硐" in waiting
    assert "超过期限未认定" not in page
    assert count(desk.get(PAGE)) == "2"
    read(desk)
    assert count(desk.get(PAGE)) == ""
    assert "巡查任务逾期 当日任务" in kinds(desk), "read, and still to be done"


def test_whoever_was_moved_away_no_longer_hears_of_his_old_township(town):
    county = town.county
    moved = Screen(county, county.person("manager", f"t-{T1}"))
    visit = moved.post("inspections", set={"activity": "none"}, parent={"id": town.site()})["id"]
    town.reviewer.act(f"inspections/{visit}/return", reason="旧乡镇的退回")
    assert "旧乡镇的退回" in kinds(town.desk(moved))
    county.screen("admin").act(f"people/{moved.phone.user}/reassign", set={"towns": [T2], "role": "manager"})
    page = town.desk(moved).get(PAGE)
    assert "旧乡镇的退回" not in page
    assert "老鹰硐" not in page


def test_an_inspector_reads_his_notices_too_and_finds_the_records_on_his_phone(town):
    county, stage = town.county, town.stage
    town.reviewer.act(f"inspections/{stage.quiet}/return", reason="请写明路线")
    desk = Desk(county, "chen")
    page = desk.get(PAGE)
    assert "请写明路线" in page
    assert "/console/inspections/" not in page
    desk.get("/console/inspections", 302)


def test_a_reindex_finds_the_same_notices(town):
    def kept():
        with db.reading() as connection:
            return sorted(map(tuple, db.rows(connection, "SELECT * FROM notice")))

    with town.app.app_context():
        before = kept()
        with db.writing("journal") as connection:
            audit.reindex(connection, CELL, REGISTRY)
        assert kept() == before
    assert len(before) > 20


@pytest.mark.sqlite
def test_what_is_unread_is_found_by_an_index(town):
    with town.app.app_context(), db.reading() as connection:
        statement = notice_board._LIST.format(keys=db.keys("audiences"))
        plan = db.rows(
            connection, f"EXPLAIN QUERY PLAN {statement}", cell=CELL, after=0, audiences='["x"]', limit=9, offset=0
        )
        steps = [row[3] for row in plan]
    assert any("notice_audience (cell=? AND audience=? AND seq>?)" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") and not step.startswith(("SCAN k", "SCAN json"))]
