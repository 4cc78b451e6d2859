"""The tables at the doors: a county person gets his own county's, others nothing; what is frozen stays."""

import io
from unittest.mock import ANY

import pytest
from console.desk import Desk, text
from county import CELL, OTHER_CELL, T1, Screen
from openpyxl import load_workbook

from fieldsync import db
from fieldsync.demo.phone import Refused
from fieldsync.errors import Problem
from fieldsync.ids import new_id

YEAR = "from=2012-01-01&to=2012-12-31"


@pytest.fixture
def screen(county):
    return county.screen()


@pytest.fixture
def full(desk):
    """One county with a confirmed site and a case in two places, another county with a site of its own."""
    site = desk.site()
    desk.confirm(site, "unlicensed")
    case = desk.case(filed_at="2012-07-01")
    desk.case(filed_at="2012-07-01", place="350128")
    other = desk.site(OTHER_CELL)
    desk.confirm(other, "unlicensed", "geohazard", cell=OTHER_CELL)
    return site, case, other


def status_of(call, *arguments, **given) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        call(*arguments, **given)
    problem = refused.value.problem
    return refused.value.status, problem.get("reason") or problem["type"].removeprefix("/problems/")


def test_a_county_person_gets_his_own_county_and_nothing_else(screen, full):
    told = screen.get(f"reports/1?{YEAR}")
    assert [row["code"] for row in told["rows"]] == [CELL]
    assert told["total"]["values"]["unlicensed"] == 1
    assert told["total"]["values"]["geohazard"] == 0
    for unit in (OTHER_CELL, "350000", "350800"):
        assert screen.get(f"reports/1?{YEAR}&unit={unit}")["rows"] == told["rows"]


def test_his_countys_cases_elsewhere_have_a_row_of_their_own(screen, full):
    rows = {row["code"]: row["values"]["cases_filed"] for row in screen.get(f"reports/2?{YEAR}")["rows"]}
    assert rows == {CELL: 1, "350128": 1}


def test_a_number_opens_its_records(screen, full):
    site, case, _other = full
    found = screen.get(f"reports/1/records?{YEAR}&column=unlicensed")["records"]
    assert [(one["cell"], one["noun"], one["id"], one["name"]) for one in found] == [(CELL, "site", site, "硐")]
    (one,) = screen.get(f"reports/2/records?{YEAR}&column=cases_filed&row={CELL}")["records"]
    assert (one["id"], one["number"]) == (case, f"{CELL}-AJ-2012-0001")
    assert status_of(screen.get, f"reports/2/records?{YEAR}&column=nonsense") == (404, "not-found")
    assert status_of(screen.get, f"reports/2/records?{YEAR}&column=closed&row={OTHER_CELL}") == (404, "not-found")


def test_townships_have_no_tables(county, full):
    manager = Screen(county, county.person("manager", f"t-{T1}"))
    for path in ("reports/1", "reports/2", "reports/1/records?column=unlicensed"):
        assert status_of(manager.get, path) == (404, "not-found")
    assert status_of(manager.post, "reports/1/freeze") == (404, "not-found")


def test_there_are_two_tables(screen):
    assert status_of(screen.get, "reports/3") == (404, "not-found")
    assert status_of(screen.get, "reports/1?from=2012-13-01") == (400, "date")
    assert status_of(screen.get, "reports/1?closed_basis=maybe") == (400, "choice")


def test_files_come_with_their_type(screen, full):
    for format_, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("docx", b"PK")):
        answer = screen.phone.send("GET", f"/api/v1/reports/1?{YEAR}&format={format_}")
        assert answer.body.startswith(begins)
        assert f"table1_2012-01-01_2012-12-31.{format_}" in answer.headers["content-disposition"]
        if format_ == "xlsx":
            assert load_workbook(io.BytesIO(answer.body)).active["B3"].value == 1


# Frozen tables


def freeze(screen, table: int = 1) -> dict:
    return screen.post(f"reports/{table}/freeze?{YEAR}&note=季报")


