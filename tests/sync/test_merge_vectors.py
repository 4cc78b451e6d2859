"""The merge vectors in Python; tests/js/merge_vectors.test.mjs runs the same file in JavaScript."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from fieldsync.sync.canonical import BadValue, add_digest, canon, equal, normalise, revision
from fieldsync.sync.merge import POLICIES, is_seen, merge

VECTORS = Path(__file__).parents[1] / "vectors"
FILE = json.loads((VECTORS / "merge_vectors.json").read_text(encoding="ascii"))
SIDES = ("township", "county")


def given(row: dict[str, Any]) -> Any:
    """Return the value of a row: JSON source, or the name of a number that JSON does not hold."""
    if "json" in row:
        return json.loads(row["json"])
    return float(row["number"]) if row["number"].strip("-").isalpha() else int(row["number"])


def notes(section: str) -> Any:
    return pytest.mark.parametrize("row", FILE[section], ids=lambda row: row["note"])


def test_file_is_what_the_generator_writes():
    generator = runpy.run_path(str(VECTORS / "make_merge_vectors.py"))
    assert (VECTORS / "merge_vectors.json").read_text(encoding="ascii") == generator["text"]()


def test_every_policy_has_its_rows():
    assert len(FILE["merge"]) >= 250
    assert {(policy, side) for policy, side, *_ in FILE["merge"]} == {(p, s) for p in POLICIES for s in SIDES}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("policy", POLICIES)
def test_merge(policy, side):
    rows = [row for row in FILE["merge"] if row[:2] == [policy, side]]
    wrong = [row for row in rows if outcome(*row[:-1]) != row[-1]]
    assert wrong == []


def outcome(policy, side, confirmed, seen, contested, cur, new):
    return merge(policy, side, confirmed=confirmed, seen=seen, contested=contested, cur=cur, new=new)


def test_is_seen():
    names = ("base_known", "base_n", "path_n", "device_knows", "cur", "shown")
    wrong = [row for row in FILE["seen"] if is_seen(**dict(zip(names, row, strict=False))) is not row[-1]]
    assert wrong == []


@notes("canon")
def test_canonical_text(row):
    value = normalise(given(row))
    assert canon(value).decode() == row["text"]
    assert canon(normalise(value)) == canon(value)
    assert equal(value, normalise(json.loads(row["text"])))


@notes("bad")
def test_bad_values(row):
    with pytest.raises(BadValue) as caught:
        normalise(given(row))
    assert caught.value.reason == row["reason"]


@pytest.mark.parametrize("row", FILE["revision"], ids=lambda row: row["rev"])
def test_revision(row):
    assert revision(row["type"], row["id"], row["n"], row["body"].encode()) == row["rev"]


@pytest.mark.parametrize(("total", "sign", "rev", "expected"), FILE["digest"])
def test_digest(total, sign, rev, expected):
    assert add_digest(total, sign, rev) == expected
    assert add_digest(expected, -sign, rev) == total
