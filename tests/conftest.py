"""Fixtures: an application over a real SQLite file, and a county in it; the same on PostgreSQL."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from county import FAST, County
from elsewhere import Elsewhere
from flask import Flask
from postgres import Cluster, Server, running

from fieldsync import create_app
from fieldsync.db import db

# Empty: tests run on SQLite. A server's address, or `own` for one that is started here: on PostgreSQL.
ELSEWHERE = os.environ.get("FIELDSYNC_TEST_DATABASE_URL", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what is about SQLite's file."""
    for item in items:
        if ELSEWHERE:
            # What a test leaves open is let go of with its database.
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
        if ELSEWHERE and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip("is about SQLite's file"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many faults of each kind were survived."""
    survived: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            survived.update({value[0]: value[1]} if name == "survived" else {})
    if survived:
        terminalreporter.write_line(
            "survived: " + ", ".join(f"{n} {kind}" for kind, n in sorted(survived.items()))
        )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this session's own."""
    with running() as found:
        yield found


@pytest.fixture(scope="session", autouse=bool(ELSEWHERE))
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let every instance folder of the session have its database on PostgreSQL."""
    server = request.getfixturevalue("cluster") if ELSEWHERE == "own" else Server(ELSEWHERE)
    moved = Elsewhere(server, tmp_path_factory.mktemp("elsewhere"))
    moved.install()
    yield
    moved.remove()


def close(app: Flask) -> None:
    """Let go of the decoder and the database file."""
    app.extensions["darkroom"].decoder.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make applications over folders of their own (or the same one, as a restart would)."""
    made: list[Flask] = []

    def make(name: str = "instance", **settings) -> Flask:
        made.append(create_app(tmp_path / name, **FAST, **settings))
        return made[-1]

    yield make
    for app in made:
        close(app)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An application over a fresh SQLite file and folder."""
    return make_app()


@pytest.fixture
def county(app: Flask) -> County:
    """A county with nobody in it yet."""
    return County(app)
