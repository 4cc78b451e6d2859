"""The same stream of operations gives the same bits: twice on SQLite, and once on PostgreSQL (I22, I29)."""

import os
from datetime import timedelta

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


def test_postgresql_gives_the_same_bits(on_sqlite, cluster, tmp_path):
    app = open_app(tmp_path, DATABASE_URL=cluster.database())
    other = play(app, SEED)
    close_app(app)
    assert differences(on_sqlite, other) == []
    assert on_sqlite == other
