"""One try for each action: a record that stands ready for it, and what to send so that it succeeds."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.world import CONTENT
from county import County, Screen

from fieldsync.actions import NOUNS
from fieldsync.ids import new_id
from matrix.cast import TOWNS, Person

TOWN = TOWNS["own"]
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
HOOK = {"url": "https://93.184.216.34/hook"}
PLURALS = {noun.name: noun.plural for noun in NOUNS}
# From the handling of a site to the write-off that is asked for.
TO_WRITEOFF = ("closing", "closed_pending", "accepted", "monitoring", "writeoff_requested")
# Made by a verb of their own, at the noun's address.
CREATING = {"create", "submit", "add", "make", "begin", "sign", "publish"}


@dataclass(frozen=True)
class Try:
    """What to send: the record's id (empty: a new one), its parent, values, and the members beside them.

    `placed` is false where the record that is made lies in the county of whoever asks: it has no other place.
    """

    action: str
    id: str = ""
    set: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    placed: bool = True

    def request(self, record_id: str = "") -> tuple[str, str, Any]:
        """Return method, path and JSON of the request by REST; `record_id` stands for another record."""
        noun, _, verb = self.action.partition(".")
        plural, record_id = f"/api/v1/{PLURALS[noun]}", record_id or self.id
        parent = {"parent": {"id": record_id or self.parent}} if self.parent else {}
        body = self.more | ({"set": self.set} if self.set else {})
        if verb == "view":
            return "GET", f"{plural}/{record_id}/{'original' if noun == 'photo' else 'points'}", None
        if noun == "receipt":
            return "POST", f"/api/v1/held/{record_id}/{verb}", body
        if verb in CREATING:
            return "POST", plural, {"set": self.set} | parent
        return ("PATCH", f"{plural}/{record_id}", body) if verb == "edit" else (
            "POST", f"{plural}/{record_id}/{verb}", body,
        )  # fmt: skip

    def operation(self, cell: str, base: str, record_id: str = "") -> dict[str, Any]:
        """Return the same as an operation of a phone."""
        above = {"parent": {"id": record_id or self.parent}} if self.parent else {}
        target = new_id() if not self.id else record_id or self.id
        op = {"op": new_id(), "cell": cell, "action": self.action, "id": target, "set": self.set}
        return op | above | self.more | ({"base": base} if base else {})


class Stage:
    """A county with somebody to make what is tried on; nobody of the matrix made any of it."""

    def __init__(self, county: County, cast: dict[tuple[str, str], Person]):
        self.county, self.cast = county, cast
        self.clerk, self.admin = county.screen(), county.screen("admin")
        self.inspector = county.phone(county.person("inspector", f"t-{TOWN}"), pull=False)
        self.field = Screen(county, county.person("inspector", f"t-{TOWN}"))
        self.field.phone.upload(CONTENT)
        self.numbers = itertools.count(1)
        self._tries: dict[tuple[str, str], Try] = {}

    def attempt(self, action: str, person: Person) -> Try:
        """Return the try of an action that stands ready for this person: of what only an author may, his own."""
        own = person.scope == "own" and action in PERSONAL and person.role in PERSONAL[action]
        key = action, person.role if own else ""
        if key not in self._tries:
            by = _Author(self, person) if own else _Author(self, None)
            made = TRIES[action](self, by)
            self._tries[key] = made if isinstance(made, Try) else Try(action, **made)
        return self._tries[key]

    # What records are made of

    def post(self, plural: str, fields: dict, parent: str = "", by: Screen | None = None) -> str:
        above = {"parent": {"id": parent}} if parent else {}
        return (by or self.clerk).post(plural, set=fields, **above)["id"]

    def site(self, **fields) -> str:
        plain = {"name": f"硐{next(self.numbers)}", "site_kind": "adit", "town_code": TOWN, "mineral_code": "coal"}
        return self.post("sites", plain | fields)

    def brought(self, *statuses: str) -> str:
        """Return a site that was brought into the last of these statuses."""
        site = self.site()
        for to in ("verifying", "confirmed", "registered", "handling", *statuses):
            self.clerk.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
        return site

    def verifying(self) -> dict[str, str]:
        """Return what a site needs to be verified: who does it, and by when."""
        return {"to": "verifying", "verifier": self.field.phone.user, "verify_by": TODAY}

    def inspection(self, *verbs: str, by: Any = None) -> str:
        made = self.post("inspections", {"activity": "none"}, self.site(), by or self.field)
        for verb in verbs:
            self.clerk.act(f"inspections/{made}/{verb}", reason="x")
        return made

    def plan(self, is_active: bool = False) -> str:
        fields = {"town_code": TOWN, "items": "x", "area": "x", "record_form": "patrol", "cycles/noncoal": 30}
        plan = self.post("patrol_plans", fields | {f"owners/{self.field.phone.user}": True})
        if is_active:
            self.clerk.act(f"patrol_plans/{plan}/activate")
        return plan

    def task(self) -> str:
        return self.post(
            "patrol_tasks",
            {"title": "x", "town_code": TOWN, "task_date": "2026-01-02", f"sites/{self.site()}": True},
        )

    def photo(self, by: Any = None) -> str:
        given = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT)}
        return self.post("photos", given, self.inspection(), by or self.field)

    def track(self, by: Any = None) -> str:
        content = f'["2026-10-03T01:11:00Z", 26.1, 117.4, {next(self.numbers)}]\n'.encode()
        given = {"town_code": TOWN, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        by = by or self.field
        by.phone.upload(content)
        return self.post("patrol_tracks", given, by=by)

    def conflict(self) -> str:
        """Return an open conflict that both sides may settle."""
        site = self.post("sites", {"name": "硐", "site_kind": "adit", "town_code": TOWN, "remark": "a"})
        phone = self.inspector
        phone.pull()
        self.clerk.patch(f"sites/{site}", remark="county")
        phone.change(site, {"remark": "township"})
        (result,) = phone.push()
        return result["conflicts"][0]

    def among_itself(self) -> str:
        """Return an open conflict of two of the township: its manager's to settle."""
        site = self.site(place_name="a")
        phone = self.inspector
        phone.pull()
        self.field.patch(f"sites/{site}", place_name="b")
        phone.change(site, {"place_name": "c"})
        (result,) = phone.push()
        return result["conflicts"][0]

    def held(self) -> str:
        op = self.inspector.do("site.edit", new_id(), {"remark": "x"})
        self.inspector.push()
        return op["op"]

    def person(self) -> str:
        role = {"roles/r0": True, "roles/r0/role": "inspector", "roles/r0/scope": f"t-{TOWN}"}
        login = {"name": "x", "login": f"somebody{next(self.numbers)}"}
        return self.admin.post("people", set=login | role)["id"]

    def device(self) -> str:
        return self.county.phone(self.county.person("inspector", f"t-{TOWN}"), pull=False).device

    def closure(self) -> str:
        """Return a closure with one item that failed, before its acceptance."""
        site = self.brought()
        closure = self.post("closures", {}, site)
        team = {f"team/{unit}": True for unit in "ab"} | {f"team/{unit}/unit": unit for unit in "ab"}
        self.clerk.patch(f"closures/{closure}", **team, items__K13__result="fail")
        for to in ("closing", "closed_pending"):
            self.clerk.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
        return closure

    def rectification(self, is_done: bool = False) -> str:
        row = self.post("rectifications", {"description": "x"}, self.site())
        if is_done:
            self.field.patch(f"rectifications/{row}", done_on="2026-05-01")
        return row

    def signature(self) -> str:
        site = self.site()
        return self.post("dossier_signatures", {"role": "filed_by", "revision": self.rev("sites", site)}, site)

    def request(self) -> str:
        site = self.site()
        self.clerk.act(f"sites/{site}/transit", set=self.verifying())
        return self.post("requests", {"target": site, "to": "confirmed", "reason": "x"}, site, self.field)

    def frozen(self) -> str:
        day = date(2000, 1, 1) + timedelta(days=next(self.numbers))
        return self.clerk.post(f"reports/1/freeze?from={day}&to={day}")["id"]

    def rev(self, plural: str, record_id: str) -> str:
        return self.admin.get(f"{plural}/{record_id}")["rev"]


