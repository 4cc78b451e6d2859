"""What counts and what does not: as of a cut-off, by place, by person, by basis (docs/reports.md)."""

import pytest
from county import CELL, OTHER_CELL

from fieldsync import db
from fieldsync.domain import divisions
from fieldsync.sync import audit

LONGYAN, PINGTAN, FUZHOU = "350800", "350128", "350100"


# Table 1


def test_a_violation_counts_once_the_county_has_confirmed_it(desk, counted):
    site = desk.at("2012-06-01T12:00").site()
    assert counted("unlicensed") == 0
    desk.at("2012-07-01T12:00").confirm(site, "unlicensed", "geohazard")
    assert counted("unlicensed", LONGYAN) == counted("geohazard") == 1
    assert counted("unlicensed", to="2012-06-30") == 0
    assert counted("unlicensed", from_="2012-07-02") == 0


def test_what_a_township_wrote_does_not_count_until_it_is_confirmed(county, desk, counted):
    phone = county.inspector()
    site = phone.site(
        name="硐", site_kind="adit", town_code=f"{CELL}101", mineral_code="coal", violations__unlicensed=True
    )
    phone.sync()
    year = {"from_": "2012-01-01", "to": "2099-12-31"}
    assert counted("unlicensed", **year) == 0
    county.screen().patch(f"sites/{site}", confirmed__violations__unlicensed=True)
    assert counted("unlicensed", **year) == 1


def test_both_days_of_the_period_are_in_it_by_the_hours_of_china(desk, counted):
    desk.at("2012-06-30T23:59").confirm(desk.site(), "unlicensed")
    desk.at("2012-07-01T00:00").confirm(desk.site(), "unlicensed")
    assert counted("unlicensed", to="2012-06-30") == 1
    assert counted("unlicensed", from_="2012-07-01") == 1
    assert counted("unlicensed", from_="2012-06-30", to="2012-07-01") == 2


def test_the_cutoff_shows_what_was_known_then(desk, counted):
    site = desk.at("2012-06-01T12:00").site()
    desk.confirm(site, "unlicensed")
    late = desk.at("2012-08-01T12:00").site()
    desk.confirm(late, "unlicensed")
    desk.at("2012-09-01T12:00").do("site.void", site, reason="重复")
    assert counted("unlicensed") == 1
    assert counted("unlicensed", cutoff="2012-08-31") == 2
    assert counted("unlicensed", cutoff="2012-07-31") == 1
    assert counted("unlicensed", cutoff="2012-05-31") == 0
    assert counted("unlicensed", cutoff="2012-08-01T12:00") == 2
    assert counted("unlicensed", cutoff="2012-08-01T11:59") == 1


def test_a_confirmation_that_was_taken_back_counts_no_more(desk, counted):
    site = desk.at("2012-06-01T12:00").site()
    desk.confirm(site, "unlicensed")
    desk.at("2012-07-01T12:00").do("site.edit", site, violations__unlicensed=None)
    assert counted("unlicensed") == 0
    assert counted("unlicensed", cutoff="2012-06-30") == 1
    desk.at("2013-02-01T12:00").confirm(site, "unlicensed")
    assert counted("unlicensed") == 0
    assert counted("unlicensed", to="2013-12-31") == 1


def test_what_turned_out_to_be_lawful_does_not_count(desk, counted):
    site = desk.site()
    desk.confirm(site, "unlicensed")
    desk.transit(site, "verifying", "dismissed")
    assert counted("unlicensed") == 0


def test_a_merged_duplicate_counts_for_the_survivor(desk, counted):
    survivor, duplicate = desk.site(), desk.site()
    desk.confirm(survivor, "unlicensed")
    desk.confirm(duplicate, "unlicensed", "geohazard")
    desk.close(duplicate)
    desk.at("2012-08-01T12:00").do("site.merge", duplicate, into=survivor, reason="重复建档")
    assert [counted(column) for column in ("unlicensed", "geohazard", "closed")] == [1, 1, 1]
    assert desk.count(1).total.records["geohazard"] == [(CELL, "site", survivor)]
    assert counted("unlicensed", cutoff="2012-07-31") == 2
    desk.do("site.void", survivor, reason="误报")
    assert counted("geohazard") == counted("closed") == 0


