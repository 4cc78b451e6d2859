"""Expressions of XLSForm (a part of XPath) parsed into JSON trees.

A tree is a literal (text, number, true, false) or `[name, *arguments]`. Besides the functions and operators of
XLSForm there are `ref` (one value), `all` (a question in every row of its repeat), `rows` (how many rows),
`self` (the value that is checked), `col` (a column of the choice), `position` (the row's place) and `neg`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fieldsync.forms.mistakes import ExpressionRefused
from fieldsync.forms.patterns import translate

Expr = Any

# name: least and most arguments; None: as many as you like
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "not": (1, 1), "true": (0, 0), "false": (0, 0), "boolean": (1, 1), "if": (3, 3), "coalesce": (2, None),
    "once": (1, 1), "selected": (2, 2), "selected-at": (2, 2), "count-selected": (1, 1),
    "jr:choice-name": (2, 2), "position": (1, 1), "count": (1, 1), "count-non-empty": (1, 1), "sum": (1, 1),
    "min": (1, None), "max": (1, None), "concat": (1, None), "join": (2, None), "round": (1, 2), "int": (1, 1),
    "abs": (1, 1), "pow": (2, 2), "number": (1, 1), "string": (1, 1), "string-length": (1, 1),
    "substr": (2, 3), "contains": (2, 2), "starts-with": (2, 2), "ends-with": (2, 2),
    "normalize-space": (1, 1), "regex": (2, 2), "today": (0, 0), "now": (0, 0), "date": (1, 1),
    "format-date": (2, 2), "format-date-time": (2, 2), "decimal-date-time": (1, 1),
}  # fmt: skip
# Functions that take a question of a repeat in all rows: always, or only from outside of the repeat.
_ALL_ROWS = ("count", "count-non-empty", "sum", "join")
_ROWS_FROM_OUTSIDE = ("min", "max", "concat")
_CHAINS = ("and", "or", "+")
_STRENGTH = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
             "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6}  # fmt: skip
_FORMATS = "YymndeHhMS3"
_MOST_LETTERS, _MOST_BRACKETS, _MOST_ARGUMENTS, _MOST_DEPTH = 4000, 24, 40, 40

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>"[^"]*"|'[^']*')|\$\{\s*(?P<ref>[^{}]*?)\s*\}"""
    r"""|(?P<sign>!=|<=|>=|\.\.|[=<>+\-*(),.])|(?P<name>[A-Za-z_][\w-]*(?::[A-Za-z_][\w-]*)?))""",
    re.ASCII,
)
_CHINESE_SIGNS = "“”‘’（），＝＞＜。"


class Scope(Protocol):
    """What an expression may refer to, from the place where it stands; each raises ExpressionRefused."""

    def reference(self, name: str, rows: str) -> Expr:
        """Return the tree of `${name}`; `rows`: `one`, `outside` (all, from outside), `all` or `count`."""

    def choice_list(self, name: str) -> str:
        """Return the name of the choice list of question `name`; empty where it has none."""

    def choice_names(self, name: str) -> set[str] | None:
        """Return the choices of question `name` (empty: the one that is checked); None where it has none."""

    def column(self, name: str) -> Expr:
        """Return the tree of a column of the choices."""

    def own(self) -> Expr:
        """Return the tree of `.`."""

    def place(self) -> Expr:
        """Return the tree of `position(..)`."""


@dataclass(frozen=True)
class _Name:
    """`${name}` (or `.`, with an empty name) before it is known how it is used."""

    name: str


