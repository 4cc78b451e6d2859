"""示范县: a county that does not exist, its townships and its people, all invented."""

from dataclasses import dataclass
from typing import Any

from fieldsync.sync.nouns import TOWNSHIP_ROLES

CELL = "350899"
NAME = "示范县"
CITY = "350800"
# The same for everybody here, and printed: a demonstration holds no secrets.
PASSWORD = "shifan-350899"  # noqa: S105

# West, south, width and height of the whole county in degrees; townships lie in it as a grid of four by two.
_WEST, _SOUTH, _WIDTH, _HEIGHT = 117.30, 26.02, 0.40, 0.24


@dataclass(frozen=True)
class Town:
    """An invented township: its code, its name, and its south-western corner."""

    code: str
    name: str
    kind: str
    west: float
    south: float
    width: float = _WIDTH / 4
    height: float = _HEIGHT / 2


_NAMES = ("云溪镇", "松岭乡", "鹿鸣镇", "青竹岭乡", "枫林渡镇", "石门寨乡", "桐荫镇", "九曲潭乡")
TOWNS = tuple(
    Town(
        f"{CELL}{101 + number}", name, name[-1],
        round(_WEST + _WIDTH / 4 * (number % 4), 4), round(_SOUTH + _HEIGHT / 2 * (number // 4), 4),
    )
    for number, name in enumerate(_NAMES)
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody invented: user name, name, role and township (none: the county's staff)."""

    login: str
    name: str
    role: str
    town: Town | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The paths of the person's record."""
        scope = f"t-{self.town.code}" if self.role in TOWNSHIP_ROLES and self.town else f"c-{CELL}"
        unit = f"{self.town.name}人民政府" if self.town else f"{NAME}自然资源局"
        return {
            "name": self.name, "login": self.login, "unit": unit, "active": True,
            "roles/first": True, "roles/first/role": self.role, "roles/first/scope": scope,
        }  # fmt: skip


STAFF = (
    Person("admin", "管一理", "admin"),
    Person("shenhe1", "审一明", "reviewer"),
    Person("shenhe2", "审二清", "reviewer"),
    Person("lingdao", "领一航", "leader"),
    Person("bumen", "部一同", "department"),
)
_SURNAMES = "赵钱孙李周吴郑王"
MANAGERS = tuple(
    Person(f"zhen{number + 1}", f"{_SURNAMES[number]}一川", "manager", town) for number, town in enumerate(TOWNS)
)
INSPECTORS = tuple(
    Person(f"xuncha{number + 1}{letter}", f"{_SURNAMES[number]}{given}", "inspector", town)
    for number, town in enumerate(TOWNS)
    for letter, given in (("a", "二山"), ("b", "三石"))[: 2 - number % 2]
)
PEOPLE = STAFF + MANAGERS + INSPECTORS


def divisions() -> list[dict[str, Any]]:
    """Return the bodies of the county and its townships, marked as invented."""
    shared = {"reporting_unit": CITY, "invented": True}
    county = {"code": CELL, "name": NAME, "level": "county", "parent_code": CITY, "current_code": CELL}
    towns = [
        {
            "code": town.code, "name": town.name, "level": "township", "kind": town.kind,
            "parent_code": CELL, "current_code": town.code,
        }
        for town in TOWNS
    ]  # fmt: skip
    return [body | shared for body in [county, *towns]]
