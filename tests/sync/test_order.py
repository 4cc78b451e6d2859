"""I20: whatever the order in which unrelated operations arrive, the values that are there are the same."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sync.checker import conflict_id
from sync.world import Ghost, Valley, close_app, open_app

VALUES: dict[str, list[Any]] = {
    "remark": ["x", "y", "start", None],
    "mining_method": ["open_pit", "underground"],
    "patrol_class": ["key", "coal"],
    "lon": [117.2, 117.3],
    "violations/illegal_power": [True, None],
    "violations/unlicensed": [True, None],
    "openings/a": [None],
    "openings/a/size_m": [3, 4],
    "openings/b": [True],
    "openings/b/size_m": [5, 6],
}
START = {
    "remark": "start", "mining_method": "leaching", "lon": 117.1, "violations/unlicensed": True,
    "openings/a": True, "openings/a/size_m": 2,
}  # fmt: skip
EDIT = st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True).flatmap(
    lambda paths: st.fixed_dictionaries({path: st.sampled_from(VALUES[path]) for path in paths})
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = open_app(tmp_path_factory.mktemp("order"))
    yield made
    close_app(made)


def arrive(app: Flask, edits: list[dict[str, Any]], order: tuple[int, ...]) -> dict[str, set[Any]]:
    """Return {path: {current} and candidates} after three devices' edits arrived in `order`."""
    valley = Valley(app)
    phones: list[Ghost] = [valley.inspector(), valley.inspector(), valley.county_phone()]
    site = valley.open_site(phones[0], 0, **START)
    for phone in phones:
        phone.pull()
    for phone, edit in zip(phones, edits, strict=True):
        phone.change(site, edit)
    for which in order:
        phones[which].push()
    return gather(phones[2], site)


def gather(phone: Ghost, site: str) -> dict[str, set[Any]]:
    """Return every value that a person at the county finds for each path."""
    phone.pull()
    body, there = phone.base(site).body, phone.records("conflict")
    found = {path: {body.get(path)} for path in VALUES}
    for path in VALUES:
        conflict = there.get(conflict_id(site, path))
        rows = [p for p in conflict.body if p.startswith("candidates/") and p.count("/") == 1] if conflict else []
        found[path] |= {conflict.body.get(f"{row}/value") for row in rows}
    return found


@settings(
    max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(edits=st.lists(EDIT, min_size=3, max_size=3))
def test_any_order_gives_the_same_values(app, edits):
    first, *others = [arrive(app, edits, order) for order in itertools.permutations(range(3))]
    assert others == [first] * 5


@pytest.mark.parametrize("path", ["remark", "mining_method", "patrol_class", "lon"])
def test_three_values_are_all_there_in_any_order(app, path):
    wanted = {"remark": ("x", "y", "z"), "mining_method": ("open_pit", "underground", "dredging"),
              "patrol_class": ("key", "coal", "general"), "lon": (117.2, 117.3, 117.4)}[path]  # fmt: skip
    edits = [{path: value} for value in wanted]
    for order in itertools.permutations(range(3)):
        assert arrive(app, edits, order)[path] >= set(wanted)


def test_operations_on_one_path_release_in_the_order_they_were_made(app):
    """I19 and I20 together: a chain arrives in any order and ends the same."""
    for order in itertools.permutations(range(3)):
        valley = Valley(app)
        phone = valley.inspector()
        site = valley.open_site(phone, 0, **START)
        phone.pull()
        for value in ("x", "y", "z"):
            phone.edit(site, remark=value)
        ops = list(phone.outbox)
        # Only the neighbour is named: whoever waits may have others waiting behind him.
        ops[1]["after"], ops[2]["after"] = [ops[0]["op"]], [ops[1]["op"]]
        for which in order:
            phone.push_once([ops[which]])
        phone.pull()
        assert phone.base(site).body["remark"] == "z"
        assert {r["status"] for r in phone.receipts(*(op["op"] for op in ops))} == {"applied"}
