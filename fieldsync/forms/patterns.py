"""Regular expressions that Python and JavaScript understand alike, and that no text can stall.

What a form writes is read piece by piece and written anew: `\\d` becomes `[0-9]`, `.` becomes `[^\\n\\r]`.
Everything else (look-around, back-references, `\\p{...}`, nested repetition) is refused.
"""

import re

from fieldsync.forms.mistakes import ExpressionRefused

MOST_TEXT = 200
# How many ways a pattern may be tried on one text, at most.
_MOST_WAYS = 30_000_000
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t\\n\\r\\f\\v"}
_PLAIN = {"t": "\\t", "n": "\\n", "r": "\\r"}
_SPECIAL = set("\\^$.*+?()[]{}|/")
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")
_UNICODE = re.compile(r"u([0-9a-fA-F]{4})")


def translate(pattern: str) -> str:
    """Return the pattern as both twins run it, against a whole text; else raise ExpressionRefused."""
    reader = _Reader(pattern)
    made = reader.choice(0)
    if reader.rest():
        raise _refused(pattern)
    if reader.ways > _MOST_WAYS:
        raise ExpressionRefused(f"正则表达式过于复杂：{pattern}", f"the pattern is too complex: {pattern}")
    _try(made, pattern)
    return made


def _try(made: str, pattern: str) -> None:
    """Refuse what even the strict reader let through, such as a range the wrong way round."""
    try:
        re.compile(made)
    except (re.error, OverflowError):
        raise _refused(pattern) from None


def _refused(pattern: str) -> ExpressionRefused:
    return ExpressionRefused(
        f"正则表达式中有不支持的写法：{pattern}", f"the pattern uses what is not supported: {pattern}"
    )


class _Reader:
    """Reads a pattern from the left; `ways` bounds how often it may be tried."""

    def __init__(self, pattern: str):
        self.pattern, self.at, self.ways = pattern, 0, 1

    def rest(self) -> str:
        return self.pattern[self.at :]

    def take(self) -> str:
        """Return the next character."""
        if self.at >= len(self.pattern):
            raise _refused(self.pattern)
        self.at += 1
        return self.pattern[self.at - 1]

    def choice(self, depth: int) -> str:
        """Read alternatives up to a closing bracket or the end."""
        if depth > 5:
            raise _refused(self.pattern)
        made = self.sequence(depth)
        while self.rest()[:1] == "|":
            self.at += 1
            self.ways *= 2
            made += "|" + self.sequence(depth)
        return made

    def sequence(self, depth: int) -> str:
        made = ""
        while self.rest() and self.rest()[0] not in "|)":
            before = self.ways
            piece, is_group = self.piece(depth)
            made += self.repeated(piece, is_group and self.ways > before)
        return made

    def piece(self, depth: int) -> tuple[str, bool]:
        """Read one letter, set or group; tell whether it is a group."""
        letter = self.take()
        if letter == "(":
            return self.group(depth), True
        if letter == "[":
            return self.set(), False
        if letter == "\\":
            return self.escape(), False
        if letter in ".^$":
            return {".": "[^\\n\\r]", "^": "^", "$": "(?![\\s\\S])"}[letter], False
        if letter in "*+?{}]":
            raise _refused(self.pattern)
        return ("\\/" if letter == "/" else letter), False

    def group(self, depth: int) -> str:
        if self.rest().startswith("?:"):
            self.at += 2
        elif self.rest().startswith("?"):
            raise _refused(self.pattern)
        made = self.choice(depth + 1)
        if self.take() != ")":
            raise _refused(self.pattern)
        return f"(?:{made})"

    def repeated(self, piece: str, is_varied: bool) -> str:
        """Read how often `piece` may come; one that itself varies may not be repeated."""
        least, most, count = self.count()
        if count and ((is_varied and most > 1) or piece in ("^", "(?![\\s\\S])")):
            raise _refused(self.pattern)
        self.ways *= most - least + 1
        if self.rest()[:1] in ("*", "+", "?", "{"):
            raise _refused(self.pattern)
        return piece + count

    def count(self) -> tuple[int, int, str]:
        """Return least, most and text of a repetition; (1, 1, "") where there is none."""
        letter = self.rest()[:1]
        if letter in ("*", "+", "?"):
            self.at += 1
            return int(letter == "+"), (1 if letter == "?" else MOST_TEXT), letter
        found = _COUNT.match(self.pattern, self.at)
        if not found:
            return 1, 1, ""
        self.at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else MOST_TEXT
        if most < least:
            raise _refused(self.pattern)
        return least, most, found[0]

    def escape(self) -> str:
        letter = self.take()
        if letter in _SETS:
            return f"[{_SETS[letter]}]"
        if letter.lower() in _SETS:
            return f"[^{_SETS[letter.lower()]}]"
        return self.escaped(letter)

    def escaped(self, letter: str) -> str:
        """Return one escaped character as both twins write it."""
        if letter in _PLAIN:
            return _PLAIN[letter]
        code = _UNICODE.match(self.pattern, self.at - 1)
        if code:
            self.at = code.end()
            letter = chr(int(code[1], 16))
        if (letter.isascii() and letter.isalnum()) or "\ud800" <= letter <= "\udfff":
            raise _refused(self.pattern)
        return f"\\{letter}" if letter in _SPECIAL else letter

    def set(self) -> str:
        """Read what stands in square brackets."""
        made = "[^" if self.rest()[:1] == "^" else "["
        self.at += len(made) - 1
        start = self.at
        while (letter := self.take()) != "]" or self.at == start + 1:
            # Python reads doubled signs as operations on sets.
            if letter in "-&~|" and made.endswith(letter):
                raise _refused(self.pattern)
            made += self.member(letter)
        return made + "]"

    def member(self, letter: str) -> str:
        if letter == "\\":
            letter = self.take()
            if letter in _SETS:
                return _SETS[letter]
            return "\\-" if letter == "-" else self.escaped(letter)
        if letter == "-":
            at_edge = self.pattern[self.at - 2] in "[^" or self.rest()[:1] == "]"
            return "\\-" if at_edge else "-"
        return f"\\{letter}" if letter in _SPECIAL else letter
