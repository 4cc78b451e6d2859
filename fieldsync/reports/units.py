"""The units that report: which one a county belongs to, what they are called, and in which order they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.domain.divisions import division_id
from fieldsync.geo import divisions as fujian
from fieldsync.sync.heads import COMMON

# As the notice has them: by its own order of cities, 平潭 last.
ORDER = (
    "350100", "350200", "350600", "350500", "350300", "350400", "350700", "350800", "350900", fujian.PINGTAN,
)  # fmt: skip
# Acts outside of the province.
OUTSIDE = "000000"


@dataclass
class Units:
    """What is known of some counties: the shipped list, and divisions that were entered here."""

    entered: dict[str, dict[str, object]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, codes: Iterable[str]) -> "Units":
        """Return the units for these codes of counties, old or new."""
        ids = orjson.dumps([division_id(fujian.current_code(code)) for code in set(codes)]).decode()
        rows = db.rows(
            connection,
            f"SELECT r.body FROM {db.keys('ids')} CROSS JOIN record AS r"  # noqa: S608 (own text)
            " WHERE r.cell = :cell AND r.id = keys.value",
            cell=COMMON, ids=ids,
        )  # fmt: skip
        bodies = [orjson.loads(row[0]) for row in rows]
        return cls({body["code"]: body for body in bodies})

    def unit(self, county: str) -> str:
        """Return the unit that a county of today reports under."""
        entered = str(self.entered.get(county, {}).get("reporting_unit") or "")
        if entered:
            return entered
        try:
            return fujian.reporting_unit(county)
        except KeyError:
            return OUTSIDE

    def is_invented(self, county: str) -> bool:
        """Tell whether a county is a demonstration's."""
        return self.entered.get(county, {}).get("invented") is True

    def name(self, code: str) -> str:
        """Return what a unit is called; cities without their ending, as in the notice."""
        if code in (fujian.PROVINCE, OUTSIDE):
            return "全省" if code == fujian.PROVINCE else "省外"
        if code == fujian.PINGTAN:
            return "平潭"
        for city in fujian.cities():
            if city.code == code:
                return city.name.removesuffix("市")
        entered = str(self.entered.get(code, {}).get("name") or "")
        return entered or next((county.name for county in fujian.counties() if county.code == code), code)


def counties_of(unit: str) -> list[str]:
    """Return the counties of a city, without 平潭."""
    return [county.code for county in fujian.counties(unit) if county.code != fujian.PINGTAN]


def is_within(unit: str, office: str) -> bool:
    """Tell whether an office, the province's or a city's, looks after a unit: itself, and what reports to it."""
    if office == fujian.PROVINCE:
        return unit in {office, *ORDER, *(county.code for county in fujian.counties())}
    return unit in {office, *counties_of(office)}


def is_city(unit: str) -> bool:
    """Tell whether a code is that of one of the nine cities."""
    return unit in {city.code for city in fujian.cities()}
