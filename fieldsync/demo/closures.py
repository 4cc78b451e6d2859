"""Closures with photos: before and after, what failed and was made good, and a site that is worked again."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from fieldsync.demo.county import INSPECTORS, MANAGERS, TOWNS
from fieldsync.demo.phone import Phone
from fieldsync.demo.stage import Stage, records
from fieldsync.sync.records import Record

# Of each of these, two sites have their closure with all its photos.
_SHOWN = (
    "closed_pending",
    "rectifying",
    "accepted",
    "monitoring",
    "writeoff_requested",
    "written_off",
    "relapsed",
)
_EACH = 2
_HOMES = tuple(f"t-{town.code}" for town in TOWNS)


def choose(statuses: Mapping[str, str]) -> set[str]:
    """Return the sites whose closures are shown with photos; `statuses` tells where each site will end."""
    chosen: set[str] = set()
    open_ = [site.id for site in records("site", statuses.keys()) if site.rows("openings")]
    for status in _SHOWN:
        chosen |= set(islice((site for site in open_ if statuses[site] == status), _EACH))
    return chosen


def photograph(stage: Stage, site: Record) -> dict[str, Any]:
    """Photograph every opening, open and walled up; return what its closure says of them."""
    phone = _phone(stage, site.home)
    fields: dict[str, Any] = {}
    for opening in site.rows("openings"):
        row, place = f"openings/{opening}", (site.get("lon"), site.get("lat"))
        no = site.text(f"openings/{opening}/no")
        fields |= {
            row: True, f"{row}/seal_thickness_cm": stage.random.choice((60, 80, 100)),
            f"{row}/before": stage.shoot(phone, site.id, place, role="before", caption=f"{no} 关闭前"),
            f"{row}/after": stage.shoot(phone, site.id, place, role="after", caption=f"{no} 关闭后", sealed=True),
        }  # fmt: skip
    phone.push()
    return fields


def _phone(stage: Stage, home: str) -> Phone:
    """Return the phone of a township's manager."""
    return stage.phones[next(m.login for m in MANAGERS if m.town and f"t-{m.town.code}" == home)]


def is_shown(site: Record, closure: Record) -> bool:
    """Tell whether every opening of a site is photographed."""
    return all(closure.text(f"openings/{row}/after") for row in site.rows("openings"))


def play(stage: Stage) -> None:
    """Have what failed made good, or not, and have two sites worked again."""
    ordered = sorted(records("rectification", _HOMES, "home"), key=lambda row: (row.parent_id, row.id))
    for number, row in enumerate(ordered[:5]):
        if number == 0:
            given = {"due_on": stage.clock.day(-2), "owner_unit": "示范县联合执法队", "requirement": "限期修复"}
            stage.act("shenhe1", "rectification.edit", row.id, given)
        else:
            _make_good(stage, row)
        if number in (2, 3):
            stage.act("shenhe2", "rectification.recheck", row.id, {"result": "pass"}, reason="现场复核合格")
        if number == 4:
            stage.act("shenhe2", "rectification.recheck", row.id, {"result": "fail"}, reason="厚度仍不足，请返工")
    stage.clock.arrange(2, partial(_relapse, stage, is_confirmed=True))
    stage.clock.arrange(0, partial(_relapse, stage, is_confirmed=False))


def _make_good(stage: Stage, row: Record) -> None:
    """Have the township report what it did, with photos."""
    phone = _phone(stage, row.home)
    phone.pull()
    site = phone.view(row.parent_id)
    shots = {
        role: stage.shoot(phone, row.parent_id, (site["lon"], site["lat"]), role=role, sealed=role == "after")
        for role in ("before", "after")
    }
    done = {"done_text": "已用浆砌片石重新封堵", "done_on": stage.clock.day()}
    phone.change(row.id, done | shots)
    phone.push()


def _relapse(stage: Stage, is_confirmed: bool) -> None:
    """Have an inspector report that a closed site is worked again; the county goes to see, or has not yet."""
    sites = records("site", _HOMES, "home")
    site = next(site for site in sites if site.text("lifecycle_status") == "monitoring")
    person = next(person for person in INSPECTORS if person.town and site.home == f"t-{person.town.code}")
    phone = stage.phones[person.login]
    phone.pull()
    given = {"target": site.id, "to": "relapsed", "reason": "封堵被扒开，洞内有灯光和机器声"}
    request = phone.create("request.make", given, site.id)
    phone.push()
    if is_confirmed:
        stage.act("shenhe1", "request.grant", request, reason="当日派员到场，情况属实")
