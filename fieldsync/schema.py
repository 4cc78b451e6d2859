"""The schema of the database: made where there is none, checked at every start, brought up to date on request."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.sync import audit
from fieldsync.sync.push import Engine

if TYPE_CHECKING:
    from alembic.config import Config

Tell = Callable[[str, str], None]

_MIGRATIONS = Path(__file__).parent / "migrations"
# Where Alembic notes how far a database has come.
_NOTE = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
# The schema of before there were migrations, or of some day after it: the steps find out what is there.
_UNMARKED = "0001"


class WrongSchema(RuntimeError):
    """The database is of an earlier or of a later version; `zh` and `en` say what to do."""

    def __init__(self, found: str):
        if found in revisions():
            self.zh = f"数据库是旧版本的（{found}，应为 {newest()}）：请先备份，再运行 fieldsync upgrade"
            self.en = f"the database is of an earlier version ({found}, not {newest()}): `fieldsync upgrade`"
        else:
            self.zh = f"数据库是更新的版本的（{found}，本程序为 {newest()}）：请更新程序"
            self.en = f"the database is of a later version ({found}, not {newest()}): update FieldSync"
        super().__init__(self.en)


def revisions() -> list[str]:
    """Return the numbers of all steps, in order."""
    return sorted(path.stem[1:5] for path in (_MIGRATIONS / "versions").glob("m*.py"))


def newest() -> str:
    """Return the number of the last step: the schema that this version works on."""
    return revisions()[-1]


def found(connection: Connection) -> str:
    """Return how far the database has come, or an empty text where nothing is in it."""
    names = inspect(connection)
    if names.has_table(_NOTE.name):
        return str(connection.execute(_NOTE.select()).scalar() or "")
    return _UNMARKED if names.has_table("head") else ""


def prepare() -> None:
    """Make the tables of an empty database; raise WrongSchema for one that is not of this version."""
    with db.db.engine.connect() as connection:
        revision = found(connection)
    if revision == newest():
        return
    if revision:
        db.db.engine.dispose()
        raise WrongSchema(revision)
    with db.writing("journal") as connection:
        db.hold_schema(connection)
        # Of several processes that start together, one makes them.
        if not found(connection):
            make(connection)


def make(connection: Connection) -> None:
    """Make all tables at once, and note that no step is left: a test holds this against the steps."""
    db.db.metadata.create_all(connection)
    _NOTE.create(connection)
    connection.execute(_NOTE.insert().values(version_num=newest()))


def upgrade(tell: Tell) -> str:
    """Bring the database up to date, in one transaction: all steps, then the query columns filled anew.

    SQLite's file is copied aside first. Returns what the database was, or an empty text where it was up to date
    or empty. Raises WrongSchema for a later version.
    """
    with db.db.engine.connect() as connection:
        revision = found(connection)
    if revision in ("", newest()):
        return ""
    if revision not in revisions():
        raise WrongSchema(revision)
    with db.writing("journal") as connection:
        db.hold_schema(connection)
        copy = _copy_aside(connection, revision)
        if copy:
            tell(f"升级前的数据库存为 {copy.name}", f"the database as it was is kept as {copy.name}")
        take_steps(connection, revision)
        cells = audit.cells(connection)
        for cell in cells:
            tell(f"重建 {cell} 的查询列", f"filling the query columns of {cell}")
            audit.reindex(connection, cell, REGISTRY)
    for cell in cells:
        audit.learn_fields(Engine(REGISTRY, current_app.config), cell)
    return revision


def take_steps(connection: Connection, revision: str, to: str = "head") -> None:
    """Take the steps from `revision` on (empty: all), on a connection and in its transaction."""
    from alembic import command

    steps = alembic(connection)
    if revision == _UNMARKED and not inspect(connection).has_table(_NOTE.name):
        command.stamp(steps, revision)
    command.upgrade(steps, to)


def alembic(connection: Connection) -> "Config":
    """Return what Alembic's commands want to know, to work on a connection and in its transaction."""
    # Alembic is slow to import, and no start of a server needs it.
    from alembic.config import Config

    steps = Config()
    steps.set_main_option("script_location", str(_MIGRATIONS))
    steps.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    steps.attributes["connection"] = connection
    return steps


def _copy_aside(connection: Connection, revision: str) -> Path | None:
    """Copy SQLite's file beside itself and return where; other databases are for their own tools to back up."""
    if connection.dialect.name != "sqlite" or not connection.engine.url.database:
        return None
    file = Path(connection.engine.url.database)
    target = file.with_name(f"{file.name}.before-{newest()}-from-{revision}")
    _copy(file, target)
    return target


def _copy(source: Path, target: Path) -> None:
    """Copy a database that may be in use; the target is whole or not there."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    old, new = sqlite3.connect(source), sqlite3.connect(part)
    try:
        old.backup(new)
    finally:
        old.close()
        new.close()
    _sync(part)
    part.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Have the disk hold what was written to a file or noted in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
