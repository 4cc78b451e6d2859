"""Every action by every role in its own, a neighbouring and a foreign scope, through push."""

import pytest
from api.raw import problem_of

from fieldsync.ids import new_id
from matrix.cast import CELLS
from matrix.conftest import DOORS
from matrix.table import COUNTY, DOES, READS, parsed

DONE, READ = parsed(DOES), parsed(READS)
# What an answer may say of an operation that reached nothing.
BARE = {"op", "status", "why", "on", "issues", "problem"}


@pytest.fixture(scope="module")
def revs(stage, desk):
    """The revisions that stand, by action and role."""
    own = [person for person in stage.cast.values() if person.scope == "own"]
    tries = [stage.attempt(action, person) for action in DOORS for person in own]
    return {made.id: desk.rev(made.action.partition(".")[0], made.id) for made in tries if made.id}


def pushed(stage, revs, person, cell, record_id=None):
    """Return the results by action of a dry run of all of them; `record_id` makes ids that are not there."""
    tries = {action: stage.attempt(action, person) for action in DOORS}
    ops = [made.operation(cell, revs.get(made.id, ""), record_id and record_id()) for made in tries.values()]
    answer = person.phone("POST", "/api/v1/sync/push?dry_run=1", {"ops": ops})
    assert answer.status_code == 200, answer.data
    return dict(zip(tries, answer.get_json()["results"], strict=True))


def name_of(result):
    return result["problem"]["type"].removeprefix("/problems/") if "problem" in result else ""


@pytest.fixture
def untouched(shot):
    before = shot.state()
    yield
    assert shot.state() == before, "a dry run has changed something"


def test_in_ones_own_scope(stage, revs, untouched):
    for (role, scope), person in stage.cast.items():
        if scope != "own":
            continue
        for action, result in pushed(stage, revs, person, person.cell).items():
            row = DONE[action]
            if not row.phone:
                assert name_of(result) == "not-allowed", (role, action)
                assert result["problem"]["reason"] == "desk-only", (role, action)
            elif row.letters[role] == "-":
                assert READ[action.partition(".")[0]].letters[role] != "-"
                assert name_of(result) == "not-allowed", (role, action, result)
            else:
                assert result["status"] in ("applied", "merged", "conflict"), (role, action, result)


def test_in_a_foreign_scope(stage, revs, untouched):
    """Whatever county the operation names: it reaches nothing, and its answer is that for what is not there."""
    for person in stage.cast.values():
        if person.scope == "own":
            continue
        for cell in {person.cell, CELLS["own"]}:
            there = pushed(stage, revs, person, cell)
            missing = pushed(stage, revs, person, cell, new_id)
            for action, result in there.items():
                about = (str(person), cell, action, result)
                made = stage.attempt(action, person)
                if not DONE[action].phone:
                    assert result["status"] == ("held" if cell != person.cell else "rejected"), about
                elif not made.id and not made.parent and person.role in COUNTY and cell == person.cell:
                    assert name_of(result) in ("bad-value", "not-allowed"), about
                else:
                    assert result["status"] == "held", about
                assert result.keys() <= BARE, about
                assert told(result) == told(missing[action]), about


def told(result):
    """Return what an answer says of an operation.

    That a record of the same county is not there (yet) is told by what the operation waits for: the phone must
    know. Whoever guesses a random id learns so much of it, and no more.
    """
    text = {name: value for name, value in result.items() if name not in ("op", "on")}
    return text | ({"why": "beyond"} if text.get("why") in ("out-of-scope", "no-record") else {})


def test_a_push_wants_an_enrolled_phone(stage):
    for person in stage.cast.values():
        assert problem_of(person.rest("POST", "/api/v1/sync/push", {"ops": []})) == "not-allowed"


def test_another_ones_operation_tells_nothing(stage, desk, untouched):
    """Its id is taken: nothing of its content, its author or what became of it is told."""
    op = desk.ids["held"]
    for person in stage.cast.values():
        given = {"op": op, "cell": person.cell, "action": "site.edit", "id": new_id(), "set": {"remark": "x"}}
        answer = person.phone("POST", "/api/v1/sync/push?dry_run=1", {"ops": [given]}).get_json()
        (result,) = answer["results"]
        if person.cell == CELLS["own"]:
            assert name_of(result) == "op-id-reuse"
        assert result.keys() <= BARE
        assert set(answer["head"]) <= {person.cell, "common"}
        kept = person.rest("GET", f"/api/v1/sync/receipts?op={op}").get_json()["receipts"]
        assert bool(kept) == ((person.role, person.scope) in [("reviewer", "own"), ("admin", "own")]), str(person)
