"""The command line, as these tests use it."""

from pathlib import Path

from click.testing import CliRunner, Result

from fieldsync.cli import main


def fieldsync(folder: Path, *arguments: str, **more) -> Result:
    """Run a command on an instance."""
    return CliRunner().invoke(main, ["--instance", str(folder), *arguments], **more)
