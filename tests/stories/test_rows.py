"""Rows and markers: who adds wins over who removes, and every cell is a field of its own."""

import itertools

import pytest
from stories.fieldwork import Team, candidates, conflict_of

X, Y, Z = (f"0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d1{n}" for n in "xyz".translate({120: "1", 121: "2", 122: "3"}))


def rows(body: dict, group: str = "openings") -> set[str]:
    """The rows that are there."""
    return {p.partition("/")[2] for p in body if p.startswith(f"{group}/") and p.count("/") == 1}


@pytest.mark.parametrize("order", list(itertools.permutations("ABR")), ids="".join)
def test_49_rows_added_removed_and_edited_in_any_order(team: Team, order: tuple[str, ...]):
    site = team.open(team.b, team.r, **{f"openings/{Z}": True, f"openings/{Z}/lon": 117.1})
    team.a.change(site, {f"openings/{X}": True, f"openings/{X}/kind": "平硐"})
    edit = team.a.change(site, {f"openings/{Z}/lon": 117.2})
    team.b.change(site, {f"openings/{Y}": True})
    removal = team.r.change(site, {f"openings/{Z}": None})
    results = {}
    for name in order:
        phone = {"A": team.a, "B": team.b, "R": team.r}[name]
        results |= {r["op"]: r for r in phone.push()}
    assert {r["status"] for r in results.values()} == {"applied"}
    team.check_same(team.a, team.b, team.r)
    body = team.b.base(site).body
    assert rows(body) == {X, Y, Z}
    assert body[f"openings/{Z}/lon"] == 117.2
    # The edit came after the removal, or the removal after the edit: either is told.
    removed_first = order.index("R") < order.index("A")
    told = results[edit["op"] if removed_first else removal["op"]]
    assert [i for i in told["issues"] if i.get("path") == f"openings/{Z}"] == [
        {"code": "row-restored" if removed_first else "kept-present", "path": f"openings/{Z}"}
    ]
    assert not team.b.records("conflict")


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_49_two_edit_the_same_cell(team: Team, order: str):
    site = team.open(team.b, **{f"openings/{Z}": True, f"openings/{Z}/no": "1", f"openings/{Z}/size_m": 1})
    team.a.change(site, {f"openings/{Z}/no": "A"})
    team.b.change(site, {f"openings/{Z}/no": "B", f"openings/{Z}/size_m": 2})
    results = [{"A": team.a, "B": team.b}[name].push()[0] for name in order]
    assert [r["status"] for r in results] == ["applied", "conflict"]
    team.check_same(team.a, team.b)
    conflict = conflict_of(team.a, site, f"openings/{Z}/no")
    assert {conflict["current"], *candidates(conflict)} == {"A", "B"}
    assert team.body(site)[f"openings/{Z}/no"] == order[0]
    assert team.body(site)[f"openings/{Z}/size_m"] == 2


def test_49_a_row_that_all_saw_removed_is_gone(team: Team):
    site = team.open(team.b, **{f"openings/{Z}": True, f"openings/{Z}/no": "1"})
    team.a.change(site, {f"openings/{Z}": None})
    team.a.sync()
    team.check_same(team.b)
    assert rows(team.b.base(site).body) == set()
    # Its cells are history that a later edit may bring back whole.
    team.b.change(site, {f"openings/{Z}/size_m": 3})
    (result,) = team.b.push()
    assert [i["code"] for i in result["issues"]] == ["row-restored"]
    team.check_same(team.a, team.b)
    assert rows(team.a.base(site).body) == {Z}


def test_50_who_adds_again_wins_over_a_removal(team: Team):
    path = "violations/illegal_power"
    for first in ("A", "B"):
        site = team.open(team.b, **{path: True})
        team.a.change(site, {path: None})
        team.b.change(site, {path: None})
        team.b.change(site, {path: True})
        phones = [team.a, team.b] if first == "A" else [team.b, team.a]
        for phone in phones:
            assert {r["status"] for r in phone.push()} == {"applied"}
        team.check_same(team.a, team.b)
        assert team.body(site)[path] is True


def test_50_two_removals_are_one(team: Team):
    path = "violations/illegal_power"
    site = team.open(team.b, **{path: True})
    for phone in (team.a, team.b):
        phone.change(site, {path: None})
    results = [team.a.push()[0], team.b.push()[0]]
    assert [r["status"] for r in results] == ["applied", "applied"]
    assert results[1]["fields"] == {path: "noop"}
    assert path not in team.body(site)
    team.check_same(team.a, team.b)


def test_50_a_stale_removal_of_what_was_taken_out_and_put_back_does_not_win(team: Team):
    path = "violations/illegal_power"
    site = team.open(team.b, **{path: True})
    team.b.change(site, {path: None})
    team.a.change(site, {path: None})
    team.a.sync()
    team.a.change(site, {path: True})
    team.a.sync()
    (result,) = team.b.push()
    assert result["fields"] == {path: "noop"}
    assert [i["code"] for i in result["issues"]] == ["kept-present"]
    assert team.body(site)[path] is True
    team.check_same(team.a, team.b)


def test_tags_of_two_phones_are_united(team: Team):
    site = team.open(team.b, **{"violations/unlicensed": True})
    team.a.change(site, {"violations/illegal_power": True, "violations/unlicensed": None})
    team.b.change(site, {"violations/geohazard": True})
    for phone in (team.a, team.b):
        phone.sync()
    assert rows(team.body(site), "violations") == {"illegal_power", "geohazard"}
    team.check_same(team.a, team.b)


def test_a_cell_of_a_new_row_brings_its_marker(team: Team):
    site = team.open()
    team.a.change(site, {f"equipment/{X}/kind": "挖掘机", f"equipment/{X}/count": 2})
    (result,) = team.a.push()
    assert (result["status"], result["issues"]) == ("applied", [])
    assert team.body(site)[f"equipment/{X}"] is True
    team.check_same(team.a)
