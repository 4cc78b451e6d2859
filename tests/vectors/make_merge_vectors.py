"""Writes merge_vectors.json from tables and literals; nothing in it is computed by FieldSync itself.

Run `python tests/vectors/make_merge_vectors.py` after a change; the tests compare the file with `text()`.
A `json` member holds JSON source as ASCII, so that 3.0 and 3, -0.0 and lone surrogates survive the file.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("merge_vectors.json")

POLICIES = ("township", "county", "review", "add", "server", "confirm", "once")
SIDES = ("township", "county")

# One line per rule of sync.md section 4. `*` is any, `a|b` either, `!x` all but x; y and n are yes and no.
# Lines do not depend on their order: every situation must meet exactly one.
TRUTH = """
policy           side      confirmed seen contested change             outcome
server           *         *         *    *         *                  ignored
!server          *         *         *    *         same               noop
once             *         *         *    *         set                applied
once             *         *         *    *         replace|clear      ignored
county           township  *         *    *         set|replace|clear  proposed
county           county    *         y    n         set|replace|clear  applied
county           county    *         y    y         set|replace|clear  conflict
county           county    *         n    *         set|replace|clear  conflict
township         county    *         *    *         set|replace|clear  proposed
township         township  *         y    n         set|replace|clear  applied
township         township  *         y    y         set|replace|clear  conflict
township         township  *         n    *         set|replace|clear  conflict
review           *         *         y    n         set|replace|clear  applied
review           *         *         y    y         set|replace|clear  conflict
review           *         *         n    *         set|replace|clear  conflict
confirm          township  y         *    *         set|replace|clear  proposed
confirm          township  n         y    n         set|replace|clear  applied
confirm          township  n         y    y         set|replace|clear  conflict
confirm          township  n         n    *         set|replace|clear  conflict
confirm          county    *         y    n         set|replace|clear  applied
confirm          county    *         y    y         set|replace|clear  conflict
confirm          county    *         n    *         set|replace|clear  conflict
add              *         *         *    *         set|replace        applied
add              *         *         y    *         clear              applied
add              *         *         n    *         clear              noop
"""

# What a value does to the current one, with pairs that show it: (cur, new).
CHANGES: dict[str, list[tuple[Any, Any]]] = {
    "same": [(None, None), ("m", "m")],
    "set": [(None, "h")],
    "clear": [("m", None)],
    "replace": [("m", "h")],
}
# Values that look alike, run under the policy `review`, seen and uncontested.
LOOKALIKES: list[tuple[str, Any, Any]] = [
    ("same", {"a": 1, "b": [2, 3]}, {"b": [2, 3], "a": 1}),
    ("same", {}, {}),
    ("same", False, False),
    ("same", 0.5, 0.5),
    ("replace", 1, True),
    ("replace", 0, False),
    ("replace", "1", 1),
    ("replace", "", 0),
    ("replace", [], {}),
    ("replace", [1, 2], [2, 1]),
    ("replace", {"a": 1}, {"a": 1, "b": None}),
    ("replace", "true", True),
    ("set", None, ""),
    ("set", None, False),
    ("set", None, 0),
    ("set", None, []),
    ("clear", "", None),
    ("clear", False, None),
]

# seen = the path is no younger than the base, or the device knows the value and it is the one shown.
SEEN_TRUTH = """
base     path     device  shown      outcome
known    older    *       *          y
known    at_base  *       *          y
known    younger  y       same       y
known    younger  y       different  n
known    younger  n       *          n
unknown  *        *       same       y
unknown  *        *       different  n
"""
PATH_N = {"older": 4, "at_base": 7, "younger": 8}
SHOWN: dict[str, list[tuple[Any, Any]]] = {
    "same": [("m", "m"), (None, None), ({"x": 1, "y": 2}, {"y": 2, "x": 1})],
    "different": [("m", "h"), ("m", None), (None, "m"), (1, True)],
}

# (note, JSON source, canonical text)
TEXTS = [
    ("null", "null", "null"),
    ("true", "true", "true"),
    ("empty text", '""', '""'),
    ("NFC of e and acute", '"e\\u0301"', '"\u00e9"'),
    ("NFC of Hangul letters", '"\\u1112\\u1161\\u11ab"', '"\ud55c"'),
    ("NFC of a compatibility ideograph", '"\\uf9dc"', '"\u9686"'),
    ("NFC keeps full-width letters", '"\\uff21"', '"\uff21"'),
    ("trailing full-width space", '"\u77ff\u5c71\\u3000"', '"\u77ff\u5c71"'),
    ("leading and inner space stays", '"\\u3000 a b"', '"\u3000 a b"'),
    (
        "every space of ECMAScript",
        '"a\\t\\n\\u000b\\f\\r \\u00a0\\u1680\\u2000\\u200a\\u2028\\u2029\\u202f\\u205f\\ufeff"',
        '"a"',
    ),
    ("zero-width space is no space", '"a\\u200b"', '"a\u200b"'),
    ("next line is no space", '"a\\u0085"', '"a\u0085"'),
    ("unit separator is no space", '"a\\u001f"', '"a\\u001f"'),
    ("spaces alone become empty", '" \\t\\u3000"', '""'),
    ("named escapes", '"\\b\\t\\n\\f\\r\\"\\\\\\/."', '"\\b\\t\\n\\f\\r\\"\\\\/."'),
    ("other control characters", '"\\u0001\\u001f\\u007f."', '"\\u0001\\u001f\u007f."'),
    ("line separators inside", '"a\\u2028b\\u2029c"', '"a\u2028b\u2029c"'),
    ("a pair is one character", '"\\ud842\\udfb7"', '"\U00020bb7"'),
    ("e-6 within text and number", '["e-6", 0.0000015]', '["e-6",0.0000015]'),
    ("zero", "0", "0"),
    ("minus zero", "-0", "0"),
    ("minus zero as a decimal", "-0.0", "0"),
    ("integral decimal", "3.0", "3"),
    ("integral decimal with exponent", "1.2e3", "1200"),
    ("negative integer", "-42", "-42"),
    ("2^53", "9007199254740992", "9007199254740992"),
    ("-2^53", "-9007199254740992", "-9007199254740992"),
    ("one tenth", "0.1", "0.1"),
    ("longitude", "117.0312345", "117.0312345"),
    ("eighth place down", "117.03123454", "117.0312345"),
    ("eighth place up", "117.03123456", "117.0312346"),
    ("1.5e-6", "1.5e-6", "0.0000015"),
    ("-1.5e-6", "-1.5e-6", "-0.0000015"),
    ("1e-6", "1e-6", "0.000001"),
    ("9.9e-6", "9.9e-6", "0.0000099"),
    ("1e-5", "1e-5", "0.00001"),
    ("1.5e-5", "1.5e-5", "0.000015"),
    ("1e-7", "1e-7", "1e-7"),
    ("9e-7", "9e-7", "9e-7"),
    ("-1e-7", "-1e-7", "-1e-7"),
    ("1e-8 vanishes", "1e-8", "0"),
    ("-1e-8 leaves no sign", "-1e-8", "0"),
    ("5e-8 lies just below one half", "5e-8", "0"),
    ("6e-8 rounds up", "6e-8", "1e-7"),
    ("2^-8, a true half, away from zero", "0.00390625", "0.0039063"),
    ("-2^-8, a true half, away from zero", "-0.00390625", "-0.0039063"),
    ("3 * 2^-8, a true half", "0.01171875", "0.0117188"),
    ("rounds to an integer", "2.99999999", "3"),
    ("large with a half", "4503599627370495.5", "4503599627370495.5"),
    ("large, places beyond its precision", "123456789012.1234567", "123456789012.12346"),
    ("empty object and list", '{"b": {}, "a": []}', '{"a":[],"b":{}}'),
    (
        "nested, sorted keys",
        '{"b": {"z": 1, "A": [true, null, {"y": 2, "x": "\\u77ff"}]}, "a": 1.50}',
        '{"a":1.5,"b":{"A":[true,null,{"x":"\u77ff","y":2}],"z":1}}',
    ),
    (
        "keys sorted as text, not as numbers",
        '{"10": 1, "9": 2, "1": 3, "_": 4, "Z": 5}',
        '{"1":3,"10":1,"9":2,"Z":5,"_":4}',
    ),
    ("sorted keys beside a small number", '{"b": 0.000002, "a": 1.0}', '{"a":1,"b":0.000002}'),
    ("keys with quotes", '{"\\"": 1, "\\\\": 2, " ": 3}', '{" ":3,"\\"":1,"\\\\":2}'),
    ("keys are not trimmed", '{"a ": 1, "a": 2}', '{"a":2,"a ":1}'),
    ("__proto__ is a key like any other", '{"__proto__": {"a": 1.0}, "b": 2}', '{"__proto__":{"a":1},"b":2}'),
    ("200 characters of key", f'{{"{"k" * 200}": 1}}', f'{{"{"k" * 200}":1}}'),
    ("14 levels of lists", "[" * 14 + "]" * 14, "[" * 14 + "]" * 14),
    ("14 levels of objects", '{"a": ' * 14 + "1" + "}" * 14, '{"a":' * 14 + "1" + "}" * 14),
]

# (note, JSON source, reason)
BAD = [
    ("NUL", '"a\\u0000b"', "nul"),
    ("NUL beside other letters", '"\u77ff\\u0000"', "nul"),
    ("lone high surrogate", '"a\\ud842"', "lone-surrogate"),
    ("lone low surrogate", '"\\udfb7a"', "lone-surrogate"),
    ("surrogates in the wrong order", '"\\udfb7\\ud842"', "lone-surrogate"),
    ("bad text within a list", '[1, {"a": "\\u0000"}]', "nul"),
    ("2^53 + 2", "9007199254740994", "integer-range"),
    ("-2^53 - 2", "-9007199254740994", "integer-range"),
    ("1e300", "1e300", "integer-range"),
    ("15 levels of lists", "[" * 15 + "]" * 15, "depth"),
    ("15 levels of objects", '{"a": ' * 15 + "1" + "}" * 15, "depth"),
    ("empty key", '{"": 1}', "key"),
    ("201 characters of key", f'{{"{"k" * 201}": 1}}', "key"),
    ("key beyond ASCII", '{"\u77ff": 1}', "key"),
    ("key with a line end", '{"a\\n": 1}', "key"),
    ("key with DEL", '{"\\u007f": 1}', "key"),
]
# Not in JSON, or not in a JavaScript number; (note, name, reason).
BAD_NUMBERS = [
    ("not a number", "NaN", "not-finite"),
    ("infinity", "Infinity", "not-finite"),
    ("minus infinity", "-Infinity", "not-finite"),
    ("2^53 + 1", "9007199254740993", "integer-range"),
    ("-2^53 - 1", "-9007199254740993", "integer-range"),
]

SITE = "0197f3a2-7c10-7d3e-9a41-0b6f2f6f1d10"
# (type, id, n, canonical text of the body)
REVISIONS = [
    ("site", SITE, 1, "{}"),
    ("site", SITE, 2, '{"name":"\u6c38\u5b9a\u4e00\u53f7\u7855","violations/unlicensed":true}'),
    ("site", SITE, 12, '{"geo":{"acc":8.5,"lat":24.7233333,"lon":116.7322222},"remark":"a\\nb \\"c\\""}'),
    ("inspection", SITE, 2, '{"name":"\u6c38\u5b9a\u4e00\u53f7\u7855","violations/unlicensed":true}'),
    ("photo", "p-1", 9007199254740992, '{"emoji":"\U0001f4f7"}'),
    ('odd"type', "id\\with", 3, '{"a":0.0000015}'),
]

TOP = "f" * 16
# (total, sign, rev, sum): sums written by hand.
DIGESTS = [
    ("0000000000000000", 1, "1-0000000000000001", "0000000000000001"),
    ("0000000000000001", -1, "1-0000000000000001", "0000000000000000"),
    (TOP, 1, "1-0000000000000001", "0000000000000000"),
    (TOP, 1, f"42-{TOP}", "fffffffffffffffe"),
    ("0000000000000000", -1, "7-0000000000000001", TOP),
    ("0000000000000001", -1, f"7-{TOP}", "0000000000000002"),
    ("8000000000000000", 1, "3-8000000000000000", "0000000000000000"),
    ("9007199254740993", 1, "3-0000000000000001", "9007199254740994"),
    ("00000000000000ff", 1, "1234567-0000000000000001", "0000000000000100"),
    ("9f3a1c2b44d01e77", 1, "9-0000000000000000", "9f3a1c2b44d01e77"),
    ("9f3a1c2b44d01e77", 1, "8-60c5e3d4bb2fe189", "0000000000000000"),
]


def rules(table: str) -> list[dict[str, str]]:
    """Return the lines of a truth table, each as column -> condition."""
    head, *lines = (line.split() for line in table.strip().splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def meets(condition: str, word: str) -> bool:
    """Tell whether `word` meets a condition of a truth table."""
    if condition.startswith("!"):
        return word != condition[1:]
    return condition == "*" or word in condition.split("|")


def look_up(table: list[dict[str, str]], situation: dict[str, str]) -> str:
    """Return the outcome of the one line that `situation` meets; none or several is a fault of the table."""
    (line,) = [rule for rule in table if all(meets(rule[name], word) for name, word in situation.items())]
    return line["outcome"]


def yes(flag: bool) -> str:
    """Return the truth tables' word for a flag."""
    return "y" if flag else "n"


