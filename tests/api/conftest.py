"""Fixtures of the doors' tests: a real server, and requests without a phone's manners."""

from collections.abc import Iterator

import pytest
from conftest import close
from county import T1, County
from photos.makers import LAT, LON

from fieldsync.demo.phone import Phone

from .door import Door
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


@pytest.fixture
def door(county: County) -> Door:
    """The door of a county with one inspector."""
    return Door(county, county.inspector(T1))


@pytest.fixture
def nothing_failed_inside(caplog: pytest.LogCaptureFixture):
    """Let nothing that was sent end as an error of the server's own."""
    yield
    assert not [r.getMessage() for r in caplog.get_records("call") if r.levelname == "ERROR"]


@pytest.fixture
def phone(county: County) -> Phone:
    """The phone of an inspector of township 1."""
    return county.inspector()


@pytest.fixture
def site(phone: Phone) -> str:
    """A dossier that the phone has opened."""
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal", lat=LAT, lon=LON + 0.001)
    phone.sync()
    return site