class _Author:
    """Somebody of the matrix as the maker of a record of his own; without one, the county's own field worker."""

    def __init__(self, stage: Stage, person: Person | None):
        self.person = person
        self.screen = stage.field if person is None else _Screen(stage.county, person)

    @property
    def role(self) -> str:
        return self.person.role if self.person else ""


class _Screen(Screen):
    """A screen that somebody has signed in at already."""

    def __init__(self, county: County, person: Person):
        self.county, self.login = county, person.login
        self.phone = county.phone(person.login, pull=False)


# Actions whose try is another one for each role: an author's own, a reviewer's claim, a signer's post.
FIELD, DESK = ("inspector", "manager", "reviewer", "admin"), ("reviewer", "admin")
PERSONAL = {
    "inspection.withdraw": FIELD, "inspection.resubmit": FIELD, "photo.drop": FIELD,
    "patrol_track.edit": FIELD[:2], "patrol_track.end": FIELD[:2], "patrol_track.view": FIELD[:1],
    "inspection.release": DESK, "dossier_signature.sign": ("leader",), "conflict.resolve": ("manager",),
}  # fmt: skip

Made = Callable[[Stage, _Author], dict[str, Any]]


def _reason(**more: Any) -> dict[str, Any]:
    return {"more": {"reason": "x"}, **more}


