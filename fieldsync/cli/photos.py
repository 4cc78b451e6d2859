"""`fieldsync photo`: what photos say of themselves."""

import click

from fieldsync.photos import inspect


@click.group()
def photo() -> None:
    """Look into photo files."""


@photo.command(name="inspect")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
def inspect_(files: tuple[str, ...]) -> None:
    """Print one JSON object on one line for each FILE, whatever the file is."""
    for line in inspect.lines(files):
        click.echo(line)
