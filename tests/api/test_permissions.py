"""Who may do what: every action of the table by every role, through HTTP."""

import hashlib
import itertools
from datetime import UTC, datetime

import pytest
from conftest import close
from county import FAST, T1, Screen, verifier

from fieldsync import create_app
from fieldsync.actions import ACTIONS
from fieldsync.demo.phone import Refused
from fieldsync.ids import new_id
from fieldsync.moments import day_of
from fieldsync.sync.nouns import ROLES, TOWNSHIP_ROLES

from . import world as worlds
from .deskwork import closing_moves, county_books
from .raw import Raw
from .world import CONTENT

# What only the county's own scope holds: to a township it is not there.
COUNTYS = {"party", "person", "device", "checklist", "key_area", "key_mineral", "campaign"} | {
    "case", "person_measure", "damage_appraisal", "trade_incident", "period_report", "webhook",
}  # fmt: skip
# Done by the author alone: who else holds the role hears that he may not.
AUTHORS = {
    "inspection.withdraw", "inspection.resubmit", "photo.drop", "patrol_track.edit", "patrol_track.end",
}  # fmt: skip
TODAY = day_of(datetime.now(UTC))
DOORS = [action for action in ACTIONS if action.who]


class Stage:
    """The world, with somebody of every role, and a fresh record for each try."""

    def __init__(self, app):
        self.world = worlds.build(app)
        self.numbers = itertools.count(1)
        county = self.world.county
        self.people = {
            role: Screen(county, county.person(role, f"t-{T1}" if role in TOWNSHIP_ROLES else "c-350899"))
            for role in sorted(ROLES - {"superior"})
        }
        self.officer = county.screen("superior", cell="350000")

    @property
    def reviewer(self) -> Screen:
        return self.world.reviewer

    def site(self, by: Screen | None = None, status: str = "") -> str:
        fields = {"name": f"硐{next(self.numbers)}", "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}
        return (by or self.reviewer).post("sites", set=fields)["id"]

    def inspection(self, by: Screen | None = None, *verbs: str) -> str:
        visit = (by or self.people["inspector"]).post(
            "inspections", set={"activity": "none"}, parent={"id": self.site()}
        )
        for verb in verbs:
            self.reviewer.act(f"inspections/{visit['id']}/{verb}", reason="x")
        return visit["id"]

    def claimed(self, by: Screen) -> str:
        """Return an inspection that this reviewer has begun, or another one has."""
        visit = self.inspection()
        holder = by if by in (self.people["reviewer"], self.people["admin"]) else self.reviewer
        holder.act(f"inspections/{visit}/begin_review")
        return visit

    def task(self, by: Screen | None = None) -> str:
        fields = {"title": "x", "town_code": T1, "task_date": "2026-01-02", f"sites/{self.site()}": True}
        return (by or self.reviewer).post("patrol_tasks", set=fields)["id"]

    def plan(self, is_active: bool = False) -> str:
        fields = {"town_code": T1, "items": "x", "area": "x", "record_form": "patrol", "cycles/noncoal": 30}
        fields |= {f"owners/{self.people['inspector'].phone.user}": True}
        plan = self.reviewer.post("patrol_plans", set=fields)["id"]
        if is_active:
            self.reviewer.act(f"patrol_plans/{plan}/activate")
        return plan

    def photo(self, by: Screen | None = None) -> str:
        given = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT)}
        return (by or self.people["inspector"]).post("photos", set=given, parent={"id": self.inspection()})["id"]

    def track(self, by: Screen | None = None) -> str:
        content = f'["2026-10-03T01:11:00Z", 26.1, 117.4, {next(self.numbers)}]\n'.encode()
        given = {"town_code": T1, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        by = by or self.people["inspector"]
        by.phone.upload(content)
        return by.post("patrol_tracks", set=given)["id"]

    def request(self, by: Screen | None = None) -> str:
        site = self.site()
        self.reviewer.act(f"sites/{site}/transit", set={"to": "verifying"} | verifier(self.world.phone))
        given = {"target": site, "to": "confirmed", "reason": "x"}
        return (by or self.people["inspector"]).post("requests", set=given, parent={"id": site})["id"]

    def conflict(self) -> str:
        site = self.site()
        record = self.reviewer.get(f"sites/{site}")
        self.reviewer.patch(f"sites/{site}", patrol_class="key")
        inspector = self.people["inspector"]
        answer = inspector.patch(f"sites/{site}", mining_method="underground")
        assert answer["id"] == record["id"]
        phone = self.world.phone
        phone.pull()
        self.reviewer.patch(f"sites/{site}", place_name="county")
        phone.change(site, {"place_name": "township"})
        (result,) = phone.push()
        return result["conflicts"][0]

    def held(self) -> str:
        op = self.world.phone.do("site.edit", new_id(), {"remark": "x"})
        self.world.phone.push()
        return op["op"]

    def person(self) -> str:
        given = {"name": "x", "login": f"somebody{next(self.numbers)}"}
        role = {"roles/r0": True, "roles/r0/role": "inspector", "roles/r0/scope": f"t-{T1}"}
        return self.world.admin.post("people", set=given | role)["id"]

    def webhook(self) -> str:
        return self.world.admin.post("webhooks", set={"url": "https://example.org/"})["id"]

    def device(self) -> str:
        return self.world.county.inspector().device

    def handled(self) -> str:
        """Return a site whose closure can begin."""
        site = self.site()
        for to in ("verifying", "confirmed", "registered", "handling"):
            self.reviewer.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
        return site

    def brought(self, *statuses: str) -> str:
        """Return a site that came on from there."""
        site = self.handled()
        for to in statuses:
            self.reviewer.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
        return site

    def signature(self) -> str:
        site = self.site()
        given = {"role": "filed_by", "revision": self.reviewer.get(f"sites/{site}")["rev"]}
        return self.reviewer.post("dossier_signatures", set=given, parent={"id": site})["id"]

    def closure(self) -> str:
        """Return a closure with one item that failed, before its acceptance."""
        site = self.handled()
        closure = self.reviewer.post("closures", set={}, parent={"id": site})["id"]
        team = {f"team/{unit}": True for unit in "ab"} | {f"team/{unit}/unit": unit for unit in "ab"}
        self.reviewer.patch(f"closures/{closure}", **team, items__K13__result="fail")
        for to in ("closing", "closed_pending"):
            self.reviewer.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason="x")
        return closure

    def rectification(self, done: bool = False) -> str:
        site = self.site()
        row = self.reviewer.post("rectifications", set={"description": "x"}, parent={"id": site})["id"]
        if done:
            self.people["inspector"].patch(f"rectifications/{row}", done_on="2026-05-01")
        return row

    def dated(self, noun: str) -> str:
        """Return an entry with days of validity, or a campaign."""
        fields = {
            "key_areas": {"level": "township", "code": T1, "name": "x", "valid_from": "2026-01-01"},
            "key_minerals": {"mineral_code": "coal", "valid_from": "2026-01-01"}, "campaigns": {"name": "x"},
        }  # fmt: skip
        return self.reviewer.post(noun, set=fields[noun])["id"]

    def party(self) -> str:
        return self.reviewer.post("parties", set={"name": "x"}, parent={"id": self.site()})["id"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("permissions"), **FAST)
    yield Stage(app)
    close(app)