def _sign(s: Stage, by: _Author) -> dict[str, Any]:
    site, role = s.site(), "responsible" if by.role == "leader" else "filed_by"
    return {"set": {"role": role, "revision": s.rev("sites", site)}, "parent": site}


def _claimed(s: Stage, by: _Author) -> dict[str, Any]:
    """Return an inspection whose review this person has begun, or another reviewer."""
    visit = s.inspection()
    (by.screen if by.person else s.clerk).act(f"inspections/{visit}/begin_review")
    return _reason(id=visit)


def _login(s: Stage) -> dict[str, Any]:
    return {"name": "x", "login": f"new{next(s.numbers)}"}


SITE = {"name": "x", "site_kind": "adit", "town_code": TOWN, "mineral_code": "coal"}
AREA = {"level": "township", "code": TOWN, "name": "x", "valid_from": "2026-01-01"}
MINERAL = {"mineral_code": "coal", "valid_from": "2026-01-01"}
CASE = {"cause": "x", "body": "x", "act_county_code": "350899"}
MEASURE, APPRAISAL = {"name": "x", "type": "fine"}, {"no": "x", "issuer": "x"}
TRADE = {"title": "x", "act_county_code": "350899"}

TRIES: dict[str, Made] = {
    "site.create": lambda s, by: {"set": SITE},
    "site.edit": lambda s, by: {"id": s.site(), "set": {"remark": "x"}},
    "site.void": lambda s, by: _reason(id=s.site()),
    "site.move": lambda s, by: {"id": s.site(), "set": {"town_code": TOWNS["neighbouring"]}},
    "site.transit": lambda s, by: {"id": s.site(), "set": s.verifying()},
    "site.endorse": lambda s, by: {"id": s.brought(*TO_WRITEOFF)},
    "site.merge": lambda s, by: _reason(id=s.site(), set={"into": s.site()}),
    "dossier_signature.sign": _sign,
    "dossier_signature.void": lambda s, by: _reason(id=s.signature()),
    "closure.create": lambda s, by: {"parent": s.brought()},
    "closure.edit": lambda s, by: {"id": s.closure(), "set": {"executed_by": "x"}},
    "closure.conclude": lambda s, by: {"id": s.closure(), "set": {"conclusion": "fail"}},
    "closure.void": lambda s, by: _reason(id=s.closure()),
    "rectification.create": lambda s, by: {"set": {"description": "x"}, "parent": s.site()},
    "rectification.edit": lambda s, by: {"id": s.rectification(), "set": {"description": "y"}},
    "rectification.recheck": lambda s, by: {"id": s.rectification(True), "set": {"result": "pass"}},
    "rectification.void": lambda s, by: _reason(id=s.rectification()),
    "checklist.publish": lambda s, by: {
        "set": {"items/A01": True, "items/A01/label_zh": "x"}, "placed": False,
    },
    "key_area.create": lambda s, by: {"set": AREA, "placed": False},
    "key_area.edit": lambda s, by: {"id": s.post("key_areas", AREA), "set": {"name": "y"}},
    "key_area.void": lambda s, by: _reason(id=s.post("key_areas", AREA)),
    "key_mineral.create": lambda s, by: {"set": MINERAL, "placed": False},
    "key_mineral.edit": lambda s, by: {"id": s.post("key_minerals", MINERAL), "set": {"source": "y"}},
    "key_mineral.void": lambda s, by: _reason(id=s.post("key_minerals", MINERAL)),
    "campaign.create": lambda s, by: {"set": {"name": "x"}, "placed": False},
    "campaign.edit": lambda s, by: {"id": s.post("campaigns", {"name": "x"}), "set": {"name": "y"}},
    "campaign.void": lambda s, by: _reason(id=s.post("campaigns", {"name": "x"})),
    "patrol_plan.create": lambda s, by: {"set": {"town_code": TOWN}},
    "patrol_plan.edit": lambda s, by: {"id": s.plan(), "set": {"note": "x"}},
    "patrol_plan.activate": lambda s, by: {"id": s.plan()},
    "patrol_plan.finish": lambda s, by: {"id": s.plan(True)},
    "patrol_plan.generate": lambda s, by: {"id": s.plan(True), "set": {"from": TODAY, "to": TODAY}},
    "patrol_plan.after_rain": lambda s, by: {"id": s.plan(True)},
    "patrol_task.create": lambda s, by: {"set": {"town_code": TOWN, "task_date": "2026-10-03"}},
    "patrol_task.edit": lambda s, by: {"id": s.task(), "set": {"note": "x"}},
    "patrol_task.take": lambda s, by: {"id": s.task()},
    "patrol_task.finish": lambda s, by: {"id": s.task()},
    "patrol_task.explain": lambda s, by: _reason(id=s.task()),
    "patrol_task.decide": lambda s, by: _reason(id=s.task(), set={"to": "overdue"}),
    "patrol_task.cancel": lambda s, by: _reason(id=s.task()),
    "patrol_track.begin": lambda s, by: {"set": {"town_code": TOWN}},
    "patrol_track.edit": lambda s, by: {"id": s.track(by.screen), "set": {"area_note": "x"}},
    "patrol_track.end": lambda s, by: {"id": s.track(by.screen), "set": {"points": 2}},
    "patrol_track.view": lambda s, by: {"id": s.track(by.screen)},
    "inspection.submit": lambda s, by: {"set": {"activity": "none"}, "parent": s.site()},
    "inspection.edit": lambda s, by: {"id": s.inspection(), "set": {"remark": "x"}},
    "inspection.withdraw": lambda s, by: {"id": s.inspection(by=by.screen)},
    "inspection.resubmit": lambda s, by: {"id": s.inspection("return", by=by.screen), "set": {"remark": "y"}},
    "inspection.begin_review": lambda s, by: {"id": s.inspection()},
    "inspection.release": _claimed,
    "inspection.take_over": lambda s, by: _reason(id=s.inspection("begin_review")),
    "inspection.correct": lambda s, by: _reason(id=s.inspection(), set={"county/activity": "none"}),
    "inspection.reopen": lambda s, by: _reason(id=s.inspection("approve")),
    "inspection.approve": lambda s, by: {"id": s.inspection()},
    "inspection.return": lambda s, by: _reason(id=s.inspection()),
    "inspection.void": lambda s, by: _reason(id=s.inspection()),
    "photo.add": lambda s, by: {"set": {"sha256": "ab" * 32}, "parent": s.inspection()},
    "photo.edit": lambda s, by: {"id": s.photo(), "set": {"caption": "x"}},
    "photo.drop": lambda s, by: {"id": s.photo(by.screen)},
    "photo.view": lambda s, by: {"id": s.photo()},
    "request.make": lambda s, by: {"set": {"to": "verifying"}, "parent": s.site()},
    "request.grant": lambda s, by: _reason(id=s.request(), set={"override": True}),
    "request.refuse": lambda s, by: _reason(id=s.request()),
    "conflict.resolve": lambda s, by: {
        "id": s.among_itself() if by.role == "manager" else s.conflict(), "more": {"choose": "current"},
    },
    "receipt.admit": lambda s, by: {"id": s.held()},
    "receipt.force": lambda s, by: {"id": s.held()},
    "receipt.close": lambda s, by: _reason(id=s.held()),
    "party.create": lambda s, by: {"set": {"name": "x"}, "parent": s.site()},
    "party.edit": lambda s, by: {"id": s.post("parties", {"name": "x"}, s.site()), "set": {"remark": "x"}},
    "party.void": lambda s, by: _reason(id=s.post("parties", {"name": "x"}, s.site())),
    "case.create": lambda s, by: {"set": CASE, "placed": False},
    "case.edit": lambda s, by: {"id": s.post("cases", CASE), "set": {"remark": "x"}},
    "case.void": lambda s, by: _reason(id=s.post("cases", CASE)),
    "person_measure.create": lambda s, by: {"set": MEASURE, "parent": s.post("cases", CASE)},
    "person_measure.edit": lambda s, by: {"id": s.post("person_measures", MEASURE), "set": {"remark": "x"}},
    "person_measure.void": lambda s, by: _reason(id=s.post("person_measures", MEASURE)),
    "damage_appraisal.create": lambda s, by: {"set": APPRAISAL, "parent": s.post("cases", CASE)},
    "damage_appraisal.edit": lambda s, by: {"id": s.post("damage_appraisals", APPRAISAL), "set": {"remark": "x"}},
    "damage_appraisal.void": lambda s, by: _reason(id=s.post("damage_appraisals", APPRAISAL)),
    "trade_incident.create": lambda s, by: {"set": TRADE, "placed": False},
    "trade_incident.edit": lambda s, by: {"id": s.post("trade_incidents", TRADE), "set": {"remark": "x"}},
    "trade_incident.void": lambda s, by: _reason(id=s.post("trade_incidents", TRADE)),
    "period_report.supersede": lambda s, by: _reason(id=s.frozen()),
    "person.create": lambda s, by: {"set": _login(s), "placed": False},
    "person.edit": lambda s, by: {"id": s.person(), "set": {"unit": "x"}},
    "person.reassign": lambda s, by: {"id": s.person(), "set": {"towns": [TOWNS["neighbouring"]]}},
    "person.hand_over": lambda s, by: _reason(
        id=s.person(), set={"town": TOWN, "to": s.field.phone.user, "why": "departure"},
    ),
    "webhook.create": lambda s, by: {"set": HOOK, "placed": False},
    "webhook.edit": lambda s, by: {"id": s.post("webhooks", HOOK, by=s.admin), "set": {"note": "x"}},
    "webhook.void": lambda s, by: {"id": s.post("webhooks", HOOK, by=s.admin)},
    "person.import": lambda s, by: {"id": s.person(), "set": {"sha256": "x"}},
    "person.deactivate": lambda s, by: {"id": s.person()},
    "device.edit": lambda s, by: {"id": s.device(), "set": {"name": "x"}},
    "device.revoke": lambda s, by: _reason(id=s.device(), set={"erase": "now"}),
}  # fmt: skip
