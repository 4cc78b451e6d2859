"""Commands on an instance of a county with an administrator."""

import pytest
from click.testing import CliRunner

from fieldsync.cli import main

CELL = "350881"


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Run a command; returns its result."""
    monkeypatch.setenv("FIELDSYNC_ARGON2_TIME_COST", "1")
    monkeypatch.setenv("FIELDSYNC_ARGON2_MEMORY_KIB", "64")
    run = lambda *words: CliRunner().invoke(main, ["--instance", str(tmp_path / "instance"), *words])  # noqa: E731
    assert run("user", "add", "chief", "--name", "陈", "--role", "admin", "--cell", CELL).exit_code == 0
    return run
