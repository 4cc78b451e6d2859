"""Fixtures: one county with a record of every noun, made on PostgreSQL by the doors, and its copy on SQLite."""

from collections.abc import Iterator

import pytest
from api import world as worlds
from conftest import close
from county import CELL, FAST, T1
from flask import Flask

from fieldsync import create_app, db
from fieldsync.sync import actors

# Sorted by bytes, by letters and by pinyin these are three different lists.
NAMES = ("a 硐", "B 硐", "b-硐", "Z硐", "_硐", "阿里", "老鹰硐", "丁坑", "硐 10", "硐 9", "Ä硐", "ß硐", "%硐", "É")
# PostgreSQL's own order of such a database is that of a Chinese dictionary.
CHINESE = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C.UTF-8'"


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory) -> Iterator[worlds.World]:
    """A county at work on PostgreSQL."""
    url = cluster.database(options=CHINESE)
    app = create_app(tmp_path_factory.mktemp("postgresql"), DATABASE_URL=url, **FAST)
    found = worlds.build(app)
    with app.app_context(), found.county.engine.together(CELL) as together:
        for number, name in enumerate(NAMES):
            given = {"name": name, "site_kind": "adit", "mineral_code": "coal", "town_code": T1}
            together.perform(
                actors.system(CELL), "site.create", f"0197aaaa-0000-7000-8000-{number:012}",
                op=f"0197aaab-0000-7000-8000-{number:012}", set_=given,
            )  # fmt: skip
    yield found
    close(app)


@pytest.fixture(scope="module")
def app(world) -> Flask:
    return world.app


@pytest.fixture(scope="module")
def copied(app, tmp_path_factory) -> Iterator[Flask]:
    """The same county in a file of SQLite: same rows, same files, same keys."""
    folder = tmp_path_factory.mktemp("sqlite")
    shared = {name: app.config[name] for name in ("SECRET_KEY", "BLOBS_DIR")}
    other = create_app(folder, DATABASE_URL=f"sqlite:///{folder}/copy.db", **shared, **FAST)
    tables = db.db.metadata.sorted_tables
    with app.app_context(), db.reading() as connection:
        rows = {table: [row._asdict() for row in connection.execute(table.select())] for table in tables}
    with other.app_context(), db.writing("journal") as connection:
        for table, found in rows.items():
            if found:
                connection.execute(table.insert(), found)
    yield other
    close(other)
