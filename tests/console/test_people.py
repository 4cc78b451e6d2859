"""People and devices, for administrators."""

import re

import pytest
from county import T1, T2, T3

from console.desk import Desk
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
