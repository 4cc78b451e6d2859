"""People and devices, for administrators."""

import re
from datetime import datetime, timedelta

import pytest
from county import T1, T2, T3

from console.desk import Desk, text
from fieldsync.demo.phone import Phone


@pytest.fixture
def admin(county) -> Desk:
    """An administrator at the console."""
    return Desk(county, county.person("admin"))


def test_a_code_is_shown_once_and_enrols_a_phone(county, admin):
    person = county.person_id(county.person("inspector", f"t-{T1}"))[1]
    page = admin.submit(f"/console/people/{person}", "", 200)
    code = re.search(r'class="code big">([^<]+)<', page)[1]
    assert "data:image/svg+xml;base64," in page
    assert Phone(county.wire).enrol(code)
    assert code not in admin.get(f"/console/people/{person}")


def test_a_device_is_revoked_with_a_reason(county, admin):
    login = county.person("inspector", f"t-{T1}")
    phone = county.phone(login)
    person = county.person_id(login)[1]
    path = f"/console/people/{person}"
    form = next(f for f in admin.forms(path) if phone.device in f.action)
    assert "请填写理由" in admin.send(form, 400)
    form.fields |= {"reason": "遗失", "erase": "now"}
    page = admin.send(form)
    assert "已停用：立即清除" in page
    assert "遗失" in page


def test_a_person_is_moved_to_other_townships(county, admin, stage):
    login = county.person("inspector", f"t-{T1}")
    path = f"/console/people/{county.person_id(login)[1]}"
    form = admin.form(path, "reassign", role="manager")
    form.fields["towns"] = [T2]
    page = admin.send(form)
    assert f"乡镇负责人 · {T2}" in page
    form = admin.form(path, "reassign", role="inspector")
    form.fields["towns"] = [f"9{T3[1:]}"]
    admin.send(form, 400)


def test_an_account_is_closed(county, admin):
    login = county.person("reviewer")
    reviewer = Desk(county, login)
    admin.submit(f"/console/people/{county.person_id(login)[1]}", "deactivate")
    assert "已关闭" in admin.get("/console/people")
    assert reviewer.client.get("/console/inspections").status_code == 302


def test_a_phone_that_fell_silent_is_marked(county, admin):
    login = county.person("inspector", f"t-{T1}")
    phone = county.phone(login)
    person = f"/console/people/{county.person_id(login)[1]}"
    assert "上次联系" in admin.get(person)
    for days, said in ((6, False), (7, True), (12, True)):
        later = datetime.now().astimezone() + timedelta(days=days, minutes=1)
        county.engine.now = lambda later=later: later
        for path in (person, "/console/people"):
            assert (f"{days} 天未同步" in text(admin.get(path))) is said, (days, path)
    phone.pull()
    assert "天未同步" not in text(admin.get(person))


def test_a_phone_that_never_came_counts_from_its_enrolment(county, admin):
    login = county.person("inspector", f"t-{T1}")
    county.phone(login, pull=False)
    person = f"/console/people/{county.person_id(login)[1]}"
    assert "从未联系" in text(admin.get(person))
    later = datetime.now().astimezone() + timedelta(days=9)
    county.engine.now = lambda: later
    assert "9 天未同步" in text(admin.get(person))


def test_what_waits_on_a_phone_is_shown_before_it_is_revoked(county, admin):
    login = county.person("inspector", f"t-{T1}")
    phone = county.phone(login, pull=False)
    person = f"/console/people/{county.person_id(login)[1]}"
    assert "不清楚手机上是否还有未上传的工作" in text(admin.get(person))
    hour = datetime.now().astimezone()
    for told, said in (("12,3", "手机上还有 12 项操作、3 张照片未上传"), ("0,0", "已全部上传")):
        hour += timedelta(hours=1)
        county.engine.now = lambda hour=hour: hour
        phone.send("GET", "/api/v1/sync/pull", Fieldsync_Waiting=told)
        page = admin.get(person)
        assert said in text(page)
        # Where the button is: in the form of that device.
        form = page[page.index(f"devices/{phone.device}") :].partition("</form>")[0]
        assert said.split("，")[-1] in form


def test_contacts_of_another_county_are_not_shown(county, admin):
    county.phone(county.person("inspector", "t-350898101", cell="350898"))
    later = datetime.now().astimezone() + timedelta(days=30)
    county.engine.now = lambda: later
    assert "天未同步" not in text(admin.get("/console/people"))
