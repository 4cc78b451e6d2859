"""The pure merge function: who may set a value, and what becomes of it (sync.md section 4)."""

from typing import Any, Literal

from fieldsync.sync.canonical import equal

Policy = Literal["township", "county", "review", "add", "server", "confirm", "once"]
Side = Literal["township", "county", "server"]
Outcome = Literal["applied", "noop", "proposed", "conflict", "ignored"]

POLICIES: tuple[Policy, ...] = ("township", "county", "review", "add", "server", "confirm", "once")


def merge(
    policy: Policy, side: Side, *, confirmed: bool, seen: bool, contested: bool, cur: Any, new: Any
) -> Outcome:
    """Return what becomes of `new` where `cur` stands; the same vectors run in Python and JavaScript.

    `seen`: the author had displayed or based on the current value; `contested`: an open conflict
    is on this path; `confirmed`: the county has confirmed it. Values are in normal form.
    """
    if policy == "server":
        return "ignored"
    if equal(cur, new):
        return "noop"
    if policy == "once":
        return "applied" if cur is None else "ignored"
    if policy in ("county", "township") and side != policy:
        return "proposed"
    if policy == "confirm" and side == "township" and confirmed:
        return "proposed"
    if policy == "add":
        return "applied" if seen or new is not None else "noop"
    if contested or not seen:
        return "conflict"
    return "applied"


def is_seen(
    *,
    base_known: bool,
    base_n: int,
    path_n: int,
    device_knows: bool,
    cur: Any,
    shown: Any,
) -> bool:
    """Tell whether the author had the current value before him.

    `path_n` is the record's count when the path was last set, `device_knows` whether the author's
    device set or met that value, `shown` the value that the person saw (`from`).
    """
    if not base_known:
        return equal(cur, shown)
    return path_n <= base_n or (device_knows and equal(cur, shown))
