"""Every story has its people, and ends with a sound database and a clean log."""

import logging
from collections.abc import Iterator

import pytest
from county import T2, County
from flask import Flask
from stories.fieldwork import Team

from fieldsync import db
from fieldsync.demo.phone import Phone
from fieldsync.sync import audit


@pytest.fixture
def team(county: County) -> Team:
    """A and B of township one and R of the county."""
    return Team(county)


@pytest.fixture
def far(team: Team) -> Phone:
    """The phone of an inspector of township two."""
    return team.county.inspector(T2)


@pytest.fixture(autouse=True)
def _sound(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Recount digests, chains, revisions and histories after the story; nothing may have failed on the way."""
    yield
    with app.app_context(), db.reading() as connection:
        found = [f for cell in audit.cells(connection) for f in audit.findings(connection, cell)]
    assert not found
    failures = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not failures
