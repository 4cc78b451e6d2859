"""`fieldsync report`: the notice's two tables, from all counties of this instance."""

import sys
from pathlib import Path

import click
from flask import Flask

from fieldsync import db
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import say
from fieldsync.geo.divisions import PROVINCE
from fieldsync.reports import counting, parameters
from fieldsync.reports.files import FORMATS


@click.command()
@click.argument("table", type=click.Choice(["1", "2"]))
@click.option("--from", "from_", default="", help="First day of the period.  [default: 1 January]")
@click.option("--to", default="", help="Last day of the period, which is in it.  [default: today]")
@click.option("--cutoff", default="", help="What the server knew by then: a day or a time.  [default: now]")
@click.option("--unit", default=PROVINCE, show_default=True, help="Province, city or county, by code.")
@click.option("--closed-basis", type=click.Choice(list(parameters.CLOSED_BASES)), help="What counts as closed.")
@click.option("--fine-basis", type=click.Choice(list(parameters.FINE_BASES)), help="Which money is summed.")
@click.option(
    "--liability-basis", type=click.Choice(list(parameters.LIABILITY_BASES)), help="Which measure counts."
)
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option("--out", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen.")
@pass_instance
def report(
    instance: Instance, table: str, from_: str, to: str, cutoff: str, unit: str, format_: str, out: Path | None,
    **bases: str | None,
) -> None:  # fmt: skip
    """Print table 1 (what was found) or 2 (what was done) of the notice (docs/reports.md)."""
    given = {"from": from_, "to": to, "cutoff": cutoff, "unit": unit} | {k: v or "" for k, v in bases.items()}
    with instance.open() as app:
        content = FORMATS[format_][0](_count(app, int(table), given))
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
        say(f"已写入 {out}", f"written to {out}", quietly=True)


def _count(app: Flask, table: int, given: dict[str, str]) -> counting.Report:
    asked = parameters.read(table, given, app.config, darkroom(app).engine.now())
    with db.reading() as connection:
        return counting.count(connection, asked, counting.cells(connection))
