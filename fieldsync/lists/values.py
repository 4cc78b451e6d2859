"""What a cell says, as a value of a field: words of a list, places in degrees, days; or why it cannot be."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from fieldsync.fields import Field
from fieldsync.geo.datums import Unfit
from fieldsync.moments import CHINA

_DMS = re.compile(
    r"[NSEW北南东西]?(\d{1,3})[°度:](\d{1,2})[′'分:](\d{1,2}(?:\.\d+)?)?[″\"”秒]?[NSEW北南东西经纬]*"
)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_SEVERAL = re.compile(r"[、，,;；/\s]+")
_WIDE = str.maketrans("０１２３４５６７８９．－　", "0123456789.- ")


def read(field: Field, text: str) -> object:
    """Return the value of a plain field; raise Unfit in words."""
    text = text.translate(_WIDE).strip()
    if field.choices:
        return choice(field.choices, text)
    if field.kind in ("number", "integer"):
        return _number(field, text)
    if field.kind == "date":
        return _day(text).isoformat()
    if field.kind == "time":
        return _moment(text)
    most = int(field.most or 2000)
    if len(text) > most:
        raise Unfit(f"超过 {most} 个字", f"longer than {most} characters")
    return text


def choice(choices: Mapping[str, tuple[str, str]], text: str) -> str:
    """Return the code that a word of a list stands for: Chinese, English or the code itself."""
    wanted = _bare(text)
    exact = [code for code, words in choices.items() if wanted in (code, *map(_bare, words))]
    if exact:
        return exact[0]
    near = [code for code, words in choices.items() if _bare(words[0]) in wanted or wanted in _bare(words[0])]
    if len(near) == 1:
        return near[0]
    told = "、".join(words[0] for words in choices.values())
    raise Unfit(f"“{text[:20]}”不在可选项中：{told}", f"“{text[:20]}” is not on the list")


def several(choices: Mapping[str, tuple[str, str]], text: str) -> list[str]:
    """Return the codes of all words in a cell."""
    return list(dict.fromkeys(choice(choices, word) for word in _SEVERAL.split(text) if word))


def _bare(text: str) -> str:
    return text.strip().lower().replace("（", "(").partition("(")[0].strip()


def degrees(text: str) -> float:
    """Return degrees out of 117.45, 117°27′00″ or 117度27分."""
    text = text.translate(_WIDE).strip().replace("＂", '"').replace("＇", "'")
    found = _DMS.fullmatch(text.replace(" ", ""))
    if found:
        return round(int(found[1]) + int(found[2]) / 60 + float(found[3] or 0) / 3600, 7)
    try:
        value = float(text.strip("°EN东北经纬 "))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Unfit(f"“{text[:20]}”不是经纬度", f"“{text[:20]}” is no longitude or latitude")
    if abs(value) > 180:
        raise Unfit(
            "不是以度为单位的经纬度；如是平面直角坐标，请在坐标系中选“其他”，原样保存",
            "not in degrees; for plane coordinates choose “other” as the datum, they are kept as they are",
        )
    return round(value, 7)


def _number(field: Field, text: str) -> float | int:
    bare = text.replace(",", "").removesuffix(field.unit or "\0").strip()
    try:
        value = float(bare)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Unfit(f"“{text[:20]}”不是数字", f"“{text[:20]}” is not a number")
    if field.kind == "integer" and not value.is_integer():
        raise Unfit("应为整数", "a whole number is needed")
    told = int(value) if value.is_integer() else value
    if field.check(told):
        raise Unfit("数字超出范围", "the number is out of range")
    return told


def _day(text: str) -> date:
    found = _DAY.match(text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise Unfit(f"“{text[:20]}”不是日期，应写成 2026-10-03", f"“{text[:20]}” is no day; write 2026-10-03")


def _moment(text: str) -> str:
    """Return a time with its zone: China's, where the cell names none; a day begins it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.combine(_day(text), datetime.min.time())
    return (at if at.tzinfo else at.replace(tzinfo=CHINA)).isoformat()
