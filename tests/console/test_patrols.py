"""A township manager's month at the console, and what he and others may not do there."""

import io
import re

import pytest
from calendar_days import Days
from county import T1, T2, T3
from openpyxl import load_workbook

from console.desk import Desk, text
from fieldsync import db
from fieldsync.demo.phone import Phone

PLACE = {"lon": 117.4, "lat": 26.1}
PHOTO_MISSING = {"could_not__photos__photo_overview": "手机进水"}
SITE = {"site_kind": "adit", "town_code": T1, "mineral_code": "building_stone"}


@pytest.fixture
def days(county) -> Days:
    return Days(county, "2026-11-02")


@pytest.fixture
def phone(county, days) -> Phone:
    return county.inspector(T1, clock=days.clock)


@pytest.fixture
def manager(county) -> Desk:
    return Desk(county, county.person("manager", f"t-{T1}", login="zhenzhang"))


@pytest.fixture
def admin(county) -> Desk:
    return Desk(county, county.person("admin"))


def build_plan(manager: Desk, phone: Phone) -> str:
    """Draft a plan and put it in force; return its address."""
    page = manager.submit("/console/patrol_plans", "create", title="十一月计划", town_code=T1)
    path = re.search(r'action="(/console/patrol_plans/[0-9a-f-]{36})"', page)[1]
    assert "仍缺" in text(page)
    assert "缺少必填内容" in text(manager.submit(path, "activate", 409))
    fields = {"items": "封堵\n围栏", "area": "全镇", "record_form": "patrol", "owners": [phone.user]}
    form = manager.form(path, "edit", **{"cycles/noncoal": "10"})
    form.fields |= fields
    assert "仍缺" not in text(manager.send(form))
    assert "执行中" in text(manager.submit(path, "activate"))
    return path


