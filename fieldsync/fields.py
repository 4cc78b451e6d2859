"""What a field is: label, unit, type, validation and owner, declared once and compiled once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from fieldsync.sync.merge import Policy, Side, merge

Check = Callable[[Any], str | None]
Choices = Mapping[str, tuple[str, str]]

# Paths that only the server may set, whatever the noun (sync.md section 8, scenario 48).
RESERVED = frozenset(
    [
        "id",
        "type",
        "n",
        "rev",
        "scope",
        "scopes",
        "home",
        "cell",
        "meta",
        "body",
        "salt",
        "seq",
        "chain",
        "head",
        "by",
        "author",
        "side",
        "device",
        "op",
        "created_by",
        "updated_by",
        "voided",
        "voided_at",
        "voided_by",
        "void_reason",
        "received_at",
        "state",
        "approved_rev",
    ]
)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"[0-9A-Za-z_.:@-]{1,64}")
_ID_NO = re.compile(r"[1-9][0-9]{16}[0-9X]")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Field:
    """One field of a noun.

    `path` may hold `*` where rows carry their ids (`openings/*/lon`) and end in `**` for whatever
    lies below (`answers/**`); `kind` is a name of CHECKS;
    `policy` says who owns it (sync.md section 4); `labels` are Chinese and English.
    """

    path: str
    labels: tuple[str, str]
    kind: str = "text"
    policy: Policy = "review"
    unit: str = ""
    required: bool = False
    most: float | None = None
    least: float | None = None
    choices: Choices | None = None

    @cached_property
    def check(self) -> Check:
        """The compiled check: a value in, the code of an issue or None out."""
        return CHECKS[self.kind](self)

    @property
    def is_marker(self) -> bool:
        """Whether this field says that a row or a tag is there."""
        return self.kind == "marker"


def _text(spec: Field) -> Check:
    most = int(spec.most or 2000)

    def check(value: Any) -> str | None:
        if type(value) is not str:
            return "not-text"
        return "too-long" if len(value) > most else None

    return check


def _number(spec: Field) -> Check:
    least = -1e15 if spec.least is None else spec.least
    most = 1e15 if spec.most is None else spec.most

    def check(value: Any) -> str | None:
        if type(value) is not int and type(value) is not float:
            return "not-number"
        return None if least <= value <= most else "out-of-range"

    return check


def _integer(spec: Field) -> Check:
    number = _number(spec)
    return lambda value: number(value) if type(value) is int else "not-integer"


def _boolean(_spec: Field) -> Check:
    return lambda value: None if type(value) is bool else "not-boolean"


def _marker(spec: Field) -> Check:
    return lambda value: None if value is True else "not-marker"


def _choice(spec: Field) -> Check:
    choices = frozenset(spec.choices or ())
    return lambda value: None if isinstance(value, str) and value in choices else "not-a-choice"


def _pattern(pattern: re.Pattern[str], code: str) -> Callable[[Field], Check]:
    return lambda _spec: lambda value: None if type(value) is str and pattern.fullmatch(value) else code


def _date(_spec: Field) -> Check:
    def check(value: Any) -> str | None:
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            return "not-a-date"
        return None if _DATE.fullmatch(value) else "not-a-date"

    return check


def _time(_spec: Field) -> Check:
    def check(value: Any) -> str | None:
        try:
            aware = datetime.fromisoformat(value).tzinfo is not None
        except (TypeError, ValueError):
            return "not-a-time"
        return None if aware else "no-time-zone"

    return check


def _any(_spec: Field) -> Check:
    return lambda _value: None


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _id_no(_spec: Field) -> Check:
    """Return the check of a citizen's number: 17 digits and the check digit of GB 11643."""

    def check(value: Any) -> str | None:
        if type(value) is not str or not _ID_NO.fullmatch(value):
            return "not-an-id-number"
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value, strict=False))
        return None if "10X98765432"[total % 11] == value[-1] else "not-an-id-number"

    return check


CHECKS: dict[str, Callable[[Field], Check]] = {
    "text": _text, "number": _number, "integer": _integer, "boolean": _boolean, "marker": _marker,
    "choice": _choice, "date": _date, "time": _time, "any": _any,
    "code": _pattern(_CODE, "not-a-code"), "ref": _pattern(_UUID, "not-a-reference"),
    "sha256": _pattern(re.compile(r"[0-9a-f]{64}"), "not-a-hash"),
    # Money is a whole number of fen, so that sums are exact; people type and read yuan.
    "money": _integer, "id_no": _id_no,
    "town": _pattern(re.compile(r"[0-9]{9}"), "not-a-township"),
}  # fmt: skip

# JSON Schema types of each kind, for the API's description.
JSON_TYPES = {
    "number": "number", "integer": "integer", "money": "integer", "boolean": "boolean", "marker": "boolean",
}  # fmt: skip


@dataclass
class Fields:
    """The declared fields of one noun, looked up by concrete path."""

    declared: tuple[Field, ...]
    _exact: dict[str, Field | None] = field(default_factory=dict)
    _rows: dict[tuple[str, str], Field] = field(default_factory=dict)
    _trees: dict[str, Field] = field(default_factory=dict)
    _at_birth: dict[str, dict[str, Check]] = field(default_factory=dict)

    def __init__(self, declared: Iterable[Field]):
        self.declared = tuple(declared)
        self._at_birth = {}
        self._exact = {f.path: f for f in self.declared if "*" not in f.path}
        self._trees = {f.path.partition("/")[0]: f for f in self.declared if f.path.endswith("/**")}
        self._rows = {self._shape(f.path.split("/")): f for f in self.declared if "*" in f.path}

    @staticmethod
    def _shape(parts: list[str]) -> tuple[str, str]:
        return parts[0], "/".join(parts[2:])

    def find(self, path: str) -> Field | None:
        """Return the field that governs `path`, or None where the noun does not know it."""
        found = self._exact.get(path)
        if found is not None or "/" not in path:
            return found or (_reserved(path) if path in RESERVED or path.startswith("__") else None)
        parts = path.split("/")
        if parts[0] in ("county", "confirmed"):
            return self._opinion(path, parts)
        return self._rows.get(self._shape(parts)) or self._trees.get(parts[0])

    def _opinion(self, path: str, parts: list[str]) -> Field | None:
        """Return the field of `county/<path>` (a view) or `confirmed/<path>` (a seal) of a known path."""
        about = self.find("/".join(parts[1:]))
        if about is None or about.policy == "server":
            return None
        kind = about.kind if parts[0] == "county" else "boolean"
        return Field(path, about.labels, kind, "county", about.unit, choices=about.choices)

    def applied_at_birth(self, side: Side) -> dict[str, Check]:
        """Return the check of every plain path whose first value `side` may simply set.

        A new record's values cannot collide with anything; asking the merge function once per path
        and side instead of once per value is what makes pushing new records cheap.
        """
        if side not in self._at_birth:
            known = ((path, spec) for path, spec in self._exact.items() if spec is not None)
            self._at_birth[side] = {path: spec.check for path, spec in known if _is_free(spec.policy, side)}
        return self._at_birth[side]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Paths that a complete record must have."""
        return tuple(f.path for f in self.declared if f.required)


def _is_free(policy: Policy, side: Side) -> bool:
    """Tell whether `side` may set a path that has no value yet."""
    return merge(policy, side, confirmed=False, seen=True, contested=False, cur=None, new=True) == "applied"


def _reserved(path: str) -> Field:
    """Return the field of a path that belongs to the server in every noun."""
    return Field(path, (path, path), "any", "server")
