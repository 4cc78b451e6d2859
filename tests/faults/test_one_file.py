"""Real faults under a server with SQLite: bad lines, `kill -9`, a full disk, a stuck writer, a stranger's lock.

A short run is part of `make test`; `FIELDSYNC_FAULTS=100 pytest tests/faults` is the long one: so many rounds
of bad lines, killed servers and ended databases.
"""

import copy
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import stranger
from faults.field import ROUNDS, WAIT_S, Field, check_put_off
from faults.rough import FATES
from sync.world import Ghost

from fieldsync.demo.phone import Refused

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def server(make_server, tmp_path_factory):
    return make_server(tmp_path_factory.mktemp("faults") / "instance", WRITER_WAIT_S=WAIT_S)


@pytest.mark.parametrize("seed", range(ROUNDS or 2))
def test_requests_and_answers_that_are_lost_cut_late_and_doubled(server, field, survived, seed):
    there = field(server, seed)
    there.work(turns=6, share=0.6)
    there.check()
    for line in there.lines:
        for fate in FATES:
            survived(f"requests {fate.replace('_', ' ')}", line.met[fate])


@pytest.mark.parametrize("seed", range(ROUNDS or 1))
def test_kill_minus_nine_while_all_are_at_work(server, field, survived, seed):
    dice, there = random.Random(seed), field(server, seed)
    for _ in range(3):
        with there.at_work(share=0.1):
            time.sleep(dice.uniform(0.02, 0.4))
            server.kill()
            server.start()
        there.check()
        survived("servers killed")


def test_a_stranger_holds_the_lock(server, field, survived):
    there = field(server)
    there.everyone_edits()
    with stranger.holding(stranger.url_of(server.app), there.a.cell):
        for phone in there.phones:
            check_put_off(phone)
    there.check()
    survived("locks held by a stranger")


def test_a_writer_pauses_before_its_commit(make_server, field, survived, tmp_path, monkeypatch):
    marker = tmp_path / "pause"
    monkeypatch.setenv("FIELDSYNC_TEST_PAUSE", f"before_commit:{marker}")
    server = make_server(tmp_path / "instance", WRITER_WAIT_S=WAIT_S)
    there = field(server)
    there.everyone_edits()
    with there.pushing(there.a, marker):
        before = copy.deepcopy(there.b.members)
        for phone in (there.b, there.c):
            check_put_off(phone)
        assert there.b.members == before, "what is not committed was told"
    there.check()
    survived("commits paused")


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", place]).returncode:
        pytest.skip("a small disk needs root, and a machine that lets it mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(ballast: Path) -> None:
    """Leave no byte free on a disk."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass


def write_much(there: Field, phone: Ghost) -> None:
    phone.wire.wire = there.straight
    phone.inspect(there.sites[phone.user][0], activity="none", remark="长" * 30_000)


def write_on(there: Field) -> None:
    for _ in range(100):
        write_much(there, there.a)
        there.a.push()


def test_a_full_disk(make_server, field, survived, small_disk):
    server = make_server(small_disk / "instance", WRITER_WAIT_S=WAIT_S)
    there, ballast = field(server), small_disk / "ballast"
    for is_started_anew in (False, True):
        fill(ballast)
        there.work(turns=4)
        # Some still fits into what the database has; then nothing does.
        with pytest.raises(Refused) as refused:
            write_on(there)
        assert refused.value.status == 503
        for phone in (there.b, there.c):
            write_much(there, phone)
            check_put_off(phone)
        if is_started_anew:
            server.kill()
            server.start()
            # The first answer waits for the whole program to be read.
            there.straight("GET", "/healthz", {})
            check_put_off(there.a)
        ballast.unlink()
        there.check()
        survived("disks full")
