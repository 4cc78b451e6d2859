"""What a decision would change: done for real inside a transaction that is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldsync.actions import REGISTRY
from fieldsync.api.doors import engine, me
from fieldsync.console import display
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record


@dataclass(frozen=True)
class Rehearsal:
    """What would become of a record, and which of its conflicts would still wait; `told` is a status, if any."""

    steps: list[display.Step]
    voided: bool
    still_open: int
    told: dict[str, Any]


def rehearse(target: Record, act: Callable[[Engine], None], about: str = "") -> Rehearsal:
    """Let `act` perform on an engine that undoes it; `about` is the record whose fields are told besides."""
    with engine().rehearse(me().actor.cell) as trial:
        act(trial)
        after, told = trial.within(target.id), trial.within(about) if about else None
        return _compare(target, after, dict(told.body) if told is not None else {})
    raise AssertionError("unreachable")


def _compare(before: Record, after: Record | None, told: dict[str, Any]) -> Rehearsal:
    now = after.body if after is not None else before.body
    paths = [*now, *(path for path in before.body if path not in now)]
    patch = {p: [before.body.get(p), now.get(p)] for p in paths if before.body.get(p) != now.get(p)}
    noun = REGISTRY.nouns.get(before.type)
    steps = list(display.steps(noun.fields, patch)) if noun is not None else []
    still = len(after.meta.contested) if after is not None else 0
    return Rehearsal(steps, bool(after and after.voided), still, told)
