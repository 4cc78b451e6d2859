"""A whole province of invented counties whose records add up to the notice's two tables; all of it synthetic."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from fieldsync.demo.county import PASSWORD
from fieldsync.domain import accounts, divisions
from fieldsync.domain.cases import CONDITIONS
from fieldsync.domain.darkroom import Darkroom
from fieldsync.fields import Field
from fieldsync.geo.divisions import PINGTAN, PROVINCE
from fieldsync.ids import new_id
from fieldsync.reports.columns import COLUMNS
from fieldsync.sync import actors
from fieldsync.sync.push import Engine

Tell = Callable[[str, str], None]

# The special action of the notice: from the deployment to the day of the letter.
DATE_FROM, DATE_TO = "2012-05-01", "2012-11-28"
_FOUND, _CONFIRMED, _CLOSED = (datetime(2012, month, 15, 2, tzinfo=UTC) for month in (6, 7, 9))
_REASON = "演示数据：资料未逐项虚构"
_WAY = ("verifying", "confirmed", "registered", "handling", "closing", "closed_pending")
_KINDS = (
    ("adit", "硐", "coal"),
    ("open_pit", "采石场", "dimension_stone"),
    ("leach_field", "浸矿场", "rare_earth"),
)
_MEASURES = {
    "admin_detained": "admin_detention", "crim_detained": "criminal_detention",
    "prosecuted": "transferred_for_prosecution", "disciplined": "party_discipline",
}  # fmt: skip


# Who sees the counties' sums and freezes them: cell and user name.
OFFICERS = ((PROVINCE, "fujian", "省厅示例员"), ("350800", "longyan", "龙岩市示例员"))


@dataclass
class County:
    """An invented county that stands for a unit of the notice, and what the notice says of that unit."""

    code: str
    name: str
    unit: str
    found: Mapping[str, int]
    done: Mapping[str, int]
    reviewer: str = field(default_factory=new_id)
    sites: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)

    @property
    def town(self) -> str:
        """The code of its one township."""
        return f"{self.code}101"

    @property
    def login(self) -> str:
        """The user name of its reviewer."""
        return f"sheng{self.code[2:4]}" if self.unit != PINGTAN else "sheng10"


def figures(name: str) -> dict[str, dict[str, Any]]:
    """Return a table of the notice (`table1`, `table2`): unit's code to its row."""
    text = (files("fieldsync") / "data" / "notice" / f"{name}.csv").read_text(encoding="utf-8")
    rows = {}
    for row in csv.DictReader(text.splitlines()):
        rows[row["code"]] = {key: int(text) if text.isdecimal() else text for key, text in row.items()}
    return rows


def counties() -> list[County]:
    """Return the ten counties, none of which exists."""
    found, done = figures("table1"), figures("table2")
    units = [code for code in found if code != PROVINCE]
    return [
        County(
            f"{unit[:4]}98" if unit != PINGTAN else f"{unit[:4]}97", f"{sign}示范县", unit, found[unit], done[unit]
        )
        for unit, sign in zip(units, "甲乙丙丁戊己庚辛壬癸", strict=True)
    ]


def make(room: Darkroom, tell: Tell = lambda _zh, _en: None) -> list[County]:
    """Fill an instance; all of it operations, none of it rows."""
    made = counties()
    divisions.load_all(room.engine, [*divisions.of_fujian(), *(body for c in made for body in _divisions(c))])
    for number, county in enumerate(made):
        tell(f"{county.name}（{county.unit}）", f"{county.name} ({county.unit})")
        _fill(room.engine, county, Random(number))  # noqa: S311 (a demonstration, to be repeated exactly)
        accounts.set_passwords(county.code, {county.reviewer: county.login}, PASSWORD)
    for cell, login, name in OFFICERS:
        _appoint(room.engine, cell, login, name)
    return made


def _appoint(engine: Engine, cell: str, login: str, name: str) -> None:
    person = new_id()
    fields = {
        "name": name, "login": login, "active": True, "roles/first": True, "roles/first/role": "superior",
        "roles/first/scope": f"c-{cell}",
    }  # fmt: skip
    engine.perform(actors.system(cell), "person.create", person, op=new_id(), set_=fields)
    accounts.set_passwords(cell, {person: login}, PASSWORD)


