"""Random compiled forms and random records, right and wrong, for the comparison of the two evaluators."""

import random
from typing import Any

from fieldsync.forms.evaluate import MESSAGES
from fieldsync.forms.functions import NAMES

LISTS = {"few": ["a", "b", "c-1"], "more": ["x", "y", "z", "a"]}
TEXTS = [
    "",
    "a",
    "b",
    "a b",
    "x y  z",
    " 12 ",
    "-3.5",
    "1e3",
    "0",
    "true",
    "矿山𠮷",
    "𠮷",
    "2026-10-03",
    "2026-02-30",
    "2024-02-29",
    "08:30",
    "23:59:59.25",
    "2026-10-02T23:59:59.5Z",
    "2026-10-03T00:00+08:00",
    "OK",
    ".5",
    "constructor",
    "__proto__",
    "e\u0301",
    "\u00a0b",
    "9007199254740993",
    "\n1\n",
]
NUMBERS = [
    0,
    1,
    -1,
    2,
    3,
    7,
    0.5,
    -2.5,
    0.1,
    1e-7,
    1.5e-6,
    123456.7891234,
    2**53,
    -(2**53),
    1e15,
    20513,
    3.0000001,
]
PATTERNS = ["[0-9]{2,4}", "(?:a|b)+", "[^\\n\\r]*", "[\u4e00-\u9fa5]+[^\\n\\r]", "a(?![\\s\\S])"]
FORMATS = ["%Y-%m-%d", "%e.%n.%y %h:%M:%S.%3", "%H%M", "plain"]
NOWS = ["2026-10-03T09:30:00.000+08:00", "2026-03-01T00:10:00-05:30", "2026-12-31T23:59:59.999Z", ""]
SPECIAL = {"ref", "all", "rows", "col", "jr:choice-name", "position", "self", "regex", "format-date", "once"}
ARITY = {
    "if": (3, 3),
    "coalesce": (2, 4),
    "and": (2, 3),
    "or": (2, 3),
    "+": (2, 4),
    "min": (1, 3),
    "max": (1, 3),
    "concat": (1, 3),
    "join": (2, 4),
    "round": (1, 2),
    "substr": (2, 3),
    "sum": (1, 1),
    "today": (0, 0),
    "now": (0, 0),
}
ALONE = {
    "not",
    "boolean",
    "count-selected",
    "abs",
    "int",
    "number",
    "string",
    "string-length",
    "normalize-space",
    "date",
    "neg",
    "count-non-empty",
}
PLAIN = sorted(NAMES - SPECIAL - {"count"})
KINDS = [
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "datetime",
    "select_one",
    "select_multiple",
    "geopoint",
    "geotrace",
    "image",
    "signature",
    "note",
    "calculate",
    "range",
    "acknowledge",
]


