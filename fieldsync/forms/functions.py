"""What the names in expression trees do; compiled into closures `(run, row) -> value`, once per form."""

import math
import operator
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from fieldsync.forms.patterns import MOST_TEXT
from fieldsync.forms.values import NAN, Value, day_text, formatted, number, text, truth

if TYPE_CHECKING:
    from fieldsync.forms.evaluate import Run

Closure = Callable[["Run", str], Value]
_SPACES = re.compile(r"[ \t\r\n]+")


def build(tree: Any, plain: Collection[str] = ()) -> Closure:
    """Return the closure of an expression tree.

    `plain`: the questions whose text stands in the record as it is, always relevant and never reckoned.
    """
    if not isinstance(tree, list):
        value = float(tree) if type(tree) is int else tree
        return lambda _run, _row: value
    name, *given = tree
    if name == "ref" and given[0] in plain:
        return _text_at(given[0])
    if name in ("=", "!=") and (short := _comparison(name, given, plain)):
        return short
    if name == "jr:choice-name":
        return _choice_name(build(given[0], plain), given[1])
    if name in _OWN:
        return _OWN[name](*given)
    if name in _WITH_TEXT:
        return _WITH_TEXT[name](build(given[0], plain), given[1])
    if name in ("and", "or"):
        return _LAZY[name](*(condition(argument, plain) for argument in given))
    closures = [build(argument, plain) for argument in given]
    return _LAZY[name](*closures) if name in _LAZY else _plain(_PLAIN[name], closures)


def condition(tree: Any, plain: Collection[str] = ()) -> Closure:
    """Return the closure of an expression that is asked for yes or no."""
    closure = build(tree, plain)
    if isinstance(tree, list) and tree[0] in _YES_OR_NO:
        return closure
    return lambda run, row: truth(closure(run, row))


def _text_at(path: str) -> Closure:
    def find(run: "Run", _row: str) -> str:
        raw = run.answers.get(path)
        return raw if type(raw) is str else ""

    return find


def _comparison(name: str, given: list[Any], plain: Collection[str]) -> Closure | None:
    """Return the closure of the commonest condition, a plain question and a text; None where it is another."""
    question, value = given if isinstance(given[0], list) else given[::-1]
    if (
        type(value) is not str
        or not isinstance(question, list)
        or question[0] != "ref"
        or question[1] not in plain
    ):
        return None
    find = _text_at(question[1])
    if name == "=":
        return lambda run, row: find(run, row) == value
    return lambda run, row: find(run, row) != value


def _plain(function: Callable[..., Value], closures: list[Closure]) -> Closure:
    """Return the closure of a function whose arguments are all reckoned first."""
    if len(closures) == 1:
        only = closures[0]
        return lambda run, row: function(run, only(run, row))
    if len(closures) == 2:
        one, other = closures
        return lambda run, row: function(run, one(run, row), other(run, row))
    return lambda run, row: function(run, *[closure(run, row) for closure in closures])


# What reads the record


def _ref(path: str) -> Closure:
    return lambda run, row: run.value_at(path, row)


def _all(path: str) -> Closure:
    return lambda run, _row: [run.value_at(path, each) for each in run.rows_of(path)]


def _rows(path: str) -> Closure:
    return lambda run, _row: run.rows_of(path)


def _column(name: str) -> Closure:
    return lambda run, _row: run.choice_column(name)


def _choice_name(closure: Closure, listed: str) -> Closure:
    return lambda run, row: run.choice_labels(listed, text(closure(run, row)))


def _position(path: str) -> Closure:
    return lambda run, row: float(run.place_of(row, path))


_OWN: dict[str, Callable[..., Closure]] = {
    "ref": _ref, "all": _all, "rows": _rows, "col": _column,
    "position": _position, "self": lambda: lambda run, _row: run.own,
    "today": lambda: lambda run, _row: run.now[:10], "now": lambda: lambda run, _row: run.now,
}  # fmt: skip

# What does not need all its arguments


def _and(*conditions: Closure) -> Closure:
    if len(conditions) == 2:
        one, other = conditions
        return lambda run, row: one(run, row) and other(run, row)
    return lambda run, row: all(closure(run, row) for closure in conditions)


def _or(*conditions: Closure) -> Closure:
    if len(conditions) == 2:
        one, other = conditions
        return lambda run, row: one(run, row) or other(run, row)
    return lambda run, row: any(closure(run, row) for closure in conditions)


def _if(asked: Closure, yes: Closure, no: Closure) -> Closure:
    return lambda run, row: yes(run, row) if truth(asked(run, row)) else no(run, row)


def _coalesce(*closures: Closure) -> Closure:
    def first(run: "Run", row: str) -> Value:
        return next((value for closure in closures if (value := closure(run, row)) not in ("", [])), "")

    return first


def _once(closure: Closure) -> Closure:
    return lambda run, row: closure(run, row) if run.before == "" else run.before


_LAZY: dict[str, Callable[..., Closure]] = {
    "and": _and, "or": _or, "if": _if, "coalesce": _coalesce, "once": _once,
}  # fmt: skip

# Patterns: written in the form, not reckoned


def _regex(closure: Closure, pattern: str) -> Closure:
    match = re.compile(pattern).fullmatch

    def fits(run: "Run", row: str) -> bool:
        value = text(closure(run, row))
        return len(value) <= MOST_TEXT and match(value) is not None

    return fits


def _format(closure: Closure, pattern: str) -> Closure:
    return lambda run, row: formatted(number(closure(run, row), run.offset), pattern)


_WITH_TEXT = {"regex": _regex, "format-date": _format}

# Plain functions: (run, *values) -> value


