"""The leaders' page: numbers that follow from the records, timely figures, and links to what is behind."""

from datetime import datetime, timedelta

import pytest
from county import CELL, OTHER_CELL, T1, T2

from console.desk import Desk, text
from fieldsync.console import drawings
from fieldsync.domain import overview
from fieldsync.domain.overview import Span
from fieldsync.moments import CHINA, day_told

NOW = datetime.now(CHINA)


def span(begun: str, done: str) -> Span:
    return Span("site", "x", "甲", begun, done)


def test_a_median_counts_what_was_done_and_late_is_also_what_is_not_done():
    spans = [
        span("2026-01-01", "2026-01-03"), span("2026-01-01", "2026-01-11"), span("2026-02-01", ""),
        span("2025-01-01", "2025-12-31"), span("", "2026-01-05"), span("2026-03-09", ""),
        span("2026-02-02", "2026-02-01"),
    ]  # fmt: skip
    told = overview.timely("found", spans, "2026-01-01", "2026-12-31", 3, "2026-03-10")
    assert (told.median, told.count) == (6, 2)
    assert [(late.days, late.done) for late in told.late] == [(37, False), (10, True)]


def test_nothing_done_has_no_median():
    told = overview.timely("found", [], "2026-01-01", "2026-12-31", 3, "2026-03-10")
    assert (told.median, told.count, told.late) == (None, 0, ())


def test_days_are_those_of_china():
    assert day_told("2026-10-31T16:30:00Z") == "2026-11-01"
    assert day_told("2026-11-01") == "2026-11-01"
    assert day_told("nonsense") == ""


def test_the_last_months_go_over_the_turn_of_the_year():
    assert overview.months("2026-02-28", 3) == ["2025-12", "2026-01", "2026-02"]


def test_charts_keep_within_their_box():
    assert drawings.bars({"a": 4, "b": 0})[0].width > drawings.bars({"a": 4, "b": 0})[1].width == 0
    _points, places = drawings.line([0, 5, 10], 10)
    assert [y for _x, y in places] == sorted((y for _x, y in places), reverse=True)
    assert all(0 <= x <= 640 and 0 <= y <= 150 for x, y in places)


@pytest.fixture
def lived(county, stage):
    """A site found ten days ago, closed since; a case that waits for its decision too long."""
    screen, phone = county.screen(), county.inspector()
    site = phone.site(
        name="迟报硐", site_kind="adit", town_code=T1, mineral_code="coal",
        found_at=(NOW - timedelta(days=10)).isoformat(),
    )  # fmt: skip
    phone.sync()
    filed = (NOW - timedelta(days=100)).date().isoformat()
    case = screen.post("cases", set={
        "cause": "无证采矿", "body": "县自然资源局", "act_county_code": CELL, "filed_at": filed,
    })["id"]  # fmt: skip
    return site, case


def test_the_page_tells_found_cases_and_what_is_late_with_links(desk, lived):
    site, case = lived
    year = (NOW - timedelta(days=200)).date().isoformat()
    page = desk.get(f"/console/overview?from={year}&to=2099-12-31")
    said = text(page)
    for word in (
        "站点总数 3",
        "发现 3",
        "立案 1",
        "已作处罚决定 0",
        "四个及时",
        "及时发现",
        "迟报硐 10 天",
        "及时查处 · 超期 1",
    ):
        assert word in said, word
    assert f"/console/sites/{site}" in page
    assert f"/console/cases/{case}" in page
    assert said.count("100 天") == 1
    for path in ("/console/sites?status=relapsed", "/console/cases", "/console/ledger?month=", f"?town={T2}"):
        assert path in page, path


def test_targets_are_settings(county, desk, lived):
    county.app.config["TIMELY_FOUND_DAYS"] = 10
    assert "迟报硐 10 天" not in text(desk.get("/console/overview"))


def test_a_period_that_is_none_is_refused(desk, stage):
    assert "日期须写成" in desk.get("/console/overview?from=2026-12-31&to=2026-01-01", 400)
    desk.get("/console/overview?from=x", 400)


def test_another_county_sees_none_of_the_numbers(county, lived):
    page = Desk(county, county.person("leader", cell=OTHER_CELL)).get("/console/overview")
    assert "站点总数 0" in text(page)
    assert "迟报硐" not in page
    township = Desk(county, county.person("inspector", f"t-{T1}"))
    assert township.client.get("/console/overview").headers["Location"].endswith("/console/elsewhere")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_needs_no_script_and_no_style(county, lived, language):
    page = Desk(county, county.person("leader"), language).get("/console/overview")
    assert "<script" not in page
    assert "style=" not in page
    assert ("四个及时" in page) == (language == "zh")
