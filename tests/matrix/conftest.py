"""Fixtures of the matrix: one county, everybody in it, everything ready to be tried, and put back afterwards."""

from collections.abc import Iterator

import pytest
from conftest import close
from county import FAST, County

from fieldsync import create_app
from matrix import cast as cast_
from matrix.cast import Snapshot
from matrix.table import DOES, parsed
from matrix.tries import Stage
from matrix.typed import Desk

# Actions that somebody may do; the others are the server's own.
DOORS = [name for name, row in parsed(DOES).items() if set(row.letters.values()) != {"-"}]


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    made = create_app(tmp_path_factory.mktemp("matrix"), **FAST, MIN_PHOTOS=0)
    yield made
    close(made)


@pytest.fixture(scope="session")
def stage(app) -> Stage:
    county = County(app)
    stage = Stage(county, cast_.hired(county))
    for person in stage.cast.values():
        assert person.client
        for action in DOORS:
            stage.attempt(action, person)
    return stage


@pytest.fixture(scope="session")
def desk(stage) -> Desk:
    return Desk(stage)


@pytest.fixture(scope="session")
def shot(app, desk) -> Iterator[Snapshot]:
    with cast_.snapshot(app) as shot:
        yield shot
