"""Commands on one instance, as an operator gives them."""

from pathlib import Path

import stranger
from click.testing import CliRunner, Result

from fieldsync import settings
from fieldsync.cli import main

CELL, TOWN, OTHER_TOWN = "350803", "350803001", "350803101"
FAST = {"FIELDSYNC_ARGON2_TIME_COST": "1", "FIELDSYNC_ARGON2_MEMORY_KIB": "64"}


class Shell:
    """Runs commands on one instance."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, *arguments: str, **more) -> Result:
        return CliRunner().invoke(main, ["--instance", str(self.folder), *arguments], **more)

    def ok(self, *arguments: str, **more) -> str:
        result = self(*arguments, **more)
        assert result.exit_code == 0, result.output
        return result.output

    def fails(self, *arguments: str, **more) -> str:
        """Return the words of a failure: never a traceback."""
        result = self(*arguments, **more)
        assert result.exit_code in (1, 2), result.output
        assert isinstance(result.exception, SystemExit)
        return result.output

    def sql(self, statement: str) -> list:
        return stranger.rows(settings.load(self.folder)["DATABASE_URL"], statement)