@dataclass
class _Up:
    """`..`, which only `position` takes."""


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    scope: Scope
    at: int = 0
    depth: int = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, sign: str) -> None:
        kind, found = self.take()
        if found != sign or kind not in ("sign", "end"):
            raise _unexpected(found, sign)

    def expression(self, least: int = 1) -> Any:
        """Read operands joined by operators at least as strong as `least`."""
        self.depth += 1
        if self.depth > _MOST_BRACKETS:
            raise _too_deep()
        left = self.operand()
        while (strength := self.operator()) >= least:
            name = self.take()[1]
            left = self.join(name, left, self.expression(strength + 1))
        self.depth -= 1
        return left

    def operator(self) -> int:
        kind, found = self.peek()
        return _STRENGTH.get(found, 0) if kind in ("sign", "name") else 0

    def join(self, name: str, left: Any, right: Any) -> Expr:
        """Return `left name right`; a chain of the same operator stays flat."""
        self.check_choice(left, right)
        self.check_choice(right, left)
        one, other = self.resolve(left), self.resolve(right)
        if name in _CHAINS and isinstance(one, list) and one[0] == name:
            return [*one, other]
        return [name, one, other]

    def operand(self) -> Any:
        kind, found = self.take()
        if kind == "number":
            return float(found) if "." in found else int(found)
        if kind == "text":
            return found[1:-1]
        if kind == "ref":
            return _Name(found)
        if kind == "name":
            return self.word(found)
        return self.sign(found)

    def sign(self, found: str) -> Any:
        if found == "-":
            value = self.resolve(self.expression(7))
            return -value if isinstance(value, int | float) and not isinstance(value, bool) else ["neg", value]
        if found == "(":
            inner = self.expression()
            self.expect(")")
            return self.resolve(inner)
        if found == ".":
            return _Name("")
        if found == "..":
            return _Up()
        raise _unexpected(found)

    def word(self, name: str) -> Any:
        """Read a function's call, or a column of the choices."""
        if self.peek() != ("sign", "("):
            if name in _STRENGTH:
                raise _unexpected(name)
            return self.scope.column(name)
        if name not in FUNCTIONS:
            raise ExpressionRefused(f"没有函数 {name}()", f"there is no function {name}()")
        self.take()
        return self.call(name, self.arguments())

    def arguments(self) -> list[Any]:
        found: list[Any] = []
        if self.peek() == ("sign", ")"):
            self.take()
            return found
        while True:
            found.append(self.expression())
            _, sign = self.take()
            if sign == ")":
                return found
            if sign != "," or len(found) > _MOST_ARGUMENTS:
                raise _unexpected(sign, ")")

    def call(self, name: str, given: list[Any]) -> Expr:
        """Return the tree of a call with its arguments checked."""
        least, most = FUNCTIONS[name]
        if len(given) < least or (most is not None and len(given) > most):
            raise ExpressionRefused(f"{name}() 的参数个数不对", f"{name}() has the wrong number of arguments")
        special = _SPECIAL.get(name)
        if special:
            return special(self, given)
        if name == "selected":
            self.check_choice(given[0], given[1])
        rows = "one"
        if name in _ALL_ROWS or (name in ("min", "max") and len(given) == 1):
            rows = "all"
        elif name in _ROWS_FROM_OUTSIDE:
            rows = "outside"
        return [name, *(self.resolve(value, "count" if name == "count" else rows) for value in given)]

    def resolve(self, value: Any, rows: str = "one") -> Expr:
        """Return the tree of an operand."""
        if isinstance(value, _Up):
            raise _unexpected("..")
        if isinstance(value, _Name):
            return self.scope.reference(value.name, rows) if value.name else self.scope.own()
        if rows == "count":
            raise ExpressionRefused(
                "count() 中只能写重复组或其中的问题", "count() takes a repeat or a question of one"
            )
        return value

    def check_choice(self, question: Any, value: Any) -> None:
        """Refuse a comparison with a choice that there is not."""
        names = self.scope.choice_names(question.name) if isinstance(question, _Name) else None
        if names is not None and isinstance(value, str) and value and value not in names:
            raise ExpressionRefused(
                f"选项 {value} 不在 {question.name or '.'} 的选项中",
                f"{value} is not among the choices of {question.name or 'this question'}",
            )


