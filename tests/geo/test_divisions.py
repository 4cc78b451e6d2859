"""The divisions: counts that the sources state, and the places that the notice makes delicate."""

from collections import Counter

import pytest

from fieldsync.geo.divisions import (
    City,
    cities,
    counties,
    crosswalk,
    current_code,
    reporting_unit,
    reporting_units,
    townships,
)

DEMO = "350899"


def test_counts():
    assert len(cities()) == 9
    assert len(counties()) == 84
    assert len(crosswalk()) == 85
    assert Counter(town.kind for town in townships()) == {
        "镇": 653,
        "乡": 252,
        "街道": 202,
        "类似乡级单位": 63,
    }
    assert sum(town.is_lookalike for town in townships()) == 63


def test_codes_are_unique_and_nest():
    towns, units = townships(), counties()
    assert len({town.code for town in towns}) == len(towns) == 1170
    assert len({unit.code for unit in units}) == len(units)
    assert all(len(town.code) == 9 and town.code.startswith(town.county_code) for town in towns)
    assert {town.county_code for town in towns} == {unit.code for unit in units}
    assert {unit.city_code for unit in units} == {city.code for city in cities()}
    assert all(unit.code[:4] == unit.city_code[:4] for unit in units)


def test_selections():
    assert [city.code for city in cities()] == [f"350{n}00" for n in range(1, 10)]
    assert [county.name for county in counties("350800")] == [
        "新罗区", "永定区", "长汀县", "上杭县", "武平县", "连城县", "漳平市"
    ]  # fmt: skip
    assert all(town.county_code == "350803" for town in townships("350803"))
    assert len(townships("350803")) > 20
    assert counties("440100") == townships("440103") == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("350182", "350112"),
        ("350402", "350404"),
        ("350403", "350404"),
        ("350427", "350405"),
        ("350625", "350605"),
        ("350681", "350604"),
        ("350784", "350703"),
        ("350822", "350803"),
    ],
)
def test_changed_codes(old, new):
    assert current_code(old) == new
    assert current_code(new) == new


def test_crosswalk_ends_in_the_counties_of_today():
    assert {(change.code_2024, change.name_2024) for change in crosswalk()} == {
        (county.code, county.name) for county in counties()
    }
    assert sum(change.code_2012 != change.code_2024 for change in crosswalk()) == 8
    assert current_code("350821") == "350821"


def test_pingtan_reports_on_its_own():
    assert reporting_unit("350128") == "350128"
    assert [unit.name for unit in reporting_units()][-2:] == ["宁德市", "平潭县"]
    assert len(reporting_units()) == 10
    of_fuzhou = [county.code for county in counties("350100") if reporting_unit(county.code) == "350100"]
    assert len(of_fuzhou) == 12
    assert "350128" not in of_fuzhou


@pytest.mark.parametrize(("code", "unit"), [("350822", "350800"), ("350803", "350800"), ("350213", "350200")])
def test_old_and_new_codes_report_alike(code, unit):
    assert reporting_unit(code) == unit


def test_every_county_has_a_reporting_unit():
    assert {reporting_unit(county.code) for county in counties()} == {unit.code for unit in reporting_units()}


@pytest.mark.parametrize("code", ["440103", "351001", ""])
def test_unknown_codes_have_no_reporting_unit(code):
    with pytest.raises(KeyError):
        reporting_unit(code)


def test_demonstration_county_is_no_reference_data():
    assert DEMO not in {county.code for county in counties()}
    assert townships(DEMO) == ()
    assert current_code(DEMO) == DEMO
    assert reporting_unit(DEMO) == "350800"


def test_reads_are_shared_and_frozen():
    assert crosswalk() is crosswalk()
    assert cities() is cities()
    with pytest.raises(AttributeError):
        City("350100", "福州市").name = "x"
