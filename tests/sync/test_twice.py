"""The same stream of operations gives the same bits: twice on SQLite, and once on PostgreSQL (I22, I29)."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from glob import glob
from pathlib import Path

import pytest
from sync.stream import outcomes, play
from sync.world import close_app, open_app

SEED = int(os.environ.get("FIELDSYNC_SEED", "2"))


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    app = open_app(tmp_path_factory.mktemp("first"))
    try:
        return play(app, SEED)
    finally:
        close_app(app)


def differences(one: bytes, other: bytes) -> list[tuple[bytes, bytes]]:
    """Return the first lines that differ, side by side."""
    pairs = zip(one.splitlines(), other.splitlines(), strict=False)
    return [pair for pair in pairs if pair[0] != pair[1]][:3]


def test_twice_on_sqlite(on_sqlite, tmp_path):
    app = open_app(tmp_path)
    again = play(app, SEED)
    close_app(app)
    assert differences(on_sqlite, again) == []
    assert on_sqlite == again


def test_another_stream_is_another(on_sqlite, tmp_path):
    app = open_app(tmp_path)
    other = play(app, SEED + 1, pushes=20)
    close_app(app)
    assert on_sqlite != other


def test_stream_holds_all_kinds_of_outcomes(on_sqlite):
    for status in ("applied", "merged", "conflict", "held"):
        assert b'"status":"%s"' % status.encode() in on_sqlite
    for word in (b"resolved", b'"out":"moved"', b"voided_at", b"unknown-path", b"server-owned", b'"reset":["'):
        assert word in on_sqlite


def test_clocks_decide_nothing(tmp_path):
    """I22: however wrong the phones' clocks are, the same values win in the same order."""
    found = []
    for clocks in (timedelta(),), (timedelta(days=1100), timedelta(days=-1), timedelta(days=-20_000)):
        app = open_app(tmp_path / str(len(found)))
        found.append(outcomes(app, SEED, clocks))
        close_app(app)
    assert found[0] == found[1]


# PostgreSQL, in a folder of its own and without a network

INITDB = sorted(glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL of this test's own; yield the URL of an empty database."""
    if INITDB[-1] is None:
        pytest.skip("no PostgreSQL server programs here")
    programs = Path(INITDB[-1]).parent
    folder = Path(tempfile.mkdtemp(prefix="fs-pg-"))
    # The server refuses to run as root: then it runs as nobody.
    user = {"user": "nobody"} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")

    def run(program: str, *options: str) -> None:
        subprocess.run(
            [programs / program, *options], check=True, capture_output=True, cwd=folder, timeout=60, **user
        )

    try:
        run(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "fieldsync",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://fieldsync@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_gives_the_same_bits(on_sqlite, postgresql, tmp_path):
    app = open_app(tmp_path, DATABASE_URL=postgresql)
    other = play(app, SEED)
    close_app(app)
    assert differences(on_sqlite, other) == []
    assert on_sqlite == other
