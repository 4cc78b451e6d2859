"""A wrong operation among good ones is kept with a clear outcome, and costs the others nothing."""

import json
from typing import Any

import pytest

from .door import SITE, Door

pytestmark = pytest.mark.usefixtures("nothing_failed_inside")


def deep(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"x": value}
    return value


POISON: dict[str, tuple[dict, str]] = {
    "NUL": ({"set": {"remark": "a\0b"}}, "nul"),
    "NUL in a key": ({"set": {"remark": {"a\0": 1}}}, "key"),
    "lone high surrogate": ({"set": {"remark": "\ud83d"}}, "lone-surrogate"),
    "lone low surrogate": ({"set": {"remark": "x\ude00y"}}, "lone-surrogate"),
    "lone surrogate in the reason": ({"reason": "\ud83d"}, "lone-surrogate"),
    "NaN": ({"set": {"lon": float("nan")}}, "not-finite"),
    "Infinity": ({"set": {"lon": float("inf")}}, "not-finite"),
    "-Infinity": ({"set": {"lon": -float("inf")}}, "not-finite"),
    "1e308": ({"set": {"lon": 1e308}}, "integer-range"),
    "2^60": ({"set": {"workers": 2**60}}, "integer-range"),
    "2^53 + 1": ({"set": {"workers": 2**53 + 1}}, "integer-range"),
    "-2^63": ({"set": {"workers": -(2**63)}}, "integer-range"),
    "300 digits": ({"set": {"workers": 10**300}}, "integer-range"),
    "depth 40": ({"set": {"answers/q": deep(40)}}, "depth"),
    "depth 17": ({"set": {"answers/q": deep(15)}}, "depth"),
    "depth 300": ({"set": {"answers/q": deep(300)}}, "depth"),
    "2,001 paths": ({"set": {f"answers/q{n}": 1 for n in range(2001)}}, "paths"),
    "2,001 paths seen": ({"from": {f"answers/q{n}": 1 for n in range(2001)}}, "paths"),
    "256 kB": ({"set": {"remark": "长" * 90_000}}, "limit"),
    "path upwards": ({"set": {"../x": 1}}, ""),
    "path with a space": ({"set": {"A B": 1}}, ""),
    "path in capitals": ({"set": {"Remark": 1}}, ""),
    "empty path": ({"set": {"": 1}}, ""),
    "slash": ({"set": {"/": 1}}, ""),
    "path with an end": ({"set": {"remark/": 1}}, ""),
    "path in Chinese": ({"set": {"备注": 1}}, ""),
    "path of 300": ({"set": {"a" * 300: 1}}, ""),
    "path of half a character": ({"set": {"\ud83d": 1}}, ""),
    "key in Chinese": ({"set": {"answers/q": {"备注": 1}}}, "key"),
    "path of 200 and a bit": ({"set": {"a/" + "b" * 199: 1}}, ""),
    "bad path seen": ({"from": {"A B": 1}}, ""),
    "set is a list": ({"set": [1]}, "operation"),
    "set is text": ({"set": "x"}, "operation"),
    "from is text": ({"from": "x"}, "operation"),
    "base is no revision": ({"base": "latest"}, "operation"),
    "base beyond counting": ({"base": "9999999999-0000000000000000"}, "operation"),
    "base is a number": ({"base": 3}, "operation"),
    "head is text": ({"head": "88123.5f"}, "operation"),
    "head below zero": ({"head": -1}, "operation"),
    "after is text": ({"after": "x"}, "operation"),
    "after names no operation": ({"after": ["x"]}, "operation"),
    "after names thousands": ({"after": ["0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10"] * 2000}, "operation"),
    "parent is text": ({"parent": "x"}, "operation"),
    "parent without id": ({"parent": {}}, "operation"),
    "at is a number": ({"at": 1764000000}, "operation"),
    "at is a novel": ({"at": "x" * 500}, "operation"),
    "id is missing": ({"id": None}, "operation"),
    "id is a number": ({"id": 7}, "operation"),
    "id in capitals": ({"id": "0198F3A2-7C11-7D3E-9A41-0B6F2F6F1D10"}, "operation"),
    "id goes upwards": ({"id": "../../etc/passwd"}, "operation"),
    "action is missing": ({"action": None}, "operation"),
    "action is a list": ({"action": ["site.edit"]}, "operation"),
    "action is no action": ({"action": "DROP TABLE"}, "action"),
    "cell is a number": ({"cell": 350899}, "cell"),
    "cell is no cell": ({"cell": "'; --"}, "cell"),
    "cell of nobody": ({"cell": "999999"}, "cell"),
}