def task_ids(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="tasks" value="([0-9a-f-]{36})"', page)))


def move(desk: Desk, path: str, ids: list[str], **fields: str) -> str:
    form = desk.form(path, "")
    form.fields |= {"tasks": ids} | fields
    return text(desk.send(form, 200))


def test_a_month_of_a_township(county, days, phone, manager, desk):
    sites = [phone.site(name=f"硐{n}", lon=117.4 + n / 500, lat=26.1, **SITE) for n in range(3)]
    phone.sync()
    assert "硐2" in text(manager.get("/console/patrol_plans")), "sites that no plan covers"
    plan = build_plan(manager, phone)
    assert "每个站点都已列入计划" in text(manager.get("/console/patrol_plans"))
    period = {"from": "2026-11-02", "to": "2026-11-30"}
    assert "已生成 3 项任务" in text(manager.submit(plan, "generate", **period))
    assert "已生成 0 项任务" in text(manager.submit(plan, "generate", **period))
    calendar = manager.get("/console/patrol_tasks")
    ids = task_ids(calendar)
    assert len(ids) == 3
    phone.pull()
    assert set(ids) <= phone.records().keys()

    # Somebody is ill: the second task goes to a colleague, two days later, and both phones are told.
    colleague = county.inspector(T1, clock=days.clock)
    page = move(manager, "/console/patrol_tasks", ids[1:2], day="2026-11-14", person=colleague.user)
    assert "已办理。" in page
    phone.pull()
    colleague.pull()
    body = colleague.records()[ids[1]].body
    assert (body["task_date"], body[f"assignees/{colleague.user}"]) == ("2026-11-14", True)
    assert f"assignees/{phone.user}" not in phone.records()[ids[1]].body
    day = manager.get("/console/patrol_tasks/on/2026-11-14")
    assert day.count("<circle") == 3
    assert "硐1" in day

    # Two of three are visited on the first day, one is blocked on the way.
    phone.do("patrol_task.take", ids[0])
    for site in sites[:2]:
        phone.inspect(site, task_id=ids[0], activity="none", access="reached", **PLACE, **PHOTO_MISSING)
    blocked = {"access": "blocked", "access_reason": "塌方", "could_not__photo_blocked": "雨太大"}
    phone.inspect(sites[2], task_id=ids[0], activity="not_found", **blocked)
    phone.do("patrol_task.finish", ids[0])
    phone.sync()
    assert "已完成" in text(manager.get(f"/console/patrol_tasks/{ids[0]}"))
    days.on("2026-11-20")
    missed = text(manager.get("/console/patrol_tasks/missed"))
    assert "2026-11-14" in missed
    assert "2026-11-02" not in missed, "what was blocked was not missed"
    manager.submit(f"/console/patrol_tasks/{ids[1]}", "explain", reason="人员生病")
    assert "人员生病" in text(desk.get("/console/patrol_tasks/missed"))
    desk.submit(f"/console/patrol_tasks/{ids[1]}", "decide", to="accepted_excuse", reason="属实")

    # The ledger and its statement: 2 of 3 sites covered, none approved, one blocked, all overdue again.
    page = text(manager.get("/console/ledger?month=2026-11"))
    assert re.search(r"合计 3 3 2 66\.7% 0 0\.0% 1 3 2 0 0", page), page
    visits = text(manager.get("/console/ledger/visits?month=2026-11"))
    assert "受阻未能到达，已说明原因" in visits
    assert "定位在站点附近" in visits
    statement = manager.client.get("/console/ledger/statement.csv?month=2026-11")
    assert statement.data.startswith(b"\xef\xbb\xbf")
    assert (
        statement.data.decode("utf-8-sig").splitlines()[2].startswith(f"{T1},一般,3,3,2,66.7%,0,0.0%,1,3,3,2,0,0")
    )
    book = load_workbook(io.BytesIO(manager.client.get("/console/ledger/statement.xlsx?month=2026-11").data))
    assert book.sheetnames == ["乡镇", "人员", "逾期"]
    persons = [[cell.value for cell in row] for row in book["人员"].iter_rows(min_row=2)]
    assert [row[2:] for row in persons if row[9] == 2] == [[2, 0, 1, 0, 0, 3, 1, 2, 1, 0, 0]]
    assert "（盖章）" in text(manager.get("/console/ledger/statement?month=2026-11"))


def test_a_task_that_changed_meanwhile_is_told_and_the_others_go_through(county, days, phone, manager):
    phone.site(name="一", **PLACE, **SITE)
    phone.sync()
    plan = build_plan(manager, phone)
    manager.submit(plan, "generate", **{"from": "2026-11-02", "to": "2026-11-30"})
    path = "/console/patrol_tasks"
    form = manager.form(path, "")
    ids = task_ids(manager.get(path))
    phone.pull()
    phone.do("patrol_task.take", ids[0])
    phone.sync()
    form.fields |= {"tasks": ids, "day": "2026-11-28"}
    page = text(manager.send(form, 200))
    assert page.count("记录已被他人更改") == 1
    assert page.count("已办理。") == len(ids) - 1 == 2


def test_all_tasks_of_a_person_are_handed_over(county, days, phone, manager):
    phone.site(name="一", **PLACE, **SITE)
    phone.sync()
    manager.submit(build_plan(manager, phone), "generate", **{"from": "2026-11-02", "to": "2026-11-30"})
    colleague = county.inspector(T1)
    stranger = county.inspector(T2)
    path = f"/console/patrol_tasks/handover?person={phone.user}"
    form = manager.form(path, "")
    form.fields |= {"tasks": task_ids(manager.get(path)), "new": stranger.user}
    manager.send(form, 400)
    form.fields |= {"new": colleague.user}
    assert text(manager.send(form, 200)).count("已办理。") == 3
    colleague.pull()
    assert len(colleague.records("patrol_task")) == 3
    assert task_ids(manager.get(path)) == []


def test_after_rain_by_one_button(county, days, phone, manager):
    site = phone.site(name="已封硐", **PLACE, **SITE)
    phone.sync()
    plan = build_plan(manager, phone)
    assert "已生成 0 项任务" in text(manager.submit(plan, "after_rain", on="2026-11-02"))
    with county.app.app_context(), db.writing() as connection:
        db.execute(connection, "UPDATE patrol_site SET sealed = 1 WHERE site_id = :id", id=site)
    assert "已生成 1 项任务" in text(manager.submit(plan, "after_rain", on="2026-11-02"))
    phone.pull()
    (task,) = phone.records("patrol_task").values()
    assert task.body["kind"] == "after_rain"


def test_a_township_sees_its_own_alone(county, days, phone, manager):
    phone.site(name="前山老硐", **PLACE, **SITE)
    phone.sync()
    plan = build_plan(manager, phone)
    manager.submit(plan, "generate", **{"from": "2026-11-02", "to": "2026-11-30"})
    task = task_ids(manager.get("/console/patrol_tasks"))[0]
    neighbour = Desk(county, county.person("manager", f"t-{T2}", f"t-{T3}"))
    other_county = Desk(county, county.person("reviewer", cell="350898"))
    inspector = Desk(county, county.person("inspector", f"t-{T1}"))
    for stranger in (neighbour, other_county):
        for path in (plan, f"/console/patrol_tasks/{task}"):
            stranger.get(path, 404)
        for path in ("patrol_tasks", "ledger", "patrol_tasks/on/2026-11-02", "ledger/visits", "ledger/statement"):
            stranger.get(f"/console/{path}?town={T1}", 404)
        for path in ("patrol_plans", "patrol_tasks", "patrol_tasks/missed", "ledger", "ledger/statement"):
            page = stranger.get(f"/console/{path}")
            assert "前山老硐" not in page
            assert "十一月计划" not in page
        for person in (phone.user, "x"):
            assert task_ids(stranger.get(f"/console/patrol_tasks/handover?person={person}")) == []
        form = manager.form("/console/patrol_tasks", "")
        token = next(f.fields["csrf_token"] for f in stranger.forms("/console/patrol_tasks") if f.method == "post")
        form.fields |= {"tasks": [task], "day": "2026-12-01", "csrf_token": token}
        form.action = "/console/patrol_tasks"
        stranger.send(form, 404)
    for path in ("patrol_plans", "patrol_tasks", "ledger"):
        inspector.get(f"/console/{path}", 302)
    for path in ("inspections", "sites", "people", "held", "conflicts"):
        manager.get(f"/console/{path}", 302)
    assert 'href="/console/sites"' not in manager.get("/console/patrol_tasks")


def test_a_manager_begins_with_his_calendar(county, days, manager, desk):
    assert "/console/patrol_tasks" in manager.client.get("/console/").headers["Location"]
    assert "/console/inspections" in desk.client.get("/console/").headers["Location"]


# People


def test_a_joint_patrol_ends_with_its_last_day(county, days, admin):
    """A scope with dates: T2's sites come onto the phone on the first day and leave it after the last."""
    guest = county.inspector(T1, clock=days.clock)
    host = county.inspector(T2, clock=days.clock)
    site = host.site(name="联合点", lon=117.4, lat=26.1, site_kind="adit", town_code=T2, mineral_code="coal")
    host.sync()
    path = f"/console/people/{guest.user}"
    admin.submit(path, "grant", role="inspector", scope=f"t-{T2}", **{"from": "2026-11-05", "to": "2026-11-06"})
    seen = {}
    for day in ("2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07"):
        days.on(day)
        guest.pull()
        seen[day] = site in guest.records()
    assert list(seen.values()) == [False, True, True, False]
    page = text(admin.get(path))
    assert "2026-11-05 2026-11-06" in page
    assert "起止日期不对" in text(
        admin.submit(
            path, "grant", 400, role="inspector", scope=f"t-{T2}", **{"from": "2026-11-05", "to": "2026-11-04"}
        )
    )
    admin.submit(path, "grant", 400, role="inspector", scope="t-350898101")


def test_a_whole_township_is_handed_over(county, days, admin, phone):
    """By the admin alone: others find neither page nor person, and nothing of it happens."""
    colleague = county.inspector(T2, clock=days.clock)
    task = {"title": "月巡", "town_code": T1, "task_date": "2026-11-05", f"assignees/{phone.user}": True}
    county.screen().post("patrol_tasks", set=task)
    path = f"/console/people/{phone.user}"
    given = {"town": T1, "new": colleague.user, "why": "delegation", "first": "2026-11-02", "until": "2026-11-09"}
    form = admin.form(path, "hand_over", reason="抽调专项行动", **given)
    for login in (
        county.person("admin", cell="350898"), county.person("reviewer"), county.person("manager", f"t-{T1}"),
    ):  # fmt: skip
        stranger = Desk(county, login)
        token = stranger.client.get("/console/patrol_tasks", buffered=True).text
        answer = stranger.client.post(
            path, data=form.fields | {"csrf_token": re.search(r'csrf_token" value="([^"]+)', token)[1]}
        )
        assert answer.status_code in (302, 403, 404), answer.status_code
        assert "抽调" not in answer.text
    colleague.pull()
    assert colleague.records("patrol_task") == {}
    page = text(admin.send(form))
    assert "一并移交 1 项未完成任务" in page
    assert "委托代管 2026-11-02 2026-11-09 1 抽调专项行动" in page
    colleague.pull()
    assert len(colleague.records("patrol_task")) == 1
    assert f"t-{T1}" in colleague.scopes
    assert "此人在该乡镇没有岗位" in text(
        admin.submit(path, "hand_over", 400, reason="再来", **given | {"town": "350899103"})
    )


def test_a_role_is_ended(county, days, admin):
    login = county.person("inspector", f"t-{T1}", f"t-{T2}")
    path = f"/console/people/{county.person_id(login)[1]}"
    form = admin.form(path, "end_role")
    gone = form.fields["row"]
    page = admin.send(form)
    assert f'value="{gone}"' not in page
    assert page.count('value="end_role"') == 1


def test_leave_is_noted_and_shown_to_the_manager(county, days, admin, phone, manager):
    colleague = county.inspector(T1)
    path = f"/console/people/{phone.user}"
    given = {"from": "2026-11-10", "to": "2026-11-12", "delegate": colleague.user}
    assert "2026-11-10 – 2026-11-12" in text(admin.submit(path, "leave", **given))
    assert "2026-11-10 – 2026-11-12" in text(manager.get("/console/patrol_tasks"))
    assert "2026-11-10 – 2026-11-12" not in text(admin.submit(path, "end_leave"))


def test_a_person_is_taken_on_and_signs_in(county, admin):
    given = {"name": "新来的", "login": "xinlai", "role": "inspector", "scope": f"t-{T1}"}
    page = admin.submit("/console/people", "create", 200, **given)
    password = re.search(r'class="code big">([^<]+)<', page)[1]
    phone = Phone(county.wire)
    phone.sign_in("xinlai", password)
    assert "属于他人" in text(admin.submit("/console/people", "create", 400, **given))
    admin.submit("/console/people", "create", 400, **given | {"login": "b", "scope": "c-350899"})
    path = f"/console/people/{phone.user}"
    form = next(f for f in admin.forms(path) if f.action.endswith("/password"))
    second = re.search(r'class="code big">([^<]+)<', admin.send(form, 200))[1]
    assert second != password
    with pytest.raises(Exception, match="401"):
        phone.ask("GET", "/api/v1/sites")
    phone.sign_in("xinlai", second)


def test_who_still_holds_records_after_a_move_is_shown(county, days, phone, admin):
    county.screen().post("sites", set=SITE | {"name": "另一处", "town_code": T2})
    days.later()
    path = f"/console/people/{phone.user}"
    form = admin.form(path, "reassign", role="inspector")
    form.fields["towns"] = [T2]
    assert "手机上仍有" in text(admin.send(form))
    assert "仍有" in text(admin.get("/console/people"))
    days.later()
    phone.pull()
    assert "手机上仍有" not in text(admin.get(path))
