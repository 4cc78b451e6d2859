"""Copies that leave the house, with a band of text on them; what they are copied from stays as it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from pypinyin import lazy_pinyin

from .preview import QUALITY

# Fonts with Chinese characters as systems bring them, and the face in a collection that is the Chinese one.
FONTS = (
    ("NotoSansCJK-Regular.ttc", 2), ("NotoSansCJKsc-Regular.otf", 0), ("SourceHanSansSC-Regular.otf", 0),
    ("wqy-microhei.ttc", 0), ("wqy-zenhei.ttc", 0), ("DroidSansFallbackFull.ttf", 0), ("uming.ttc", 0),
    ("msyh.ttc", 0), ("simhei.ttf", 0), ("simsun.ttc", 0), ("PingFang.ttc", 0), ("STHeiti Light.ttc", 0),
)  # fmt: skip
_SMALLEST = 12
# Of the picture's width: as on the phone's copies.
_PART = 32
_BAND = (0, 0, 0, 140)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def marked(picture: Path, lines: Sequence[str], font: str = "") -> bytes:
    """Return a copy of a picture as JPEG without metadata, with lines of text at its foot.

    `font` is a font file of the operator's. Without any that has Chinese characters the lines are in pinyin.
    Raises OSError where the file is no picture.
    """
    with Image.open(picture) as opened:
        copy = opened.convert("RGB")
    size = max(_SMALLEST, round(copy.width / _PART))
    face, has_chinese = _face(font, size)
    said = [line if has_chinese else spelt(line) for line in lines]
    room = copy.width - size
    rows = [row for line in said for row in _broken(face, line, room)]
    top = copy.height - round(size * (1.4 * len(rows) + 0.6))
    pen = ImageDraw.Draw(copy, "RGBA")
    pen.rectangle((0, top, copy.width, copy.height), fill=_BAND)
    for number, row in enumerate(rows):
        pen.text((size * 0.5, top + size * (1.4 * number + 0.3)), row, font=face, fill="white")
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def spelt(text: str) -> str:
    """Return a text in Latin letters: Chinese words in pinyin, each with a capital, and plain signs."""
    words = [word if word.isascii() else " " for word in lazy_pinyin(text, errors=_plain)]
    named = [word.capitalize() if word.isalpha() and word not in text else word for word in words]
    return " ".join(" ".join(named).split())


def _plain(signs: str) -> str:
    """Return what is no Chinese character as Latin type can show it."""
    return signs.translate(_SIGNS).encode("ascii", "replace").decode().replace("?", " ")


_SIGNS = str.maketrans({"±": "+-", "，": ",", "。": ".", "：": ":", "（": "(", "）": ")", "·": "-", "—": "-"})


@lru_cache(maxsize=16)
def _face(font: str, size: int) -> tuple[Font, bool]:
    """Return a font of this size, and whether it has Chinese characters."""
    for name, index in (((font, 0),) if font else ()) + FONTS:
        try:
            return ImageFont.truetype(name, size, index=index), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def _broken(face: Font, line: str, room: float) -> list[str]:
    """Return a line as rows that are no wider than there is room."""
    rows, row = [], ""
    for sign in line:
        if row and face.getlength(row + sign) > room:
            rows.append(row)
            row = ""
        row += sign
    return [*rows, row]
