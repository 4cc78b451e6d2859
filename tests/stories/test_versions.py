"""Old and new apps and servers side by side, and writes that go around the one door."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from county import T1
from stories.fieldwork import ADIT, Team

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.fields import Fields
from fieldsync.ids import new_id
from fieldsync.sync import actors, audit
from fieldsync.sync.nouns import Registry


@contextmanager
def older_server(team: Team, *without: str, actions: tuple[str, ...] = ()) -> Iterator[None]:
    """Run the server of an earlier release, which lacks these fields of a site and these actions."""
    site = REGISTRY.nouns["site"]
    old = replace(site, fields=Fields(f for f in site.fields.declared if f.path not in without))
    kept = {name: action for name, action in REGISTRY.actions.items() if name not in actions}
    team.county.engine.registry = Registry({**REGISTRY.nouns, "site": old}, kept)
    try:
        yield
    finally:
        team.county.engine.registry = REGISTRY


def upgrade(team: Team) -> int:
    """Start the new release: it applies what waited for it."""
    with team.county.app.app_context():
        return audit.learn_fields(team.county.engine, "350899")


def test_43_an_old_app_leaves_alone_what_it_does_not_know(team: Team):
    site = team.open(team.b, remark="m", workers=1, altitude_m=880, **{"openings/x": True, "openings/x/no": "1"})
    known = {"name", "site_kind", "mineral_code", "town_code", "remark"}
    for row in team.b.members[f"t-{T1}"].values():
        row.body = {path: value for path, value in row.body.items() if path in known}
    team.b.edit(site, remark="by an old app")
    assert team.b.push()[0]["status"] == "applied"
    body = team.body(site)
    assert (body["remark"], body["workers"], body["altitude_m"], body["openings/x/no"]) == (
        "by an old app", 1, 880, "1",
    )  # fmt: skip
    team.check_same(team.a, team.b)


def test_43_an_app_that_sends_less_and_more_of_the_envelope_is_understood(team: Team):
    """The least that was ever a push, and one of a release to come."""
    op = {"op": new_id(), "action": "site.create", "id": new_id(), "set": {**ADIT, "town_code": T1}}
    newer = op | {
        "op": new_id(),
        "id": new_id(),
        "mood": "sunny",
        "after": [],
        "from": {},
        "vector": [1, {"a": 2}],
    }
    least = team.a.ask("POST", "/api/v1/sync/push", {"ops": [op]})
    most = team.a.ask("POST", "/api/v1/sync/push", {"protocol": 9, "shape": {}, "ops": [newer]})
    assert [least["results"][0]["status"], most["results"][0]["status"]] == ["applied", "applied"]


def test_44_a_field_of_the_next_release_waits_for_it(team: Team):
    site = team.open(remark="m")
    with older_server(team, "geohazard", "workers"):
        first = team.a.edit(site, remark="n", geohazard="landslide", workers=3)
        second = team.a.edit(site, geohazard="collapse", place_name="p")
        results = team.a.push()
        assert [r["status"] for r in results] == ["merged", "merged"]
        assert results[0]["fields"] == {"remark": "applied", "geohazard": "held", "workers": "held"}
        assert {(i["code"], i["path"]) for i in results[0]["issues"]} == {
            ("unknown-path", "geohazard"), ("unknown-path", "workers"),
        }  # fmt: skip
        assert results[1]["fields"] == {"geohazard": "held", "place_name": "applied"}
        body = team.body(site)
        assert (body["remark"], body["place_name"]) == ("n", "p")
        assert "geohazard" not in body
        # Sent again it waits once.
        assert [r["status"] for r in team.a.push_once([first, second])["results"]] == ["merged", "merged"]
    assert upgrade(team) == 2
    assert team.writers(site, "geohazard") == [first["op"], second["op"]]
    assert (team.body(site)["geohazard"], team.body(site)["workers"]) == ("collapse", 3)
    for receipt in team.a.receipts(first["op"], second["op"]):
        assert receipt["status"] == "applied"
        assert set(receipt["fields"].values()) == {"applied"}
    assert upgrade(team) == 0
    team.check_same(team.a)


def test_44_only_what_the_next_release_knows_is_learned(team: Team):
    site = team.open(remark="m")
    with older_server(team, "geohazard", "workers"):
        edit = team.a.edit(site, geohazard="landslide", workers=3)
        team.a.change(site, {"mood": "sunny"})
        team.a.push()
    with older_server(team, "workers"):
        upgrade(team)
        assert team.a.receipts(edit["op"])[0]["fields"] == {"geohazard": "applied", "workers": "held"}
    upgrade(team)
    assert team.a.receipts(edit["op"])[0]["status"] == "applied"
    assert team.body(site)["workers"] == 3
    assert team.count("waiting", "awaited = 'fields'") == 1
    assert "mood" not in team.body(site)


def test_44_a_value_that_waited_does_not_overwrite_a_newer_one(team: Team):
    site = team.open(team.b, workers=1)
    with older_server(team, "workers"):
        team.a.edit(site, workers=2)
        team.a.push()
    team.b.edit(site, workers=9)
    team.b.push()
    upgrade(team)
    assert team.body(site)["workers"] == 9
    team.check_same(team.a, team.b)
    (conflict,) = team.a.records("conflict").values()
    assert conflict.body["path"] == "workers"


def test_44_a_value_that_waited_does_not_change_what_was_taken_out_of_use(team: Team):
    site = team.open(workers=1)
    with older_server(team, "workers"):
        team.a.edit(site, workers=2)
        team.a.push()
    team.screen.act(f"sites/{site}/void", reason="误建")
    before = team.rev(site)
    upgrade(team)
    assert team.rev(site) == before
    team.check_same(team.a)
    (conflict,) = team.a.records("conflict").values()
    assert (conflict.body["path"], conflict.body["status"]) == ("$void", "open")


def test_44_an_action_of_the_next_release_waits_for_the_desk(team: Team):
    site = team.open(remark="m")
    with older_server(team, actions=("site.edit",)):
        edit = team.a.edit(site, remark="n")
        (result,) = team.a.push()
        assert (result["status"], result["why"]) == ("held", "server-error")
        assert [issue["code"] for issue in result["issues"]] == ["unknown-action"]
    assert team.screen.post(f"held/{edit['op']}/admit")["receipt"]["status"] == "applied"
    assert team.body(site)["remark"] == "n"
    team.check_same(team.a)


# Nothing writes around the journal


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = '{}'",
        "  update  record set n = n + 1",
        "DELETE FROM feed",
        "INSERT INTO operation (cell) VALUES ('x')",
        'UPDATE "record" SET n = 0',
        "UPDATE main.record SET n = n WHERE 1 = 0",
        "INSERT OR REPLACE INTO record SELECT * FROM record WHERE 1 = 0",
        "REPLACE INTO record SELECT * FROM record WHERE 1 = 0",
        "/* nightly */ UPDATE record SET n = n WHERE 1 = 0",
        "WITH old AS (SELECT 1) UPDATE record SET n = n WHERE 1 = 0",
    ],
)
def test_55_a_migration_that_forgets_the_allocator_is_stopped(team: Team, statement: str):
    team.open()
    head = team.head()
    with team.county.app.app_context():
        for door in (db.writing, db.reading):
            assert _is_stopped(door, statement)
    assert team.head() == head


def _is_stopped(door: Callable, statement: str) -> bool:
    try:
        with door() as connection:
            connection.exec_driver_sql(statement)
    except db.UnguardedWrite:
        return True
    return False


def test_55_what_a_stranger_changed_is_found_by_the_nightly_count(team: Team):
    site = team.open(remark="m")
    body = team.body(site)

    def found() -> set[str]:
        with team.database() as connection:
            return {finding["what"] for finding in audit.findings(connection, "350899")}

    def tamper(statement: str) -> None:
        with team.county.app.app_context(), db.writing("journal") as connection:
            connection.exec_driver_sql(statement)

    assert found() == set()
    for change, back, what in (
        ("UPDATE record SET body = replace(body, '\"m\"', '\"x\"')",
         "UPDATE record SET body = replace(body, '\"x\"', '\"m\"')", {"revision", "history"}),
        ("UPDATE digest SET n = n + 1", "UPDATE digest SET n = n - 1", {"digest"}),
        ("UPDATE operation SET received_status = 'held' WHERE seq = 1",
         "UPDATE operation SET received_status = 'applied' WHERE seq = 1", {"chain"}),
        ("UPDATE operation SET content = content || ' ' WHERE seq = 1",
         "UPDATE operation SET content = rtrim(content) WHERE seq = 1", {"content"}),
        ("UPDATE head SET seq = seq + 1", "UPDATE head SET seq = seq - 1", {"head"}),
    ):  # fmt: skip
        tamper(change)
        assert found() == what
        tamper(back)
        assert found() == set()
    assert team.body(site) == body


def test_the_typed_columns_are_rebuilt_from_the_bodies(team: Team):
    site = team.open(remark="m", lon=117.5, lat=26.1)
    team.a.inspect(site, activity="active")
    team.a.sync()
    with team.database() as connection:
        before = {
            t: db.rows(connection, f"SELECT * FROM {t} ORDER BY id") for t in ("site", "inspection", "person")
        }
    with team.county.app.app_context(), db.writing("journal") as connection:
        connection.exec_driver_sql("UPDATE site SET name = 'x', lon = 1")
        connection.exec_driver_sql("DELETE FROM inspection")
        assert audit.reindex(connection, "350899", team.county.engine.registry) > 0
    with team.database() as connection:
        assert before == {t: db.rows(connection, f"SELECT * FROM {t} ORDER BY id") for t in before}


def test_the_servers_own_hand_leaves_traces_too(team: Team):
    site = team.open(remark="m")
    with team.county.app.app_context():
        team.county.engine.perform(
            actors.system("350899"), "site.edit", site, op=new_id(), set_={"remark": "x"}, base=team.rev(site)
        )
    assert team.versions(site)[-1]["by"] == "system"
    team.check_same(team.a)
