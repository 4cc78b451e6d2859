"""`fieldsync outline`: where townships end, for the phone's map."""

from pathlib import Path

import click
import orjson

from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.mappack import datum_option
from fieldsync.cli.output import mistake, say, words
from fieldsync.domain import divisions
from fieldsync.geo import outlines
from fieldsync.geo.datums import Unfit


@click.group()
def outline() -> None:
    """Outlines of townships."""


@outline.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@datum_option
@pass_instance
@click.pass_context
def load(context: click.Context, instance: Instance, file: Path, datum: str) -> None:
    """Put the outlines of FILE (GeoJSON, each feature with the property `code`) on the townships' records.

    Bad features are named and left out, and then the exit code is 1; so are townships of other counties.
    """
    try:
        found = list(outlines.read(orjson.loads(file.read_bytes())))
    except orjson.JSONDecodeError as error:
        raise mistake(f"{file.name} 不是 JSON：{error}", f"{file.name} is no JSON: {error}") from None
    except Unfit as unfit:
        raise mistake(*unfit.args) from None
    good = {each.code: each.geometry for each in found if each.geometry}
    for each in found:
        if each.geometry is None:
            click.echo(f"{each.code}: {words(*each.refused)}", err=True)
    with instance.open() as app:
        changed, unknown = divisions.load_outlines(darkroom(app).engine, good, roster.cells())
    for code in unknown:
        click.echo(f"{code}: {words('不是本实例各县的乡镇', 'no township of the counties here')}", err=True)
    say(
        f"{len(good) - len(unknown)} 个乡镇界线，更新 {changed} 个",
        f"{len(good) - len(unknown)} outlines, {changed} new",
    )
    context.exit(1 if len(good) < len(found) or unknown else 0)
