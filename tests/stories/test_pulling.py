"""Taking down: after months, page by page, while others write and tombstones are pruned."""

import base64
import json

import orjson
import pytest
from county import CELL, T1
from stories.fieldwork import ADIT, Team, contents

from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import NoSignal


def many(phone: Phone, count: int, **fields) -> list[str]:
    """Open that many dossiers and hand them in."""
    sites = [phone.site(**{**ADIT, "name": f"硐{n}", "town_code": T1, **fields}) for n in range(count)]
    phone.push()
    return sites


def test_21_fourteen_months_offline(team: Team):
    sites = many(team.a, 40, remark="m")
    team.a.pull()
    for number in range(30):
        if number < 25:
            team.a.edit(sites[number], remark=f"A {number}")
        else:
            team.a.inspect(sites[number], activity="none")
    unsent = list(team.a.outbox)
    assert len(unsent) == 30
    # Meanwhile: ten dossiers are taken out of use, five edited, and what is gone is forgotten.
    team.r.pull()
    for number in (20, 21, 22, 23, 24, 30, 31, 32, 33, 34):
        team.r.remove(sites[number], "并档")
    for number in range(5):
        team.r.edit(sites[number], remark=f"R {number}")
    team.r.push()
    assert team.prune() == 10
    results = team.a.push()
    assert {r["status"] for r in results} == {"applied", "conflict"}
    assert [i for i, r in enumerate(results) if r["status"] == "conflict"] == [0, 1, 2, 3, 4, 20, 21, 22, 23, 24]
    late = team.a.edit(sites[10], remark="while pulling")
    header = team.a.send("GET", f"/api/v1/sync/pull?cursor={team.a.cursor}").body.splitlines()[0]
    assert f"t-{T1}" in json.loads(header)["reset"]
    team.a.pull()
    assert team.a.outbox == [late]
    gone = {sites[n] for n in (20, 21, 22, 23, 24, 30, 31, 32, 33, 34)}
    assert set(team.a.records("site")) == set(sites) - gone
    assert all(team.a.receipts(op["op"]) for op in unsent)
    team.check_same(team.a, team.r)
    # Once is enough: no endless reset.
    header = team.a.send("GET", f"/api/v1/sync/pull?cursor={team.a.cursor}").body.splitlines()[0]
    assert json.loads(header)["reset"] == []


def test_22_pruned_in_the_middle_of_the_first_pull(team: Team):
    sites = many(team.a, 490)
    team.a.pull()
    team.r.pull()
    fresh = team.county.inspector(T1, pull=False)
    for _ in range(3):
        assert fresh.pull_page(limit=7)
    had = set(fresh.records("site"))
    gone = [*sorted(had)[:10], *[s for s in sites if s not in had][-40:]]
    for site in gone:
        team.r.remove(site, "并档")
    team.r.push()
    assert team.prune() == 50
    pages = fresh.pull(limit=7)
    assert pages <= (490 + 50) // 7 + 10
    assert set(fresh.records("site")) == set(sites) - set(gone)
    team.check_same(fresh)


def test_23_pages_while_the_county_edits_everything(team: Team):
    sites = many(team.a, 20, remark="m")
    team.r.pull()
    fresh = team.county.inspector(T1, pull=False)
    for number in range(6):
        assert fresh.pull_page(limit=5)
        for site in sites:
            team.r.edit(site, remark=f"round {number}")
        team.r.push()
    pages = fresh.pull(limit=5)
    assert pages <= 6
    assert {row.body["remark"] for row in fresh.records("site").values()} == {"round 5"}
    team.check_same(fresh, team.a)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_small_pages_end_where_one_big_pull_ends(team: Team, limit: int):
    sites = many(team.a, 9)
    for site in sites[:3]:
        team.a.inspect(site, activity="none")
    team.a.sync()
    paged, whole = team.county.inspector(T1, pull=False), team.county.inspector(T1, pull=False)
    assert paged.pull(limit=limit) <= 13 // limit + 1
    whole.pull()
    assert contents(paged)[f"t-{T1}"] == contents(whole)[f"t-{T1}"]