def test_incidents_of_trade_count_by_their_own_place_and_day(desk, counted):
    desk.do("trade_incident.create", title="一", act_county_code=CELL, confirmed_at="2012-07-01")
    desk.do("trade_incident.create", title="二", act_county_code=PINGTAN, confirmed_at="2012-07-01")
    desk.do("trade_incident.create", title="三", act_county_code=CELL)
    void = desk.do("trade_incident.create", title="四", act_county_code=CELL, confirmed_at="2012-07-01")
    desk.do("trade_incident.void", void, reason="重复")
    desk.confirm(desk.site(), "illegal_trade")
    assert counted("illegal_trade") == 2
    assert counted("illegal_trade", PINGTAN) == counted("illegal_trade", LONGYAN) == 1


# Places


def test_pingtan_is_a_unit_of_its_own(desk, counted):
    desk.confirm(desk.site(PINGTAN), "unlicensed", cell=PINGTAN)
    assert (counted("unlicensed", PINGTAN), counted("unlicensed", FUZHOU)) == (1, 0)
    assert counted("unlicensed", unit=FUZHOU) == 0
    assert counted("unlicensed", PINGTAN, unit=PINGTAN) == 1


def test_old_codes_roll_up_to_those_of_today(desk, counted):
    desk.confirm(desk.site("350803", "350822101"), "unlicensed", cell="350803")
    desk.do("case.create", cell="350803", cause="案", body="局", act_county_code="350822", filed_at="2012-07-01")
    assert counted("unlicensed", LONGYAN) == 1
    for column in ("unlicensed", "cases_filed"):
        assert counted(column, "350803", unit=LONGYAN) == 1
        assert counted(column, unit="350803") == counted(column, unit="350822") == 1
    assert desk.count(1, LONGYAN).row("350822") is None


def test_a_site_that_moved_to_another_county_of_the_cell_counts_in_the_latest_place(desk, counted):
    site = desk.site("350803", "350822101")
    desk.confirm(site, "unlicensed", cell="350803")
    desk.at("2012-08-01T12:00").do("site.move", site, "350803", town_code="350803101")
    assert counted("unlicensed", "350803", unit=LONGYAN) == 1


def test_invented_counties_report_where_they_say_and_are_labelled(desk, app, counted):
    with app.app_context():
        body = {"code": CELL, "name": "示范县", "level": "county", "current_code": CELL, "invented": True}
        divisions.load_all(app.extensions["darkroom"].engine, [body | {"reporting_unit": PINGTAN}])
    desk.confirm(desk.site(), "unlicensed")
    desk.confirm(desk.site(OTHER_CELL), "unlicensed", cell=OTHER_CELL)
    assert (counted("unlicensed", PINGTAN), counted("unlicensed", LONGYAN)) == (1, 1)
    assert desk.count(1).synthetic
    assert not desk.count(1, OTHER_CELL).synthetic


def test_acts_outside_the_province_have_a_row_of_their_own(desk, counted):
    desk.case(place="360702", filed_at="2012-07-01")
    assert counted("cases_filed") == counted("cases_filed", "000000") == 1


# Closures


def test_a_closure_that_was_carried_out_counts_although_the_site_is_open_again(desk, counted):
    site = desk.at("2012-06-01T12:00").site()
    desk.at("2012-07-01T12:00").close(site)
    assert counted("closed") == 1
    desk.at("2012-09-01T12:00").transit(site, "accepted", "relapsed", "handling")
    assert counted("closed") == 1
    desk.at("2013-03-01T12:00").transit(site, "closing", "closed_pending")
    assert counted("closed") == counted("closed", from_="2013-01-01", to="2013-12-31") == 1


