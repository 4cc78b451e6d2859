"""From nothing and from every earlier version to exactly the models, on both databases; or a refusal in words."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from county import FAST, County, Screen

from fieldsync import db, schema
from fieldsync.actions import REGISTRY
from fieldsync.cli import serve
from fieldsync.sync import audit

from .places import catalogue_of, run_on_file

SITE = "350899-101-2026-0001"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    for name, value in FAST.items():
        monkeypatch.setenv(f"FIELDSYNC_{name}", str(value))


def test_the_steps_lead_from_nothing_to_the_models(place, of_models, using):
    app = using(place.bare())
    with app.app_context():
        with db.writing("journal") as connection:
            schema.take_steps(connection, "")
        with db.db.engine.connect() as connection:
            assert schema.found(connection) == schema.newest()
            # Raises where Alembic would write another step.
            command.check(schema.alembic(connection))
    assert place.catalogue() == of_models
    using(place.app())


def test_the_steps_are_one_line():
    steps = ScriptDirectory.from_config(schema.alembic(None))
    assert steps.get_heads() == [schema.newest()]
    assert [step.revision for step in steps.walk_revisions()][::-1] == schema.revisions()


def test_the_first_version_is_brought_up_to_date(old, of_models, using):
    before = old.sql("SELECT * FROM record ORDER BY cell, id")
    refused = old.run("check")
    assert refused.exit_code == 1
    assert "earlier version (0001" in refused.output
    done = old.run("upgrade")
    assert done.exit_code == 0, done.output
    assert f"upgraded from 0001 to {schema.newest()}" in done.output
    assert old.catalogue() == of_models
    assert old.sql("SELECT * FROM record ORDER BY cell, id") == before
    assert "up to date" in old.run("upgrade").output
    app = using(old.app())
    projections = rows_of_projections(app)
    assert len(projections["site"]) == 3
    assert len(projections["review"]) == 2
    with app.app_context(), db.writing("journal") as connection:
        for cell in audit.cells(connection):
            assert list(audit.findings(connection, cell)) == []
            audit.reindex(connection, cell, REGISTRY)
    assert rows_of_projections(app) == projections


def rows_of_projections(app) -> dict[str, set]:
    """Return the rows of all query columns, as text."""
    tables = {noun.table for noun in REGISTRY.nouns.values() if noun.table is not None}
    tables |= {table for reckoning in REGISTRY.reckonings for table in reckoning.tables}
    with app.app_context(), db.reading() as connection:
        return {table.name: {repr(row) for row in connection.execute(table.select())} for table in tables}


def test_people_go_on_working_after_it(old, using):
    assert old.run("upgrade").exit_code == 0
    county = County(using(old.app()))
    reviewer = Screen(county, "reviewer1")
    (site,) = [s for s in reviewer.get("sites")["records"] if s["body"]["dossier_no"] == SITE]
    reviewer.patch(f"sites/{site['id']}", site["rev"], patrol_class="key")
    phone = county.phone("chen")
    assert phone.base(site["id"]).body["patrol_class"] == "key"
    phone.edit(site["id"], village="升级之后")
    assert phone.push()[0]["status"] == "applied"


def test_a_step_that_fails_changes_nothing(old, monkeypatch):
    before = old.catalogue()
    rows = old.sql("SELECT count(*) FROM site")

    def fails(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "reindex", fails)
        assert "No space left" in old.run("upgrade").output
    assert old.catalogue() == before
    assert old.sql("SELECT count(*) FROM site") == rows == [(3,)]
    assert old.run("upgrade").exit_code == 0


def test_what_is_of_today_but_not_marked_keeps_what_no_record_holds(present, of_models):
    present.sql("DROP TABLE alembic_version")
    present.sql("INSERT INTO contact VALUES ('350899', 'a-device', '2026-11-20T00:00:00.000Z', 'pwa', 3, 1)")
    before = present.catalogue()
    assert present.run("upgrade").exit_code == 0
    assert present.sql("SELECT device_id, operations FROM contact") == [("a-device", 3)]
    assert present.catalogue() == of_models > before


def test_a_later_version_is_refused(present):
    present.sql("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("check",), ("upgrade",), ("demo", "--if-empty"), ("serve", "--port", "8997")):
        refused = present.run(*arguments)
        assert refused.exit_code == 1
        assert "later version (9999" in refused.output, arguments


class Served:
    """Stands in for gunicorn: starting is enough."""

    def __init__(self, *_):
        pass

    def run(self):
        pass


def test_serving_an_earlier_version_copies_and_upgrades_or_refuses(old, monkeypatch):
    """SQLite's file is copied first; what is on PostgreSQL is for its operator to back up."""
    monkeypatch.setattr(serve, "Server", Served)
    before = old.catalogue()
    done = old.run("serve", "--port", "8996")
    if not old.is_sqlite:
        assert done.exit_code == 1
        assert "`fieldsync upgrade`" in done.output
        assert old.catalogue() == before
        return
    assert done.exit_code == 0, done.output
    (copy,) = old.folder.glob("fieldsync.db.before-*-from-0001")
    assert copy.name in done.output
    assert catalogue_of(copy) == before
    assert run_on_file(copy, "SELECT count(*) FROM record") == old.sql("SELECT count(*) FROM record") == [(20,)]
    assert "revision" not in old.run("check").output


def test_processes_that_start_together_make_one_schema(place, of_models, using):
    apps = [using(place.bare()) for _ in range(4)]

    def start(app) -> None:
        with app.app_context():
            schema.prepare()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, apps))
    assert place.catalogue() == of_models
