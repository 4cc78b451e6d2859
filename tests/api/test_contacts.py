"""The last contact with each phone: noted by push and pull, at most once an hour, outside the county's order."""

import fcntl
import os
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from county import OTHER_CELL

from fieldsync import db
from fieldsync.domain import contacts

START = datetime(2026, 10, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock(county):
    """The server's time, which tests move."""
    now = [START]
    county.engine.now = lambda: now[0]
    return now


def known(app, cell: str = "350899") -> dict[str, contacts.Contact]:
    with app.app_context(), db.reading() as connection:
        return dict(contacts.of_county(connection, cell))


def push(phone, **headers):
    return phone.send("POST", "/api/v1/sync/push", orjson.dumps({"app": "pwa/1.2.3", "ops": []}), **headers)


def pull(phone, **headers):
    return phone.send("GET", "/api/v1/sync/pull", **headers)


def test_a_pull_and_a_push_are_contacts(app, county, clock):
    phone = county.inspector(pull=False)
    assert known(app) == {}
    pull(phone, Fieldsync_Waiting="12,3")
    assert known(app) == {phone.device: contacts.Contact("2026-10-03T01:00:00.000Z", "", 12, 3)}
    clock[0] += timedelta(hours=1)
    push(phone, Fieldsync_Waiting="0,1")
    assert known(app)[phone.device] == contacts.Contact("2026-10-03T02:00:00.000Z", "pwa/1.2.3", 0, 1)
    clock[0] += timedelta(hours=1)
    pull(phone)
    assert known(app)[phone.device] == contacts.Contact("2026-10-03T03:00:00.000Z", "pwa/1.2.3", None, None)
    assert known(app, OTHER_CELL) == {}


def test_at_most_one_write_an_hour(app, county, clock):
    phone = county.inspector(pull=False)
    pull(phone, Fieldsync_Waiting="1,1")
    for _ in range(3):
        clock[0] += timedelta(minutes=19)
        pull(phone, Fieldsync_Waiting="1,1")
        push(phone, Fieldsync_Waiting="1,1")
    assert known(app)[phone.device].last_seen_at == "2026-10-03T01:00:00.000Z"
    clock[0] += timedelta(minutes=3)
    pull(phone)
    assert known(app)[phone.device].last_seen_at == "2026-10-03T02:00:00.000Z"


def test_what_is_new_is_noted_at_once(app, county, clock):
    phone = county.inspector(pull=False)
    pull(phone, Fieldsync_Waiting="0,0")
    clock[0] += timedelta(minutes=1)
    push(phone, Fieldsync_Waiting="12,3")
    assert known(app)[phone.device].is_waiting
    clock[0] += timedelta(minutes=1)
    pull(phone, Fieldsync_Waiting="0,0")
    assert known(app)[phone.device] == contacts.Contact("2026-10-03T01:02:00.000Z", "pwa/1.2.3", 0, 0)
    clock[0] += timedelta(minutes=1)
    county.screen("admin").act(f"people/{phone.user}/reassign", set={"towns": ["350899102"]})
    clock[0] += timedelta(minutes=1)
    pull(phone, Fieldsync_Waiting="0,0")
    assert known(app)[phone.device].last_seen_at == "2026-10-03T01:04:00.000Z"


def test_a_server_clock_that_was_set_back_goes_on(app, county, clock):
    phone = county.inspector()
    clock[0] -= timedelta(days=3)
    pull(phone)
    assert known(app)[phone.device].last_seen_at == "2026-09-30T01:00:00.000Z"


@pytest.mark.parametrize("header", ["", "1", "1,2,3", "-1,2", "a,b", "1234567,1", "1, 2", "٣,1"])
def test_a_malformed_count_is_none(app, county, clock, header):
    phone = county.inspector(pull=False)
    pull(phone, Fieldsync_Waiting=header.encode().decode("latin-1"))
    assert known(app)[phone.device].operations is None


@pytest.mark.parametrize("told", [7, None, "x" * 400, "nul \0"])
def test_whatever_a_phone_calls_itself(app, county, clock, told):
    phone = county.inspector(pull=False)
    phone.send("POST", "/api/v1/sync/push", orjson.dumps({"app": told, "ops": []}))
    assert known(app)[phone.device].app == ("x" * 60 if told == "x" * 400 else "")


def test_screens_rehearsals_and_refused_requests_are_no_contacts(app, county, clock):
    phone = county.inspector(pull=False)
    phone.send("POST", "/api/v1/sync/push?dry_run=1", b'{"ops": []}')
    phone.wire("GET", "/api/v1/sync/pull?limit=x", {"Authorization": f"Bearer {phone.token}"})
    pull(county.screen().phone)
    assert known(app) == {}


def test_a_contact_is_no_operation(app, county, clock):
    phone = county.inspector(pull=False)
    before = phone.seen | pull(phone).headers
    clock[0] += timedelta(hours=2)
    trailer = orjson.loads(pull(phone).body.splitlines()[-1])
    clock[0] += timedelta(hours=2)
    assert before
    assert orjson.loads(pull(phone).body.splitlines()[-1])["head"] == trailer["head"]


@pytest.mark.sqlite
def test_where_the_turn_to_write_does_not_come_the_pull_succeeds(app, county, clock, monkeypatch):
    phone = county.inspector(pull=False)
    monkeypatch.setitem(app.config, "WRITER_WAIT_S", 0.05)
    with app.app_context():
        path = f"{db.db.engine.url.database}.lock"
    held = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert pull(phone).status == 200
    finally:
        os.close(held)
    assert known(app) == {}
    pull(phone)
    assert phone.device in known(app)
