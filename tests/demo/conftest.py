"""The demonstration county, made once and copied for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import Result

from demo.shell import fieldsync

# Cheap hashing, and as many sign-ins as a test may need.
FAST = {
    "FIELDSYNC_ARGON2_TIME_COST": "1", "FIELDSYNC_ARGON2_MEMORY_KIB": "64",
    "FIELDSYNC_SIGN_IN_LIMIT": "9999 per minute",
}  # fmt: skip
SITES = "80"


@pytest.fixture(scope="session")
def cheap() -> Iterator[None]:
    with patch.dict(os.environ, FAST):
        yield


@pytest.fixture(scope="session")
def made(cheap, tmp_path_factory) -> tuple[Path, Result]:
    """An instance with the demonstration county, and what the command said."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    return folder, fieldsync(folder, "demo", "--if-empty", "--sites", SITES)


@pytest.fixture
def copied(made, tmp_path) -> Callable[[], Path]:
    """Make copies of the county, to be changed."""

    def copy() -> Path:
        shutil.copytree(made[0], tmp_path / "copy")
        return tmp_path / "copy"

    return copy