def test_the_day_of_closure_is_the_one_that_the_county_names(desk, counted):
    site = desk.at("2013-01-10T12:00").site()
    desk.close(site, closure_date="2012-12-20")
    assert counted("closed") == 1
    desk.transit(site, "accepted", "relapsed", "handling", "closing", "closed_pending")
    assert counted("closed") == counted("closed", from_="2013-01-01", to="2013-12-31") == 1


def test_closed_may_mean_accepted(desk, counted):
    site = desk.at("2012-07-01T12:00").site()
    desk.close(site)
    assert counted("closed", closed_basis="accepted") == 0
    desk.at("2012-09-01T12:00").transit(site, "accepted")
    assert counted("closed", closed_basis="accepted") == 1
    assert counted("closed", closed_basis="accepted", to="2012-08-31") == 0


def test_a_case_is_not_needed_for_a_closure_nor_a_closure_for_a_decision(desk, counted):
    desk.do("site.edit", desk.site(), closure_date="2012-07-01")
    assert counted("closed") == 0


# Cases, money, appraisals


def test_cases_count_by_the_day_of_filing_and_the_place_of_the_act(desk, counted):
    desk.case(filed_at="2012-07-01", place=PINGTAN)
    desk.case(filed_at="2011-12-31")
    desk.case()
    withdrawn = desk.case(filed_at="2012-07-01", close_mode="withdrawn", closed_at="2012-08-01")
    assert (counted("cases_filed"), counted("cases_filed", PINGTAN)) == (2, 1)
    desk.at("2012-10-01T12:00").do("case.void", withdrawn, reason="重复")
    assert counted("cases_filed") == 1
    assert counted("cases_filed", cutoff="2012-09-30") == 2


def test_a_case_as_it_was_at_the_cutoff(desk, counted):
    case = desk.at("2012-06-01T12:00").case(filed_at="2012-06-01", decided_at="2012-06-20", fine=10_000_000)
    desk.at("2012-08-01T12:00").do("case.edit", case, fine=50_000_000, act_county_code=PINGTAN)
    assert (counted("fines_wan_yuan", PINGTAN), counted("fines_wan_yuan", LONGYAN)) == (50, 0)
    assert counted("fines_wan_yuan", LONGYAN, cutoff="2012-07-01") == 10


def test_fines_are_rounded_half_up_and_the_total_is_that_of_the_unrounded(desk, counted):
    for place in (CELL, PINGTAN, "350203"):
        money = {"fine": 300_000, "confiscated_gains": 150_000, "proceeds": 50_000}
        desk.case(place=place, filed_at="2012-07-01", decided_at="2012-07-02", **money)
    report = desk.count(2)
    money = report.columns[2]
    assert [report.row(code).value(money) for code in (LONGYAN, PINGTAN, "350200")] == [1, 1, 1]
    assert report.total.value(money) == 2
    assert report.differing() == {"fines_wan_yuan": 3}


def test_fines_as_paid_count_by_the_day_of_payment_with_the_surcharge(desk, counted):
    case = desk.case(filed_at="2011-07-01", decided_at="2011-08-01", fine=20_000_000, surcharge=5_000_000)
    paid = {"payments__a": True, "payments__a__date": "2012-03-01", "payments__a__amount": 25_000_000}
    late = {"payments__b": True, "payments__b__date": "2013-03-01", "payments__b__amount": 100_000_000}
    desk.do("case.edit", case, **paid, **late)
    assert counted("fines_wan_yuan") == 0
    assert counted("fines_wan_yuan", fine_basis="paid") == 25


