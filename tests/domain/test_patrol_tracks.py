"""Patrol tracks: setting out, being back, who is out, and whose file the points are."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from county import OTHER_CELL, T1, T2

from fieldsync import db
from fieldsync.domain import patrol_tracks
from fieldsync.ids import new_id
from fieldsync.sync import actors

NOW = datetime(2026, 10, 3, 8, 0, tzinfo=UTC)
AFTER = "2026-10-03T17:00:00+08:00"
BEFORE = "2026-10-03T15:00:00+08:00"


def begin(phone, town: str = T1, **fields) -> str:
    given = {"town_code": town, "started_at": "2026-10-03T01:00:00Z"} | fields
    track = phone.create("patrol_track.begin", given)
    phone.sync()
    return track


def out(app, cell: str = "350899") -> list:
    with app.app_context(), db.reading() as connection:
        return patrol_tracks.out(connection, cell, NOW)


def test_setting_out_and_being_back(app, scene):
    phone = scene.phone
    track = begin(phone, expected_return_at=AFTER, alone=True, contact_phone="13800000000", area_note="后山")
    body = scene.body(f"patrol_tracks/{track}")
    assert (body["person"], body["device_id"], body["town_code"]) == (phone.user, phone.device, T1)
    assert scene.reviewer.get(f"patrol_tracks/{track}")["scope"] == f"t-{T1}"
    assert [(o.id, o.is_overdue) for o in out(app)] == [(track, False)]
    content = b"[1, 26.1, 117.4, 8]\n"
    summary = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "points": 1, "distance_m": 0,
               "gaps": [["2026-10-03T02:00:00Z", 600]], "ended_at": "2026-10-03T07:00:00Z"}  # fmt: skip
    phone.do("patrol_track.end", track, summary)
    (result,) = phone.push()
    assert (result["status"], result["issues"]) == ("applied", [])
    assert out(app) == []
    body = scene.body(f"patrol_tracks/{track}")
    assert body["gaps"] == [["2026-10-03T02:00:00Z", 600]]
    assert not [path for path in body if path in ("lat", "lon")]


def test_being_back_without_a_time_counts_from_its_arrival(app, scene):
    track = begin(scene.phone)
    scene.phone.do("patrol_track.end", track)
    scene.phone.push()
    assert scene.body(f"patrol_tracks/{track}")["ended_at"]
    assert out(app) == []


def test_the_overdue_come_first_and_who_named_no_time_last(app, scene):
    later, never = begin(scene.phone, expected_return_at=AFTER), begin(scene.phone)
    odd = begin(scene.phone, expected_return_at="0001-01-01T00:00:00+14:00")
    unclear = begin(scene.phone, expected_return_at="tomorrow")
    overdue = begin(scene.phone, expected_return_at=BEFORE)
    assert [(o.id, o.is_overdue) for o in out(app)] == [
        (odd, True), (overdue, True), (later, False), (never, False), (unclear, False),
    ]  # fmt: skip
    assert out(app, OTHER_CELL) == []


def test_only_its_owner_changes_a_track(scene):
    track = begin(scene.phone)
    colleague = scene.county.inspector(T1)
    manager = scene.county.phone(scene.county.person("manager", f"t-{T1}"))
    for phone in (colleague, manager):
        phone.edit(track, area_note="别处")
        phone.do("patrol_track.end", track, {"points": 9})
        phone.do("patrol_track.begin", track, {"area_note": "x", "town_code": T1})
        assert {r["problem"]["type"] for r in phone.push()} == {"/problems/not-allowed"}
    body = scene.body(f"patrol_tracks/{track}")
    assert not {"area_note", "points", "ended_at"} & set(body)


def test_the_person_is_who_sent_it_and_the_server_says_so(scene):
    track = begin(scene.phone, person="0197aaaa-0000-7000-8000-000000000000", points_erased_at=AFTER)
    body = scene.body(f"patrol_tracks/{track}")
    assert body["person"] == scene.phone.user
    assert "points_erased_at" not in body


def test_a_neighbour_neither_sees_nor_begins_in_a_township(scene):
    track = begin(scene.phone)
    neighbour = scene.county.inspector(T2)
    assert track not in neighbour.records()
    neighbour.do("patrol_track.end", track)
    neighbour.create("patrol_track.begin", {"town_code": T1})
    assert [r["status"] for r in neighbour.push()] == ["held", "held"]


def test_an_own_track_stays_in_sight_after_a_move(scene):
    track = begin(scene.phone)
    admin = scene.county.screen("admin")
    admin.act(f"people/{scene.phone.user}/reassign", set={"towns": [T2]})
    scene.phone.pull()
    assert track in scene.phone.records()
    scene.phone.do("patrol_track.end", track)
    assert scene.phone.push()[0]["status"] == "applied"


# Whose points


def sha(number: int) -> str:
    return f"{number:064x}"


@pytest.mark.parametrize("verb", ["begin", "edit", "end"])
def test_the_hash_of_somebody_elses_points_does_not_get_in(scene, verb):
    begin(scene.phone, sha256=sha(1), size=1)
    thief = scene.county.inspector(T1)
    if verb == "begin":
        track = thief.create("patrol_track.begin", {"town_code": T1, "sha256": sha(1), "size": 1})
    else:
        track = begin(thief)
        thief.do(f"patrol_track.{verb}", track, {"sha256": sha(1), "size": 1})
    (result,) = thief.push()
    assert result["fields"]["sha256"] == "ignored"
    assert {"code": "hash-taken", "path": "sha256"} in result["issues"]
    assert "sha256" not in scene.body(f"patrol_tracks/{track}")


def test_a_track_cannot_name_a_photo_and_so_keep_its_file_from_it(scene):
    site = scene.site()
    given = {"sha256": sha(2), "size": 1, "preview_sha256": sha(3)}
    photo = scene.phone.create("photo.add", given, parent=site)
    scene.phone.sync()
    for number in (2, 3):
        track = begin(scene.phone, sha256=sha(number))
        assert "sha256" not in scene.body(f"patrol_tracks/{track}")
    assert scene.body(f"photos/{photo}")["have"] is False


def test_who_recorded_twice_may_name_his_own_file_again(scene):
    for _ in range(2):
        track = begin(scene.phone, sha256=sha(4))
        assert scene.body(f"patrol_tracks/{track}")["sha256"] == sha(4)


def test_a_track_leaves_the_phones_with_its_points(app, scene):
    track = begin(scene.phone, sha256=sha(6))
    assert track in scene.phone.records()
    with app.app_context():
        scene.county.engine.perform(actors.system("350899"), "patrol_track.erase", track, op=new_id())
    scene.phone.pull()
    assert track not in scene.phone.records()
    body = scene.body(f"patrol_tracks/{track}")
    assert (body["sha256"], bool(body["points_erased_at"])) == (sha(6), True)


def test_what_is_too_old_by_the_servers_clock(app, scene):
    track, _none = begin(scene.phone, sha256=sha(5), started_at="1999-01-01T00:00:00Z"), begin(scene.phone)
    with app.app_context(), db.reading() as connection:
        now = datetime.now(UTC)
        soon, long_ago = ((now + timedelta(days=d)).isoformat() for d in (1, -1))
        assert [row[0] for row in patrol_tracks.expired(connection, "350899", soon)] == [track]
        assert patrol_tracks.expired(connection, "350899", long_ago) == []
