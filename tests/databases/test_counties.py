"""Counties do not wait for each other; who must wait is told to come again."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stranger
from county import CELL, OTHER_CELL, PASSWORD, County

from fieldsync import db
from fieldsync.demo.phone import Phone, Refused
from fieldsync.domain import accounts
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync import actors

TOWNS = {CELL: "350899101", OTHER_CELL: "350898101"}


@pytest.fixture(scope="module")
def phones(world) -> dict[str, Phone]:
    """An inspector's phone in each of two counties."""
    county = County(world.app)
    logins = {cell: county.person("inspector", f"t-{town}", cell=cell, login=cell) for cell, town in TOWNS.items()}
    return {cell: county.phone(login) for cell, login in logins.items()}


@pytest.fixture
def impatient(app, monkeypatch):
    monkeypatch.setitem(app.config, "WRITER_WAIT_S", 0.2)


def open_site(phone: Phone, cell: str) -> dict:
    return phone.do("site.create", new_id(), {"name": "硐", "town_code": TOWNS[cell], "site_kind": "adit"})


def test_a_county_whose_head_is_locked_delays_no_other(app, phones, impatient):
    mine, other = phones[CELL], phones[OTHER_CELL]
    kept = open_site(mine, CELL)
    open_site(other, OTHER_CELL)
    with stranger.holding(stranger.url_of(app), CELL):
        assert other.push()[0]["status"] == "applied"
        other.pull()
        with pytest.raises(Refused) as busy:
            mine.push()
        assert (busy.value.status, busy.value.problem["type"]) == (503, "/problems/busy")
        # Whoever only reads, or signs in, does not need the row.
        mine.pull()
        mine.sign_in(CELL, PASSWORD)
    assert mine.outbox == [kept]
    assert mine.push()[0]["status"] == "applied"


def test_many_transactions_of_many_counties_are_open_at_once(app, world):
    """Each of four counties waits, in the middle of its transaction, until all four have got there."""
    cells = ("350701", "350702", "350703", "350704")
    together = threading.Barrier(len(cells), timeout=20)

    def enter(cell: str) -> int:
        with app.app_context(), world.county.engine.together(cell) as engine:
            engine.perform(
                actors.system(cell), "site.create", new_id(), op=new_id(), set_={"town_code": f"{cell}101"}
            )
            return together.wait()

    with ThreadPoolExecutor(len(cells)) as hands:
        assert sorted(hands.map(enter, cells)) == [0, 1, 2, 3]


def test_of_two_counties_that_want_a_login_one_gets_it(app):
    """Another process has entered the login and not committed yet: this one waits, and does not take it over."""
    url = stranger.url_of(app)
    with stranger.transaction(url) as connection:
        connection.execute("INSERT INTO account VALUES ('wang', '350701', 'theirs', 'x')")
        with ThreadPoolExecutor(1) as hands:
            mine = hands.submit(_set_password, app)
            deadline = time.monotonic() + 10
            while not stranger.rows(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            connection.execute("COMMIT")
            with pytest.raises(Problem, match="bad-value"):
                mine.result()
    assert stranger.rows(url, "SELECT cell, person_id FROM account WHERE login = 'wang'") == [("350701", "theirs")]


def _set_password(app) -> None:
    with app.app_context():
        accounts.set_password(CELL, "mine", "wang", PASSWORD)


def test_a_server_that_went_away_is_found_again(app, phones):
    """All connections are cut, as by a restart: 503 at most, never another error, and nothing is lost."""
    phone = phones[CELL]
    with app.app_context():
        db.db.engine.dispose()
    kept = open_site(phone, CELL)
    for _ in range(3):
        phone.pull()
        _cut_all(stranger.url_of(app))
        with contextlib.suppress(Busy):
            push(phone)
    phone.push()
    assert phone.outbox == []
    assert phone.receipts(kept["op"])[0]["status"] == "applied"


class Busy(Exception):
    """The server said: come again."""


def push(phone: Phone) -> None:
    """Push; raise Busy for a 503, and whatever else is refused as it is."""
    try:
        phone.push()
    except Refused as refused:
        if refused.status == 503:
            raise Busy from None
        raise


def _cut_all(url: str) -> None:
    stranger.rows(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
