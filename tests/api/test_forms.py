"""Forms by HTTP: an Excel file in, mistakes by cell or a version out; one's own county only."""

import io

import pytest
from county import CELL, OTHER_CELL, T1
from forms.writing import sheets
from openpyxl import load_workbook

from fieldsync.actions import REGISTRY
from fieldsync.api.forms import EXCEL
from fieldsync.domain import forms
from fieldsync.forms.sheets import read, to_workbook
from fieldsync.sync.nouns import ROLES, TOWNSHIP_ROLES

from .raw import Raw, problem_of

BOOK = to_workbook(sheets("type,name,label\ntext,a,甲"))
WRONG = to_workbook(sheets("type,name,label,relevant\ntext,a,甲,${b}\nvideo,c,丙,"))


@pytest.fixture
def admin(county) -> Raw:
    return Raw(county.app, county.screen("admin").phone.token)


def upload(who: Raw, content: bytes = BOOK, **headers):
    return who("POST", "/api/v1/forms/upload", content, **{"Content_Type": EXCEL} | headers)


def test_an_admin_publishes_for_his_county(county, admin):
    answer = upload(admin)
    assert answer.status_code == 201
    told = answer.get_json()
    assert {name: told[name] for name in ("name", "version", "county", "warnings")} == {
        "name": "test", "version": 1, "county": CELL, "warnings": [],
    }  # fmt: skip
    body = admin("GET", f"/api/v1/forms/{told['id']}").get_json()["body"]
    assert body["county"] == CELL
    assert upload(admin).get_json()["id"] == told["id"]
    inspector = county.inspector()
    assert told["id"] in inspector.records("form")


def test_mistakes_are_listed_by_cell(admin):
    answer = upload(admin, WRONG)
    assert (answer.status_code, problem_of(answer)) == (422, "bad-form")
    errors = answer.get_json()["errors"]
    assert [error["cell"] for error in errors] == ["survey!D2", "survey!A3"]
    assert errors[0]["messages"] == [
        "没有问题 ${b}，是否为 ${a}？",
        "there is no question ${b}, did you mean ${a}?",
    ] or (errors[0]["messages"][1].startswith("there is no question ${b}"))


def test_a_changed_version_is_refused(admin):
    upload(admin)
    answer = upload(admin, to_workbook(sheets("type,name,label\ntext,b,乙")))
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "form-kept")


@pytest.mark.parametrize("role", sorted(ROLES - {"admin", "superior"}))
def test_nobody_else_publishes(county, role):
    scope = f"t-{T1}" if role in TOWNSHIP_ROLES else f"c-{CELL}"
    somebody = Raw(county.app, county.phone(county.person(role, scope)).token)
    for content in (BOOK, WRONG, b""):
        assert problem_of(upload(somebody, content)) == "not-allowed"


def test_an_admin_of_townships_alone_is_no_admin_of_the_county(county):
    somebody = Raw(county.app, county.phone(county.person("admin", f"t-{T1}")).token)
    assert problem_of(upload(somebody)) == "not-allowed"


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/octet-stream", "application/vnd.ms-excel"]
)
def test_other_types_are_refused(admin, kind):
    assert problem_of(upload(admin, Content_Type=kind)) == "bad-type"


def test_no_other_door_takes_excel(admin):
    answer = admin("POST", "/api/v1/sites", BOOK, Content_Type=EXCEL)
    assert (answer.status_code, problem_of(answer)) == (415, "bad-type")


@pytest.mark.parametrize("content", [b"", b"PK", b"{}", BOOK[:-100]])
def test_what_is_no_workbook_is_a_problem(admin, content):
    assert problem_of(upload(admin, content)) == "bad-form"


def test_a_large_file_is_refused_before_it_is_read(admin):
    assert problem_of(upload(admin, b"\0" * 2_100_000)) == "too-large"


def test_a_form_comes_back_as_a_workbook(county, admin):
    told = upload(admin).get_json()
    answer = admin("GET", f"/api/v1/forms/{told['id']}/workbook")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="test-1.xlsx"'
    assert read(answer.data) == read(BOOK)
    assert load_workbook(io.BytesIO(answer.data)).sheetnames == ["survey", "choices", "settings"]
    stranger = Raw(county.app, county.screen("admin", OTHER_CELL).phone.token)
    assert problem_of(stranger("GET", f"/api/v1/forms/{told['id']}/workbook")) == "not-found"


def test_a_shared_form_is_everybodys_workbook(county, admin):
    with county.app.app_context():
        shared = forms.enter(county.engine, forms.compiled(BOOK, REGISTRY.nouns))
    for who in (admin, Raw(county.app, county.screen("admin", OTHER_CELL).phone.token)):
        assert who("GET", f"/api/v1/forms/{shared}/workbook").status_code == 200


def test_two_counties_may_use_one_name(county, admin):
    other = Raw(county.app, county.screen("admin", OTHER_CELL).phone.token)
    mine, theirs = upload(admin).get_json(), upload(other).get_json()
    assert mine["id"] != theirs["id"]
    assert theirs["county"] == OTHER_CELL
