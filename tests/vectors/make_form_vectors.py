# ruff: noqa: E501
"""Writes form_vectors.json: what Python and JavaScript must answer alike; every expected value is written by hand.

Run `python tests/vectors/make_form_vectors.py` after a change; the tests compare the file with `text()`. Only the
compiled trees come from FieldSync's compiler: JavaScript has none.
"""

import json
from pathlib import Path
from typing import Any

from fieldsync.actions import REGISTRY
from fieldsync.domain.photos import ROLES
from fieldsync.forms import drafts, sheets, tables
from fieldsync.forms.expressions import parse
from fieldsync.forms.scopes import FormScope, Names
from fieldsync.forms.xlsform import compile_form

TARGET = Path(__file__).with_name("form_vectors.json")
NOW = "2026-10-03T09:30:00.000+08:00"
R1, R2, R3 = (f"0197f3a2-7c10-7d3e-9a41-00000000000{n}" for n in (1, 2, 3))

FORM = """
| survey |
| | type | name | label | label::English (en) | required | relevant | constraint | constraint_message | constraint_message::English (en) | calculation | choice_filter | default | role | most | appearance |
| | text | t | 文字 | Text | | | | | | | | | | 5 | |
| | integer | num | 整数 | Whole | | | . > 0 and . <= 100 | 一到一百，现为 ${num} | 1 to 100, not ${num} | | | | | | |
| | decimal | d | 小数 | Decimal | | | | | | | | | | | |
| | date | day | 日期 | Day | | | . <= today() | | | | | | | | |
| | time | clock | 时间 | Clock | | | | | | | | | | | |
| | dateTime | moment | 时刻 | Moment | | | | | | | | | | | |
| | select_one yn | yes | 是否 | Yes or no | yes | | | | | | | | | | |
| | select_multiple colours | colours | 颜色 | Colours | ${yes} = 'y' | | not(selected(., 'none') and count-selected(.) > 1) | | | | | | | | |
| | select_one city | city | 市 | City | | | | | | | | | | | |
| | select_one county | county | 县 | County | | ${city} != '' | | | | | city = ${city} | | | | |
| | acknowledge | tick | 确认 | Tick | ${yes} = 'y' | | | | | | | | | | |
| | range | score | 分数 | Score | | | . mod 2 = 0 | | | | | | | | |
| | geopoint | position | 位置 | Position | | | | | | | | | | | |
| | geopoint | spot | 点 | Spot | | | | | | | | | | | |
| | geotrace | way | 线 | Way | | | | | | | | | | | |
| | begin group | details | 细节 | Details | | ${yes} = 'y' | | | | | | | | | |
| | text | why | 原因 | Why | yes | | | | | | | | | | |
| | calculate | twice | | | | | | | | ${num} * 2 | | | | | |
| | calculate | four | | | | | | | | ${twice} * 2 | | | | | |
| | note | told | 共 ${four}，${city}，${colours} | ${four} in all, ${city}, ${colours} | | | | | | | | | | | |
| | end group | | | | | | | | | | | | | | |
| | calculate | after | | | | | | | | coalesce(${why}, 'nothing') | | | | | |
| | calculate | first | | | | | | | | once(now()) | | | | | |
| | begin repeat | crew | 人员 | Crew | | ${num} > 1 | | | | | | | | | |
| | text | who | 姓名 | Name | yes | | | | | | | | | 4 | |
| | integer | age | 年龄 | Age | | | . >= 18 or ${old} = 'y' | | | | | | | | |
| | select_one yn | old | 是否 | Or so | | ${age} != '' | | | | | | | | | |
| | calculate | label | | | | | | | | concat(position(..), '. ', ${who}, ' (', ${t}, ')') | | | | | |
| | end repeat | | | | | | | | | | | | | | |
| | calculate | ages | | | | | | | | sum(${age}) | | | | | |
| | image | photo | 照片 | Photo | ${yes} = 'y' | | . >= 2 | | | | | | overview | 3 | |
| | image | sign | 签名 | Sign | yes | | . >= count(${crew}) | | | | | | | | signature |

| choices |
| | list_name | name | label | label::English (en) | city |
| | yn | y | 是 | Yes | |
| | yn | n | 否 | No | |
| | colours | red | 红 | Red | |
| | colours | blue | 蓝 | Blue | |
| | colours | none | 无 | None | |
| | city | fz | 福州 | Fuzhou | |
| | city | xm | 厦门 | Xiamen | |
| | county | fq | 福清 | Fuqing | fz |
| | county | cl | 长乐 | Changle | fz |
| | county | ta | 同安 | Tongan | xm |

| settings |
| | form_id | version | form_title | form_title_en |
| | vectors | 1 | 向量 | Vectors |
"""