def test_a_frozen_table_stays(desk, screen, full):
    site, _case, _other = full
    frozen = freeze(screen)
    body = frozen["body"]
    assert (body["version"], body["status"], body["note"]) == (1, "frozen", "季报")
    assert body["frozen_by"] == screen.phone.user
    before = screen.get(f"reports/frozen/{frozen['id']}")
    desk.confirm(desk.site(), "unlicensed")
    desk.do("site.void", site, reason="误报")
    desk.confirm(desk.site(), "geohazard")
    assert screen.get(f"reports/1?{YEAR}")["total"]["values"]["geohazard"] == 1
    after = screen.get(f"reports/frozen/{frozen['id']}")
    assert after == before
    assert after["total"]["values"]["unlicensed"] == 1
    assert after["drill_down"][0]["records"] == {"unlicensed": [[CELL, "site", site]]}
    assert screen.get(f"period_reports/{frozen['id']}")["body"] == body


def test_a_frozen_table_whose_file_was_touched_is_not_shown(app, screen, full):
    frozen = freeze(screen)
    path = app.extensions["darkroom"].blobs.path(frozen["body"]["sha256"])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"unlicensed":1', b'"unlicensed":0'))
    assert status_of(screen.get, f"reports/frozen/{frozen['id']}") == (422, "hash-mismatch")


def test_superseding_takes_a_reason_and_makes_room_for_the_next_version(screen, full):
    first = freeze(screen)
    assert status_of(freeze, screen) == (409, "frozen")
    path = f"period_reports/{first['id']}"
    assert status_of(screen.act, f"{path}/supersede") == (400, "reason")
    screen.act(f"{path}/supersede", reason="补录两处")
    body = screen.get(path)["body"]
    assert (body["status"], body["superseded_reason"]) == ("superseded", "补录两处")
    assert body["rows"] == first["body"]["rows"]
    assert status_of(screen.act, f"{path}/supersede", reason="再次") == (409, "wrong-state")
    assert freeze(screen)["body"]["version"] == 2
    assert freeze(screen, 2)["body"]["version"] == 1


def test_nobody_writes_numbers_into_a_frozen_table(county, screen, full):
    frozen = freeze(screen)
    path = f"period_reports/{frozen['id']}"
    assert status_of(screen.patch, path, rows=[])[0] == 405
    assert status_of(screen.post, "period_reports", set={"rows": []})[0] == 405
    assert status_of(screen.phone.ask, "POST", f"/api/v1/{path}/freeze", {"rows": []})[0] == 404
    phone = county.phone(county.person("reviewer"))
    phone.do("period_report.freeze", new_id(), {"rows": []})
    (result,) = phone.push()
    assert result["status"] in ("rejected", "held")


def test_who_only_reads_does_not_freeze(county, full):
    leader = county.screen("leader")
    assert leader.get(f"reports/1?{YEAR}")["total"]["values"]["unlicensed"] == 1
    assert status_of(freeze, leader) == (403, "not-allowed")


def test_another_countys_frozen_table_is_not_there(county, screen, full):
    frozen, stranger = freeze(screen), county.screen(cell=OTHER_CELL)
    for path in (f"reports/frozen/{frozen['id']}", f"period_reports/{frozen['id']}"):
        assert status_of(stranger.get, path) == (404, "not-found")
    assert stranger.get("period_reports")["records"] == []


# The province and its cities


@pytest.fixture
def province(county):
    return county.screen("superior", cell="350000")


def test_an_officer_of_the_province_counts_all_counties(county, desk, province, full):
    told = province.get(f"reports/1?{YEAR}")
    assert told["total"]["values"] == {c.name: desk.count(1).total.value(c) for c in desk.count(1).columns}
    assert told["total"]["values"]["unlicensed"] == 2
    city = province.get(f"reports/1?{YEAR}&unit=350800")
    assert city["parameters"]["unit"] == "350800"
    assert city["total"]["values"]["unlicensed"] == 2
    assert county.screen("superior", cell="350800").get(f"reports/1?{YEAR}") == city | {"parameters": ANY}
    assert status_of(province.get, f"reports/1?{YEAR}&unit=110000") == (404, "not-found")
    elsewhere = county.screen("superior", cell="350100")
    for unit in ("350000", "350800", "350128", CELL):
        assert status_of(elsewhere.get, f"reports/1?{YEAR}&unit={unit}") == (404, "not-found")