def _divisions(county: County) -> list[dict[str, Any]]:
    shared = {"reporting_unit": county.unit, "invented": True}
    city = f"{county.unit[:4]}00"
    return [
        shared | {"code": county.code, "name": county.name, "level": "county", "parent_code": city,
                  "current_code": county.code},
        shared | {"code": county.town, "name": "示范镇", "level": "township", "kind": "镇",
                  "parent_code": county.code, "current_code": county.town},
    ]  # fmt: skip


def _fill(engine: Engine, county: County, random: Random) -> None:
    """Let a county find, confirm, punish and close within the months of the special action."""
    with _at(engine, _FOUND).together(county.code) as desk:
        _hire(desk, county)
        _open(desk, county, random)
    with _at(engine, _CONFIRMED).together(county.code) as desk:
        _confirm(desk, county, random)
        _punish(desk, county, random)
    with _at(engine, _CLOSED).together(county.code) as desk:
        _close(desk, county, random)


def _at(engine: Engine, moment: datetime) -> Engine:
    """Return the engine with its clock standing at a moment."""
    return replace(engine, now=lambda: moment)


def _do(desk: Engine, county: County, action: str, record: str, set_: dict[str, Any], **more: Any) -> str:
    """Do one operation; return the record's revision after it."""
    return desk.perform(actors.system(county.code), action, record, op=new_id(), set_=set_, **more).rev


def _hire(desk: Engine, county: County) -> None:
    fields = {
        "name": f"{county.name}审核员", "login": county.login, "active": True, "roles/first": True,
        "roles/first/role": "reviewer", "roles/first/scope": f"c-{county.code}",
    }  # fmt: skip
    _do(desk, county, "person.create", county.reviewer, fields)


# Sites


def _open(desk: Engine, county: County, random: Random) -> None:
    """Open as many dossiers as the fullest column asks for; the last ones are tailings ponds."""
    columns = [county.found[c.name] for c in COLUMNS[1] if c.name != "illegal_trade"]
    count, ponds = max(*columns, county.done["closed"]), county.found["tailings_hazard"]
    for number in range(count):
        kind, ending, mineral = _KINDS[number % len(_KINDS)]
        if number >= count - ponds:
            kind, ending, mineral = "tailings_pond", "尾矿库", "iron"
        fields = {
            "name": f"演示{number + 1:03d}号{ending}", "site_kind": kind, "town_code": county.town,
            "mineral_code": mineral, "lon": round(random.uniform(116.5, 119.0), 6),
            "lat": round(random.uniform(24.5, 27.5), 6), "coord_source": "legacy",
            "remark": _REASON,
        }  # fmt: skip
        county.sites.append(new_id())
        _do(desk, county, "site.create", county.sites[-1], fields)


def _confirm(desk: Engine, county: County, random: Random) -> None:
    """Confirm violations until each column holds its number of sites, and the incidents of trade."""
    confirmed: dict[str, dict[str, Any]] = {}
    for column in COLUMNS[1]:
        if column.name == "illegal_trade":
            continue
        count = county.found[column.name]
        ponds = column.name == "tailings_hazard"
        for site in county.sites[len(county.sites) - count :] if ponds else random.sample(county.sites, count):
            path = f"violations/{column.name}"
            confirmed.setdefault(site, {}).update({path: True, f"confirmed/{path}": True})
    for site, fields in confirmed.items():
        _do(desk, county, "site.edit", site, fields)
    for number in range(county.found["illegal_trade"]):
        fields = {
            "title": f"演示交易{number + 1}", "act_county_code": county.code, "confirmed_at": _day(random, 7),
            "remark": _REASON,
        }  # fmt: skip
        _do(desk, county, "trade_incident.create", new_id(), fields)