CREW = {
    f"answers/crew/{R2}": True,
    f"answers/crew/{R2}/who": "李四",
    f"answers/crew/{R2}/age": 30,
    f"answers/crew/{R1}": True,
    f"answers/crew/{R1}/who": "张三",
    f"answers/crew/{R1}/age": 20,
    f"answers/crew/{R3}": True,
    f"answers/crew/{R3}/who": "王五",
    "answers/num": 3,
}
FULL = {
    "answers/t": "矿 山",
    "answers/num": 7,
    "answers/d": 2.5,
    "answers/day": "2026-02-28",
    "answers/clock": "08:30",
    "answers/moment": "2026-10-02T23:00:00Z",
    "answers/yes": "y",
    "answers/colours/blue": True,
    "answers/colours/red": True,
    "answers/city": "fz",
    "answers/tick": True,
    "lon": 117.5,
    "lat": 25.25,
    "accuracy_m": 8,
    "answers/why": "b",
}

# (expression, expected) over FULL; then over no answers; then over CREW, within row R2 where the line begins with @.
OVER_FULL = """
1 + 2 => 3
1 + 2 * 3 => 7
(1 + 2) * 3 => 9
7 - 2 - 1 => 4
- 3 + 5 => 2
-(1 - 4) => 3
7 div 2 => 3.5
-7 mod 3 => -1
7 mod -3 => 1
5.5 mod 2 => 1.5
1 div 0 => null
0 div 0 => null
5 mod 0 => null
0.1 + 0.2 => 0.3
1 div 3 => 0.3333333
2 div 3 => 0.6666667
.5 + 1 => 1.5
${num} + 1 => 8
${num} * ${d} => 17.5
${t} + 1 => null
'12' + 1 => 13
' 12.50 ' + 1 => 13.5
'1e3' + 1 => null
'12a' * 2 => null
true() + 1 => 2
1 = 1 => true
1 = '1' => true
'1' = '1.0' => false
1 = '1.0' => true
'a' != 'b' => true
'a' = 'a ' => false
true() = 'no' => true
false() = '' => true
${num} = 7 => true
${num} = '7' => true
${num} != 7 => false
${num} = '' => false
2 < 10 => true
'2' < '10' => true
'b' > 'a' => false
3 >= 3 => true
3 <= 2.9 => false
1 < 2 = true() => true
1 = 1 and 2 = 3 => false
1 = 2 or 2 = 2 => true
1 = 2 or 2 = 2 and 3 = 4 => false
not(1 = 2) => true
not('') => true
not('0') => false
boolean('false') => true
boolean(0) => false
boolean(-1) => true
number('x') = number('x') => false
if(${num} > 5, 'big', 'small') => "big"
if(${num} > 50, 'big', if(${num} > 6, 'middle', 'small')) => "middle"
coalesce('', '', 'c') => "c"
coalesce(${t}, 'x') => "矿 山"
coalesce('', '') => null
selected(${colours}, 'red') => true
selected(${colours}, 'none') => false
selected('a b', 'a') => true
selected('ab', 'a') => false
selected('ab', '') => false
count-selected(${colours}) => 2
count-selected('') => 0
count-selected('  a   b ') => 2
selected-at(${colours}, 0) => "red"
selected-at(${colours}, 1) => "blue"
selected-at(${colours}, 2) => null
selected-at(${colours}, -1) => null
selected-at(${colours}, 0.5) => null
string(${colours}) => "red blue"
string(3.0) => "3"
string(2.50) => "2.5"
string(0.0000001) => "1e-7"
string(0.00001) => "0.00001"
string(123456789012345678) => "123456789012345680"
string(true()) => "true"
string(1 div 0) => "Infinity"
string(-1 div 0) => "-Infinity"
string(0 div 0) => "NaN"
string(0 * -1) => "0"
number('007') => 7
number('') => null
number(true()) => 1
int(7.9) => 7
int(-7.9) => -7
int('x') => null
round(2.5) => 3
round(-2.5) => -2
round(2.345, 2) => 2.35
round(1234.5, 0) => 1235
round(5, -1) => 5
round('x') => null
abs(-3.5) => 3.5
pow(2, 10) => 1024
pow(2, -2) => 0.25
pow(2, 0.5) => null
pow(0, -1) => null
min(3, 1, 2) => 1
max(3, '10', 2) => 10
max('', '') => null
max(1, 'x') => null
sum('') => 0
concat('a', 1, true()) => "a1true"
concat(${t}, '-', ${num}) => "矿 山-7"
join('/', 'a', 'b', '') => "a/b/"
string-length('矿山a') => 3
string-length('𠮷') => 1
string-length('') => 0
substr('abcdef', 2) => "cdef"
substr('abcdef', 1, 3) => "bc"
substr('abcdef', -2) => "ef"
substr('abcdef', 0, -1) => "abcde"
substr('abc', 5) => null
substr('𠮷a', 1) => "a"
substr('abc', 'x', 2) => "ab"
contains('abc', 'bc') => true
contains('abc', '') => true
starts-with('abc', 'ab') => true
ends-with('abc', 'bc') => true
ends-with('abc', 'ab') => false
normalize-space('  a   b ') => "a b"
regex('13800138000', '1[3-9]\\d{9}') => true
regex('x13800138000', '1[3-9]\\d{9}') => false
regex('AB-12', '[A-Z]+-\\d+') => true
regex('矿山', '[\\u4e00-\\u9fa5]{2,4}') => true
regex('a.b', 'a\\.b') => true
regex('axb', 'a\\.b') => false
regex('ab', '^(a|c)b$') => true
regex('', 'a*') => true
regex('a b', '\\w+\\s\\w+') => true
regex('١', '\\d') => false
today() => "2026-10-03"
now() => "2026-10-03T09:30:00.000+08:00"
today() - date('2026-10-01') => 2
${day} < today() => true
${day} + 1 => 20513
date(${day} + 1) => "2026-03-01"
date('2024-02-28') + 1 = date('2024-02-29') => true
date('2026-02-29') => null
date('x') => null
date(0) => "1970-01-01"
date(-1) => "1969-12-31"
date(3000000) => null
date(${moment}) => "2026-10-03"
${moment} > today() => true
${moment} < now() => true
(now() - ${moment}) * 24 => 2.5
${clock} < '12:00' => true
${clock} * 24 => 8.5
'24:00' < '25:00' => false
decimal-date-time('1970-01-02T00:00:00+08:00') => 1
decimal-date-time('1970-01-01T00:00:00Z') * 24 => 8
format-date(${day}, '%d.%m.%Y') => "28.02.2026"
format-date('2026-02-03', '%e/%n/%y') => "3/2/26"
format-date-time(${moment}, '%Y-%m-%d %H:%M:%S') => "2026-10-03 07:00:00"
format-date-time('1970-01-01T06:05:04.6', '%h %M %S %3') => "6 05 05 000"
format-date('', '%Y') => null
jr:choice-name(${city}, '${city}') => "福州"
jr:choice-name('xm', '${city}') => "厦门"
jr:choice-name('zz', '${city}') => "zz"
string(${position}) => "25.25 117.5 0 8"
${position} != '' => true
${spot} = '' => true
${tick} => true
${tick} = 'OK' => true
${four} => 28
${after} => "b"
count(${crew}) => 0
sum(${age}) => 0
"""
# Longer texts fit no pattern: none may stall a server.
OVER_FULL += f"regex('{'a' * 200}', 'a*') => true\nregex('{'a' * 201}', 'a*') => false"
OVER_NOTHING = """
${num} => null
${num} = '' => true
${num} = 0 => false
${num} > 0 => false
${num} < 1 => false
${num} != 3 => true
${num} + 1 => null
${tick} = 'OK' => false
${colours} = '' => true
selected(${colours}, 'red') => false
count-selected(${colours}) => 0
string-length(${t}) => 0
${day} <= today() => false
format-date(${day}, '%Y') => null
coalesce(${t}, ${why}, 'none') => "none"
jr:choice-name(${city}, '${city}') => null
not(${yes}) => true
if(${yes} = 'y', 1, 2) => 2
${after} => "nothing"
${four} => null
sum(${age}) => 0
max(${age}) => null
join(',', ${who}) => null
count-non-empty(${who}) => 0
"""
OVER_CREW = """
count(${crew}) => 3
count(${age}) => 3
count-non-empty(${age}) => 2
sum(${age}) => 50
min(${age}) => 20
max(${age}) => 30
max(${age}, 99) => 99
join('、', ${who}) => "张三、李四、王五"
concat(${who}) => "张三李四王五"
sum(${age}) div count(${crew}) => 16.6666667
@ ${who} => "李四"
@ ${age} + 1 => 31
@ position(..) => 2
@ sum(${age}) => 50
@ max(${age}) => 30
@ max(${age}, 1) => 30
@ concat(${who}, ${age}) => "李四30"
@ ${num} => 3
@ ${age} = max(${age}) => true
@ ${label} => "2. 李四 ()"
@ join('', ${label}) => "1. 张三 ()2. 李四 ()3. 王五 ()"
"""

