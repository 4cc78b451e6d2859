"""`kill -9` of a real server during pushes: what was acknowledged stays, what is sent again counts once (I30)."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from county import CELL, FAST, PASSWORD, T1, County
from sync.world import close_app, open_app

from fieldsync import db
from fieldsync.demo.phone import Phone, Refused
from fieldsync.demo.wire import Http, NoSignal
from fieldsync.domain import accounts
from fieldsync.sync import audit

KILLS = int(os.environ.get("FIELDSYNC_KILLS", "8"))
# A server that dies between COMMIT and the answer to a push, as soon as its marker is there.
MORTAL = """
import os, signal, sys
from pathlib import Path
from wsgiref.simple_server import make_server
from fieldsync import create_app
folder, port, marker = sys.argv[1:]
app = create_app(folder)
def mortal(environ, start_response):
    answer = app(environ, start_response)
    if environ["PATH_INFO"].endswith("/push") and Path(marker).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
make_server("127.0.0.1", int(port), mortal).serve_forever()
"""


class Server:
    """A server process over one instance folder, to be killed and started again."""

    def __init__(self, folder: Path, marker: Path, script: str = ""):
        self.folder, self.marker, self.script = folder, marker, script
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def wire(self) -> Http:
        return Http(f"http://127.0.0.1:{self.port}", timeout=20)

    def start(self) -> None:
        environment = os.environ | {f"FIELDSYNC_{name}": str(value) for name, value in FAST.items()}
        environment["FIELDSYNC_TEST_PAUSE"] = "" if self.script else f"before_commit:{self.marker}"
        command = (
            [sys.executable, "-c", self.script, self.folder, str(self.port), self.marker]
            if self.script
            else [
                sys.executable,
                "-m",
                "fieldsync.cli",
                "--instance",
                self.folder,
                "serve",
                "--port",
                str(self.port),
            ]
        )
        with (self.folder.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder.parent / "server.log").read_text()
                time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """Kill the process with all its children, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            self._await_silence()

    def _await_silence(self) -> None:
        """Wait until the last of the children has let go of the port: a dying one still takes connections."""
        with contextlib.suppress(OSError):
            while True:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                time.sleep(0.01)


@pytest.fixture
def people(tmp_path) -> Iterator[tuple[Path, list[tuple[str, str]]]]:
    """An instance folder with three inspectors: (login, enrolment code) each."""
    folder = tmp_path / "instance"
    app = open_app(folder)
    county = County(app)
    found = []
    for _ in range(3):
        login = county.person("inspector", f"t-{T1}")
        with app.app_context():
            found.append((login, accounts.issue_code(*county.person_id(login))))
    close_app(app)
    return folder, found


@pytest.fixture
def serve(people, tmp_path) -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(script: str = "") -> Server:
        made.append(Server(people[0], tmp_path / "marker", script))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.kill()


def sign_in(server: Server, login: str, code: str) -> Phone:
    phone = Phone(server.wire)
    phone.enrol(code)
    phone.sign_in(login, PASSWORD)
    phone.pull()
    return phone


def findings(folder: Path) -> list[dict[str, Any]]:
    app = open_app(folder)
    with app.app_context(), db.reading() as connection:
        found = list(audit.findings(connection, CELL))
    close_app(app)
    return found


def work(phone: Phone, dice: random.Random, stop: threading.Event) -> None:
    """Make operations and hand them in, whatever becomes of the line, until told to stop."""
    sites: list[str] = []
    while not stop.is_set():
        if len(sites) < 3:
            sites.append(phone.site(name="x", town_code=T1))
        for _ in range(4):
            phone.edit(dice.choice(sites), remark=str(dice.random()), place_name=str(dice.random()))
        try:
            phone.push_once(phone.outbox[: dice.randint(1, 12)])
        except (NoSignal, Refused):
            time.sleep(0.05)


def test_kills_at_random(people, serve):
    dice = random.Random(46)
    server = serve()
    phones = [sign_in(server, login, code) for login, code in people[1]]
    stop = threading.Event()
    workers = [threading.Thread(target=work, args=(p, random.Random(i), stop)) for i, p in enumerate(phones)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.05, 0.5))
            server.kill()
            server.start()
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    for phone in phones:
        promised = {op: result["status"] for op, (_, result, _) in phone.journal.items()}
        phone.push()
        check_kept(phone, promised)
    for phone in phones:
        phone.pull()
        fresh = Phone(phone.wire, device=phone.device, token=phone.token, user=phone.user, cell=phone.cell)
        fresh.pull(limit=50)
        assert fresh.members == phone.members, "I3"
    assert sum(len(phone.journal) for phone in phones) > KILLS * 5, "hardly anything was pushed"
    server.kill()
    assert findings(people[0]) == []


def check_kept(phone: Phone, promised: dict[str, str]) -> None:
    """I1, I2: each operation has a receipt with the outcome that was promised; sent again it changes nothing."""
    ops = [op for op, _, _ in phone.journal.values()]
    receipts: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ops), 50):
        receipts |= {r["op"]: r for r in phone.receipts(*(op["op"] for op in ops[start : start + 50]))}
    for op in ops:
        receipt = receipts[op["op"]]
        assert receipt["set"] == op["set"]
        assert receipt["status"] == promised.get(op["op"], "applied") == "applied"
    before = phone.ask("POST", "/api/v1/sync/push", {"ops": []})["head"]
    again = phone.ask("POST", "/api/v1/sync/push", {"ops": ops[-200:]})
    assert again["head"] == before
    assert {result["status"] for result in again["results"]} == {"applied"}


@pytest.mark.parametrize("moment", ["before COMMIT", "after COMMIT, before the answer"])
def test_killed_at_the_worst_moment(people, serve, tmp_path, moment):
    """Scenario 46: sent again, the operation has exactly one effect in both cases."""
    server = serve(MORTAL if moment.startswith("after") else "")
    phone = sign_in(server, *people[1][0])
    site = phone.site(name="x", town_code=T1, remark="a")
    phone.sync()
    op = phone.edit(site, remark="b")
    server.marker.touch()
    lost: list[NoSignal] = []

    def hand_in() -> None:
        try:
            phone.push()
        except NoSignal as no_signal:
            lost.append(no_signal)

    pusher = threading.Thread(target=hand_in)
    pusher.start()
    if moment.startswith("after"):
        server.process.wait(20)
    else:
        pusher.join(1.5)
        assert pusher.is_alive(), "the server does not pause"
    server.kill()
    pusher.join(20)
    assert lost
    assert phone.outbox == [op]
    server.marker.unlink()
    server.start()
    known = bool(phone.receipts(op["op"]))
    assert known == moment.startswith("after")
    assert [result["status"] for result in phone.push()] == ["applied"]
    phone.pull()
    assert phone.base(site).body["remark"] == "b"
    versions = phone.ask("GET", f"/api/v1/sites/{site}/versions")["versions"]
    assert [version["op"] for version in versions].count(op["op"]) == 1
    assert len(versions) == 2
    server.kill()
    assert findings(people[0]) == []
