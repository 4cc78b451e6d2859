"""Naming what is the server's or somebody else's changes nothing; markup and odd values are just text."""

import json

import orjson
import pytest
from county import OTHER_CELL, T1, T2

from fieldsync.actions import NOUNS
from fieldsync.ids import new_id

from .door import SITE, Door

pytestmark = pytest.mark.usefixtures("nothing_failed_inside")

FORGED = {
    "rev": "99-0000000000000000", "n": 99, "id": "x", "type": "party",
    "scope": "t-350899102", "scopes": "c-350899",
    "home": "t-350899102", "cell": OTHER_CELL, "meta": {"p": {}}, "__proto__": {"admin": True}, "body": {},
    "approved_rev": "1-0000000000000000", "state": "approved", "created_by": "nobody", "voided": True,
    "voided_at": "2026-01-01T00:00:00Z", "salt": "x", "seq": 1, "chain": "x", "by": "x", "author": "x",
    "received_at": "2001-01-01T00:00:00Z", "lifecycle_status": "written_off", "dossier_no": "1",
    "relapse_count": 0,
}  # fmt: skip


@pytest.mark.parametrize("verb", ["site.create", "site.edit"])
def test_48_forged_fields_are_ignored_with_an_issue_and_the_rest_applied(door: Door, verb: str):
    site = door.good()
    if verb == "site.edit":
        door.push(site)
    forged = door.op(verb, site["id"], set=SITE | FORGED | {"workers": 8}, **{"from": {"remark": "m"}})
    (result,) = door.push(forged)
    assert result["status"] == "applied"
    assert {path for path, outcome in result["fields"].items() if outcome == "ignored"} == set(FORGED)
    assert {i["path"] for i in result["issues"] if i["code"] == "server-owned"} == set(FORGED)
    body = door.phone.ask("GET", f"/api/v1/sites/{site['id']}")
    assert body["body"]["workers"] == 8
    assert body["scope"] == f"t-{T1}"
    assert body["body"]["created_by"] == door.phone.user
    assert body["body"]["lifecycle_status"] == "lead"
    assert not {"rev", "meta", "__proto__", "approved_rev", "state", "scope"} & body["body"].keys()
    # What was ignored stays in the receipt.
    assert door.receipts(forged["op"])[0]["set"]["approved_rev"] == FORGED["approved_rev"]


@pytest.mark.parametrize(
    "path", ["__proto__/x", "constructor", "meta/paths", "state/x", "county/state", "confirmed/rev"]
)
def test_48_paths_that_look_like_innards_have_no_effect(door: Door, path: str):
    site = door.good()
    (result,) = door.push(site | {"set": SITE | {path: "x"}})
    assert result["fields"][path] in ("held", "ignored")
    assert path not in door.phone.ask("GET", f"/api/v1/sites/{site['id']}")["body"]


def test_48_somebody_elses_name(door: Door):
    other = door.county.inspector(T1)
    site = door.good() | {"by": other.user, "author": other.user, "device": other.device, "side": "county",
                          "role": "admin", "user": other.user, "seq": 1, "received_at": "2001-01-01"}  # fmt: skip
    (result,) = door.push(site, by=other.user, author=other.user)
    assert result["status"] == "applied"
    (version,) = door.phone.ask("GET", f"/api/v1/sites/{site['id']}/versions")["versions"]
    assert (version["by"], version["device"], version["side"]) == (door.phone.user, door.phone.device, "township")
    assert version["received_at"][:4] != "2001"
    assert other.receipts(site["op"]) == []


def test_another_countys_cell(door: Door):
    foreign = door.county.phone(door.county.person("inspector", "t-350898101", cell=OTHER_CELL))
    secret = foreign.site(**SITE | {"town_code": "350898101", "remark": "planted secret"})
    foreign.sync()
    ops = [
        door.op("site.edit", secret, set={"remark": "x"}, base="1-0000000000000000") | {"cell": OTHER_CELL},
        door.op("site.create", secret, set=SITE) | {"cell": OTHER_CELL},
        door.op("site.create", set=SITE | {"town_code": "350898101"}) | {"cell": OTHER_CELL},
        door.op("division.load", set={"name": "x"}) | {"cell": "common"},
    ]
    for number in range(2):
        results = door.push(*ops, door.good())
        assert [r["status"] for r in results] == ["held"] * 3 + [results[3]["status"], "applied"]
        assert results[3]["status"] in ("held", "rejected")
        assert [r.get("why") for r in results[:3]] == ["out-of-scope"] * 3, number
    assert b"planted" not in orjson.dumps(results)
    # Nothing is lost: its author finds it again.
    receipts = door.receipts(*(op["op"] for op in ops))
    assert [r["op"] for r in receipts] == [op["op"] for op in ops]
    foreign.pull()
    assert foreign.base(secret).body["remark"] == "planted secret"
    assert len(foreign.records("site")) == 1


