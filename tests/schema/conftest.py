"""Fixtures: a database of either kind, empty or as an earlier version left it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from .places import FIRST_VERSION, Place, let_go


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def make_place(request, tmp_path_factory) -> Callable[[], Place]:
    """Make instance folders with an empty database each, of one kind."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None

    def make() -> Place:
        folder = tmp_path_factory.mktemp("place")
        return Place.on(server, folder) if server else Place.on_sqlite(folder)

    return make


@pytest.fixture
def place(make_place) -> Place:
    return make_place()


@pytest.fixture(scope="module")
def of_models(make_place) -> set[tuple[Any, ...]]:
    """The catalogue of a database that was made from the models at once, as an empty one is."""
    place = make_place()
    let_go(place.app())
    return place.catalogue()


@pytest.fixture
def present(place) -> Place:
    """An empty database of today."""
    let_go(place.app())
    return place


@pytest.fixture
def old(place) -> Place:
    """A county as the first version left it."""
    place.sql(FIRST_VERSION.read_text("utf-8"))
    return place


@pytest.fixture
def using() -> Iterator[Callable[[Flask], Flask]]:
    """Return a function that remembers applications, to let go of them after the test."""
    used: list[Flask] = []

    def remember(app: Flask) -> Flask:
        used.append(app)
        return app

    yield remember
    for app in used:
        let_go(app)