def test_what_may_name_a_person_does_not_leave_its_county(desk, province, full):
    desk.measure("admin_detention", "2012-07-02", full[1])
    (person,) = province.get(f"reports/2/records?{YEAR}&column=admin_detained")["records"]
    cases = province.get(f"reports/2/records?{YEAR}&column=cases_filed")["records"]
    assert {one["name"] for one in (person, *cases)} == {""}
    assert all(one["number"] for one in cases)
    (site, _other) = province.get(f"reports/1/records?{YEAR}&column=unlicensed")["records"]
    assert site["name"] == "硐"


def test_a_provinces_table_is_frozen_in_a_cell_of_its_own(county, desk, screen, province, full):
    frozen = freeze(province)
    body = frozen["body"]
    assert (body["unit"], body["version"], body["frozen_by"]) == ("350000", 1, province.phone.user)
    before = province.get(f"reports/frozen/{frozen['id']}")
    assert {cell for row in before["drill_down"] for of in row["records"].values() for cell, *_ in of} == {
        CELL, OTHER_CELL,
    }  # fmt: skip
    desk.confirm(desk.site(), "unlicensed")
    assert province.get(f"reports/frozen/{frozen['id']}") == before
    assert status_of(freeze, province) == (409, "frozen")
    city = county.screen("superior", cell="350800")
    own, path = freeze(screen), f"period_reports/{frozen['id']}"
    for stranger in (screen, city, county.screen("admin")):
        assert status_of(stranger.get, path) == (404, "not-found")
        assert status_of(stranger.get, f"reports/frozen/{frozen['id']}") == (404, "not-found")
        assert frozen["id"] not in {r["id"] for r in stranger.get("period_reports")["records"]}
    assert status_of(province.get, f"period_reports/{own['id']}") == (404, "not-found")
    assert status_of(province.act, f"{path}/supersede") == (400, "reason")
    province.act(f"{path}/supersede", reason="三县补报")
    again = freeze(province)["body"]
    assert (again["version"], again["rows"][0]["values"]["unlicensed"]) == (2, 3)
    assert freeze(city)["body"]["unit"] == "350800"


def test_officers_are_of_a_province_or_a_city_and_of_nothing_else(county, province):
    with pytest.raises(Problem):
        county.person("superior", f"c-{CELL}")
    for role in ("admin", "reviewer", "leader"):
        with pytest.raises(Problem):
            county.person(role, "c-350000", cell="350000")
    desk = Desk(county, province.login)
    page = desk.get("/console/reports")
    assert "福建省" in page
    assert "审核" not in text(page.partition("<main")[0])
    for path in ("/console/", "/console/sites", "/console/inspections", "/console/people", "/console/cases"):
        assert desk.client.get(path).headers["Location"].endswith("/console/reports")


def test_an_officer_freezes_at_the_console(county, province, full):
    desk = Desk(county, province.login)
    page = desk.submit(f"/console/reports?{YEAR}", "freeze", note="上报")
    assert "全省" in page
    assert "龙岩" in desk.get(f"/console/reports?{YEAR}")
    city = desk.get(f"/console/reports?{YEAR}&unit=350800")
    assert 'value="freeze"' not in city
    assert "/console/sites/" not in desk.get(f"/console/reports/1/records?{YEAR}&column=unlicensed")


# Speed


def test_a_table_reads_no_inspections_and_no_histories(app, desk, full):
    """What a table reads grows with what counts in it, not with the visits."""
    asked = []
    db_rows = db.rows

    def noted(connection, statement, **parameters):
        asked.append(statement)
        return db_rows(connection, statement, **parameters)

    db.rows = noted
    try:
        desk.count(1)
        desk.count(2)
    finally:
        db.rows = db_rows
    assert len(asked) > 10
    assert not [statement for statement in asked if "inspection" in statement or "FROM version" in statement]
