"""Another program on the same database: it knows nothing of FieldSync's rules, and may forget to commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from fieldsync.db import db


def url_of(app: Flask) -> str:
    """Return the address of an application's database."""
    with app.app_context():
        return db.engine.url.render_as_string(hide_password=False)


def _connect(url: str) -> Any:
    """Return a connection of the driver's own that begins nothing by itself and waits for nobody."""
    known = make_url(url)
    if known.get_backend_name() == "sqlite":
        return sqlite3.connect(str(known.database), isolation_level=None, timeout=0)
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def rows(url: str, statement: str, *parameters: Any) -> list[tuple]:
    """Run a statement; return its rows."""
    return _run(url, statement, parameters)[0]


def change(url: str, statement: str, *parameters: Any) -> int:
    """Run a statement; return how many rows it changed."""
    return _run(url, statement, parameters)[1]


def _run(url: str, statement: str, parameters: tuple[Any, ...]) -> tuple[list[tuple], int]:
    with closing(_connect(url)) as connection:
        is_file = isinstance(connection, sqlite3.Connection)
        # Without parameters psycopg takes the statement as it is, per cents and all.
        given = [parameters] if parameters else []
        done = connection.execute(statement.replace("?", "%s") if given and not is_file else statement, *given)
        return (done.fetchall() if done.description else []), done.rowcount


def copy(source: str, target: str) -> None:
    """Make the database `target` (in place of what was there) what `source` is now; nobody may be using them."""
    old, new = make_url(source), make_url(target)
    if old.get_backend_name() == "sqlite":
        for path in Path(str(new.database)).parent.glob(f"{Path(str(new.database)).name}*"):
            path.unlink()
        with closing(_connect(source)) as here, closing(_connect(target)) as there:
            here.backup(there)
        return
    server = old.set(database="postgres").render_as_string(hide_password=False)
    rows(server, f"DROP DATABASE IF EXISTS {new.database} WITH (FORCE)")
    rows(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{old.database}'")
    rows(server, f"CREATE DATABASE {new.database} TEMPLATE {old.database}")


@contextmanager
def transaction(url: str) -> Iterator[Any]:
    """Yield a connection that has begun to write; what it does not commit is undone."""
    with closing(_connect(url)) as connection:
        connection.execute("BEGIN IMMEDIATE" if isinstance(connection, sqlite3.Connection) else "BEGIN")
        yield connection


@contextmanager
def holding(url: str, cell: str) -> Iterator[None]:
    """Hold the lock that a push to this county needs: a row on PostgreSQL, the whole file on SQLite."""
    with transaction(url) as connection:
        if not isinstance(connection, sqlite3.Connection):
            connection.execute("SELECT seq FROM head WHERE cell = %s FOR UPDATE NOWAIT", (cell,))
        yield


def is_held(url: str, cell: str) -> bool:
    """Tell whether somebody holds that lock."""
    try:
        with holding(url, cell):
            return False
    except (sqlite3.OperationalError, psycopg.errors.LockNotAvailable):
        return True
