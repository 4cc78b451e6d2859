"""The life of a site and the first story of phone and county, told once more on PostgreSQL."""

from collections.abc import Iterator

import pytest
from conftest import close
from county import FAST
from domain.conftest import scene
from domain.test_life import calendar, test_from_lead_to_writeoff_to_relapse
from flask import Flask
from stories.test_first import (
    test_a_finding_reaches_the_county_and_the_approval_the_phone,
    test_both_edit_the_remark_and_nothing_is_lost,
)

from fieldsync import create_app

__all__ = [
    "calendar",
    "scene",
    "test_a_finding_reaches_the_county_and_the_approval_the_phone",
    "test_both_edit_the_remark_and_nothing_is_lost",
    "test_from_lead_to_writeoff_to_relapse",
]


@pytest.fixture
def app(cluster, tmp_path) -> Iterator[Flask]:
    app = create_app(tmp_path, DATABASE_URL=cluster.database(), **FAST)
    assert app.config["DATABASE_URL"].startswith("postgresql")
    yield app
    close(app)