def test_a_foreign_township(door: Door):
    far = door.county.inspector(T2)
    site = far.site(**SITE | {"town_code": T2, "remark": "planted secret"})
    far.sync()
    ops = [
        door.op("site.edit", site, set={"remark": "x"}, **{"from": {"remark": "planted?"}}),
        door.op("inspection.submit", set={"activity": "none"}, parent={"id": site}),
        door.op("site.create", set=SITE | {"town_code": T2}),
    ]
    results = door.push(*ops, door.good())
    assert results[:3] == [{"op": op["op"], "status": "held", "why": "out-of-scope", "issues": []} for op in ops]
    assert results[3]["status"] == "applied"
    assert "planted secret" not in json.dumps(door.receipts(*(op["op"] for op in ops)))


def test_a_predecessor_that_never_comes_and_a_circle(door: Door):
    site, never = door.good(), new_id()
    waits = door.op("site.edit", site["id"], set={"remark": "x"}, after=[never])
    one, two = (
        door.op("site.edit", site["id"], set={"workers": 1}),
        door.op("site.edit", site["id"], set={"name": "x"}),
    )
    one["after"], two["after"] = [two["op"]], [one["op"]]
    self_ = door.op("site.edit", site["id"], set={"village": "x"})
    self_["after"] = [self_["op"]]
    results = door.push(site, waits, one, two, self_, door.good())
    assert [r["status"] for r in results] == ["applied", "held", "held", "held", "held", "applied"]
    assert [r["on"] for r in results[1:5]] == [[never], [two["op"]], [one["op"]], [self_["op"]]]
    assert door.push(site, waits, one, two, self_)[1:] == results[1:5]


@pytest.mark.parametrize(
    "at", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2024-02-30T00:00:00Z", "soon", ""]
)
def test_a_clock_wrong_by_years(door: Door, at: str):
    op = door.good() | {"at": at}
    (result,) = door.push(op)
    assert result["status"] == "applied"
    (version,) = door.phone.ask("GET", f"/api/v1/sites/{op['id']}/versions")["versions"]
    assert version["at"] == at
    codes = [issue["code"] for issue in result["issues"]]
    assert ("clock" in codes) == at.startswith("9999")


HTML = "<script>alert(1)</script><img src=x onerror=alert('1')>&amp;\"'`{{7*7}}${7*7}%00<!--"


def test_html_in_every_text_field_comes_back_as_the_same_text(door: Door):
    texts = {
        noun.name: [f.path.replace("**", "q").replace("*", "x") for f in noun.fields.declared
                    if f.kind in ("text", "any") and f.policy not in ("server", "county")]
        for noun in NOUNS
    }  # fmt: skip
    site = door.op("site.create", set=SITE | dict.fromkeys(texts["site"], HTML))
    visit = door.op("inspection.submit", set={"activity": "none"} | dict.fromkeys(texts["inspection"], HTML))
    visit["parent"] = {"id": site["id"]}
    photo = door.op("photo.add", set={"sha256": "0" * 64} | dict.fromkeys(texts["photo"], HTML))
    photo["parent"] = {"id": visit["id"]}
    asked = door.op("request.make", set={"target": site["id"], "to": "verifying", "reason": HTML})
    asked["parent"] = {"id": site["id"]}
    results = door.push(site, visit, photo, asked)
    assert [r["status"] for r in results] == ["applied"] * 4
    door.phone.pull()
    for op in (site, visit, photo, asked):
        body = door.phone.base(op["id"]).body
        given = {path: value for path, value in op["set"].items() if value == HTML}
        assert given
        assert {path: body[path] for path in given} == given
    answer = door.send(b"", "GET", f"/api/v1/sites/{site['id']}")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_values_of_the_wrong_kind_are_applied_with_issues(door: Door):
    odd = {
        "lon": "east", "workers": -5, "site_kind": "castle", "found_at": "noon",
        "violations/unlicensed": "yes", "tailings": 1,
    }  # fmt: skip
    op = door.op("site.create", set=SITE | odd)
    (result,) = door.push(op)
    assert result["status"] == "applied"
    assert {i["path"] for i in result["issues"]} == set(odd)
    assert door.phone.ask("GET", f"/api/v1/sites/{op['id']}")["body"]["lon"] == "east"


def test_a_dossier_without_a_township_or_with_a_nonsense_one_falls_to_its_author(door: Door):
    for town in (None, "nowhere", "35089910", 7, {"a": 1}, "x" * 3000):
        op = door.op("site.create", set=SITE | {"town_code": town})
        (result,) = door.push(op)
        assert result["status"] == "applied"
        door.phone.pull()
        assert op["id"] in door.phone.members[f"t-{T1}"]


def test_spaces_and_composed_characters_are_put_in_order(door: Door):
    op = door.op("site.create", set=SITE | {"name": "Cafe\u0301  \n", "remark": "  x\u3000", "lon": 117.123456789})
    door.push(op)
    body = door.phone.ask("GET", f"/api/v1/sites/{op['id']}")["body"]
    assert (body["name"], body["remark"], body["lon"]) == ("Caf\u00e9", "  x", 117.1234568)
