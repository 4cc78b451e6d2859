"""The demonstration county: everything in it, nothing wrong with it, and nobody accused."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from demo.shell import fieldsync
from fieldsync import create_app, db
from fieldsync.demo import county
from fieldsync.domain import (
    accounts,
    conflicts,
    guards,
    inspections,
    lifecycle,
    patrol_plans,
    patrol_tasks,
    receipts,
    rectifications,
    requests,
    watch,
)
from fieldsync.geo import divisions


@pytest.fixture(scope="module")
def today(made) -> str:
    """The day in China on which the county was made."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


@pytest.fixture(scope="module")
def rows(made):
    """Ask the county's database."""
    app = create_app(made[0])

    def ask(statement: str) -> Counter:
        with app.app_context(), db.reading() as connection:
            return Counter({row[0]: row[1] for row in db.rows(connection, statement)})

    yield ask
    with app.app_context():
        db.db.engine.dispose()


def test_it_is_made_and_tells_how_to_sign_in(made):
    _, result = made
    assert result.exit_code == 0, result.output
    for person in county.PEOPLE:
        assert person.login in result.output
    assert county.PASSWORD in result.output


@pytest.mark.parametrize("login", ["admin", "shenhe1", "zhen3", "xuncha4a"])
def test_the_printed_sign_ins_work(made, login):
    app = create_app(made[0])
    with app.app_context():
        assert accounts.check_password(login, county.PASSWORD)[0] == county.CELL
        db.db.engine.dispose()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT status, count(*) FROM site GROUP BY status", set(lifecycle.STATUSES)),
        ("SELECT state, count(*) FROM inspection GROUP BY state", {*inspections.STATES, "voided"}),
        ("SELECT status, count(*) FROM patrol_task GROUP BY status", set(patrol_tasks.STATUSES)),
        ("SELECT status, count(*) FROM conflict GROUP BY status", set(conflicts.STATUSES)),
        ("SELECT status, count(*) FROM request GROUP BY status", set(requests.STATUSES)),
        ("SELECT why, count(*) FROM receipt WHERE status = 'held' GROUP BY why", set(receipts.WHY)),
        ("SELECT have, count(*) FROM photo GROUP BY have", {0, 1}),
        ("SELECT status, count(*) FROM patrol_plan GROUP BY status", set(patrol_plans.STATUSES)),
        ("SELECT status, count(*) FROM rectification GROUP BY status", set(rectifications.STATUSES)),
        ("SELECT conclusion, count(*) FROM closure GROUP BY conclusion", {"", *rectifications.RESULTS}),
        ("SELECT verdict, count(*) FROM visit GROUP BY verdict", {"counted", "blocked", "not"}),
    ],
)
def test_there_is_one_record_in_every_state(rows, statement, expected):
    assert set(rows(statement)) == expected


def test_dossiers_are_spread_over_all_townships(rows):
    homes = rows("SELECT home, count(*) FROM site GROUP BY home")
    assert set(homes) == {f"t-{town.code}" for town in county.TOWNS}
    assert min(homes.values()) >= 10


def test_the_tasks_of_plans_are_done_missed_of_today_and_to_come(rows, today):
    when = f"CASE WHEN s.day < '{today}' THEN 'before' WHEN s.day = '{today}' THEN 'today' ELSE 'to come' END"
    tasks = rows(
        f"SELECT s.status || ' ' || {when}, count(*) FROM stop AS s"
        " JOIN patrol_plan AS p ON p.id = s.plan_id GROUP BY 1"
    )
    assert {"completed before", "assigned before", "explained before", "counted_missed before"} <= set(tasks)
    assert tasks["assigned to come"] > 5
    assert set(rows("SELECT task_date, 1 FROM patrol_task WHERE status = 'assigned'")) & {today}


def test_closures_are_shown_before_and_after(rows):
    shown = rows(
        "SELECT s.status, count(*) FROM closure AS c JOIN site AS s ON s.cell = c.cell AND s.id = c.site_id"
        " JOIN record AS r ON r.cell = c.cell AND r.id = c.id"
        " WHERE r.body LIKE '%/before\":\"%' AND r.body LIKE '%/after\":\"%' GROUP BY 1"
    )
    assert {"rectifying", "accepted", "monitoring", "written_off"} <= set(shown)
    missing = "SELECT 'some', count(*) FROM photo WHERE have = 0 AND parent_id IN (SELECT id FROM site)"
    assert rows(missing)["some"] == 0