def merges() -> Iterator[list[Any]]:
    """Yield [policy, side, confirmed, seen, contested, cur, new, outcome] for every situation there is."""
    table = rules(TRUTH)
    for policy, side, confirmed, seen, contested in itertools.product(
        POLICIES, SIDES, (False, True), (False, True), (False, True)
    ):
        flags = {"confirmed": yes(confirmed), "seen": yes(seen), "contested": yes(contested)}
        for change, pairs in CHANGES.items():
            outcome = look_up(table, {"policy": policy, "side": side, "change": change, **flags})
            yield from ([policy, side, confirmed, seen, contested, cur, new, outcome] for cur, new in pairs)
    for change, cur, new in LOOKALIKES:
        yield ["review", "county", False, True, False, cur, new, "noop" if change == "same" else "applied"]


def sightings() -> Iterator[list[Any]]:
    """Yield [base_known, base_n, path_n, device_knows, cur, shown, seen]."""
    table = rules(SEEN_TRUTH)
    for base, path, device, likeness in itertools.product(("known", "unknown"), PATH_N, (False, True), SHOWN):
        situation = {"base": base, "path": path, "device": yes(device), "shown": likeness}
        seen = look_up(table, situation) == "y"
        for cur, shown in SHOWN[likeness]:
            yield [base == "known", PATH_N["at_base"], PATH_N[path], device, cur, shown, seen]