REQUIRED, ACCEPTABLE = ["此项必填", "An answer is required"], ["内容不符合要求", "The answer is not acceptable"]
TYPE, CHOICE = ["内容类型不对", "The answer has the wrong type"], ["没有这个选项", "There is no such choice"]
LONG = ["内容过多", "The answer is too long"]
# What is reckoned and hidden, and what is missing, where nothing was answered.
BASE = {"answers/after": "nothing", "answers/first": NOW, "answers/ages": 0}
HIDDEN = [
    "answers/county",
    "details",
    "answers/why",
    "answers/twice",
    "answers/four",
    "answers/told",
    "answers/crew",
]


def faults(*told: tuple[str, str, list[str]]) -> list[dict[str, Any]]:
    """Return problems from (path, code, messages)."""
    return [{"path": path, "code": code, "messages": messages} for path, code, messages in told]


NO_YES, NO_SIGN = ("answers/yes", "required", REQUIRED), ("signatures", "required", REQUIRED)


def one(note: str, given: dict[str, Any], *told: tuple[str, str, list[str]]) -> list[Any]:
    """Return a case in which one question is answered: nothing but the missing ones and `told` is wrong."""
    order = [*list(told), NO_YES, NO_SIGN] if told and told[0][0] in _EARLY else [NO_YES, *told, NO_SIGN]
    return [note, given, {}, {**BASE, **given}, HIDDEN, faults(*order)]