def made_for(stage: Stage, name: str, actor: Screen) -> tuple[str, str, dict]:
    """Return method, path and body of a request that succeeds where it is allowed."""
    site = {"name": "x", "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}
    by = actor if name in AUTHORS else None
    moves = {
        "site.create": lambda: ("POST", "sites", {"set": site}),
        "site.edit": lambda: ("PATCH", f"sites/{stage.site()}", {"set": {"remark": "x"}}),
        "site.void": lambda: ("POST", f"sites/{stage.site()}/void", {"reason": "x"}),
        "site.move": lambda: ("POST", f"sites/{stage.site()}/move", {"set": {"town_code": "350899102"}}),
        "site.transit": lambda: (
            "POST",
            f"sites/{stage.site()}/transit",
            {"set": {"to": "verifying"} | verifier(stage.world.phone)},
        ),
        "patrol_plan.create": lambda: ("POST", "patrol_plans", {"set": {"town_code": T1}}),
        "patrol_plan.edit": lambda: ("PATCH", f"patrol_plans/{stage.plan()}", {"set": {"note": "x"}}),
        "patrol_plan.activate": lambda: ("POST", f"patrol_plans/{stage.plan()}/activate", {}),
        "patrol_plan.finish": lambda: ("POST", f"patrol_plans/{stage.plan(True)}/finish", {}),
        "patrol_plan.generate": lambda: (
            "POST",
            f"patrol_plans/{stage.plan(True)}/generate",
            {"set": {"from": TODAY, "to": TODAY}},
        ),
        "patrol_plan.after_rain": lambda: ("POST", f"patrol_plans/{stage.plan(True)}/after_rain", {}),
        "patrol_task.explain": lambda: ("POST", f"patrol_tasks/{stage.task()}/explain", {"reason": "x"}),
        "patrol_task.create": lambda: (
            "POST",
            "patrol_tasks",
            {"set": {"town_code": T1, "task_date": "2026-10-03"}},
        ),
        "patrol_task.edit": lambda: ("PATCH", f"patrol_tasks/{stage.task()}", {"set": {"note": "x"}}),
        "patrol_task.take": lambda: ("POST", f"patrol_tasks/{stage.task()}/take", {}),
        "patrol_task.finish": lambda: ("POST", f"patrol_tasks/{stage.task()}/finish", {}),
        "patrol_task.decide": lambda: (
            "POST",
            f"patrol_tasks/{stage.task()}/decide",
            {"set": {"to": "overdue"}, "reason": "x"},
        ),
        "patrol_task.cancel": lambda: ("POST", f"patrol_tasks/{stage.task()}/cancel", {"reason": "x"}),
        "patrol_track.begin": lambda: ("POST", "patrol_tracks", {"set": {"town_code": T1}}),
        "patrol_track.edit": lambda: ("PATCH", f"patrol_tracks/{stage.track(by)}", {"set": {"area_note": "x"}}),
        "patrol_track.end": lambda: ("POST", f"patrol_tracks/{stage.track(by)}/end", {"set": {"points": 2}}),
        "patrol_track.view": lambda: ("GET", f"patrol_tracks/{stage.track()}/points", {}),
        "inspection.submit": lambda: (
            "POST",
            "inspections",
            {"set": {"activity": "none"}, "parent": {"id": stage.site()}},
        ),
        "inspection.edit": lambda: ("PATCH", f"inspections/{stage.inspection()}", {"set": {"remark": "x"}}),
        "inspection.withdraw": lambda: ("POST", f"inspections/{stage.inspection(by)}/withdraw", {}),
        "inspection.resubmit": lambda: (
            "POST",
            f"inspections/{stage.inspection(by, 'return')}/resubmit",
            {"set": {"remark": "y"}},
        ),
        "inspection.begin_review": lambda: ("POST", f"inspections/{stage.inspection()}/begin_review", {}),
        "inspection.approve": lambda: ("POST", f"inspections/{stage.inspection()}/approve", {}),
        "inspection.release": lambda: (
            "POST",
            f"inspections/{stage.claimed(actor)}/release",
            {"reason": "x"},
        ),
        "inspection.take_over": lambda: (
            "POST",
            f"inspections/{stage.inspection(None, 'begin_review')}/take_over",
            {"reason": "x"},
        ),
        "inspection.correct": lambda: (
            "POST",
            f"inspections/{stage.inspection()}/correct",
            {"reason": "x", "set": {"county/activity": "none"}},
        ),
        "inspection.reopen": lambda: (
            "POST",
            f"inspections/{stage.inspection(None, 'approve')}/reopen",
            {"reason": "x"},
        ),
        "inspection.return": lambda: ("POST", f"inspections/{stage.inspection()}/return", {"reason": "x"}),
        "inspection.void": lambda: ("POST", f"inspections/{stage.inspection()}/void", {"reason": "x"}),
        "photo.add": lambda: (
            "POST",
            "photos",
            {"set": {"sha256": "ab" * 32}, "parent": {"id": stage.inspection()}},
        ),
        "photo.edit": lambda: ("PATCH", f"photos/{stage.photo()}", {"set": {"caption": "x"}}),
        "photo.drop": lambda: ("POST", f"photos/{stage.photo(by)}/drop", {}),
        "photo.view": lambda: ("GET", f"photos/{stage.photo()}/original", {}),
        "request.make": lambda: ("POST", "requests", {"set": {"to": "verifying"}, "parent": {"id": stage.site()}}),
        "request.grant": lambda: (
            "POST",
            f"requests/{stage.request()}/grant",
            {"set": {"override": True}, "reason": "x"},
        ),
        "request.refuse": lambda: ("POST", f"requests/{stage.request()}/refuse", {"reason": "x"}),
        "conflict.resolve": lambda: ("POST", f"conflicts/{stage.conflict()}/resolve", {"choose": "current"}),
        "receipt.admit": lambda: ("POST", f"held/{stage.held()}/admit", {}),
        "receipt.force": lambda: ("POST", f"held/{stage.held()}/force", {}),
        "receipt.close": lambda: ("POST", f"held/{stage.held()}/close", {"reason": "x"}),
        "party.create": lambda: ("POST", "parties", {"set": {"name": "x"}, "parent": {"id": stage.site()}}),
        "party.edit": lambda: ("PATCH", f"parties/{stage.party()}", {"set": {"remark": "x"}}),
        "party.void": lambda: ("POST", f"parties/{stage.party()}/void", {"reason": "x"}),
        **county_books(stage),
        "webhook.create": lambda: ("POST", "webhooks", {"set": {"url": "https://example.org/"}}),
        "webhook.edit": lambda: ("PATCH", f"webhooks/{stage.webhook()}", {"set": {"note": "x"}}),
        "webhook.void": lambda: ("POST", f"webhooks/{stage.webhook()}/void", {"reason": "x"}),
        "person.create": lambda: ("POST", "people", {"set": {"name": "x", "login": f"new{next(stage.numbers)}"}}),
        "person.edit": lambda: ("PATCH", f"people/{stage.person()}", {"set": {"unit": "x"}}),
        "person.reassign": lambda: (
            "POST",
            f"people/{stage.person()}/reassign",
            {"set": {"towns": ["350899102"]}},
        ),
        "person.hand_over": lambda: (
            "POST",
            f"people/{stage.person()}/hand_over",
            {"set": {"town": "350899101", "to": stage.person(), "why": "departure"}, "reason": "x"},
        ),
        "person.import": lambda: ("POST", f"people/{stage.person()}/import", {"set": {"sha256": "x"}}),
        "person.deactivate": lambda: ("POST", f"people/{stage.person()}/deactivate", {}),
        "device.edit": lambda: ("PATCH", f"devices/{stage.device()}", {"set": {"name": "x"}}),
        "device.revoke": lambda: (
            "POST",
            f"devices/{stage.device()}/revoke",
            {"set": {"erase": "now"}, "reason": "x"},
        ),
    }
    return (moves | closing_moves(stage, actor))[name]()


def rev_of(stage: Stage, path: str) -> str:
    parts = path.split("/")
    if len(parts) == 1 or parts[0] == "held":
        return ""
    return stage.world.admin.get("/".join(parts[:2]))["rev"]


@pytest.mark.parametrize("action", DOORS, ids=lambda action: action.name)
def test_every_role_by_the_table(stage, action):
    for role, actor in stage.people.items():
        allowed = role in action.who
        if not allowed and action.name in AUTHORS:
            method, path, given = made_for(stage, action.name, stage.people["inspector"])
        else:
            method, path, given = made_for(stage, action.name, actor)
        rev = rev_of(stage, path)
        headers = {"If_Match": f'"{rev}"'} if rev and method != "GET" else {}
        client = Raw(stage.world.app, actor.phone.token)
        answer = client(method, f"/api/v1/{path}", given if method != "GET" else None, **headers)
        told = answer.get_json(silent=True) if answer.mimetype.endswith("json") else None
        if allowed:
            assert answer.status_code in (200, 201), (role, told)
        elif role in TOWNSHIP_ROLES and (action.noun in COUNTYS or action.noun == "receipt"):
            assert answer.status_code == 404, (role, told)
        else:
            assert (answer.status_code, told["type"]) == (403, "/problems/not-allowed"), (role, told)
        if not allowed and rev:
            assert rev_of(stage, path) == rev, "who may not has changed something"


@pytest.mark.parametrize("action", DOORS, ids=lambda action: action.name)
def test_an_officer_of_the_province_changes_nothing_of_a_county(stage, action):
    method, path, given = made_for(stage, action.name, stage.people["inspector"])
    rev = rev_of(stage, path) if method != "POST" or path.count("/") > 1 else ""
    headers = {"If_Match": f'"{rev}"'} if rev else {}
    answer = Raw(stage.world.app, stage.officer.phone.token)(
        method, f"/api/v1/{path}", given if method != "GET" else None, **headers
    )
    assert answer.status_code in (403, 404), answer.data


@pytest.mark.parametrize("action", [a for a in ACTIONS if not a.phone], ids=lambda action: action.name)
def test_what_a_phone_may_not_send_is_rejected_by_push(stage, action):
    phone = stage.world.phone
    record = stage.world.ids.get({"person": "people", "party": "parties"}.get(action.noun, f"{action.noun}s"))
    op = phone.do(action.name, record, {"to": "verifying"}, reason="x")
    (result,) = phone.push()
    assert result["op"] == op["op"]
    assert result["status"] == "rejected"
    assert result["problem"]["type"] == "/problems/not-allowed"


@pytest.mark.parametrize("action", [a for a in ACTIONS if not a.who], ids=lambda action: action.name)
def test_what_the_server_does_alone_has_no_door(stage, action):
    noun = {"person": "people", "party": "parties"}.get(action.noun, f"{action.noun}s")
    for actor in stage.people.values():
        record = stage.world.ids[noun]
        answer = Raw(stage.world.app, actor.phone.token)("POST", f"/api/v1/{noun}/{record}/{action.verb}", {})
        assert answer.status_code in (404, 405)


def test_nobody_reviews_his_own_record(stage):
    reviewer = stage.people["reviewer"]
    visit = stage.inspection(reviewer)
    for verb in ("begin_review", "approve", "return"):
        with pytest.raises(Refused) as refused:
            reviewer.act(f"inspections/{visit}/{verb}", reason="x")
        assert (refused.value.status, refused.value.problem["reason"]) == (403, "own-record")
    stage.reviewer.act(f"inspections/{visit}/approve")


def test_who_holds_the_role_but_is_not_the_author(stage):
    visit, photo = stage.inspection(), stage.photo()
    for path in (f"inspections/{visit}/withdraw", f"photos/{photo}/drop"):
        for role in ("manager", "reviewer"):
            with pytest.raises(Refused) as refused:
                stage.people[role].act(path)
            assert refused.value.status == 403


def test_an_endpoint_that_names_nobody_is_closed(tmp_path):
    app = create_app(tmp_path, **FAST)
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    assert Raw(app)("GET", "/api/v1/forgotten").status_code == 403
    close(app)