class Maker:
    """Makes one form after another out of a seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.leaves: list[dict[str, Any]] = []
        self.repeat = ""
        self.count = 0

    def pick(self, options: list[Any]) -> Any:
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Expressions: about what stands further up, so that there is no circle

    def tree(self, depth: int = 3, own: bool = False) -> Any:
        if depth == 0 or self.chance(0.15):
            return self.leaf(own)
        name = self.pick([*PLAIN, "special", "special"])
        if name == "special":
            return self.special(depth, own)
        least, most = ARITY.get(name, (1, 1) if name in ALONE else (2, 2))
        return [name, *(self.tree(depth - 1, own) for _ in range(self.random.randint(least, most)))]

    def special(self, depth: int, own: bool) -> Any:
        inner = self.tree(depth - 1, own)
        repeats = [leaf for leaf in self.leaves if "*" in leaf["path"]]
        return self.pick(
            [
                ["regex", inner, self.pick(PATTERNS)],
                ["format-date", inner, self.pick(FORMATS)],
                ["jr:choice-name", inner, self.pick(list(LISTS))],
                ["once", inner],
                ["position", self.repeat] if self.repeat else inner,
                [
                    self.pick(["sum", "count", "count-non-empty", "concat", "min", "max"]),
                    ["all", self.pick(repeats)["path"]],
                ]
                if repeats
                else inner,
                ["count", ["rows", repeats[0]["path"].partition("/*")[0]]] if repeats else inner,
            ]
        )

    def leaf(self, own: bool) -> Any:
        if own and self.chance(0.5):
            return ["self"]
        known = [
            leaf["path"]
            for leaf in self.leaves
            if "*" not in leaf["path"] or (self.repeat and leaf["path"].startswith(f"{self.repeat}/"))
        ]
        if known and self.chance(0.6):
            return ["ref", self.pick(known)]
        return self.pick([*TEXTS, *NUMBERS, True, False])

    # Items

    def form(self) -> dict[str, Any]:
        """Return a form with its leaves noted."""
        items = self.items(self.random.randint(3, 9), 2)
        choices = {
            name: [
                {"name": one, "labels": [f"{one}中", f"{one}E"], "more": {"of": self.pick(["a", "b", "1"])}}
                for one in names
            ]
            for name, names in LISTS.items()
        }
        return {
            "name": "f",
            "version": 1,
            "noun": "inspection",
            "titles": ["", ""],
            "items": items,
            "choices": choices,
        }

    def items(self, count: int, depth: int) -> list[dict[str, Any]]:
        return [self.item(depth) for _ in range(count)]

    def item(self, depth: int) -> dict[str, Any]:
        self.count += 1
        name = f"q{self.count}"
        relevant = {"relevant": self.tree(2)} if self.chance(0.3) else {}
        if depth and self.chance(0.2):
            return self.bracket(name, depth) | relevant
        made = self.question(name) | relevant
        if made["kind"] not in ("image", "note"):
            self.leaves.append(made)
        return made

    def bracket(self, name: str, depth: int) -> dict[str, Any]:
        """Return a group or a repeat."""
        if self.repeat or self.chance(0.5):
            return {"kind": "group", "name": name, "labels": ["", ""], "items": self.items(3, depth - 1)}
        self.repeat = f"answers/{name}"
        made = {"kind": "repeat", "name": name, "path": self.repeat, "labels": ["", ""]}
        made["items"] = self.items(3, depth - 1)
        self.repeat = ""
        return made

    def question(self, name: str) -> dict[str, Any]:
        taken = {leaf["path"] for leaf in self.leaves}
        kind = self.pick(
            [kind for kind in KINDS if kind != "signature" or not (self.repeat or "signatures" in taken)]
        )
        path = (
            "signatures"
            if kind == "signature"
            else f"{self.repeat}/*/{name}"
            if self.repeat
            else f"answers/{name}"
        )
        if kind == "geopoint" and not self.repeat and "position" not in taken and self.chance(0.5):
            path = "position"
        made: dict[str, Any] = {"kind": kind, "name": name, "path": path, "labels": [name, name]}
        if kind.startswith("select"):
            made["choices"] = self.pick(list(LISTS))
            if self.chance(0.4):
                made["filter"] = ["=", ["col", self.pick(["of", "name", "none"])], self.tree(1)]
        if kind == "calculate" or (kind in ("text", "integer", "select_one") and self.chance(0.15)):
            made["calculation"] = self.tree()
        elif kind not in ("note",):
            made |= self.rules(kind)
        return made

    def rules(self, kind: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.chance(0.5):
            made["required"] = True if self.chance(0.5) else self.tree(2)
        if self.chance(0.5):
            made["constraint"] = self.tree(3, own=True)
            if self.chance(0.5):
                made["constraintMessages"] = {"parts": [["值 ", self.tree(1)], [self.tree(1), "!"]]}
        if kind in ("text", "image") and self.chance(0.5):
            made["most"] = self.random.randint(1, 4)
        return made

    # Records

    def answers(self) -> dict[str, Any]:
        """Return a record for the leaves: mostly right, sometimes anything."""
        given: dict[str, Any] = {"site_id": "s"}
        given |= {f"answers/q{self.random.randint(1, self.count)}": self.pick([*NUMBERS, True, "x"])}
        for leaf in self.leaves:
            path = leaf["path"]
            rows = self.random.sample(["r-1", "r-2", "r10"], self.random.randint(0, 3)) if "*" in path else [""]
            for row in rows:
                if row and self.chance(0.9):
                    given[path.partition("/*")[0] + f"/{row}"] = self.pick([True, True, True, None, False])
                if self.chance(0.75):
                    given |= self.answer(leaf, path.replace("*", row))
                if self.chance(0.05):
                    given["could_not/" + path.replace("*", row).replace("/", "__")] = self.pick(["", "why"])
        return given

    def answer(self, leaf: dict[str, Any], path: str) -> dict[str, Any]:
        kind = leaf["kind"]
        if self.chance(0.12):
            odd = [None, [], {}, {"lat": 1}, [1], {"type": "LineString", "coordinates": [[1, "2"]]}, True, False]
            return {path: self.pick([*odd, *TEXTS, *NUMBERS])}
        if kind in ("select_multiple", "signature"):
            names = [*LISTS[leaf["choices"]], "strange"] if kind == "select_multiple" else ["s1", "s2"]
            return {f"{path}/{name}": True for name in names if self.chance(0.5)}
        if path == "position":
            return {"lat": self.pick([25, 25.5, 95]), "lon": 117.25, "accuracy_m": self.pick([5, None, 7.5])}
        return {path: self.right(leaf)}

    def right(self, leaf: dict[str, Any]) -> Any:
        """Return a value of the right type."""
        options: dict[str, list[Any]] = {
            "integer": [0, 1, -7, 12, 1000],
            "decimal": NUMBERS,
            "range": [1, 2, 3.5],
            "acknowledge": [True],
            "date": ["2026-10-03", "2026-10-04", "1999-12-31"],
            "time": ["08:30", "23:59"],
            "datetime": ["2026-10-03T01:30:00Z", "2026-10-03T09:31:00+08:00"],
            "geopoint": [{"lat": 25, "lon": 117.5, "accuracy": 3}, {"lat": 0, "lon": 0}],
            "geotrace": [{"type": "LineString", "coordinates": [[117, 25.5], [118, 26]]}],
        }
        if leaf["kind"] == "select_one":
            return self.pick([*LISTS[leaf["choices"]], "strange"])
        return self.pick(options.get(leaf["kind"], TEXTS))

    def context(self) -> dict[str, Any]:
        context: dict[str, Any] = {"now": self.pick(NOWS)}
        if self.chance(0.6):
            context["counts"] = {
                f"answers/q{at}": self.random.randint(0, 5) for at in range(1, self.count + 1) if self.chance(0.5)
            }
        return context


assert set(MESSAGES) == {"required", "constraint", "type", "choice", "too-long"}
