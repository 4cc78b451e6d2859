"""Two counties with phones at work on colliding records while something breaks, and the check afterwards."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import stranger
from api.servers import Server
from faults.rough import RoughLine
from sync.checker import Checker
from sync.world import Ghost, Valley

from fieldsync.db import db
from fieldsync.demo.phone import Refused
from fieldsync.demo.wire import Answer, Http, NoSignal

# Few records, few paths, few values: so they collide.
VALUES: dict[str, list[Any]] = {
    "remark": ["a", "b", None],
    "place_name": ["north", "south"],
    "mining_method": ["open_pit", "underground", None],
    "patrol_class": ["key", "coal"],
    "workers": [1, 2, None],
    "violations/illegal_power": [True, None],
    "openings/a": [True, None],
}
# A phone that cannot send makes no more than these: the check afterwards asks for every one.
MOST_WAITING = 8
# How often each fault of the long run happens; 0 is the short one.
ROUNDS = int(os.environ.get("FIELDSYNC_FAULTS", "0"))
# How long a writer of these servers waits for its turn.
WAIT_S = 1.0


class Field:
    """A county with a township's phone and the county's own, a neighbouring county with one phone."""

    def __init__(self, server: Server, seed: int):
        self.server, self.seed = server, seed
        self.valleys = [Valley(server.app), Valley(server.app)]
        for valley in self.valleys:
            valley.wire = self.straight
            valley.desk("reviewer")
        here, there = self.valleys
        self.a, self.b, self.c = here.inspector(), here.county_phone(), there.inspector()
        self.phones = [self.a, self.b, self.c]
        self.sites = {self.a.user: [here.open_site(self.a) for _ in range(2)]}
        self.sites |= {self.b.user: self.sites[self.a.user], self.c.user: [there.open_site(self.c)]}
        self.lines = [RoughLine(server.port, random.Random(f"{seed} {i}")) for i in range(3)]
        self.dice = [random.Random(f"{seed} hands {i}") for i in range(3)]
        self.complaints: list[str] = []
        self.quiet()

    @property
    def straight(self) -> Http:
        return Http(self.server.url, timeout=30)

    # While it breaks

    @contextmanager
    def at_work(self, share: float = 0.0) -> Iterator[None]:
        """Have every phone work and sync by itself meanwhile; `share` of its requests meet a fate on the line."""
        stop = threading.Event()
        self._start(share)
        workers = [threading.Thread(target=self._work, args=(number, stop.is_set)) for number in range(3)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            stop.set()
            for worker in workers:
                worker.join()

    def work(self, turns: int, share: float = 0.0) -> None:
        """Have every phone work and sync so many times, all at once."""
        self._start(share)
        left = [iter(range(turns)) for _ in self.phones]
        with ThreadPoolExecutor(3) as hands:
            list(hands.map(lambda i: self._work(i, lambda: next(left[i], None) is None), range(3)))

    def _start(self, share: float) -> None:
        for phone, line in zip(self.phones, self.lines, strict=True):
            phone.wire.wire, line.share = Http(line.url, timeout=30), share

    def _work(self, number: int, is_over: Callable[[], bool]) -> None:
        phone, dice = self.phones[number], self.dice[number]
        while not is_over():
            if len(phone.outbox) < MOST_WAITING:
                self.edit(phone, dice)
            try:
                phone.push_once(phone.outbox[: dice.randint(1, 12)])
                if dice.random() < 0.5:
                    phone.pull(limit=dice.choice((3, None)))
            except NoSignal:
                time.sleep(dice.uniform(0.01, 0.1))
            except Refused as refused:
                if refused.status != 503:
                    self.complaints.append(str(refused))
                time.sleep(dice.uniform(0.01, 0.1))
            except AssertionError as wrong:
                self.complaints.append(str(wrong))

    def edit(self, phone: Ghost, dice: random.Random) -> None:
        """Change a thing or two of a site, and now and then hand in an inspection."""
        site = dice.choice(self.sites[phone.user])
        paths = dice.sample(sorted(VALUES), dice.randint(1, 3))
        phone.change(site, {path: dice.choice(VALUES[path]) for path in paths}, "site.edit")
        if dice.random() < 0.2:
            phone.inspect(site, activity="none", remark=dice.choice("xy"))

    def everyone_edits(self) -> None:
        """Leave something to send on every phone."""
        for phone, dice in zip(self.phones, self.dice, strict=True):
            while not phone.outbox:
                self.edit(phone, dice)

    @contextmanager
    def pushing(self, phone: Ghost, marker: Path) -> Iterator[None]:
        """Have a phone's push stand before its COMMIT meanwhile: its server waits while `marker` is there."""
        marker.touch()
        line = threading.Thread(target=phone.push)
        line.start()
        try:
            while not stranger.is_held(stranger.url_of(self.server.app), phone.cell):
                assert line.is_alive(), "the server does not pause"
                time.sleep(0.02)
            yield
            assert line.is_alive()
        finally:
            marker.unlink()
            line.join()

    # Afterwards

    def leave_database(self) -> None:
        """Let go of connections to a database that is not what it was."""
        with self.server.app.app_context():
            db.engine.dispose()

    def quiet(self) -> None:
        """Let everything arrive: nothing is under way any more, no outbox holds anything."""
        for line in self.lines:
            line.settle()
        for phone in self.phones:
            phone.wire.wire = self.straight
            phone.sync()
        for phone in self.phones:
            phone.pull()

    def check(self) -> None:
        """Hold what both counties tell over HTTP against what the phones know: I1 to I3, and others."""
        self.quiet()
        found = list(self.complaints)
        for valley in self.valleys:
            checker = Checker(valley, valley.desks[0])
            # What is lost is said by itself: the other checks stumble over it.
            found += checker.no_loss() or checker.everything(random.Random(self.seed))
        assert not found, (self.seed, found)

    def close(self) -> None:
        """Take the lines down."""
        for line in self.lines:
            line.close()
            line.settle()


def ask_to_push(phone) -> Answer:
    """Send the outbox and return the bare answer, whatever it is."""
    body = orjson.dumps({"protocol": 1, "seen": phone.seen, "ops": phone.outbox})
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {phone.token}"}
    return phone.wire("POST", "/api/v1/sync/push", sent, body)


def check_put_off(phone) -> None:
    """The phone is told, soon, to come again; it keeps what it has, and reads meanwhile."""
    began = time.monotonic()
    answer = ask_to_push(phone)
    assert time.monotonic() - began < WAIT_S + 4
    assert (answer.status, answer.headers.get("retry-after")) == (503, "2")
    phone.pull()
