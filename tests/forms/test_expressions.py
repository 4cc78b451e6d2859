"""The parser: trees, and refusals in words; patterns that both languages read alike."""

import re
import shutil
import subprocess

import pytest

from fieldsync.forms.expressions import FUNCTIONS, parse
from fieldsync.forms.functions import NAMES
from fieldsync.forms.mistakes import ExpressionRefused
from fieldsync.forms.patterns import translate

NODE = shutil.which("node")


class Everything:
    """A scope in which every name is a question."""

    def reference(self, name, rows):
        return ["all" if rows in ("all", "count") else "ref", name]

    def choice_list(self, name):
        return "list"

    def choice_names(self, name):
        return {"a", "b"} if name == "select" else None

    def column(self, name):
        return ["col", name]

    def own(self):
        return ["self"]

    def place(self):
        return ["position", "r"]


def tree(text):
    return parse(text, Everything())


def refusal(text) -> str:
    with pytest.raises(ExpressionRefused) as refused:
        tree(text)
    assert not refused.value.zh.isascii()
    return refused.value.en


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.50", 1.5),
        ("'a\"b'", 'a"b'),
        ('"a\'b"', "a'b"),
        ("-2", -2),
        ("- ${a}", ["neg", ["ref", "a"]]),
        ("1+2*3", ["+", 1, ["*", 2, 3]]),
        ("1-2-3", ["-", ["-", 1, 2], 3]),
        ("1+2+3", ["+", 1, 2, 3]),
        ("${a} and ${b} and ${c}", ["and", ["ref", "a"], ["ref", "b"], ["ref", "c"]]),
        ("${a} or ${b} and ${c}", ["or", ["ref", "a"], ["and", ["ref", "b"], ["ref", "c"]]]),
        ("${ a }=1", ["=", ["ref", "a"], 1]),
        ("true()", True),
        ("false( )", False),
        (". != 'x'", ["!=", ["self"], "x"]),
        ("8 div 4 mod 3", ["mod", ["div", 8, 4], 3]),
        ("not(1 = 2)", ["not", ["=", 1, 2]]),
        ("count(${r})", ["count", ["all", "r"]]),
        ("sum(${x}) + 1", ["+", ["sum", ["all", "x"]], 1]),
        ("position(..)", ["position", "r"]),
        ("jr:choice-name(${a}, '${a}')", ["jr:choice-name", ["ref", "a"], "list"]),
        ("count-selected(.)", ["count-selected", ["self"]]),
        ("5 -3", ["-", 5, 3]),
        ("5-${a}", ["-", 5, ["ref", "a"]]),
        ("1 <= 2", ["<=", 1, 2]),
        ("a = 1", ["=", ["col", "a"], 1]),
        (".5", 0.5),
        ("decimal-date-time(now())", ["number", ["now"]]),
    ],
)
def test_trees(text, expected):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "incomplete"),
        ("1 +", "incomplete"),
        ("(1", "`)` is missing"),
        ("1)", "`)` does not belong"),
        ("1 2", "`2` does not belong"),
        ("and 1", "`and` does not belong"),
        ("count()", "wrong number"),
        ("if(1, 2)", "wrong number"),
        ("not(1, 2)", "wrong number"),
        ("nope(1)", "no function nope"),
        ("${a}[1]", "`[` is not supported"),
        ("/data/a", "`/` is not supported"),
        ("../a", "`/` is not supported"),
        ("..", "does not belong"),
        ("position(1)", "only position"),
        ("${a} ＝ 1", "plain punctuation"),
        ("“a”", "plain punctuation"),
        ("regex(${a}, ${b})", "written in quotes"),
        ("regex(${a}, '(?=x)')", "not supported"),
        ("format-date(${a}, '%Q')", "a format may hold"),
        ("format-date(${a}, '%')", "a format may hold"),
        ("format-date(${a}, ${b})", "a format may hold"),
        ("jr:choice-name(1, 2)", "second argument"),
        ("count(1)", "takes a repeat"),
        ("selected(${select}, 'c')", "not among"),
        ("'c' = ${select}", "not among"),
        ("'open", "is not supported"),
        ("${a", "is not supported"),
        ("1 & 2", "is not supported"),
        ("(" * 30 + "1" + ")" * 30, "nested too deeply"),
        ("(" * 1900 + "1" + ")" * 1900, "nested too deeply"),
        ("not(" * 30 + "1" + ")" * 30, "nested too deeply"),
        ("-" * 3000 + "1", "nested too deeply"),
        ("-".join(["1"] * 1900), "nested too deeply"),
        ("1" * 5000, "too long"),
        ("if(" * 1300, "nested too deeply"),
        ("concat(" + ",".join(["1"] * 100) + ")", "`)` is missing"),
    ],
)
def test_refusals_say_why(text, told):
    assert told in refusal(text)


def test_a_long_chain_of_one_operator_is_flat():
    assert tree(" or ".join(["${a} = 1"] * 200)) == ["or", *[["=", ["ref", "a"], 1]] * 200]


def test_every_function_can_be_run():
    without = {"true", "false", "decimal-date-time", "format-date-time"}
    assert set(FUNCTIONS) - without <= NAMES


GOOD = [
    r"1[3-9]\d{9}",
    r"\d{4}-\d{2}",
    r"[A-Z]{2}\w*",
    r"(?:a|b)c?",
    r"(abc){2}",
    r"^a.c$",
    r"[^\d\s]+",
    r"[\u4e00-\u9fa5]+",
    r"[a\-z]",
    r"[-a]",
    r"[a-]",
    r"a/b",
    r"\.\*\+",
    r"[.]",
    r"[[]",
    r"\D\W\S",
    r"\t",
    r"[\w-]+@\w+(\.\w+)?",
]
TEXTS = [
    "",
    "a",
    "13812345678",
    "2026-10",
    "AB_1",
    "bc",
    "abcabc",
    "abc",
    "a\nc",
    "矿山",
    "-",
    "a-",
    "a/b",
    ".*+",
    "[",
    "x y",
    "\t",
    "aa@b.c",
    "١٢",
    "ａ",
    "𠮷",
    "a\u2028c",
    "\u00a0",
    "^",
    "&&",
    "ſ",
    "a-b",
    ".",
]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_patterns_find_the_same_in_both_languages():
    made = [translate(pattern) for pattern in GOOD]
    ours = [[re.fullmatch(pattern, text) is not None for text in TEXTS] for pattern in made]
    script = f"""const fits = (p) => {TEXTS!r}.map((t) => new RegExp(`^(?:${{p}})$`, "u").test(t));
      console.log(JSON.stringify({made!r}.map(fits)))"""
    run = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == str(ours).lower().replace(" ", "")
    assert all(any(row) for row in ours), "each pattern fits something"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a|b)*",
        r"(a?){5}",
        r"((ab)*c)+",
        r"a**",
        r"a*+",
        r"a+?",
        r"(?i)a",
        r"(?P<x>a)",
        r"\1",
        r"\p{L}",
        r"\b",
        r"(?=a)",
        r"(?!a)",
        r"(",
        r")",
        r"[",
        r"[z-a]",
        r"a{3,1}",
        r"*a",
        r"a|*",
        r"\x41",
        r"[a&&b]",
        r"[a--b]",
        r"{",
        r"a{",
        r"^*",
        r".*.*.*.*.*",
        r"a{1,9999}",
        "((((((a))))))",
        r"\c",
        "[]",
        "\\",
        r"(a|b){1,300}",
        r"\ud800",
    ],
)
def test_patterns_that_could_differ_or_stall_are_refused(pattern):
    with pytest.raises(ExpressionRefused):
        translate(pattern)
