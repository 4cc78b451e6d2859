"""Dossiers: numbers, states, moves (domain.md sections 3.1 and 4.1)."""

from datetime import UTC, datetime

import pytest
from county import T1, T2, T3

from fieldsync.domain.lifecycle import STATUSES, TRANSITIONS

from .conftest import SITE


def test_numbers_run_by_township_and_year(scene):
    year = datetime.now(UTC).year
    numbers = [scene.body(f"sites/{scene.site()}")["dossier_no"] for _ in range(3)]
    assert numbers == [f"350899-101-{year}-{n:04d}" for n in (1, 2, 3)]
    other = scene.reviewer.post("sites", set=SITE | {"town_code": T2})
    assert other["body"]["dossier_no"] == f"350899-102-{year}-0001"
    assert other["body"]["county_code"] == "350899"
    assert other["body"]["lifecycle_status"] == "lead"


def test_a_dossier_without_a_township_falls_to_its_authors(scene):
    site = scene.site(town_code=None)
    record = scene.reviewer.get(f"sites/{site}")
    assert (record["scope"], record["body"]["town_code"]) == (f"t-{T1}", T1)


def test_number_and_status_are_the_servers(scene):
    site = scene.site()
    before = scene.body(f"sites/{site}")
    answer = scene.reviewer.patch(f"sites/{site}", dossier_no="1", lifecycle_status="written_off", relapse_count=7)
    assert set(answer["fields"].values()) == {"ignored"}
    assert scene.body(f"sites/{site}") == before


def test_every_transition_of_the_table_and_no_other(scene, refusal):
    """Each status is reached by a path of the table; from there exactly the table's steps are allowed."""
    paths = {"lead": []}
    # Into `merged` leads a merge alone.
    while len(paths) < len(STATUSES) - 1:
        known = dict(paths)
        for (start, end), _ in TRANSITIONS.items():
            if start in known:
                paths.setdefault(end, [*known[start], end])
        assert paths.keys() - known.keys(), f"no way to {STATUSES.keys() - known.keys()}"
    site = scene.site()
    for start, path in paths.items():
        site = scene.site()
        scene.transit(site, *path)
        assert scene.body(f"sites/{site}")["lifecycle_status"] == start
        wrong = [end for end in STATUSES if (start, end) not in TRANSITIONS]
        for end in [*wrong[:3], "nonsense"]:
            assert refusal(scene.reviewer.act, f"sites/{site}/transit", set={"to": end}) == (409, "wrong-state")
    assert refusal(scene.reviewer.act, f"sites/{site}/transit") == (409, "wrong-state")


def test_relapses_are_counted_for_ever(scene):
    site = scene.site()
    scene.transit(
        site, "verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted",
        "monitoring", "relapsed", "handling", "closing", "closed_pending", "rectifying", "closed_pending",
        "accepted", "relapsed",
    )  # fmt: skip
    assert scene.body(f"sites/{site}")["relapse_count"] == 2


def test_a_move_takes_everything_along(scene):
    """Scenario 27: what hangs on a site follows it; the old township's phone is told, the new one's gets it."""
    site = scene.site()
    visit = scene.visit(site)
    photo = scene.phone.photograph(visit, b"not yet here")
    scene.phone.sync()
    scene.reviewer.patch(f"sites/{site}", patrol_class="key")
    scene.phone.edit(site, patrol_class="general")
    unsent = scene.phone.inspect(site, activity="suspected")
    scene.reviewer.act(f"sites/{site}/move", set={"town_code": T2})
    neighbour = scene.county.inspector(T2)
    assert {site, visit, photo} <= neighbour.records().keys()
    results = scene.phone.push()
    assert [r["status"] for r in results] == ["merged", "applied"]
    scene.phone.pull()
    assert not {site, visit, photo, unsent} & scene.phone.records().keys()
    neighbour.pull()
    assert {site, visit, photo, unsent} <= neighbour.records().keys()
    body = neighbour.base(site).body
    assert (body["town_code"], body["moved_from"]) == (T2, T1)
    # Who did what where stays as it was.
    assert neighbour.base(visit).body["town_code"] == T1


@pytest.mark.parametrize("town", ["350898101", "350899", "35089910a", None, "t-350899102", 350899102])
def test_a_move_stays_within_the_county(scene, refusal, town):
    site = scene.site()
    assert refusal(scene.reviewer.act, f"sites/{site}/move", set={"town_code": town})[0] == 400
    assert scene.body(f"sites/{site}")["town_code"] == T1


def test_a_move_needs_the_revision_on_the_screen(scene, refusal):
    site = scene.site()
    old = scene.reviewer.get(f"sites/{site}")["rev"]
    scene.reviewer.patch(f"sites/{site}", remark="later")
    given = {"rev": old, "set": {"town_code": T3}}
    assert refusal(scene.reviewer.act, f"sites/{site}/move", **given) == (412, "precondition-failed")


def test_a_voided_site_neither_moves_nor_changes_its_status(scene, refusal):
    site = scene.site()
    scene.reviewer.act(f"sites/{site}/void", reason="重复")
    assert scene.reviewer.get(f"sites/{site}")["voided"] is True
    assert refusal(scene.reviewer.act, f"sites/{site}/move", set={"town_code": T2}) == (409, "wrong-state")
    assert refusal(scene.reviewer.act, f"sites/{site}/transit", set={"to": "verifying"}) == (409, "wrong-state")


def test_what_the_county_confirmed_only_the_county_changes(scene):
    site = scene.site(lat=26.6, lon=118.1)
    scene.phone.edit(site, lat=26.7)
    assert scene.phone.push()[0]["status"] == "applied"
    scene.reviewer.patch(f"sites/{site}", confirmed__lat=True)
    scene.phone.pull()
    scene.phone.edit(site, lat=26.8)
    (result,) = scene.phone.push()
    assert result["fields"] == {"lat": "proposed"}
    assert scene.body(f"sites/{site}")["lat"] == 26.7