def _equal(run: "Run", one: Value, other: Value) -> bool:
    if type(one) is bool or type(other) is bool:
        return truth(one) == truth(other)
    if type(one) is float or type(other) is float:
        return number(one, run.offset) == number(other, run.offset)
    return text(one) == text(other)


def _numbers(function: Callable[[float, float], Value]) -> Callable[..., Value]:
    return lambda run, one, other: function(number(one, run.offset), number(other, run.offset))


def _add(run: "Run", *values: Value) -> float:
    total = number(values[0], run.offset)
    for value in values[1:]:
        total += number(value, run.offset)
    return total


def _times(one: float, other: float) -> float:
    return one * other


def _divide(one: float, other: float) -> float:
    if other:
        return one / other
    if one != one or one == 0 or other != other:
        return NAN
    return math.copysign(math.inf, one) * math.copysign(1, other)


def _modulo(one: float, other: float) -> float:
    if not math.isfinite(one) or other != other or other == 0:
        return NAN
    return math.fmod(one, other)


def _power(base: float, exponent: float) -> float:
    """Multiply again and again: libraries differ in the last bit."""
    if exponent != exponent or abs(exponent) > 64 or exponent != int(exponent):
        return NAN
    result = 1.0
    for _ in range(int(abs(exponent))):
        result *= base
    return _divide(1.0, result) if exponent < 0 else result


def _round(run: "Run", value: Value, places: Value = 0.0) -> float:
    given, digits = number(value, run.offset), number(places, run.offset)
    if not math.isfinite(given) or not 0 <= digits <= 7:
        return given if digits == digits else NAN
    scale = 10 ** int(digits)
    scaled = given * scale + 0.5
    return math.floor(scaled) / scale if math.isfinite(scaled) else given


def _int(run: "Run", value: Value) -> float:
    given = number(value, run.offset)
    return float(math.trunc(given)) if math.isfinite(given) else given


def _flat(values: tuple[Value, ...]) -> list[Value]:
    return [item for value in values for item in (value if type(value) is list else [value])]


def _filled(run: "Run", values: tuple[Value, ...]) -> list[float]:
    return [number(value, run.offset) for value in _flat(values) if value != ""]


def _sum(run: "Run", *values: Value) -> float:
    total = 0.0
    for value in _filled(run, values):
        total += value
    return total


def _extreme(is_better: Callable[[float, float], bool]) -> Callable[..., Value]:
    def find(run: "Run", *values: Value) -> float:
        best = NAN
        for value in _filled(run, values):
            if value != value:
                return NAN
            if best != best or is_better(value, best):
                best = value
        return best

    return find


def _count(_run: "Run", values: Value) -> float:
    return float(len(values))


def _count_filled(_run: "Run", values: Value) -> float:
    return float(sum(value != "" for value in _flat((values,))))


def _concat(_run: "Run", *values: Value) -> str:
    return "".join(text(value) for value in _flat(values))


def _join(_run: "Run", between: Value, *values: Value) -> str:
    return text(between).join(text(value) for value in _flat(values))


def _words(value: Value) -> list[str]:
    return [word for word in _SPACES.split(text(value)) if word]


def _selected_at(run: "Run", value: Value, place: Value) -> str:
    words, at = _words(value), number(place, run.offset)
    return words[int(at)] if 0 <= at < len(words) and at == int(at) else ""


def _substr(run: "Run", value: Value, start: Value, end: Value = math.inf) -> str:
    whole = text(value)
    return whole[_place(number(start, run.offset), len(whole)) : _place(number(end, run.offset), len(whole))]


def _place(at: float, size: int) -> int:
    """Return a place in a text as both twins cut it: from its end where it is negative."""
    if at != at:
        return 0
    at = math.trunc(max(-size - 1.0, min(at, size + 1.0)))
    return max(0, size + at) if at < 0 else at


def _date(run: "Run", value: Value) -> str:
    return day_text(number(value, run.offset))


_PLAIN: dict[str, Callable[..., Value]] = {
    "=": _equal, "!=": lambda run, one, other: not _equal(run, one, other),
    "<": _numbers(operator.lt), "<=": _numbers(operator.le), ">": _numbers(operator.gt),
    ">=": _numbers(operator.ge), "+": _add, "-": _numbers(operator.sub), "*": _numbers(_times),
    "div": _numbers(_divide), "mod": _numbers(_modulo), "pow": _numbers(_power),
    "neg": lambda run, value: -number(value, run.offset), "not": lambda _run, value: not truth(value),
    "boolean": lambda _run, value: truth(value), "number": lambda run, value: number(value, run.offset),
    "string": lambda _run, value: text(value), "abs": lambda run, value: abs(number(value, run.offset)),
    "int": _int, "round": _round, "sum": _sum, "min": _extreme(operator.lt), "max": _extreme(operator.gt),
    "count": _count, "count-non-empty": _count_filled, "concat": _concat, "join": _join,
    "selected": lambda _run, value, word: text(word) in _words(value), "selected-at": _selected_at,
    "count-selected": lambda _run, value: float(len(_words(value))),
    "string-length": lambda _run, value: float(len(text(value))), "substr": _substr,
    "contains": lambda _run, value, part: text(part) in text(value),
    "starts-with": lambda _run, value, part: text(value).startswith(text(part)),
    "ends-with": lambda _run, value, part: text(value).endswith(text(part)),
    "normalize-space": lambda _run, value: " ".join(_words(value)), "date": _date,
}  # fmt: skip

_YES_OR_NO = frozenset([
    "and", "or", "=", "!=", "<", "<=", ">", ">=", "not", "boolean", "selected", "contains", "starts-with",
    "ends-with", "regex",
])  # fmt: skip

# Every name that a tree may hold; static/lib/expr.js knows the same.
NAMES = frozenset([*_OWN, "jr:choice-name", *_LAZY, *_WITH_TEXT, *_PLAIN])