_EARLY = ("answers/t", "answers/num", "answers/d", "answers/day", "answers/clock", "answers/moment")


def wrong(name: str, value: Any) -> list[Any]:
    """Return a case with a value of the wrong type."""
    return one(
        f"{name} of the wrong type: {value!r}", {f"answers/{name}": value}, (f"answers/{name}", "type", TYPE)
    )


def cases() -> list[list[Any]]:
    """Return [note, answers, more of the context, answers then, hidden, problems]."""
    counted = {"counts": {"answers/photo": 2}}
    full = FULL | {"signatures/" + R1: True, f"signatures/{R1}/name": "张三"}
    full_then = full | BASE | {"answers/after": "b", "answers/twice": 14, "answers/four": 28}
    shown: list[str] = []
    crew = CREW | {"answers/yes": "n"}
    crew_hidden = [path for path in HIDDEN if path != "answers/crew"] + [f"answers/crew/{R3}/old"]
    labels = {
        f"answers/crew/{row}/label": f"{place}. {who} ()"
        for place, row, who in ((1, R1, "张三"), (2, R2, "李四"), (3, R3, "王五"))
    }
    crew_then = crew | labels | BASE | {"answers/ages": 50}
    signs = {f"signatures/{row}": True for row in (R1, R2)}
    return [
        ["nothing", {}, {}, BASE, HIDDEN, faults(NO_YES, NO_SIGN)],
        ["everything", full, counted, full_then, shown, []],
        ["photos are not asked where their number is not known", full, {}, full_then, shown, []],
        ["no photo", full, {"counts": {}}, full_then, shown, faults(("answers/photo", "required", REQUIRED))],
        [
            "no photo, for a reason",
            full | {"could_not/answers__photo": "危险"},
            {"counts": {}},
            full_then | {"could_not/answers__photo": "危险"},
            shown,
            [],
        ],
        [
            "too few photos",
            full,
            {"counts": {"answers/photo": 1}},
            full_then,
            shown,
            faults(("answers/photo", "constraint", ACCEPTABLE)),
        ],
        [
            "too many photos",
            full,
            {"counts": {"answers/photo": 4}},
            full_then,
            shown,
            faults(("answers/photo", "too-long", LONG)),
        ],
        [
            "a first answer of once() stays",
            full | {"answers/first": "2026-01-01"},
            counted,
            full_then | {"answers/first": "2026-01-01"},
            shown,
            [],
        ],
        [
            "what was reckoned before is reckoned anew",
            full | {"answers/four": 1, "answers/twice": "x"},
            counted,
            full_then,
            shown,
            [],
        ],
        [
            "a hidden group takes its answers along",
            {"answers/yes": "n", "answers/why": "b", "could_not/answers__why": "c"},
            {},
            {"answers/yes": "n"} | BASE,
            HIDDEN,
            faults(NO_SIGN),
        ],
        [
            "an empty reason does not count",
            {"could_not/answers__yes": ""},
            {},
            {"could_not/answers__yes": ""} | BASE,
            HIDDEN,
            faults(NO_YES, NO_SIGN),
        ],
        [
            "a reason stands for an answer",
            {"could_not/answers__yes": "x", "could_not/signatures": "手伤"},
            {},
            {"could_not/answers__yes": "x", "could_not/signatures": "手伤"} | BASE,
            HIDDEN,
            [],
        ],
        [
            "required by another answer",
            {"answers/yes": "y"},
            {},
            {"answers/yes": "y"} | BASE,
            ["answers/county", "answers/crew"],
            faults(
                ("answers/colours", "required", REQUIRED),
                ("answers/tick", "required", REQUIRED),
                ("answers/why", "required", REQUIRED),
                NO_SIGN,
            ),
        ],
        [
            "what is not of the form stays",
            {"site_id": R1, "answers/other": 1, "remark": "r"},
            {},
            {"site_id": R1, "answers/other": 1, "remark": "r"} | BASE,
            HIDDEN,
            faults(NO_YES, NO_SIGN),
        ],
        [
            *one("values where no values belong", {"answers/told": "x", "answers/crew": 5, "details": 1})[:3],
            BASE | {"details": 1},
            HIDDEN,
            faults(NO_YES, NO_SIGN),
        ],
        one("text at its limit", {"answers/t": "矿山矿山矿"}),
        one("characters beyond the first plane count once", {"answers/t": "𠮷𠮷𠮷𠮷𠮷"}),
        one("text beyond its limit", {"answers/t": "矿山矿山矿山"}, ("answers/t", "too-long", LONG)),
        one(
            "number too small",
            {"answers/num": 0},
            ("answers/num", "constraint", ["一到一百，现为 0", "1 to 100, not 0"]),
        ),
        one("number just right", {"answers/num": 1}),
        one("tomorrow", {"answers/day": "2026-10-04"}, ("answers/day", "constraint", ACCEPTABLE)),
        one("today", {"answers/day": "2026-10-03"}),
        one("no tick", {"answers/tick": False}),
        one("range", {"answers/score": 4}),
        one("odd", {"answers/score": 3}, ("answers/score", "constraint", ACCEPTABLE)),
        [
            *one(
                "choice that is not there",
                {"answers/city": "zz", "answers/county": "fq"},
                ("answers/city", "choice", CHOICE),
                ("answers/county", "choice", CHOICE),
            )[:4],
            HIDDEN[1:],
            faults(NO_YES, ("answers/city", "choice", CHOICE), ("answers/county", "choice", CHOICE), NO_SIGN),
        ],
        [
            "a county of the city",
            {"answers/city": "fz", "answers/county": "cl"},
            {},
            {"answers/city": "fz", "answers/county": "cl"} | BASE,
            HIDDEN[1:],
            faults(NO_YES, NO_SIGN),
        ],
        [
            "a county of another city",
            {"answers/city": "xm", "answers/county": "cl"},
            {},
            {"answers/city": "xm", "answers/county": "cl"} | BASE,
            HIDDEN[1:],
            faults(NO_YES, ("answers/county", "choice", CHOICE), NO_SIGN),
        ],
        ["a county without a city", {"answers/county": "cl"}, {}, BASE, HIDDEN, faults(NO_YES, NO_SIGN)],
        one("two colours", {"answers/colours/red": True, "answers/colours/blue": True}),
        one(
            "a colour that is not there",
            {"answers/colours/red": True, "answers/colours/pink": True},
            ("answers/colours", "choice", CHOICE),
        ),
        one(
            "none and another",
            {"answers/colours/none": True, "answers/colours/red": True},
            ("answers/colours", "constraint", ACCEPTABLE),
        ),
        one("a colour taken back", {"answers/colours/pink": None}),
        *[wrong("t", value) for value in (1, True, [], {})],
        *[wrong("num", value) for value in ("7", 1.5, True, [1])],
        *[wrong("d", value) for value in ("1", False)],
        *[wrong("day", value) for value in ("2026-13-01", "2026-1-1", "2026-10-03T00:00:00Z", "", 20000)[:3]],
        *[wrong("clock", value) for value in ("24:00", "8:30", 8)],
        *[wrong("moment", value) for value in ("2026-10-03", "2026-10-03T25:00:00Z", "2026-02-30T10:00:00Z")],
        *[wrong("tick", value) for value in ("OK", 1)],
        *[wrong("colours", value) for value in (True, "red")],
        *[wrong("spot", value) for value in ("25 117", {"lat": 91, "lon": 1}, {"lat": 1}, {}, [1, 2])],
        *[
            wrong("way", value)
            for value in (
                {"type": "LineString", "coordinates": []},
                {"coordinates": [[1, 2]]},
                {"type": "LineString", "coordinates": [[1]]},
                "x",
            )
        ],
        one("a spot", {"answers/spot": {"lat": 25, "lon": 117, "accuracy": 5, "time": NOW}}),
        one("a way", {"answers/way": {"type": "LineString", "coordinates": [[117, 25], [117.1, 25.1, 30]]}}),
        one("position beyond the world", {"lat": 95, "lon": 1}, ("position", "type", TYPE)),
        one("half a position", {"lat": 25}, ("position", "type", TYPE)),
        [
            "empty text is no answer",
            {"answers/yes": "", "answers/t": ""},
            {},
            {"answers/yes": "", "answers/t": ""} | BASE,
            HIDDEN,
            faults(NO_YES, NO_SIGN),
        ],
        ["a crew", crew, {}, crew_then, crew_hidden, faults(NO_SIGN)],
        [
            "a crew that signed",
            crew | signs,
            {},
            crew_then | signs,
            crew_hidden,
            faults(("signatures", "constraint", ACCEPTABLE)),
        ],
        [
            "a crew hidden",
            crew | {"answers/num": 1, f"could_not/answers__crew__{R1}__who": "x"},
            {},
            {"answers/num": 1, "answers/yes": "n"} | BASE,
            HIDDEN,
            faults(NO_SIGN),
        ],
        [
            "faults row by row",
            crew
            | {
                f"answers/crew/{R1}/age": 10,
                f"answers/crew/{R3}/who": None,
                f"answers/crew/{R2}/who": "司马相如也",
                f"answers/crew/{R2}/age": "x",
            },
            {},
            crew_then
            | {
                f"answers/crew/{R1}/age": 10,
                f"answers/crew/{R3}/who": None,
                f"answers/crew/{R2}/age": "x",
                f"answers/crew/{R2}/who": "司马相如也",
                "answers/ages": 10,
                f"answers/crew/{R2}/label": "2. 司马相如也 ()",
                f"answers/crew/{R3}/label": "3.  ()",
            },
            [*crew_hidden[:-1], f"answers/crew/{R2}/old", f"answers/crew/{R3}/old"],
            faults(
                (f"answers/crew/{R1}/age", "constraint", ACCEPTABLE),
                (f"answers/crew/{R2}/who", "too-long", LONG),
                (f"answers/crew/{R2}/age", "type", TYPE),
                (f"answers/crew/{R3}/who", "required", REQUIRED),
                NO_SIGN,
            ),
        ],
        [
            "old makes young acceptable",
            crew | {f"answers/crew/{R1}/age": 10, f"answers/crew/{R1}/old": "y"},
            {},
            crew_then | {f"answers/crew/{R1}/age": 10, f"answers/crew/{R1}/old": "y", "answers/ages": 40},
            crew_hidden,
            faults(NO_SIGN),
        ],
        [
            "cells without their row are no row",
            {f"answers/crew/{R1}/who": "x", "answers/num": 2},
            {},
            {f"answers/crew/{R1}/who": "x", "answers/num": 2} | BASE,
            HIDDEN[:-1],
            faults(NO_YES, NO_SIGN),
        ],
    ]


