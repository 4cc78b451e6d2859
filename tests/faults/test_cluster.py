"""Real faults under servers with PostgreSQL: the database ends, a lock is held, a writer pauses; others go on."""

import copy
import random
import time
from collections.abc import Iterator

import pytest
import stranger
from faults.field import ROUNDS, WAIT_S, check_put_off
from postgres import Cluster, running

from fieldsync.demo.wire import Http


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """A PostgreSQL that means its COMMIT."""
    with running(settings=()) as found:
        yield found


@pytest.fixture(scope="module")
def settings(durable):
    return {"DATABASE_URL": durable.database(), "WRITER_WAIT_S": WAIT_S}


@pytest.fixture(scope="module")
def server(make_server, tmp_path_factory, settings):
    return make_server(tmp_path_factory.mktemp("faults") / "instance", **settings)


@pytest.mark.parametrize("seed", range(ROUNDS or 1))
def test_the_database_ends_while_all_are_at_work(durable, server, field, survived, seed):
    dice, there = random.Random(seed), field(server, seed)
    for _ in range(3):
        with there.at_work(share=0.1):
            time.sleep(dice.uniform(0.05, 0.5))
            durable.end()
            time.sleep(dice.choice((0, 0.3)))
            durable.start()
        there.leave_database()
        there.check()
        survived("databases ended")


def test_a_stranger_holds_one_countys_row(server, field, survived):
    there = field(server)
    there.everyone_edits()
    with stranger.holding(stranger.url_of(server.app), there.a.cell):
        check_put_off(there.a)
        there.c.push()
        assert not there.c.outbox
    there.check()
    survived("locks held by a stranger")


def test_a_writer_pauses_before_its_commit(make_server, server, settings, field, survived, tmp_path, monkeypatch):
    """And the server beside it goes on with another county, and lets nobody read what is not committed."""
    marker = tmp_path / "pause"
    monkeypatch.setenv("FIELDSYNC_TEST_PAUSE", f"before_commit:{marker}")
    slow = make_server(server.folder, **settings)
    there = field(server)
    there.everyone_edits()
    there.a.wire.wire = Http(slow.url)
    with there.pushing(there.a, marker):
        before = copy.deepcopy(there.b.members)
        check_put_off(there.b)
        assert there.b.members == before, "what is not committed was told"
        there.c.sync()
        assert not there.c.outbox
    there.check()
    survived("commits paused")
