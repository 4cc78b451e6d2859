"""Fixtures: an application over a real SQLite file, and a county in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from county import FAST, County
from flask import Flask

from fieldsync import create_app
from fieldsync.db import db


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