@pytest.mark.parametrize(("parts", "reason"), POISON.values(), ids=POISON.keys())
def test_a_poisoned_operation_is_rejected_and_kept_and_costs_no_other(door: Door, parts: dict, reason: str):
    before, after = door.good(), door.good()
    poison = door.op("site.create", set=SITE) | parts
    results = door.push(before, poison, after)
    assert [r["status"] for r in results] == ["applied", "rejected", "applied"]
    assert results[1]["op"] == poison["op"]
    problem = results[1]["problem"]
    assert problem["type"] in ("/problems/bad-value", "/problems/bad-path", "/problems/too-large")
    assert problem.get("reason", "") == reason
    (receipt,) = door.receipts(poison["op"])
    assert receipt["status"] == "rejected"
    # Kept to the letter, if not as a value then as text.
    kept = json.loads(receipt["content"])
    if parts not in (POISON["300 digits"][0], *(p for p, r in POISON.values() if r == "not-finite")):
        assert kept == poison
    # The answer to a resend is the same; and there is one receipt of it.
    assert door.push(poison) == results[1:2]
    assert len(door.receipts(poison["op"])) == 1


@pytest.mark.parametrize("levels", [500, 900, 990, 1000, 1010])
def test_nested_beyond_all_reason(door: Door, levels: int):
    """Whatever a parser can still read is kept; what it cannot is not JSON."""
    poison = door.op("site.create")
    text = json.dumps({"ops": [door.good(), poison | {"set": "HERE"}]}).replace(
        '"HERE"', "[" * levels + "]" * levels
    )
    answer = door.send(text.encode())
    if answer.status_code == 400:
        assert answer.json["type"] == "/problems/bad-json"
        return
    assert [r["status"] for r in answer.json["results"]] == ["applied", "rejected"]
    (receipt,) = door.receipts(poison["op"])
    assert receipt["content"].count("[") == levels
    assert door.send(text.encode()).json["results"] == answer.json["results"]


@pytest.mark.parametrize("digits", [400, 4000, 5000, 20_000])
def test_a_number_of_thousands_of_digits(door: Door, digits: int):
    text = json.dumps({"ops": [door.good(), door.op("site.create", set={"workers": "HERE"})]})
    answer = door.send(text.replace('"HERE"', "9" * digits).encode())
    if answer.status_code == 200:
        assert [r["status"] for r in answer.json["results"]] == ["applied", "rejected"]
    else:
        assert answer.json["type"] == "/problems/bad-json"


@pytest.mark.parametrize(
    "value", ["x", 1, None, True, [], ["a"], [["op", "0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10"]]]
)
def test_an_operation_that_is_no_object(door: Door, value: Any):
    results = door.push(door.good(), value, door.good())
    assert [r["status"] for r in results] == ["applied", "rejected", "applied"]
    (receipt,) = door.receipts(results[1]["op"])
    assert json.loads(receipt["content"]) == value


@pytest.mark.parametrize("op_id", [None, "", "x", 5, "0198F3A2-7C11-7D3E-9A41-0B6F2F6F1D10", "\ud83d", "x" * 5000])
def test_an_operation_without_a_usable_id(door: Door, op_id: Any):
    bad = door.good() | {"op": op_id}
    if op_id is None:
        del bad["op"]
    results = door.push(door.good(), bad)
    assert [r["status"] for r in results] == ["applied", "rejected"]
    (receipt,) = door.receipts(results[1]["op"])
    assert json.loads(receipt["content"]) == bad
    assert door.push(bad)[0]["op"] == results[1]["op"]


def test_the_same_operation_twice_in_one_batch(door: Door):
    op = door.good()
    one, other, reused = door.push(op, op, op | {"set": SITE | {"remark": "other"}})
    assert one == other
    assert one["status"] == "applied"
    assert reused["problem"]["type"] == "/problems/op-id-reuse"
    assert [r["set"]["remark"] for r in door.receipts(op["op"])] == ["m", "other"]


def test_the_same_content_in_other_words_is_the_same_operation(door: Door):
    op = door.op("site.create", set=SITE | {"workers": 3, "lon": 117.5})
    (first,) = door.push(op)
    text = json.dumps({"ops": [dict(reversed(op.items()))]}).replace(": 3,", ": 3.0,").replace("117.5", "1175e-1")
    assert door.send(text.encode()).json["results"] == [first]


def test_an_unknown_action_waits_and_one_of_the_server_is_refused(door: Door):
    unknown, servers = door.op("site.levitate", set={"x": 1}), door.op("photo.arrive", set={"have": True})
    results = door.push(unknown, servers, door.good())
    assert [r["status"] for r in results] == ["held", "rejected", "applied"]
    assert [issue["code"] for issue in results[0]["issues"]] == ["unknown-action"]
    assert [r["status"] for r in door.receipts(unknown["op"], servers["op"])] == ["held", "rejected"]


def test_a_taken_id_of_another_kind(door: Door):
    site = door.good()
    results = door.push(site, door.op("patrol_task.edit", site["id"]), door.op("inspection.submit", site["id"]))
    assert [r["status"] for r in results] == ["applied", "rejected", "rejected"]
    assert results[2]["problem"]["type"] == "/problems/id-taken"
