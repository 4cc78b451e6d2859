"""Every page: in both languages, without markup out of texts, and nothing for whom it does not concern."""

import re

import pytest
from county import CELL, OTHER_CELL, PASSWORD, T1

from console.desk import Desk, text


def with_ids(stage) -> list[str]:
    """Return every page with an id in its address, but those of people."""
    return [
        f"/console/inspections/{stage.visit}", f"/console/conflicts/{stage.conflict}",
        f"/console/conflicts/{stage.void}", f"/console/held/{stage.held}", f"/console/sites/{stage.site}",
        f"/console/photos/{stage.photo}/preview?px=512", f"/console/photos/{stage.photo}/original",
    ]  # fmt: skip


LISTS = [
    "/console/inspections", "/console/conflicts", "/console/held", "/console/requests", "/console/sites",
    "/console/out",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_page_renders_in_both_languages(county, stage, language):
    desk = Desk(county, county.person("admin"), language)
    person = county.person_id("chen")[1]
    pages = [page for page in with_ids(stage) if "photos" not in page]
    for path in [
        *LISTS,
        *pages,
        f"/console/conflicts/{stage.proposal}",
        "/console/people",
        f"/console/people/{person}",
        "/console/held/import",
    ]:
        page = desk.get(path)
        assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in page
        assert ("审核" in page) == (language == "zh"), path


def test_texts_are_escaped_and_hidden_marks_shown(desk, stage):
    for path in (f"/console/sites/{stage.site}", f"/console/inspections/{stage.visit}"):
        page = desk.get(path)
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "\u202e" not in page
        assert "⟦U+202E⟧gpj.exe" in page


def test_pages_need_no_inline_script_or_style_and_stay_out_of_caches(desk, stage):
    for path in (*LISTS, f"/console/inspections/{stage.visit}", f"/console/conflicts/{stage.conflict}"):
        answer = desk.client.get(path)
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        assert " on" + "click" not in answer.text
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_strangers_are_asked_to_sign_in_and_come_back(county, stage):
    client = county.app.test_client()
    for path in [*LISTS, *with_ids(stage), "/console/people"]:
        answer = client.get(path, buffered=True)
        assert answer.status_code == 302, path
        assert "/console/sign-in?to=" in answer.headers["Location"]
    assert client.post(f"/console/inspections/{stage.visit}", data={"verb": "approve"}).status_code == 401


def test_a_reviewer_of_another_county_sees_nothing(county, stage):
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    for path in with_ids(stage):
        outsider.get(path, 404)
    for path in (*LISTS, "/console/sites?voided=1", "/console/inspections?state=approved"):
        page = outsider.get(path)
        assert "老鹰硐" not in page
        assert stage.visit not in page
        assert text(page).count("没有内容") == 1


def test_an_outsider_can_decide_nothing(county, stage):
    """His own forms are good, only the ids are not his."""
    outsider = Desk(county, county.person("admin", cell=OTHER_CELL))
    own = outsider.form("/console/inspections", "").fields
    phone = next(iter(county.screen("admin").get("devices")["records"]))["id"]
    person = county.person_id("chen")[1]
    for path, verb in [
        (f"inspections/{stage.visit}", "approve"), (f"inspections/{stage.visit}", "return"),
        (f"conflicts/{stage.conflict}", ""), (f"held/{stage.held}", "admit"), (f"sites/{stage.site}", "transit"),
        (f"requests/{stage.request}", "grant"), (f"people/{person}", "deactivate"), (f"people/{person}/code", ""),
        (f"people/devices/{phone}", ""),
    ]:  # fmt: skip
        given = own | {"verb": verb, "rev": "1-0123456789abcdef", "reason": "x", "choose": "current"}
        answer = outsider.client.post(f"/console/{path}", data=given)
        assert answer.status_code == 404, path


def test_a_township_is_told_that_this_is_the_county(county, stage):
    township = Desk(county, county.person("manager", f"t-{T1}"))
    assert "本工作台供县级使用" in township.get("/console/elsewhere", 403)
    for path in [*LISTS, *with_ids(stage), "/console/people"]:
        assert township.client.get(path).headers["Location"].endswith("/console/elsewhere"), path


def test_only_administrators_see_people(county, stage, desk):
    desk.get("/console/people", 403)
    assert "/console/people" not in desk.get("/console/inspections")


def test_leaders_look_but_are_offered_no_decisions(county, stage):
    leader = Desk(county, county.person("leader"))
    for path in [page for page in with_ids(stage) if "photos" not in page]:
        page = leader.get(path)
        assert 'name="verb"' not in page, path
        assert 'name="choose"' not in page, path
    given = leader.form("/console/inspections", "").fields | {"verb": "approve", "rev": "1-0123456789abcdef"}
    assert leader.client.post(f"/console/inspections/{stage.visit}", data=given).status_code == 403


# Signing in


def test_a_wrong_password_is_told_and_the_name_is_kept(county):
    login = county.person("reviewer")
    desk = Desk(county, login)
    form = desk.form("/console/sign-in", "", username=login, password="wrong")
    page = desk.send(form, 401)
    assert "用户名或密码不对" in page
    assert f'value="{login}"' in page


def test_signing_in_is_limited(county):
    login = county.person("reviewer")
    desk = Desk(county, login)
    county.app.config["SIGN_IN_LIMIT"] = "2 per minute"
    form = desk.form("/console/sign-in", "", username=login, password="wrong")
    codes = [desk.client.post(form.action, data=form.fields).status_code for _ in range(3)]
    assert codes == [401, 401, 429]


def test_signing_out_ends_the_session_on_the_server_too(desk):
    stolen = desk.client.get_cookie("fieldsync").value
    desk.submit("/console/inspections", "")
    thief = desk.county.app.test_client()
    thief.set_cookie("fieldsync", stolen)
    assert thief.get("/console/inspections").status_code == 302


def test_the_cookie_is_closed_to_scripts_and_other_sites(county):
    client = county.app.test_client()
    cookie = client.get("/console/language/en").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_without_its_token_is_refused(desk, stage):
    form = desk.form(f"/console/inspections/{stage.quiet}", "approve")
    del form.fields["csrf_token"]
    assert "页面已过期" in desk.send(form, 403)
    assert "待审" in desk.get(f"/console/inspections/{stage.quiet}")


def test_the_language_sticks_and_leads_back_inside_only(county, desk):
    answer = desk.client.get("/console/language/en?to=/console/sites?q=x")
    assert answer.headers["Location"] == "/console/sites?q=x"
    assert "Register of dossiers" in desk.get("/console/sites")
    for evil in ("https://evil.example/", "//evil.example", "/console/\\evil.example", "/\\evil.example"):
        answer = desk.client.get("/console/language/zh", query_string={"to": evil})
        assert answer.headers["Location"] == "/console/", evil
    form = Desk(county, county.person("reviewer")).form("/console/sign-in", "", to="//evil.example")
    assert form.fields["to"] == "//evil.example"


def test_after_signing_in_one_stands_where_one_wanted_to_go(county):
    login = county.person("reviewer")
    desk = Desk(county, login)
    desk.submit("/console/inspections", "")
    where = desk.client.get("/console/held").headers["Location"]
    form = desk.form(where, "", username=login, password=PASSWORD)
    assert desk.client.post(form.action, data=form.fields).headers["Location"].startswith("/console/held")


def test_what_is_not_there_is_a_plain_page(desk):
    page = desk.get("/console/sites/0197aaaa-0000-7000-8000-000000000000", 404)
    assert "没有找到" in page
    desk.get("/console/nowhere", 404)
    assert CELL not in page


def test_every_page_is_closed_unless_it_says_otherwise(app):
    """Default-deny, taken from the table of addresses itself."""
    client, asked = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        public = getattr(app.view_functions[rule.endpoint], "allowed", "") == "public"
        if rule.endpoint.startswith("console.") and not public:
            path = re.sub(r"<any\(\W*(\w+)[^>]+>", r"\1", re.sub(r"<int:[^>]+>", "1", rule.rule))
            path = re.sub(r"<[^>]+>", "0197aaaa-0000-7000-8000-000000000000", path)
            method = "POST" if "POST" in rule.methods else "GET"
            answer = client.open(path, method=method)
            assert answer.status_code == (401 if method == "POST" else 302), path
            asked += 1
    assert asked > 15
    assert client.get("/").headers["Location"] == "/console/"
