"""`fieldsync upgrade`: the database of an earlier version, brought up to date by hand."""

import click

from fieldsync import schema
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say


@click.command()
@pass_instance
def upgrade(instance: Instance) -> None:
    """Bring the database of an earlier version up to date, all of it or nothing; stop the server first.

    A SQLite file is copied beside itself first. On PostgreSQL make a backup of your own.
    """
    instance.expect()
    try:
        before = instance.upgrade()
    except schema.WrongSchema as wrong:
        raise mistake(wrong.zh, wrong.en) from None
    if before:
        say(f"数据库已由 {before} 升级到 {schema.newest()}", f"upgraded from {before} to {schema.newest()}")
    else:
        say(f"数据库已是最新（{schema.newest()}）", f"the database is up to date ({schema.newest()})")
