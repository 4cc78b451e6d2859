"""The database: honest transactions on SQLite and PostgreSQL; the one file that knows dialects."""

import fcntl
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, Engine, Integer, MetaData, String, Table, Text, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from fieldsync.errors import Problem

db = SQLAlchemy()

# Anywhere in a statement: behind a comment, in a common table expression. `DO UPDATE SET` names no table.
_WRITE = re.compile(
    r"\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?(?!\s+SET\b)|DELETE\s+FROM)"
    r'\s+(?:"?\w+"?\.)?"?(\w+)',
    re.IGNORECASE,
)
_gate = threading.Lock()
# What PostgreSQL says where somebody holds a lock, where it is full, or where it is not there just now; it
# says so by number, because its words are in the language that it was set up in.
_BUSY = frozenset(["55P03", "40P01", "40001", "53100", "53200", "53300", "57P01", "57P02", "57P03"])
# Any number, always the same: whoever changes tables takes this lock.
_SCHEMA_LOCK = 350_000
# Tables that the journal alone may write; see `sync/tables.py`.
sealed_tables: set[str] = set()


class UnguardedWrite(RuntimeError):
    """A statement tried to write outside `writing()`, or to a sealed table outside the journal."""


@event.listens_for(Table, "after_parent_attach")
def _widen(table: Table, metadata: MetaData) -> None:
    """Let PostgreSQL take what SQLite takes, and sort as it does, whatever the locale of its database.

    SQLite holds integers of 64 bits and texts of any length, and compares their bytes.
    """
    if metadata is not db.metadata:
        return
    for column in table.columns:
        if isinstance(column.type, String):
            column.type = column.type.with_variant(Text(collation="C"), "postgresql")
        elif isinstance(column.type, Integer):
            column.type = column.type.with_variant(BigInteger(), "postgresql")


