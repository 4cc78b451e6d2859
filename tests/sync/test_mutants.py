"""Deliberately wrong engines: each must be noticed. A suite that lets "last writer wins" pass is decoration."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sync import scenarios as s
from sync.world import close_app, open_app

from fieldsync import fields
from fieldsync.actions import REGISTRY
from fieldsync.sync import change, conflicts, heads, journal, judge, pull, records
from fieldsync.sync.canonical import equal
from fieldsync.sync.merge import is_seen, merge

Patch = pytest.MonkeyPatch
KILLED: list[tuple[str, str]] = []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = open_app(tmp_path_factory.mktemp("mutants"))
    # Another county for the scenario that needs one.
    s.Valley(made).desk()
    yield made
    close_app(made)


@pytest.mark.parametrize("scenario", s.ALL, ids=lambda scenario: scenario.__name__)
def test_the_engine_as_it_is(app, scenario):
    scenario(app)


# Wrong merges: each takes the right outcome apart at one place


def merging(wrong: Callable[..., str]) -> Callable[[Patch], None]:
    """Return a patch that swaps the merge function; `wrong` is called like it, with policy and side."""

    def patch(monkeypatch: Patch) -> None:
        for module in (change, conflicts, fields):
            monkeypatch.setattr(module, "merge", wrong)
        forget_births()

    return patch


def forget_births() -> None:
    """Drop what was compiled from the merge function."""
    for noun in REGISTRY.nouns.values():
        noun.fields._at_birth.clear()


def last_writer_wins(policy: str, side: str, **given: Any) -> str:
    return "applied"


def fresh_copies_win(policy: str, side: str, **given: Any) -> str:
    right = merge(policy, side, **given)
    return "applied" if right == "proposed" and given["seen"] else right


def refuse_and_discard(policy: str, side: str, **given: Any) -> str:
    right = merge(policy, side, **given)
    return "noop" if right in ("proposed", "conflict") else right


def server_fields_open(policy: str, side: str, **given: Any) -> str:
    return "applied" if policy == "server" else merge(policy, side, **given)


def same_is_different(policy: str, side: str, **given: Any) -> str:
    right = merge(policy, side, **given)
    return "applied" if right == "noop" and equal(given["cur"], given["new"]) else right


def once_is_often(policy: str, side: str, **given: Any) -> str:
    return "applied" if policy == "once" else merge(policy, side, **given)


def once_is_never(policy: str, side: str, **given: Any) -> str:
    return "ignored" if policy == "once" else merge(policy, side, **given)


def owners_swapped(policy: str, side: str, **given: Any) -> str:
    # First values as they should be, or nobody would have a role to begin with.
    other = {"county": "township", "township": "county"} if given["cur"] is not None else {}
    return merge(other.get(policy, policy), side, **given)


def confirmation_ignored(policy: str, side: str, **given: Any) -> str:
    return merge(policy, side, **(given | {"confirmed": False}))


def confirmation_for_all(policy: str, side: str, **given: Any) -> str:
    return merge(policy, side, **(given | {"confirmed": True}))


def removal_wins(policy: str, side: str, **given: Any) -> str:
    return "applied" if policy == "add" else merge(policy, side, **given)


def removal_never(policy: str, side: str, **given: Any) -> str:
    return "noop" if policy == "add" and given["new"] is None else merge(policy, side, **given)


def additions_need_sight(policy: str, side: str, **given: Any) -> str:
    return merge("review" if policy == "add" else policy, side, **given)


def open_conflicts_move(policy: str, side: str, **given: Any) -> str:
    return merge(policy, side, **(given | {"contested": False}))


def always_seen(policy: str, side: str, **given: Any) -> str:
    return merge(policy, side, **(given | {"seen": True}))


def never_seen(policy: str, side: str, **given: Any) -> str:
    return merge(policy, side, **(given | {"seen": given["cur"] is None}))


# Wrong notions of what was seen


def seeing(wrong: Callable[..., bool]) -> Callable[[Patch], None]:
    return lambda monkeypatch: monkeypatch.setattr(change, "is_seen", wrong)


def same_device_saw(**given: Any) -> bool:
    return bool(given["path_n"] <= given["base_n"] or given["device_knows"] or is_seen(**given))


def unknown_base_saw(**given: Any) -> bool:
    return not given["base_known"] or is_seen(**given)


def equal_values_saw(**given: Any) -> bool:
    return equal(given["cur"], given["shown"]) or is_seen(**given)


# Wrong parts elsewhere


def patching(target: Any, name: str, wrong: Any) -> Callable[[Patch], None]:
    return lambda monkeypatch: monkeypatch.setattr(target, name, wrong)


def branch_head(meta: records.Meta, path: str) -> int:
    """The record's count, whatever path."""
    return max((abs(e if type(e) is int else e[0]) for e in meta.paths.values()), default=0)


def edit_revives(self: change.Change, _paths: Any) -> None:
    self.record.voided = False
    self.put("voided_at", None)
    self.merge()


def forget_rejected(
    self: journal.Journal, op: Any, outcome: Any, *rest: Any, right: Any = journal.Journal.keep
) -> None:
    if outcome.status != "rejected":
        right(self, op, outcome, *rest)


def forget_all(self: judge.Judge, ids: Any) -> None:
    self._known.update({op: [] for op in ids})


def today(self: judge.Actor, connection: Any, head: int, right: Any = judge.Actor.at) -> Any:
    return self.now(datetime.now(UTC)) if self.tenures else right(self, connection, head)


