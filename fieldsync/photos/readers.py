"""Two readers of one distilled TIFF block, ExifRead and Pillow, brought to one form."""

from __future__ import annotations

import io
import logging
import math
import unicodedata
import warnings
from typing import Any

import exifread
from PIL import Image

from .tiff import EXIF, GPS

Value = str | list[float]
Tags = dict[tuple[str, int], Value]
GROUPS = {"Image": "image", "EXIF": "exif", "GPS": "gps"}
TEXT = 200

# Its warnings quote the file's own bytes; what matters reaches the flags.
logging.getLogger("exifread").setLevel(logging.CRITICAL)


def by_exifread(block: bytes) -> Tags | None:
    """The tags as ExifRead sees them; None if it fails on them."""
    try:
        tags = exifread.process_file(io.BytesIO(block), extract_thumbnail=False)
        return {
            (GROUPS[name.split(" ", 1)[0]], tag.tag): _plain(tag.values)
            for name, tag in tags.items()
            if name.split(" ", 1)[0] in GROUPS
        }
    except Exception:
        return None


def by_pillow(block: bytes) -> Tags | None:
    """The tags as Pillow sees them; None if it fails on them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = Image.Exif()
            exif.load(block)
            groups: dict[str, Any] = {"image": exif, "exif": exif.get_ifd(EXIF), "gps": exif.get_ifd(GPS)}
            return {(group, tag): _plain(value) for group, tags in groups.items() for tag, value in tags.items()}
    except Exception:
        return None


def _plain(value: Any) -> Value:
    """Text as text, everything else as floats."""
    if isinstance(value, str):
        # Pillow reads text as Latin-1 and ExifRead as UTF-8: go back to the bytes.
        try:
            return decode(value.encode("latin-1"))
        except UnicodeEncodeError:
            return value
    if isinstance(value, bytes):
        return decode(value)
    return [_number(one) for one in value] if isinstance(value, list | tuple) else [_number(value)]


def _number(value: Any) -> float:
    """A float; 0/0 becomes NaN and x/0 infinity, so that the reason is not lost."""
    if isinstance(value, tuple):
        value = value[0] if value else math.nan
    above, below = getattr(value, "numerator", value), getattr(value, "denominator", 1)
    if below == 0:
        return math.nan if above == 0 else math.inf
    return float(above) / float(below)


def decode(raw: bytes) -> str:
    """Text up to the first NUL: UTF-8, else GB 18030 (phones of the region), else Latin-1."""
    raw = raw.split(b"\x00", 1)[0]
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def text(value: Value | None) -> str | None:
    """One safe line: no control characters, no direction overrides, capped; None if nothing is left."""
    if isinstance(value, list):
        value = "".join(chr(int(one)) for one in value[:TEXT] if 0 < one < 256)
    kept = "".join(" " if one.isspace() else one for one in value or "" if one.isspace() or _visible(one))
    return " ".join(kept.split())[:TEXT].strip() or None


def _visible(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def numbers(value: Value | None) -> list[float]:
    """The numbers of a tag; none where it holds text."""
    return value if isinstance(value, list) else []


def finite(value: Value | None) -> float | None:
    """The first number if it is one."""
    first = numbers(value)[:1]
    return first[0] if first and math.isfinite(first[0]) else None
