"""The instance a command works on, and failures told in words instead of tracebacks."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from fieldsync import bare_app, create_app, schema, settings
from fieldsync.cli.output import mistake, say
from fieldsync.db import db
from fieldsync.domain.darkroom import Darkroom
from fieldsync.errors import PROBLEMS, REASONS, Problem
from fieldsync.schema import WrongSchema


@dataclass
class Instance:
    """A folder with settings, database and photos; `language` is the one of all output."""

    folder: Path
    language: str = ""

    def settings(self) -> dict[str, Any]:
        """Return the settings; a mistake in them is told, with its place."""
        try:
            return settings.load(self.folder.resolve())
        except OSError:
            raise
        except Exception as error:  # config.py is Python: whatever may be wrong with it
            raise mistake(f"设置无法读取：{error}", f"the settings cannot be read: {error}") from None

    def is_there(self) -> bool:
        """Tell whether there is anything in this instance."""
        url = self.settings()["DATABASE_URL"]
        return (self.folder / "fieldsync.db").exists() or not url.endswith(f"{self.folder.resolve()}/fieldsync.db")

    @contextmanager
    def open(self, make: bool = False) -> Iterator[Flask]:
        """Yield the application with its context pushed.

        Only with `make` may the instance be a new one; then SQLite's file is brought up to date as well.
        """
        self.folder.resolve().mkdir(parents=True, exist_ok=True) if make else self.expect()
        self.settings()
        try:
            if make and self.is_sqlite():
                self.upgrade()
            app = create_app(self.folder)
        except WrongSchema as wrong:
            raise mistake(wrong.zh, wrong.en) from None
        except ModuleNotFoundError as error:  # the driver that DATABASE_URL asks for
            raise mistake(f"数据库无法使用：{error}", f"the database cannot be used: {error}") from None
        with app.app_context():
            try:
                yield app
            finally:
                darkroom(app).decoder.close()
                db.engine.dispose()

    def is_sqlite(self) -> bool:
        """Tell whether the database is a file of SQLite, which can be copied before it is changed."""
        return make_url(self.settings()["DATABASE_URL"]).get_backend_name() == "sqlite"

    def upgrade(self) -> str:
        """Bring the database up to date; return what it was, or an empty text where nothing was to do."""
        app = bare_app(self.folder)
        with app.app_context():
            try:
                return schema.upgrade(lambda zh, en: say(zh, en, quietly=True))
            finally:
                db.engine.dispose()

    def expect(self) -> None:
        """Raise where there is no instance."""
        if not self.folder.is_dir() or not self.is_there():
            raise mistake(
                f"{self.folder} 中没有实例；用 fieldsync demo 或 fieldsync user add 建立",
                f"there is no instance in {self.folder}; `fieldsync demo` or `fieldsync user add` makes one",
            )


pass_instance = click.make_pass_decorator(Instance)


def darkroom(app: Flask) -> Darkroom:
    """Return the engine, the stored files and the decoder of an application."""
    room: Darkroom = app.extensions["darkroom"]
    return room


class Commands(click.Group):
    """A group of commands whose failures end in one line of words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what a person can cause into words."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise mistake(*_told(problem)) from None
        except (ArgumentError, NoSuchModuleError, DBAPIError) as error:
            told = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise mistake(f"数据库无法使用：{told}", f"the database cannot be used: {told}") from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise click.ClickException(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from None


def _told(problem: Problem) -> tuple[str, str]:
    """Return a problem in Chinese and in English, with its reason."""
    zh, en = PROBLEMS[problem.name][1:]
    if problem.reason:
        more = REASONS.get(problem.reason, (problem.reason, problem.reason))
        return f"{zh}：{more[0]}", f"{en}: {more[1]}"
    return zh, en