def link_if_changed(
    self: journal.Journal, op: Any, outcome: Any, changed: Any, right: Any = journal.Journal.enter
) -> None:
    if changed:
        right(self, op, outcome, changed)


def no_horizon(self: pull.Page, cell: str, right: Any = pull.Page._head) -> Any:
    return (*right(self, cell)[:2], 0)


def no_floor(places: Any, *rest: Any, right: Any = pull.write_cursor) -> str:
    return str(right({scope: (place[0], 0) for scope, place in places.items()}, *rest))


def bare_counter(kind: str, record_id: str, n: int, body: bytes) -> str:
    return f"{n}-{n:016x}"


def silent_leave(self: pull.Page, index: int, scope: str, right: Any = pull.Page._records) -> Iterator[bytes]:
    return (line for line in right(self, index, scope) if b'"out":' not in line[:80])


MUTANTS: dict[str, tuple[Callable[[Patch], None], tuple[Callable[[Flask], None], ...]]] = {
    "last writer wins": (merging(last_writer_wins), (s.stale_edit, s.county_owned, s.three_writers)),
    "fresh copies may overwrite what they do not own": (merging(fresh_copies_win), (s.county_owned,)),
    "refuse and discard": (merging(refuse_and_discard), (s.nothing_is_discarded, s.township_owned)),
    "merge: server fields are open": (merging(server_fields_open), (s.forged,)),
    "merge: same values differ": (merging(same_is_different), (s.same_value,)),
    "merge: once is often": (merging(once_is_often), (s.set_once,)),
    "merge: once is never": (merging(once_is_never), (s.set_once,)),
    "merge: owners swapped": (merging(owners_swapped), (s.county_owned, s.township_owned)),
    "merge: confirmation ignored": (merging(confirmation_ignored), (s.confirmed,)),
    "merge: confirmed from the start": (merging(confirmation_for_all), (s.confirmed,)),
    "merge: an unseen removal wins": (merging(removal_wins), (s.markers,)),
    "merge: a removal never wins": (merging(removal_never), (s.markers,)),
    "merge: open conflicts move": (merging(open_conflicts_move), (s.contested,)),
    "merge: everything was seen": (merging(always_seen), (s.stale_edit, s.there_and_back)),
    "merge: nothing was seen": (merging(never_seen), (s.own_chain, s.other_fields)),
    "same device counts as seen, whatever it showed": (seeing(same_device_saw), (s.clones,)),
    "unknown base counts as seen": (seeing(unknown_base_saw), (s.unknown_base,)),
    "equal values count as seen": (seeing(equal_values_saw), (s.there_and_back,)),
    "record-level branch head": (patching(records.Meta, "n", branch_head), (s.other_fields,)),
    "delete always wins": (
        patching(change.Change, "unchanged_since_base", lambda _self: True), (s.no_voiding_over_edits,)),
    "a late edit resurrects": (patching(change.Change, "keep_for_voided", edit_revives), (s.no_resurrection,)),
    "no after": (patching(judge.Judge, "_is_final", lambda _self, _op: True), (s.waits_for_its_forerunner,)),
    "rejected work is forgotten": (patching(journal.Journal, "keep", forget_rejected), (s.nothing_is_discarded,)),
    "operations are not remembered": (
        patching(judge.Judge, "_load", forget_all), (s.once_only,)),
    "the chain holds only what changed records": (
        patching(journal.Journal, "enter", link_if_changed), (s.every_operation_is_a_link,)),
    "the revision is a bare counter": (
        patching(records, "revision", bare_counter), (s.revision_is_of_the_content,)),
    "no removal on scope exit": (patching(pull.Page, "_records", silent_leave), (s.moved_away,)),
    "no reset below the horizon": (patching(pull.Page, "_head", no_horizon), (s.long_offline,)),
    "no floor in the cursor": (patching(pull, "write_cursor", no_floor), (s.prune_during_first_sync,)),
    "no history check": (patching(heads, "diverged", lambda _connection, _seen: []), (s.restored_server,)),
    "everybody reaches everything": (
        patching(judge.Judge, "_reaches", lambda *_: True), (s.never_had_it,)),
    "scope of today, not of the head": (
        patching(judge.Actor, "at", today), (s.reassigned,)),
    "a decision need not know what it decides": (
        patching(conflicts, "renew", lambda *_: None), (s.stale_decision,)),
    "a cell does not stand by its row": (
        patching(change.Change, "_stand_by_row", lambda _self, _path: None), (s.rows,)),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_killed(app, name, monkeypatch):
    patch, killers = MUTANTS[name]
    patch(monkeypatch)
    try:
        for scenario in killers:
            assert fails(scenario, app), f"{scenario.__name__} does not notice"
            KILLED.append((name, scenario.__name__))
    finally:
        monkeypatch.undo()
        forget_births()


def fails(scenario: Callable[[Flask], None], app: Flask) -> bool:
    """Tell whether a scenario notices; a mutant that breaks in another way is not well made any more."""
    try:
        scenario(app)
    except AssertionError:
        return True
    return False


def test_table_of_the_killed(capsys):
    """Print who was killed by what; with several processes each prints its own share (to be seen with `-n 0`)."""
    with capsys.disabled():
        print()
        for name, killer in KILLED:
            print(f"  {name:50} killed by {killer}")
    named = {mutant for mutant, _ in KILLED}
    assert {"last writer wins", "fresh copies may overwrite what they do not own"} <= set(MUTANTS)
    assert named <= set(MUTANTS)
