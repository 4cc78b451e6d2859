"""Devices, requests, parties, divisions: the nouns with few rules."""

import inspect
import re

import pytest
from county import OTHER_CELL, T1, T2, verifier

from fieldsync.domain import guards, requests
from fieldsync.ids import new_id
from fieldsync.sync import actors

# Devices


def test_an_enrolled_device(scene):
    body = scene.reviewer.get(f"devices/{scene.phone.device}")["body"]
    assert (body["name"], body["app"], body["person_id"]) == ("测试手机", "script/1", scene.phone.user)
    assert body["public_key/crv"] == "P-256"
    assert body["enrolled_at"]


def test_a_device_is_renamed_and_revoked_with_a_reason(scene, refusal):
    admin = scene.county.screen("admin")
    path = f"devices/{scene.phone.device}"
    admin.patch(path, name="备用机")
    assert refusal(admin.act, f"{path}/revoke", set={"erase": "now"}) == (400, "reason")
    assert refusal(admin.act, f"{path}/revoke", set={"erase": "burn"}, reason="x") == (400, "choice")
    admin.act(f"{path}/revoke", reason="遗失")
    body = admin.get(path)["body"]
    assert (body["name"], body["erase"], body["reason"]) == ("备用机", "after-drain", "遗失")
    answer = admin.patch(path, public_key__x="AA")
    assert answer["fields"] == {"public_key/x": "ignored"}


# Requests


def ask(scene, site: str, to: str, phone=None, **more) -> dict:
    phone = phone or scene.phone
    given = {"target": site, "to": to, "reason": "现场如此"} | more
    request = phone.create("request.make", given, parent=site)
    phone.sync()
    return phone.base(request).body | {"id": request}


def test_what_a_township_may_decide_is_granted_at_once(scene):
    site = scene.site()
    request = ask(scene, site, "verifying", **verifier(scene.phone))
    assert request["status"] == "granted"
    body = scene.phone.base(site).body
    assert (body["lifecycle_status"], body["verifier"]) == ("verifying", scene.phone.user)
    assert (body["verifier_name"], body["verify_by"]) == ("inspector1", "2099-12-31")


def test_what_the_county_decides_waits_for_it(scene, refusal):
    site = scene.site()
    scene.transit(site, "verifying")
    request = ask(scene, site, "confirmed")
    assert request["status"] == "pending"
    assert scene.body(f"sites/{site}")["lifecycle_status"] == "verifying"
    path = f"requests/{request['id']}/grant"
    assert refusal(scene.reviewer.act, path) == (409, "no-located-photo")
    scene.reviewer.act(path, set={"override": True}, reason="另有卫片为证")
    assert scene.body(f"sites/{site}")["lifecycle_status"] == "confirmed"
    body = scene.body(f"requests/{request['id']}")
    assert (body["status"], body["decided_by"]) == ("granted", scene.reviewer.phone.user)
    for verb in ("grant", "refuse"):
        assert refusal(scene.reviewer.act, f"requests/{request['id']}/{verb}", reason="x") == (409, "wrong-state")


def test_refused_with_a_reason_that_its_author_sees(scene, refusal):
    site = scene.site()
    scene.transit(site, "verifying")
    request = ask(scene, site, "dismissed")
    assert refusal(scene.reviewer.act, f"requests/{request['id']}/refuse") == (400, "reason")
    scene.reviewer.act(f"requests/{request['id']}/refuse", reason="证据不足")
    scene.phone.pull()
    body = scene.phone.base(request["id"]).body
    assert (body["status"], body["decision_reason"]) == ("refused", "证据不足")
    assert scene.body(f"sites/{site}")["lifecycle_status"] == "verifying"


@pytest.mark.parametrize("to", ["written_off", "nonsense", "lead"])
def test_what_the_states_do_not_allow_is_refused_with_a_code(scene, to):
    request = ask(scene, scene.site(), to)
    assert (request["status"], request["code"]) == ("refused", "wrong-state")


