"""Fixtures: the desk of a county at work."""

import pytest

from console.desk import Desk
from console.stage import Stage, build


@pytest.fixture
def stage(county) -> Stage:
    """One of each thing that the desk decides."""
    return build(county)


@pytest.fixture
def desk(county) -> Desk:
    """A reviewer at the console, in Chinese."""
    return Desk(county, county.person("reviewer"))
