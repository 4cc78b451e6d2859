"""The points of a track: who may read them, that each look is a line, and that no other door opens them."""

import hashlib
import json

import pytest
from county import OTHER_CELL, T1, T2, Screen

from fieldsync import db
from fieldsync.ids import new_id
from fieldsync.sync import actors

from .raw import Raw, problem_of

POINTS = b'["2026-10-03T01:11:00Z", 26.123456, 117.654321, 8]\n["2026-10-03T01:11:15Z", 26.1235, 117.6544, 9]\n'
SHA = hashlib.sha256(POINTS).hexdigest()


@pytest.fixture
def track(phone) -> str:
    track = phone.create("patrol_track.begin", {"town_code": T1, "sha256": SHA, "size": len(POINTS)})
    phone.push()
    phone.upload(POINTS)
    return track


def read(app, token: str, track: str):
    return Raw(app, token)("GET", f"/api/v1/patrol_tracks/{track}/points")


def lines(app) -> list[tuple]:
    statement = "SELECT record_id, author FROM operation WHERE action = 'patrol_track.view' ORDER BY seq"
    with app.app_context(), db.reading() as connection:
        return [tuple(row) for row in db.rows(connection, statement)]


def test_owner_manager_and_county_read_them_and_leave_lines(app, county, phone, track):
    manager = Screen(county, county.person("manager", f"t-{T1}"))
    readers = [phone, manager.phone, county.screen().phone, county.screen("admin").phone]
    for reader in readers:
        answer = read(app, reader.token, track)
        assert answer.data == POINTS
        assert answer.mimetype == "application/x-ndjson"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert lines(app) == [(track, reader.user) for reader in readers]


def test_colleagues_leaders_and_departments_do_not_read_them(app, county, phone, track):
    colleague = county.inspector(T1)
    assert track in colleague.records()
    for other in (colleague, county.screen("leader").phone, county.screen("department").phone):
        assert problem_of(read(app, other.token, track)) == "not-allowed"
    assert lines(app) == []


def test_outsiders_cannot_tell_that_there_is_such_a_track(app, county, phone, track):
    neighbour = Screen(county, county.person("manager", f"t-{T2}")).phone
    for other in (neighbour, county.screen(cell=OTHER_CELL).phone, county.screen("admin", cell=OTHER_CELL).phone):
        answer, nothing = read(app, other.token, track), read(app, other.token, phone.make_id())
        assert problem_of(answer) == "not-found"
        assert answer.data == nothing.data
    assert lines(app) == []


def test_points_that_are_not_here_leave_no_line(app, phone):
    for more in ({}, {"sha256": SHA}):
        track = phone.create("patrol_track.begin", {"town_code": T1} | more)
        phone.push()
        assert problem_of(read(app, phone.token, track)) == "not-found"
    assert lines(app) == []


def test_who_only_knows_the_hash_in_another_county_gets_nothing(app, county, track):
    login = county.person("inspector", f"t-{OTHER_CELL}101", cell=OTHER_CELL)
    thief = county.phone(login)
    own = thief.create("patrol_track.begin", {"town_code": f"{OTHER_CELL}101", "sha256": SHA, "size": len(POINTS)})
    thief.push()
    assert problem_of(read(app, thief.token, own)) == "not-found"


@pytest.mark.parametrize("path", ["sha256", "preview_sha256"])
def test_a_photo_that_names_the_points_does_not_open_them(app, county, track, path):
    """The record with its hash is seen in the whole township; the points are not."""
    thief = county.inspector(T1)
    site = thief.site(name="x", site_kind="adit", town_code=T1, mineral_code="coal")
    photo = thief.create("photo.add", {"sha256": "ab" * 32, "size": 9} | {path: SHA}, parent=site)
    thief.push()
    # He may even say that he uploads it: the county knows the file, so that is done at once.
    thief.upload(POINTS)
    thief.pull()
    body = thief.base(photo).body
    assert body["have"] is False
    assert "have_preview" not in body
    assert not [p for p in body if p.startswith("flags/")]
    for what in ("original", "preview?px=512"):
        assert problem_of(Raw(app, thief.token)("GET", f"/api/v1/photos/{photo}/{what}")) == "not-found"


def test_erased_points_stay_erased_though_a_phone_sends_them_again(app, county, phone, track):
    with app.app_context():
        county.engine.perform(actors.system("350899"), "patrol_track.erase", track, op=new_id())
        assert app.extensions["darkroom"].forget("350899", SHA, track)
    assert problem_of(read(app, phone.token, track)) == "not-found"
    phone.upload(POINTS)
    assert problem_of(read(app, phone.token, track)) == "not-found"


def test_a_file_that_another_county_has_too_stays_there(app, county, track):
    county.phone(county.person("reviewer", cell=OTHER_CELL)).upload(POINTS)
    room = app.extensions["darkroom"]
    with app.app_context():
        assert not room.forget("350899", SHA, track)
    assert room.blobs.has(SHA)


def test_points_are_nowhere_in_records_feeds_and_operations(app, county, phone, track):
    answer = Raw(app, county.screen().phone.token)("GET", "/api/v1/sync/pull")
    for position in ("26.123456", "117.654321"):
        assert position not in answer.text
        with app.app_context(), db.reading() as connection:
            for table, column in (("record", "body"), ("operation", "content"), ("file", "reading")):
                rows = db.rows(connection, f"SELECT {column} FROM {table}")
                assert position not in json.dumps([row[0] for row in rows])


def test_text_does_not_trouble_the_decoder(app, phone, track):
    room = app.extensions["darkroom"]
    with app.app_context():
        reading = room.read("350899", SHA)
    assert "not_an_image" in reading.flags
    assert not {"decoder_died", "decoder_timeout"} & set(reading.flags)
    assert (reading.facts.format, reading.dhash) == (None, None)
