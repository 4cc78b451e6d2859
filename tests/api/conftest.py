"""Fixtures of the doors' tests: a real server, and requests without a phone's manners."""

from collections.abc import Iterator

import pytest
from conftest import close

from .raw import Raw
from .servers import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """One running server for the tests of a module."""
    found = Server(tmp_path_factory.mktemp("server")).start()
    yield found
    found.kill()
    close(found.app)
    assert "Traceback" not in found.log(), found.log()


@pytest.fixture
def raw(app) -> Raw:
    """Requests to the application, as anybody."""
    return Raw(app)
