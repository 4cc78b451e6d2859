"""Duplicates and their merging; key areas and minerals; campaigns."""

import pytest
from county import CELL, T1

from fieldsync import db
from fieldsync.domain import campaigns, key_areas, key_lists, key_minerals, sites, watch
from fieldsync.sync.records import Record

HERE = {"lat": 26.5, "lon": 118.0}


@pytest.fixture
def ask(scene):
    """Ask the county's database."""

    def run(question, *args, **more):
        with scene.county.app.app_context(), db.reading() as connection:
            found = question(connection, CELL, *args, **more)
            return list(found) if not isinstance(found, dict | bool | tuple) else found

    return run


def test_near_dossiers_of_one_mineral_are_suggested(scene, ask):
    one = scene.site(**HERE)
    near = scene.site(lat=26.5009, lon=118.0005)
    scene.site(lat=26.504, lon=118.0)
    scene.site(**HERE, mineral_code="iron")
    ((pair, distance),) = ask(watch.duplicates, 150)
    assert ({pair.id, pair.other_id}, 100 < distance < 125) == ({one, near}, True)
    assert ask(watch.duplicates, 100) == []
    ((pair, _),) = ask(watch.duplicates, 150, near)
    assert (pair.id, pair.other_id) == (near, one)


def test_a_duplicate_is_merged_and_stays_readable(scene, ask, refusal):
    survivor, double = scene.site(**HERE), scene.site(**HERE)
    visit = scene.visit(double)
    number = scene.body(f"sites/{double}")["dossier_no"]
    path = f"sites/{double}/merge"
    assert refusal(scene.reviewer.act, path, set={"into": survivor}) == (400, "reason")
    for wrong in (double, visit, "x", None):
        assert refusal(scene.reviewer.act, path, set={"into": wrong}, reason="x") == (400, "survivor")
    scene.reviewer.act(path, set={"into": survivor}, reason="同一硐口")
    body = scene.body(f"sites/{double}")
    assert (body["lifecycle_status"], body["merged_into"], body["dossier_no"]) == ("merged", survivor, number)
    assert [row.id for row in ask(sites.merged_into, survivor)] == [double]
    assert ask(watch.duplicates, 150) == []
    assert scene.reviewer.get(f"inspections/{visit}")["body"]["record_no"]
    back = refusal(scene.reviewer.act, f"sites/{survivor}/merge", set={"into": double}, reason="x")
    assert back == (409, "merged")
    given = {"to": "verifying", "override": True}
    assert refusal(scene.reviewer.act, f"sites/{double}/transit", set=given, reason="x") == (409, "wrong-state")


def test_the_notices_lists_are_there_with_their_days(ask):
    lists = {
        letter: {row["name_2012"] for row in key_lists.shipped("key_areas") if row["list"] == letter}
        for letter in "AB"
    }
    assert (len(lists["A"]), len(lists["B"])) == (13, 11)
    assert lists["B"] - lists["A"] == {"南安市", "龙海市", "秀屿区", "同安区"}
    assert ask(key_areas.is_key, "350803101", "2012-12-01")
    assert ask(key_areas.is_key, "350822101", "2012-12-01")
    assert not ask(key_areas.is_key, "350803101", "2012-11-27")
    assert not ask(key_areas.is_key, "350803101", "2026-01-01")
    assert ask(key_minerals.is_key, "rare_earth", "2013-01-01")


def test_what_a_county_names_counts_between_its_days(scene, ask):
    given = {
        "level": "township",
        "code": T1,
        "name": "示范镇",
        "valid_from": "2026-01-01",
        "valid_to": "2026-06-30",
    }
    area = scene.reviewer.post("key_areas", set=given)
    mineral = {"mineral_code": "river_sand", "valid_from": "2026-01-01"}
    scene.reviewer.post("key_minerals", set=mineral)
    site = Record(CELL, "site", "x")
    site.body = {"town_code": T1, "mineral_code": "iron", "site_kind": "point"}
    cycle = lambda day: key_areas.suggested_cycle(connection, site, day)  # noqa: E731
    with scene.county.app.app_context(), db.reading() as connection:
        assert cycle("2026-06-30") == (15, "key_area")
        assert cycle("2026-07-01") == (30, "noncoal")
        site.body["mineral_code"] = "river_sand"
        assert cycle("2026-07-01") == (15, "key_area")
        site.body |= {"mineral_code": "coal", "site_kind": "adit"}
        assert cycle("2026-07-01") == (7, "coal_closed_adit")
        site.body["lifecycle_status"] = "written_off"
        assert cycle("2026-07-01") == (180, "after_writeoff")
    scene.reviewer.act(f"key_areas/{area['id']}/void", reason="误设")
    assert not ask(key_areas.is_key, T1, "2026-03-01")


def test_sites_and_closures_are_counted_by_campaign(scene, ask):
    phase = {
        "phases/p1": True,
        "phases/p1/name": "排查",
        "phases/p1/from": "2026-03-01",
        "phases/p1/to": "2026-05-31",
    }
    made = scene.reviewer.post("campaigns", set={"name": "春季行动", "status": "running"} | phase)
    site = scene.site()
    scene.reviewer.patch(f"sites/{site}", campaign_id=made["id"])
    scene.transit(site, "verifying", "confirmed", "registered", "handling")
    closure = scene.reviewer.post("closures", set={}, parent={"id": site})
    assert closure["body"]["campaign_id"] == made["id"]
    ((_, name, status, tagged, accepted),) = ask(campaigns.listing, 10, 0)
    assert (name, status, tagged, accepted) == ("春季行动", "running", 1, 0)
    assert ask(campaigns.standing, made["id"]) == {"handling": 1}