def revisions() -> Iterator[dict[str, Any]]:
    """Yield states of records with their revisions, hashed over text put together here."""
    for kind, record_id, n, body in REVISIONS:
        head = ",".join((json.dumps(kind), json.dumps(record_id), str(n)))
        digest = hashlib.sha256(f"[{head},{body}]".encode()).hexdigest()
        yield {"type": kind, "id": record_id, "n": n, "body": body, "rev": f"{n}-{digest[:16]}"}


def vectors() -> dict[str, list[Any]]:
    """Return all sections of the file."""
    return {
        "merge": list(merges()),
        "seen": list(sightings()),
        "canon": [{"note": note, "json": ascii_json(source), "text": text} for note, source, text in TEXTS],
        "bad": [{"note": note, "json": ascii_json(source), "reason": reason} for note, source, reason in BAD]
        + [{"note": note, "number": name, "reason": reason} for note, name, reason in BAD_NUMBERS],
        "revision": list(revisions()),
        "digest": [list(row) for row in DIGESTS],
    }


def ascii_json(source: str) -> str:
    """Return JSON source with every character beyond ASCII escaped (none here is beyond the first plane)."""
    return "".join(letter if letter.isascii() else f"\\u{ord(letter):04x}" for letter in source)


def text() -> str:
    """Return the file: ASCII, one vector a line, so that a change reads as one line of a diff."""
    sections = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row, separators=(", ", ": ")) for row in rows) + "\n]"
        for name, rows in vectors().items()
    ]
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="ascii")