def _choice_name(parser: _Parser, given: list[Any]) -> Expr:
    about = given[1]
    if isinstance(about, str) and (found := re.fullmatch(r"\s*\$\{\s*([^{}]*?)\s*\}\s*", about)):
        about = _Name(found[1])
    listed = parser.scope.choice_list(about.name) if isinstance(about, _Name) and about.name else ""
    if not listed:
        raise ExpressionRefused(
            "jr:choice-name() 的第二个参数须为选择题，写成 '${问题}'",
            "the second argument of jr:choice-name() is a select question, written '${question}'",
        )
    return ["jr:choice-name", parser.resolve(given[0]), listed]


def _position(parser: _Parser, given: list[Any]) -> Expr:
    if not isinstance(given[0], _Up):
        raise ExpressionRefused("只支持 position(..)", "only position(..) is supported")
    return parser.scope.place()


def _regex(parser: _Parser, given: list[Any]) -> Expr:
    if not isinstance(given[1], str):
        raise ExpressionRefused(
            "regex() 的第二个参数须直接写在引号中", "the pattern of regex() is written in quotes"
        )
    return ["regex", parser.resolve(given[0]), translate(given[1])]


def _format(parser: _Parser, given: list[Any]) -> Expr:
    letters = re.findall(r"%(.?)", given[1]) if isinstance(given[1], str) else [""]
    if any(letter not in _FORMATS or not letter for letter in letters):
        raise ExpressionRefused(
            "日期格式只支持 %Y %y %m %n %d %e %H %h %M %S %3", "a format may hold %Y %y %m %n %d %e %H %h %M %S %3"
        )
    return ["format-date", parser.resolve(given[0]), given[1]]


def _number_of_day(parser: _Parser, given: list[Any]) -> Expr:
    return ["number", parser.resolve(given[0])]


_SPECIAL: dict[str, Callable[[_Parser, list[Any]], Expr]] = {
    "true": lambda _parser, _given: True,
    "false": lambda _parser, _given: False,
    "jr:choice-name": _choice_name,
    "position": _position,
    "regex": _regex,
    "format-date": _format,
    "format-date-time": _format,
    "decimal-date-time": _number_of_day,
}


def _too_deep() -> ExpressionRefused:
    return ExpressionRefused("括号或函数嵌套过深", "brackets or functions are nested too deeply")


def _depth(tree: Expr) -> int:
    """Return how deeply a tree is nested, however deeply that is."""
    deepest, todo = 0, [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo += [(child, depth + 1) for child in (node if isinstance(node, list) else ())]
    return deepest


def _unexpected(found: str, expected: str = "") -> ExpressionRefused:
    """Return the refusal of a token that does not belong where it stands."""
    if expected:
        return ExpressionRefused(f"缺少“{expected}”", f"`{expected}` is missing")
    if not found:
        return ExpressionRefused("表达式不完整", "the expression is incomplete")
    return ExpressionRefused(f"“{found}”的位置不对", f"`{found}` does not belong here")


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return the (kind, text) pairs of an expression."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _strange(text[at:].lstrip()[:1])
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def _strange(letter: str) -> ExpressionRefused:
    if letter in _CHINESE_SIGNS:
        return ExpressionRefused(f"请用英文标点，不用“{letter}”", f"use plain punctuation instead of {letter}")
    return ExpressionRefused(f"不支持“{letter}”", f"`{letter}` is not supported")


def parse(text: str, scope: Scope) -> Expr:
    """Return the tree of an expression; raise ExpressionRefused with the reason."""
    if len(text) > _MOST_LETTERS:
        raise ExpressionRefused("表达式过长", "the expression is too long")
    parser = _Parser(_tokens(text), scope)
    tree = parser.resolve(parser.expression())
    if parser.peek()[0] != "end":
        raise _unexpected(parser.peek()[1])
    if _depth(tree) > _MOST_DEPTH:
        raise _too_deep()
    return tree
