"""A PostgreSQL for tests: started here from the installed server programs, or one that is named."""

import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

# Nothing here outlives the test session: what a power cut would take is not worth an fsync.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_COMMON = ("listen_addresses=", "max_connections=200", "shared_buffers=64MB")
_PARENT_DEATH = 1
_ROOM = 4 * 2**30


class Server:
    """A PostgreSQL server in which tests may make databases."""

    def __init__(self, url: str):
        self.url: URL = make_url(url)
        self._numbers = itertools.count(1)

    def sql(self, statement: str, database: str = "") -> list[tuple]:
        """Run one statement outside any transaction; return its rows."""
        given = self.url.set(database=database or self.url.database).render_as_string(hide_password=False)
        with psycopg.connect(given.replace("+psycopg", ""), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def database(self, template: str = "", options: str = "ENCODING 'UTF8'") -> str:
        """Make a database, empty or a copy of `template`; return its URL."""
        name = f"fs_{os.getpid()}_{next(self._numbers)}"
        if template:
            self.leave(template)
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template or f'template0 {options}'}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def leave(self, name: str) -> None:
        """End all connections to a database."""
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still in it."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Cluster(Server):
    """A server of one's own, reached by a socket in its folder, which ends with the process that started it."""

    def __init__(self, programs: Path, settings: tuple[str, ...] = CARELESS):
        self.programs, self.settings = programs, settings
        self.folder = Path(tempfile.mkdtemp(prefix="fs-pg-", dir=_roomy_memory()))
        # The server refuses to run as root: then it runs as nobody.
        self.user = {"user": "nobody"} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "nobody")
        super().__init__(f"postgresql+psycopg://fieldsync@/postgres?host={self.folder}")
        options = ("-U", "fieldsync", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
        command = [programs / "initdb", "-D", self.folder / "data", *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=60, **self.user)
        self.process = self.start()

    def start(self) -> subprocess.Popen:
        """Start the server over its folder, and wait until it answers."""
        settings = [part for each in (*_COMMON, *self.settings) for part in ("-c", each)]
        command = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, preexec_fn=_die_with_parent, **self.user
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.sql("SELECT 1")
                return self.process
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def end(self, how: int = signal.SIGQUIT) -> None:
        """End the server: as a crash would, unless another signal is given."""
        self.process.send_signal(how)
        self.process.wait(60)


def _roomy_memory() -> str | None:
    """Return a folder in memory where the machine has one with room to spare: it spares the disk's time."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


def _die_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone, however that ended."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGQUIT)


def programs() -> Path | None:
    """Return the folder of the newest installed server programs."""
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    alone = shutil.which("initdb")
    return Path(found[-1]).parent if found else Path(alone).resolve().parent if alone else None


@contextmanager
def running(settings: tuple[str, ...] = CARELESS) -> Iterator[Cluster]:
    """Yield a cluster of one's own; skip the test where there are no server programs."""
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL server programs here")
    cluster = Cluster(folder, settings)
    try:
        yield cluster
    finally:
        cluster.end()
        shutil.rmtree(cluster.folder, ignore_errors=True)