def init(app: Flask) -> None:
    """Bind the database to `app` and set both dialects to honest transactions."""
    # A statement that fails is logged; what it was about is nobody's business.
    # As many connections as threads ask for; how many threads there are, the server decides.
    options: dict[str, Any] = {"max_overflow": -1, "hide_parameters": True}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        wait = max(2, round(app.config["WRITER_WAIT_S"]))
        options["connect_args"] = {"connect_timeout": wait, "application_name": "fieldsync"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "before_cursor_execute", _refuse_unguarded)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Take transactions out of the driver's hands; WAL, fsync at each commit."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    # The gate orders our own writers; this wait is for a stranger's lock, and for SQLite's own recovery.
    connection.execute(f"PRAGMA busy_timeout={int(current_app.config['WRITER_WAIT_S'] * 1000)}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin for real: the driver's own deferred begin would let two reads differ."""
    writes = connection.get_execution_options().get("writer")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_unguarded(
    connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
) -> None:
    """Raise UnguardedWrite for a write that goes around the gate or around the journal."""
    written = _written_tables(statement)
    if not written:
        return
    writer = connection.get_execution_options().get("writer")
    if writer is None or (writer != "journal" and not sealed_tables.isdisjoint(written)):
        raise UnguardedWrite(", ".join(sorted(written)))


@lru_cache(maxsize=1_000)
def _written_tables(statement: str) -> frozenset[str]:
    """Return the names of the tables that a statement writes."""
    return frozenset(name.lower() for name in _WRITE.findall(statement))


@contextmanager
def reading() -> Iterator[Connection]:
    """Yield a connection whose reads all see one snapshot; Problem `busy` where the database is away."""
    with _patiently(), db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(writer: str = "plain") -> Iterator[Connection]:
    """Yield a connection in a write transaction; commit at the end, roll back on any exception.

    `writer="journal"` opens the sealed tables. Raises Problem `busy` where the turn does not come.
    """
    with _turn(db.engine), _patiently(), db.engine.connect() as connection:
        connection = connection.execution_options(writer=writer)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                wait = int(current_app.config["WRITER_WAIT_S"] * 1000)
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
            yield connection
            _pause("before_commit")


@contextmanager
def _patiently() -> Iterator[None]:
    """Raise Problem `busy` where the same would go well later: then phones come again, and keep what they have."""
    try:
        yield
    except DBAPIError as error:
        raise (Problem("busy") if _passes(error) else error) from error


def _passes(error: DBAPIError) -> bool:
    """Tell whether the database only failed because of a lock, or was away or full just now."""
    if isinstance(error.orig, sqlite3.Error):
        words = str(error.orig).lower()
        return "locked" in words or "is full" in words
    number = getattr(error.orig, "sqlstate", None)
    # Without a number there was nobody to give one: the line is cut, or the server does not answer.
    is_away = number is None and isinstance(error, OperationalError)
    return error.connection_invalidated or is_away or number in _BUSY


def hold(connection: Connection, cell: str) -> None:
    """Let no operation of `cell` in between before this transaction ends, as every operation does itself."""
    if connection.dialect.name == "postgresql":
        row(connection, "SELECT 1 FROM head WHERE cell = :cell FOR UPDATE", cell=cell)


def hold_schema(connection: Connection) -> None:
    """Let no other process make or change tables before this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let SQLite's writers queue in order: threads by a lock, processes by a lock on a file.

    SQLite itself lets its writers starve each other: 20 of them fail or wait for seconds.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    deadline = time.monotonic() + current_app.config["WRITER_WAIT_S"]
    if not _gate.acquire(timeout=current_app.config["WRITER_WAIT_S"]):
        raise Problem("busy")
    try:
        with _file_lock(f"{engine.url.database}.lock", deadline):
            yield
    finally:
        _gate.release()


@contextmanager
def _file_lock(path: str, deadline: float) -> Iterator[None]:
    """Hold an exclusive lock on `path`; raise Problem `busy` when `deadline` has passed."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Problem("busy") from None
                time.sleep(0.002)
        yield
    finally:
        os.close(descriptor)


def _pause(point: str) -> None:
    """Wait where FIELDSYNC_TEST_PAUSE names `point`: until its file is gone (tests only)."""
    name, _, marker = os.environ.get("FIELDSYNC_TEST_PAUSE", "").partition(":")
    if name == point and marker:
        while Path(marker).exists():
            time.sleep(0.01)


def keys(parameter: str) -> str:
    """Return the SQL that turns a JSON list in `:parameter` into the rows `keys(value)`.

    A read driven from such a list is an index look-up per key on both databases, whatever the
    statistics say; `IN` with many parameters is not.
    """
    if db.engine.dialect.name == "sqlite":
        return f"json_each(:{parameter}) AS keys"
    return f"json_array_elements_text(CAST(:{parameter} AS json)) AS keys(value)"


def upsert(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert `rows` (values in column order), replacing those whose primary key is there."""
    if rows:
        # One row alone goes without the ceremony of many.
        given = tuple(rows[0]) if len(rows) == 1 else list(map(tuple, rows))
        connection.exec_driver_sql(_upsert_sql(table, connection.dialect.name), given)


@cache
def _upsert_sql(table: Table, dialect: str) -> str:
    """Return the statement of `upsert`, once per table and dialect."""
    names = [column.name for column in table.columns]
    key = [column.name for column in table.primary_key]
    rest = [name for name in names if name not in key]
    marks = ", ".join(["?" if dialect == "sqlite" else "%s"] * len(names))
    change = ", ".join(f"{name} = excluded.{name}" for name in rest)
    action = f"UPDATE SET {change}" if rest else "NOTHING"
    return (
        f'INSERT INTO "{table.name}" '  # noqa: S608 (own names)
        f"({', '.join(names)}) VALUES ({marks})"
        f" ON CONFLICT ({', '.join(key)}) DO {action}"
    )


def rows(connection: Connection, statement: str, **parameters: Any) -> Iterable[Any]:
    """Return all rows of `statement`."""
    return connection.execute(_text(statement), parameters).all()


def row(connection: Connection, statement: str, **parameters: Any) -> Any:
    """Return the first row of `statement`, or None."""
    return connection.execute(_text(statement), parameters).first()


def execute(connection: Connection, statement: str, **parameters: Any) -> int:
    """Run `statement` and return how many rows it touched."""
    return connection.execute(_text(statement), parameters).rowcount


# SQLAlchemy compiles a text once per object: keep the objects.
_text = cache(text)