def _close(desk: Engine, county: County, random: Random) -> None:
    """Close as many sites as the notice says."""
    for site in random.sample(county.sites, county.done["closed"]):
        rev = _do(desk, county, "site.edit", site, {"closure_date": _day(random, 8)})
        for to in _WAY:
            step = {"to": to, "override": True}
            rev = _do(desk, county, "site.transit", site, step, reason=_REASON, base=rev)


# Cases and persons


def _punish(desk: Engine, county: County, random: Random) -> None:
    """File cases with their money, appraisals, and measures on persons."""
    amounts = _shares(random, county.done["fines_wan_yuan"] * 1_000_000, county.done["cases_filed"])
    for number, fen in enumerate(amounts):
        county.cases.append(new_id())
        _do(desk, county, "case.create", county.cases[-1], _case(county, random, number, fen))
    for number in range(county.done["damage_appraisals"]):
        fields = {
            "no": f"演示鉴定{number + 1:03d}", "issuer": "演示鉴定机构", "issued_at": _day(random, 8),
            "destroyed_value": random.randrange(1_000_000, 90_000_000), "remark": _REASON,
        }  # fmt: skip
        _add(desk, county, random, "damage_appraisal", fields)
    for column, kind in _MEASURES.items():
        for number in range(county.done[column]):
            # Officials are others than those who were detained.
            person = number + (500 if column == "disciplined" else 0)
            fields = {
                "name": f"示例{person + 1:03d}", "id_no": id_no(county.code, person), "type": kind,
                "authority": "演示机关", "doc_no": f"演示〔2012〕{number + 1}号", "decided_at": _day(random, 9),
                "remark": _REASON,
            }  # fmt: skip
            _add(desk, county, random, "person_measure", fields)


def _add(desk: Engine, county: County, random: Random, noun: str, fields: dict[str, Any]) -> None:
    """Hang a record on one of the cases; without any, it names its county itself."""
    if county.cases:
        _do(desk, county, f"{noun}.create", new_id(), fields, parent=random.choice(county.cases))
    else:
        _do(desk, county, f"{noun}.create", new_id(), fields | {"act_county_code": county.code})


def _case(county: County, random: Random, number: int, fen: int) -> dict[str, Any]:
    """Return a case that was filed, decided and paid for, with `fen` in fine and confiscated gains."""
    gains = fen // 3
    rows = {name: new_id() for name in ("one", "two", "party", "payment")}
    fields: dict[str, Any] = {f"filing_five/{condition}": True for condition in CONDITIONS}
    for group, row, name in (
        ("officers", "one", "演示甲"),
        ("officers", "two", "演示乙"),
        ("parties", "party", "演示丙"),
    ):
        fields |= {f"{group}/{rows[row]}": True, f"{group}/{rows[row]}/name": name}
    payment = f"payments/{rows['payment']}"
    if fen:
        fields |= {payment: True, f"{payment}/date": _day(random, 9), f"{payment}/amount": fen}
    return fields | {
        "cause": f"演示案由{number + 1:03d}", "body": "演示自然资源局", "origin": "patrol",
        "act_county_code": county.code, f"site_ids/{random.choice(county.sites)}": True, "approver": "演示丁",
        "filed_at": _day(random, 7), "decided_at": _day(random, 8), "fine": fen - gains,
        "confiscated_gains": gains,
        "decision_no": f"演示罚〔2012〕{number + 1}号", "remark": _REASON,
    }  # fmt: skip


def _shares(random: Random, total: int, count: int) -> list[int]:
    """Return `count` amounts that add up to `total`."""
    cuts = sorted(random.randrange(total + 1) for _ in range(count - 1)) if count else []
    return [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)] if count else []


def _day(random: Random, month: int) -> str:
    """Return a day of a month of 2012."""
    return (date(2012, month, 1) + timedelta(days=random.randrange(28))).isoformat()


def id_no(county: str, number: int) -> str:
    """Return a number with a right check digit that nobody has: its county does not exist."""
    start = f"{county}19800101{number:03d}"
    check = Field("id_no", ("", ""), "id_no").check
    return next(start + digit for digit in "0123456789X" if check(start + digit) is None)
