"""The command line `fieldsync`: one module for each command or group of commands."""

import io
import sys
from pathlib import Path

import click

from fieldsync import __version__
from fieldsync.cli import (
    backup,
    demo,
    devices,
    drill,
    forms,
    mappack,
    notify,
    outbox,
    outline,
    photos,
    reports,
    serve,
    sites,
    tls,
    upgrade,
    upkeep,
    users,
)
from fieldsync.cli.instance import Commands, Instance


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--instance",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FIELDSYNC_INSTANCE",
    default=Path("instance"),
    help="Folder of settings, database and photos.  [default: ./instance; FIELDSYNC_INSTANCE]",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Chinese only, or English only; both if not given.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, folder: Path, lang: str | None) -> None:
    """FieldSync: patrols, dossiers and evidence against illegal mining."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write Chinese gets escapes, not a failure.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    context.obj = Instance(folder, lang or "")


for command in (
    serve.serve, demo.demo, users.user, devices.device, photos.photo, upkeep.check, upkeep.reindex,
    upkeep.prune, upgrade.upgrade, outbox.import_, tls.tls, mappack.mappack, outline.outline, forms.form,
    reports.report, notify.notify, backup.backup, backup.restore, drill.drill,
):  # fmt: skip
    main.add_command(command)
outbox.import_.add_command(sites.sites)
