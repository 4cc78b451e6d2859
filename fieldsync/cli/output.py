"""What the command line says: Chinese with English in brackets, or the one that --lang asks for."""

import sys
from collections.abc import Iterable, Sequence

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

_PAPER = 200


def words(zh: str, en: str) -> str:
    """Return a message in the language asked for, or in both."""
    context = click.get_current_context(silent=True)
    language = getattr(context and context.find_root().obj, "language", "")
    return {"zh": zh, "en": en}.get(language) or f"{zh} ({en})"


def say(zh: str, en: str, quietly: bool = False) -> None:
    """Print a message; `quietly` to stderr, where it does not mix with results."""
    click.echo(words(zh, en), err=quietly)


def mistake(zh: str, en: str) -> click.ClickException:
    """Return what to raise where the person at the keyboard asked for something impossible."""
    return click.ClickException(words(zh, en))


def table(headers: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; on paper or in a pipe it is not cut to the width of a screen."""
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for zh, en in headers:
        grid.add_column(words(zh, en), overflow="fold")
    for row in rows:
        grid.add_row(*row)
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PAPER, highlight=False).print(grid)