def test_a_relapse_was_confirmed_and_another_waits(rows):
    wishes = rows("SELECT status, count(*) FROM request WHERE wish = 'relapsed' GROUP BY status")
    assert wishes == {"granted": 1, "pending": 1}


def test_cases_are_whole_and_everybody_in_them_is_invented(rows):
    cases = rows("SELECT decided_at <> '', count(*) FROM \"case\" GROUP BY 1")
    assert cases == {0: 1, 1: 1}
    assert len(rows("SELECT id, 1 FROM trade_incident")) == 1
    assert set(rows("SELECT issued_at <> '', count(*) FROM damage_appraisal GROUP BY 1")) == {0, 1}
    kinds = "'case', 'person_measure', 'damage_appraisal', 'trade_incident'"
    remarks = rows(
        f"SELECT json_extract(body, '$.remark'), count(*) FROM record WHERE type IN ({kinds}) GROUP BY 1"
    )
    assert remarks == {"演示数据，查无此人此事": 7}


def test_some_dossiers_are_forgotten_and_some_signed_before_they_changed(made, rows):
    app = create_app(made[0])
    with app.app_context(), db.reading() as connection:
        stale = watch.stale(connection, county.CELL, app.extensions["darkroom"].engine.now(), 90)
        assert len(stale) == 3
    signed = "SELECT json_extract(body, '$.sha256'), parent_id FROM record WHERE type = 'dossier_signature'"
    bodies = rows("SELECT id, body FROM record WHERE type = 'site'")
    now = {guards.fingerprint(orjson.loads(body)) for body in bodies.values()}
    fresh = {sha256 in now for sha256 in rows(signed)}
    assert fresh == {True, False}


def test_photos_are_read_and_sealed(rows):
    verdicts = rows(
        "SELECT json_extract(body, '$.claim_verdict'), count(*) FROM record WHERE type = 'photo' GROUP BY 1"
    )
    assert verdicts["valid"] > 100
    assert set(verdicts) == {"valid", None}


def test_nothing_is_wrong_with_it(made):
    result = fieldsync(made[0], "check")
    assert result.exit_code == 0, result.output


def test_a_second_time_changes_nothing(made, rows):
    before = rows("SELECT cell, seq FROM head")
    result = fieldsync(made[0], "demo", "--if-empty")
    assert result.exit_code == 0
    assert "xuncha1a" in result.output
    assert rows("SELECT cell, seq FROM head") == before


def test_it_does_not_make_a_second_one(made):
    result = fieldsync(made[0], "demo")
    assert result.exit_code == 1
    assert "already" in result.output


def test_other_data_is_left_alone(cheap, tmp_path: Path):
    fieldsync(tmp_path, "user", "add", "chen", "--name", "陈", "--role", "admin", "--cell", "350803")
    refused, skipped = fieldsync(tmp_path, "demo"), fieldsync(tmp_path, "demo", "--if-empty")
    assert refused.exit_code == 1
    assert "other data" in refused.output
    assert (skipped.exit_code, skipped.output) == (0, "")


def test_half_a_county_is_said_to_be_half(cheap, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("fieldsync.demo.dossiers.rate", lambda *_: 1 / 0)
    fieldsync(tmp_path, "demo", "--sites", "80")
    result = fieldsync(tmp_path, "demo", "--if-empty")
    assert result.exit_code == 1
    assert "half" in result.output


def test_no_real_place_is_accused():
    names = {town.name for town in divisions.townships()} | {place.name for place in divisions.counties()}
    codes = {town.code for town in divisions.townships()} | {place.code for place in divisions.counties()}
    for town in county.TOWNS:
        assert town.name not in names
        assert not [name for name in names if town.name[:-1] in name]
        assert town.code not in codes
    assert county.CELL not in codes
    assert county.NAME not in names
    assert all(body["invented"] for body in county.divisions())