def test_a_page_is_bounded_in_bytes_too(team: Team):
    many(team.a, 12, remark="长" * 400)
    fresh = team.county.inspector(T1, pull=False)
    lines = fresh.send("GET", "/api/v1/sync/pull?max_bytes=5000").body.splitlines()
    assert 1 <= len(lines) - 2 < 12
    assert orjson.loads(lines[-1])["more"] is True
    fresh.pull()
    team.check_same(fresh)


def test_a_page_without_its_trailer_does_not_count(team: Team):
    many(team.a, 6)
    fresh = team.county.inspector(T1, pull=False)
    with pytest.raises(NoSignal):
        fresh.pull_page(cut=0.5)
    assert (fresh.cursor, fresh.members) == ("", {})
    team.check_same(fresh)


@pytest.mark.parametrize(
    "places",
    [None, [], {f"t-{T1}": [2**64 - 1, 0]}, {f"t-{T1}": [-1, 0]}, {f"t-{T1}": "x"}, {f"t-{T1}": [1]}, "%FF%FE"],
)
def test_a_cursor_that_is_not_ours_starts_from_the_beginning(team: Team, places):
    site = team.open()
    cursor = places if type(places) is str else base64.urlsafe_b64encode(orjson.dumps(places)).decode()
    lines = team.a.send("GET", f"/api/v1/sync/pull?cursor={cursor}").body.splitlines()
    assert site in [orjson.loads(line).get("id") for line in lines]


def test_51_saving_unchanged_through_json_is_no_change(team: Team):
    shape = {"type": "LineString", "coordinates": [[117.1234567, 26.0000001], [117.2, 26.30000000000001]]}
    site = team.open(lon=117.30000000000001, lat=26.12345678, workers=3.0, raw_coord=json.dumps(shape))
    visit = team.a.inspect(site, activity="none", answers__track=shape, answers__small=0.000001, lat=-0.0)
    team.a.sync()
    for record_id, kind in ((site, "site"), (visit, "inspection")):
        rev, body = team.rev(record_id), json.loads(json.dumps(team.a.base(record_id).body))
        assert team.a.change(record_id, body) is None
        # Even an app that sends everything it has changes nothing.
        mine = {path: value for path, value in body.items() if path not in ("created_by", "voided_at")}
        team.a.do(f"{kind}.edit", record_id, mine, base=rev, **{"from": mine})
        (result,) = team.a.push()
        assert set(result["fields"].values()) <= {"noop", "ignored"}
        assert team.rev(record_id) == rev
    assert team.a.base(site).body["workers"] == 3
    assert team.a.base(visit).body["lat"] == 0


def test_52_a_changed_revision_on_the_phone_is_found_and_only_that_record_fetched(team: Team):
    sites = many(team.a, 12)
    team.a.pull()
    scope, victim = f"t-{T1}", sites[4]
    right = team.a.members[scope][victim]
    team.a.members[scope][victim] = type(right)(
        right.type, "1-00000000deadbeef", {**right.body, "remark": "forged"}
    )
    with pytest.raises(AssertionError, match=scope):
        team.a.pull()
    told = team.a.ask("GET", f"/api/v1/sync/verify?scope={scope}")["members"]
    theirs = {member["id"]: member["rev"] for member in told}
    mine = {record_id: row.rev for record_id, row in team.a.members[scope].items()}
    assert dict(mine.items() ^ theirs.items()).keys() == {victim}
    found = team.a.ask("GET", f"/api/v1/sites/{victim}")
    team.a.members[scope][victim] = type(right)(found["type"], found["rev"], found["body"])
    assert team.a.members[scope][victim] == right
    team.a.pull()


def test_the_head_and_each_record_only_go_forward(team: Team):
    site = team.open(team.b, remark="m")
    head, n = 0, 0
    for number in range(6):
        phone = (team.a, team.b)[number % 2]
        if number != 3:
            phone.pull()
        phone.edit(site, remark=str(number))
        phone.sync()
        team.a.pull()
        stands = team.a.stood[CELL], int(team.a.base(site).rev.partition("-")[0])
        assert stands[0] > head
        assert stands[1] >= n
        head, n = stands
    assert n == 4
