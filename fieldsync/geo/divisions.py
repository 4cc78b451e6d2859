"""Fujian's administrative divisions: cities, counties, townships, and the counties' codes since 2012."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PROVINCE = "350000"
PINGTAN = "350128"
LOOKALIKE = "类似乡级单位"


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture-level city."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class County:
    """A county-level unit under its code of 2024."""

    code: str
    name: str
    city_code: str


@dataclass(frozen=True, slots=True)
class Township:
    """A township-level unit; `kind` is 镇, 乡, 街道, or 类似乡级单位 for farms, zones and the like."""

    code: str
    name: str
    kind: str
    county_code: str

    @property
    def is_lookalike(self) -> bool:
        """Tell whether the unit has no township government and is only counted like a township."""
        return self.kind == LOOKALIKE


@dataclass(frozen=True, slots=True)
class Change:
    """A county-level unit of 2012 and the one that it was or belonged to in 2024."""

    code_2012: str
    name_2012: str
    code_2024: str
    name_2024: str


@cache
def cities() -> tuple[City, ...]:
    """Return the nine cities in order of code."""
    # A dict keeps the first of equal keys in place: the file's order, without repeats.
    return tuple(dict.fromkeys(City(row["city_code"], row["city_name"]) for row in _town_rows()))


def counties(city_code: str | None = None) -> tuple[County, ...]:
    """Return the 84 counties of 2024, or those of one city; 平潭 is under 福州 here, as its code is."""
    return tuple(county for county in _counties() if city_code in (None, county.city_code))


def townships(county_code: str | None = None) -> tuple[Township, ...]:
    """Return all townships of 2023, or those of one county."""
    return tuple(town for town in _townships() if county_code in (None, town.county_code))


def is_upper(code: str) -> bool:
    """Tell whether a code is that of the province or of one of its cities."""
    return code == PROVINCE or code in {city.code for city in cities()}


def reporting_units() -> tuple[City | County, ...]:
    """Return the ten units that report to the province: the nine cities, then 平潭."""
    return (*cities(), *(county for county in counties() if county.code == PINGTAN))


def reporting_unit(county_code: str) -> str:
    """Return the code of the unit that a county, old or new, reports under; KeyError outside Fujian."""
    if county_code == PINGTAN:
        return PINGTAN
    city_code = f"{county_code[:4]}00"
    if city_code not in {city.code for city in cities()}:
        raise KeyError(county_code)
    return city_code


@cache
def crosswalk() -> tuple[Change, ...]:
    """Return the 85 county-level units of 2012, each with what it had become by 2024."""
    return tuple(Change(**row) for row in _rows("fujian_counties_2012_to_2024.csv"))


def current_code(county_code: str) -> str:
    """Return the code of 2024 for one of 2012; any other code is taken to be current."""
    return _current_codes().get(county_code, county_code)


@cache
def _current_codes() -> dict[str, str]:
    return {change.code_2012: change.code_2024 for change in crosswalk()}


@cache
def _counties() -> tuple[County, ...]:
    rows = _town_rows()
    return tuple(dict.fromkeys(County(row["county_code"], row["county_name"], row["city_code"]) for row in rows))


@cache
def _townships() -> tuple[Township, ...]:
    rows = _town_rows()
    return tuple(Township(row["code"], row["name"], row["kind"], row["county_code"]) for row in rows)


@cache
def _town_rows() -> list[dict[str, str]]:
    return _rows("fujian_townships_2023.csv")


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("fieldsync") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
