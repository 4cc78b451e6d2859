"""An operation as it came in, and what became of it (sync.md section 3)."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from fieldsync.errors import Problem
from fieldsync.sync.canonical import MAX_DEPTH, BadValue, canon, content_hash, is_path, normalise

NAMESPACE = uuid.UUID("6d1f5a52-3c0e-5b0a-9a54-1f1e1d5c0de5")
MAX_N = 2**31
ABSURD_S = 3600

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASE = re.compile(r"([1-9][0-9]{0,9})-([0-9a-f]{16})")
_ACTION = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,20}")
_CELL = re.compile(r"[0-9]{6}|common")


@dataclass
class Outcome:
    """What became of an operation; `fields` by path, `why` for what was not simply applied."""

    status: str = "applied"
    rev: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    why: Any = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    on: list[str] = field(default_factory=list)
    problem: dict[str, Any] | None = None
    # What the desk decided stays decided, also while the operation waits for another one.
    admitted: bool = False
    forced: bool = False

    def settle(self) -> None:
        """Reckon the operation's status from its paths: any conflict, else any proposed or held."""
        outcomes = set(self.fields.values())
        if "conflict" in outcomes:
            self.status = "conflict"
        else:
            self.status = "merged" if outcomes & {"proposed", "held"} else "applied"

    def text(self) -> str:
        """Return the stored text; that every path was applied goes without saying."""
        kept = {name: value for name, value in vars(self).items() if value}
        if self.all_applied:
            kept.pop("fields", None)
        return orjson.dumps(kept).decode()

    @property
    def all_applied(self) -> bool:
        """Whether every path was simply applied."""
        return set(self.fields.values()) <= {"applied"}

    @classmethod
    def parse(cls, text: str) -> "Outcome":
        """Return the outcome from its stored text."""
        return cls(**orjson.loads(text))

    @classmethod
    def held(cls, why: str, on: list[str] | None = None) -> "Outcome":
        """Return the outcome of an operation that waits, and for what."""
        return cls("held", why=why, on=on or [])

    @classmethod
    def rejected(cls, problem: Problem) -> "Outcome":
        """Return the outcome of an operation that cannot be done."""
        return cls("rejected", problem=problem.as_json("zh"))


@dataclass
class Operation:
    """One operation in normal form; `flaw` says why it cannot be judged at all."""

    op: str
    cell: str
    action: str = ""
    id: str = ""
    head: int | None = None
    at: str = ""
    form: str = ""
    parent: str = ""
    after: tuple[str, ...] = ()
    base: str = ""
    set: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    flaw: Problem | None = None
    content: str = ""
    salt: str = ""
    op_hash: str = ""
    author: str = ""
    device: str = ""
    side: str = ""
    received_at: str = ""
    copy: int = 0
    seq: int = 0
    # It names a county that is not its author's: kept in his own, held as out of scope.
    elsewhere: bool = False
    admitted: bool = False
    forced: bool = False
    # Seconds by which the phone's clock is absurdly wrong; it decides nothing, it is only told.
    skew_s: int = 0

    @property
    def base_n(self) -> int:
        """The count of the base revision; 0 for none."""
        return int(self.base.partition("-")[0]) if self.base else 0

    def hashed(self, salt: str) -> "Operation":
        """Fix the salted hash of the content; returns itself."""
        self.salt, self.op_hash = salt, content_hash(salt, self.content.encode())
        return self


@dataclass
class Stored:
    """An operation that was received before (or earlier in this batch), with its present outcome."""

    op: Operation
    outcome: Outcome
    changed: str
    chain: str
    received_status: str

    @property
    def is_final(self) -> bool:
        """Whether operations that come after this one need not wait any more."""
        return self.outcome.status != "held"


@dataclass
class Result:
    """One line of a push's answer; `sees` tells whether the author may see the record today."""

    op: Any
    stored: Stored
    sees: bool = True

    @property
    def outcome(self) -> Outcome:
        """The present outcome: a later operation of the batch may have released this one."""
        return self.stored.outcome

    def as_json(self) -> dict[str, Any]:
        """Return {op, status, rev, issues, ...} as sync.md section 3 shows it."""
        outcome = self.outcome
        line: dict[str, Any] = {"op": self.op, "status": outcome.status}
        if outcome.problem:
            return line | {"problem": outcome.problem}
        if outcome.status == "held":
            return line | {"why": outcome.why} | ({"on": outcome.on} if outcome.on else {}) | self._issues()
        if self.sees and outcome.rev:
            line["rev"] = outcome.rev
        if not outcome.all_applied:
            line["fields"] = outcome.fields
        if self.sees and outcome.conflicts:
            line |= {"conflicts": outcome.conflicts, "why": outcome.why}
        elif outcome.status == "closed":
            line["why"] = outcome.why
        return line | self._issues()

    def _issues(self) -> dict[str, Any]:
        return {"issues": self.outcome.issues}


def is_id(value: Any) -> bool:
    """Tell whether `value` is a UUID in lower case."""
    return type(value) is str and _ID.fullmatch(value) is not None


def read(raw: Any, author: str, home_cell: str, limits: Mapping[str, int]) -> Operation:
    """Return the operation of one element of `ops`; a malformed one carries its `flaw` and is kept whole."""
    parts, content, flaw = _content(raw, limits)
    op_id = parts.get("op") if is_id(parts.get("op")) else _made_id(author, content)
    cell = parts.get("cell", home_cell)
    if not (type(cell) is str and _CELL.fullmatch(cell)):
        cell, flaw = home_cell, flaw or Problem("bad-value", "cell")
    operation = Operation(str(op_id), cell, content=content, author=author, flaw=flaw)
    if flaw is None:
        try:
            _fill(operation, parts, limits)
        except Problem as problem:
            operation.flaw = problem
    return operation


