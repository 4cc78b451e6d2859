"""Fixtures of the faults: a count of what was survived, and counties on a server that is to break."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api.servers import Server
from conftest import close
from faults.field import Field


@pytest.fixture
def survived(record_property) -> Callable[..., None]:
    """Note that so many faults of a kind were survived; the end of the run prints them all."""
    return lambda kind, number=1: record_property("survived", (kind, number))


@pytest.fixture(scope="module")
def make_server() -> Iterator[Callable[..., Server]]:
    """Start servers; all of them end with the module, and none may have failed in a way of its own."""
    made: list[Server] = []

    def make(folder: Path, **settings) -> Server:
        made.append(Server(folder, **settings).start())
        return made[-1]

    yield make
    for server in made:
        server.kill()
        close(server.app)


@pytest.fixture
def field() -> Iterator[Callable[..., Field]]:
    """Two counties with phones in them, on a server."""
    made: list[Field] = []

    def make(server: Server, seed: int = 1) -> Field:
        made.append(Field(server, seed))
        return made[-1]

    yield make
    for each in made:
        each.close()
