"""`fieldsync import sites`: an existing list of sites, as the desk would take it in."""

from pathlib import Path

import click
from rich.markup import escape

from fieldsync import db
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.domain import site_lists
from fieldsync.geo.datums import Unfit
from fieldsync.sync import actors


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cell", help="The county, by its code; not needed where there is only one.")
@click.option("--datum", type=click.Choice(list(site_lists.DATUMS)), help="What the coordinates are in.")
@click.option("--duplicates", is_flag=True, help="Also take in rows that look like a dossier that is there.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@pass_instance
@click.pass_context
def sites(
    context: click.Context, instance: Instance, file: Path, cell: str | None, datum: str | None, duplicates: bool,
    dry_run: bool,
) -> None:  # fmt: skip
    """Take in a list of sites (.xlsx, or .csv in UTF-8 or GB18030); twice makes nothing twice.

    Columns are recognised by their Chinese labels. Refused rows are told by cell; then the exit code is 1.
    """
    with instance.open() as app:
        county = roster.county(cell)
        if file.stat().st_size > app.config["LIST_MAX_BYTES"]:
            raise mistake("文件过大", "the file is too large")
        content = file.read_bytes()
        try:
            sheet = site_lists.read(content, app.config["LIST_MAX_ROWS"])
        except Unfit as unfit:
            raise mistake(*map(str, unfit.args)) from None
        room, actor, known = darkroom(app), actors.system(county), site_lists.towns(county)
        with db.reading() as connection:
            plan = site_lists.guessed(connection, county, sheet)
        plan = site_lists.Plan(plan.mapping, datum or plan.datum)
        sha256 = site_lists.keep(room, actor, file.name, content, sheet, plan)
        with db.reading() as connection:
            radius = app.config["SITE_DUPLICATE_RADIUS_M"]
            rows = site_lists.judged(connection, county, sha256, sheet, plan, known, radius)
        if not dry_run:
            wanted = {row.number for row in rows} if duplicates else set()
            site_lists.take_in(room, actor, sha256, rows, wanted)
    _tell(rows)
    context.exit(1 if any(row.state == "refused" for row in rows) else 0)


def _tell(rows: list[site_lists.Row]) -> None:
    """Print the rows that were not simply taken in, and how many there are of each kind."""
    told = [
        (str(r.number), words(*site_lists.STATES[r.state]), escape(_why(r))) for r in rows if r.faults or r.alike
    ]
    if told:
        table((("行", "row"), ("结果", "result"), ("原因", "why")), told)
    for state, names in site_lists.STATES.items():
        count = sum(row.state == state for row in rows)
        if count:
            say(f"{names[0]} {count} 行", f"{names[1]}: {count} rows")


def _why(row: site_lists.Row) -> str:
    faults = [f"{where} {words(zh, en)}" for where, zh, en in row.faults]
    return "; ".join([*faults, *(f"{called} {words(*why)}" for _id, called, why in row.alike)])
