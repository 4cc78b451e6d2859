"""A database of either kind to change the schema of, and what its catalogue says."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner, Result
from county import FAST
from flask import Flask
from postgres import Server

from fieldsync import bare_app, create_app
from fieldsync.cli import main
from fieldsync.db import db

FIRST_VERSION = Path(__file__).with_name("first_version.sql")
_COLUMNS = (
    "SELECT table_name, column_name, data_type, character_maximum_length, collation_name, is_nullable,"
    " column_default FROM information_schema.columns WHERE table_schema = current_schema()"
)
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"


@dataclass
class Place:
    """An instance folder whose settings name an empty database."""

    folder: Path
    url: str

    @classmethod
    def on_sqlite(cls, folder: Path) -> "Place":
        return cls(folder, f"sqlite:///{folder}/fieldsync.db")._settled()

    @classmethod
    def on(cls, server: Server, folder: Path) -> "Place":
        return cls(folder, server.database())._settled()

    def _settled(self) -> "Place":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.py").write_text(f"DATABASE_URL = {self.url!r}\n")
        return self

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path:
        return self.folder / "fieldsync.db"

    def sql(self, script: str) -> list[tuple[Any, ...]]:
        """Run SQL past FieldSync; return the rows of a single statement."""
        if self.is_sqlite:
            return run_on_file(self.file, script)
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            done = connection.execute(script)
            return done.fetchall() if done.description else []

    def bare(self) -> Flask:
        """Return an application that does not look at the tables."""
        return bare_app(self.folder, **FAST)

    def app(self) -> Flask:
        return create_app(self.folder, **FAST)

    def run(self, *arguments: str) -> Result:
        """Run a command on this instance."""
        return CliRunner().invoke(main, ["--instance", str(self.folder), "--lang", "en", *arguments])

    def catalogue(self) -> set[tuple[Any, ...]]:
        """Return every column and every index as the database itself describes them."""
        return catalogue_of(self.file) if self.is_sqlite else {*self.sql(_COLUMNS), *self.sql(_INDEXES)}


def run_on_file(file: Path, script: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file)
    try:
        if script.count(";") > 1:
            connection.executescript(f"PRAGMA synchronous = OFF; BEGIN; {script}; COMMIT;")
            return []
        rows = connection.execute(script).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def catalogue_of(file: Path) -> set[tuple[Any, ...]]:
    """Return every column and every index of a file of SQLite."""
    found: set[tuple[Any, ...]] = set()
    for (table,) in run_on_file(file, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = run_on_file(file, f'PRAGMA table_info("{table}")')
        found |= {(table, *column[1:]) for column in columns}
        for _, index, is_unique, origin, _ in run_on_file(file, f'PRAGMA index_list("{table}")'):
            parts = run_on_file(file, f'PRAGMA index_xinfo("{index}")')
            found.add((table, index, is_unique, origin, tuple(part[2:] for part in parts)))
    return found


def let_go(app: Flask) -> None:
    """Close the connections of an application, and its decoder where it has one."""
    if "darkroom" in app.extensions:
        app.extensions["darkroom"].decoder.close()
    with app.app_context():
        db.engine.dispose()