def clock_skew(told: Any, now: datetime) -> int:
    """Return by how many seconds a phone's clock is off; 0 within an hour, or where it cannot be told."""
    try:
        skew = (datetime.fromisoformat(told) - now).total_seconds()
    except (TypeError, ValueError):
        return 0
    return round(skew) if abs(skew) > ABSURD_S else 0


def _made_id(author: str, content: str) -> str:
    """Return a stable id for what came without a usable one, so that it can be kept and found again."""
    return str(uuid.uuid5(NAMESPACE, f"{author} {content}"))


def _content(raw: Any, limits: Mapping[str, int]) -> tuple[dict[str, Any], str, Problem | None]:
    """Return the parts in normal form, the text that is kept and hashed, and a flaw of the whole.

    Well-formed operations are kept in canonical form, so that the same content in other words
    (key order, 1.0 for 1) is the same operation; the others in escaped ASCII.
    """
    try:
        parts = normalise(raw, MAX_DEPTH - limits["MAX_OPERATION_DEPTH"])
    except BadValue as bad:
        parts = raw if isinstance(raw, dict) else {}
        return parts, _escaped(raw), _bad_path(parts) or Problem("bad-value", bad.reason)
    text = canon(parts)
    if not isinstance(parts, dict):
        return {}, text.decode(), Problem("bad-value", "operation")
    large = len(text) > limits["MAX_OPERATION_BYTES"]
    return parts, text.decode(), Problem("too-large", "limit") if large else None


def _bad_path(parts: dict[str, Any]) -> Problem | None:
    """Return the problem of the first path that is none, where there is one."""
    for given in (parts.get("set"), parts.get("from")):
        for path in given if isinstance(given, dict) else ():
            if not is_path(path):
                return Problem("bad-path", path=path.encode("ascii", "backslashreplace").decode()[:100])
    return None


class _Text(str):
    """A piece of JSON that is written already."""

    __slots__ = ()


def _escaped(value: Any) -> str:
    """Return `value` as JSON in ASCII with sorted keys, however deeply it is nested."""
    written: list[str] = []
    todo: list[Any] = [value]
    while todo:
        item = todo.pop()
        if type(item) is _Text:
            written.append(item)
        elif isinstance(item, dict):
            todo.append(_Text("}"))
            for number, key in reversed(list(enumerate(sorted(item)))):
                todo += [item[key], _Text(f"{', ' if number else ''}{json.dumps(key)}: ")]
            todo.append(_Text("{"))
        elif isinstance(item, list):
            todo.append(_Text("]"))
            for number, member in reversed(list(enumerate(item))):
                todo += [member, _Text(", " if number else "")]
            todo.append(_Text("["))
        else:
            written.append(json.dumps(item))
    return "".join(written)


def _fill(operation: Operation, parts: dict[str, Any], limits: Mapping[str, int]) -> None:
    """Fill the envelope from `parts`; raise Problem where a part is malformed."""
    action, record_id = parts.get("action"), parts.get("id")
    if not is_id(parts.get("op")) or not is_id(record_id) or type(action) is not str:
        raise Problem("bad-value", "operation")
    if not _ACTION.fullmatch(action):
        raise Problem("bad-value", "action")
    operation.action, operation.id = action, str(record_id)
    operation.head = _count(parts.get("head"))
    operation.at = _words(parts.get("at"))
    operation.form = _words(parts.get("form"))
    operation.parent = _parent(parts.get("parent"))
    operation.after = _ids(parts.get("after"))
    operation.base = _base(parts.get("base"))
    operation.set = _paths(parts.get("set"), limits)
    operation.shown = _paths(parts.get("from"), limits)
    operation.more = {name: parts[name] for name in ("reason", "choose", "value") if name in parts}


def _count(value: Any) -> int | None:
    if value is None or (type(value) is int and 0 <= value < 2**53):
        return value
    raise Problem("bad-value", "operation")


def _words(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is str and len(value) <= 64:
        return value
    raise Problem("bad-value", "operation")


def _parent(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict) and is_id(value.get("id")):
        return str(value["id"])
    raise Problem("bad-value", "operation")


def _ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list) and len(value) <= 100 and all(map(is_id, value)):
        return tuple(value)
    raise Problem("bad-value", "operation")


def _base(value: Any) -> str:
    if value is None:
        return ""
    found = _BASE.fullmatch(value) if type(value) is str else None
    if found and int(found[1]) < MAX_N:
        return str(value)
    raise Problem("bad-value", "operation")


def _paths(value: Any, limits: Mapping[str, int]) -> dict[str, Any]:
    """Return a flat map whose keys are paths."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Problem("bad-value", "operation")
    if len(value) > limits["MAX_OPERATION_PATHS"]:
        raise Problem("too-large", "paths")
    for path in value:
        if not is_path(path):
            raise Problem("bad-path", path=str(path)[:100])
    return value


def reread(content: str, op: str, cell: str) -> Operation:
    """Return the operation of a kept content; what could not be read then cannot be read now."""
    try:
        parts = json.loads(content)
    except RecursionError:
        parts = {}
    operation = Operation(op, cell, content=content)
    operation.elsewhere = isinstance(parts, dict) and parts.get("cell", cell) != cell
    try:
        _fill(operation, parts if isinstance(parts, dict) else {}, {"MAX_OPERATION_PATHS": 2**31})
    except Problem as problem:
        operation.flaw = problem
    return operation