def test_every_refusal_has_words_for_the_phone():
    """A code is what a guard, or the request itself, gives as its reason."""
    text = "".join(inspect.getsource(module) for module in (guards, requests))
    assert set(re.findall(r'(?:Gap\(|"refused", )"([a-z-]+)"', text)) == set(requests.CODES)


def test_a_request_that_came_too_late_is_not_carried_out(scene, refusal):
    site = scene.site()
    scene.transit(site, "verifying")
    request = ask(scene, site, "confirmed")
    scene.transit(site, "dismissed")
    assert refusal(scene.reviewer.act, f"requests/{request['id']}/grant") == (409, "wrong-state")
    assert scene.body(f"requests/{request['id']}")["status"] == "pending"


def test_a_request_about_a_voided_site(scene):
    site = scene.site()
    scene.reviewer.act(f"sites/{site}/void", reason="x")
    request = scene.phone.create("request.make", {"target": site, "to": "verifying"}, parent=site)
    scene.phone.sync()
    body = scene.body(f"requests/{request}")
    assert (body["status"], body["code"]) == ("refused", "no-site")


def test_a_relapse_seen_on_patrol_counts_once_the_county_agrees(scene):
    site = scene.site()
    scene.transit(
        site, "verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted"
    )
    request = ask(scene, site, "relapsed")
    assert request["status"] == "pending"
    scene.reviewer.act(f"requests/{request['id']}/grant")
    body = scene.body(f"sites/{site}")
    assert (body["lifecycle_status"], body["relapse_count"]) == ("relapsed", 1)


# Parties


def test_parties_are_the_countys_alone(scene, refusal):
    site = scene.site()
    party = scene.reviewer.post("parties", set={"name": "张某", "role": "suspect"}, parent={"id": site})
    assert party["scope"] == "c-350899"
    assert len(party["body"]["salt"]) >= 32
    scene.phone.pull()
    assert party["id"] not in scene.phone.records()
    assert refusal(scene.phone.ask, "GET", f"/api/v1/parties/{party['id']}") == (404, "not-found")
    scene.reviewer.patch(f"parties/{party['id']}", phone="138")
    scene.reviewer.act(f"sites/{site}/move", set={"town_code": T2})
    assert scene.reviewer.get(f"parties/{party['id']}")["scope"] == "c-350899"
    neighbour = scene.county.inspector(T2)
    assert party["id"] not in neighbour.records()
    scene.reviewer.act(f"parties/{party['id']}/void", reason="同名")
    assert scene.reviewer.get(f"parties/{party['id']}")["voided"] is True


def test_two_reviewers_of_a_party(scene, refusal):
    party = scene.reviewer.post("parties", set={"name": "张某"}, parent={"id": scene.site()})
    other = scene.county.screen()
    other.patch(f"parties/{party['id']}", address="村头")
    stale = {"rev": party["rev"], "address": "村尾"}
    assert refusal(scene.reviewer.patch, f"parties/{party['id']}", **stale) == (412, "precondition-failed")


# Divisions


def test_divisions_are_everybodys_and_nobodys_to_change(scene, refusal):
    division = new_id()
    with scene.county.app.app_context():
        scene.county.engine.perform(
            actors.system("common"), "division.load", division, op=new_id(),
            set_={"code": T1, "name": "示范镇", "level": "township"},
        )  # fmt: skip
    scene.phone.pull()
    assert scene.phone.base(division).body["name"] == "示范镇"
    for screen in (scene.reviewer, scene.county.screen(cell=OTHER_CELL)):
        assert screen.get(f"divisions/{division}")["body"]["code"] == T1
        assert refusal(screen.patch, f"divisions/{division}", name="x")[0] == 405
    scene.phone.do("division.load", division, {"name": "x"})
    (result,) = scene.phone.push()
    assert result["status"] in ("rejected", "held")
    assert scene.reviewer.get(f"divisions/{division}")["body"]["name"] == "示范镇"
