"""Instances for the commands: an empty one, and one with an admin and an inspector."""

import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from cli.shell import CELL, FAST, TOWN, Shell


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Shell:
    for name, value in FAST.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FIELDSYNC_INSTANCE", raising=False)
    return Shell(tmp_path / "instance")


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """An instance with an admin and an inspector of one county."""
    shell = Shell(tmp_path_factory.mktemp("staffed") / "instance")
    with patch.dict(os.environ, FAST):
        shell.ok("user", "add", "admin", "--name", "管理", "--role", "admin", "--cell", CELL)
        shell.ok("user", "add", "walker", "--name", "巡查", "--town", TOWN)
    return shell.folder


@pytest.fixture
def staffed(shell, template) -> Shell:
    """A copy of that instance."""
    shutil.copytree(template, shell.folder)
    return shell