def test_a_voided_case_takes_its_measures_and_appraisals_with_it(desk, counted):
    case = desk.case(filed_at="2012-07-01")
    desk.measure("criminal_detention", "2012-07-05", case)
    desk.do("damage_appraisal.create", parent=case, no="1", issuer="所", issued_at="2012-07-05")
    desk.do("damage_appraisal.create", no="2", issuer="所", issued_at="2012-07-05")
    desk.do("damage_appraisal.create", parent=case, no="3", issuer="所")
    assert (counted("crim_detained"), counted("damage_appraisals")) == (1, 2)
    desk.at("2012-09-01T12:00").do("case.void", case, reason="误立")
    assert (counted("crim_detained"), counted("damage_appraisals")) == (0, 1)
    assert counted("crim_detained", cutoff="2012-08-31") == 1


# Persons

ONE, TWO = "11010519491231002X", "440524188001010014"


def test_a_person_counts_once_per_measure_and_unit(desk, counted):
    first, second, there = desk.case(), desk.case(), desk.case(place=PINGTAN)
    for case in (first, second, there):
        desk.measure("criminal_detention", "2012-07-05", case, name="甲", id_no=ONE)
    desk.measure("criminal_detention", "2012-07-05", first, name="甲", id_no=TWO)
    desk.measure("admin_detention", "2012-07-05", first, name="甲", id_no=ONE)
    assert (counted("crim_detained", LONGYAN), counted("crim_detained", PINGTAN)) == (2, 1)
    assert counted("crim_detained") == 3
    assert counted("admin_detained") == 1


def test_without_a_number_persons_are_told_apart_by_name(desk, counted):
    for name in ("甲", "甲", "乙"):
        desk.measure("admin_detention", "2012-07-05", name=name)
    assert counted("admin_detained") == 2


@pytest.mark.parametrize("basis", ["transferred_for_prosecution", "prosecuted", "convicted"])
def test_criminal_liability_means_exactly_one_measure(desk, counted, basis):
    for kind in ("transferred_for_prosecution", "prosecuted", "convicted", "arrest"):
        desk.measure(kind, "2012-07-05", name=kind)
    assert counted("prosecuted", liability_basis=basis) == 1


def test_discipline_of_party_or_administration(desk, counted):
    desk.measure("party_discipline", "2012-07-05", name="甲")
    desk.measure("administrative_discipline", "2012-07-06", name="甲")
    desk.measure("administrative_discipline", "2012-07-06", name="乙")
    for kind in ("none", "other", "government_discipline"):
        desk.measure(kind, "2012-07-06", name="丙")
    assert counted("disciplined") == 2
    desk.measure("government_discipline", "2020-06-30", name="丁")
    desk.measure("government_discipline", "2020-07-01", name="戊")
    assert counted("disciplined", from_="2020-01-01", to="2020-12-31") == 1


# The kept states


def test_reindex_finds_the_same_states(desk, app):
    site = desk.at("2012-06-01T12:00").site()
    desk.confirm(site, "unlicensed", "geohazard")
    desk.at("2012-07-01T12:00").close(site, closure_date="2012-06-25")
    desk.at("2012-08-01T12:00").transit(site, "accepted", "relapsed")
    desk.do("site.edit", site, violations__geohazard=None)
    desk.do("site.void", site, reason="误报")
    desk.site()

    def states() -> list:
        with app.app_context(), db.reading() as connection:
            return list(db.rows(connection, "SELECT * FROM site_state ORDER BY cell, site_id, n"))

    before = states()
    assert len(before) > 5
    with app.app_context(), db.writing("journal") as connection:
        audit.reindex(connection, CELL, app.extensions["darkroom"].engine.registry)
    assert states() == before


def test_visits_add_nothing_to_the_kept_states(desk, app):
    site = desk.site()
    desk.confirm(site, "unlicensed")
    for number in range(5):
        desk.do("site.edit", site, remark=f"第{number}次")
    with app.app_context(), db.reading() as connection:
        assert db.row(connection, "SELECT count(*) FROM site_state WHERE site_id = :i", i=site)[0] == 1