PRINTED = [
    ("answers/told", FULL | {"answers/yes": "y"}, ["共 28，福州，红、蓝", "28 in all, Fuzhou, Red, Blue"]),
    ("answers/told", {"answers/yes": "y"}, ["共 ，，", " in all, , "]),
]
OFFERED = [
    ("answers/county", {"answers/city": "fz"}, ["fq", "cl"]),
    ("answers/county", {"answers/city": "xm"}, ["ta"]),
    ("answers/county", {}, []),
    ("answers/city", {}, ["fz", "xm"]),
]


def form() -> dict[str, Any]:
    """Return the compiled form of all vectors."""
    return compile_form(FORM, {name: noun.fields for name, noun in REGISTRY.nouns.items()}, ROLES).form


def expressions() -> list[dict[str, Any]]:
    """Return {text, tree, answers, row, value} for every line of the tables."""
    grid = sheets.read(FORM)
    survey = drafts.Survey(
        list(tables.Table("survey", grid["survey"]).rows()), REGISTRY.nouns["inspection"].fields
    )
    names = Names(survey.every, form()["choices"], ["city"])
    inside = next(draft for draft in survey.every if draft.name == "who")
    found = []
    for table, answers in ((OVER_FULL, "full"), (OVER_NOTHING, "nothing"), (OVER_CREW, "crew")):
        for line in table.strip().splitlines():
            source, _, value = line.rpartition(" => ")
            row = R2 if source.startswith("@") else ""
            scope = FormScope(names, inside if row else survey.tops[0], "calculation")
            tree = parse(source.removeprefix("@ "), scope)
            found.append(
                {"text": source, "tree": tree, "answers": answers, "row": row, "value": json.loads(value)}
            )
    return found


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "form": form(),
        "now": NOW,
        "answers": {"full": FULL, "nothing": {}, "crew": CREW},
        "expressions": expressions(),
        "cases": [
            dict(zip(("note", "answers", "context", "then", "hidden", "problems"), case, strict=True))
            for case in cases()
        ],
        "printed": [list(row) for row in PRINTED],
        "offered": [list(row) for row in OFFERED],
    }


def text() -> str:
    """Return the file: one vector a line, so that a change reads as one line of a diff."""
    sections = []
    for name, content in vectors().items():
        rows = content if isinstance(content, list) else None
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows or ())
        sections.append(
            f'"{name}": [\n{lines}\n]' if rows else f'"{name}": {json.dumps(content, ensure_ascii=False)}'
        )
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
