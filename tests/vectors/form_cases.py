"""Cases of the form vectors: answers, and what becomes of them; labels that are printed, choices on offer."""

from typing import Any

from form_given import CREW, FULL, NOW, R1, R2, R3

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
