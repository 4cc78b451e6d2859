"""Signatures as they were drawn: only what is path data of an SVG comes onto a page."""

import re
from dataclasses import dataclass
from typing import Any

# What the phone writes: moves, lines and curves with plain numbers.
_PATH = re.compile(r"[MmLlHhVvCcSsQqTtZz0-9 .,\-]{1,6000}")


@dataclass(frozen=True)
class Signature:
    """Who signed, when, and the strokes; empty strokes where they are no drawing."""

    name: str
    signed_at: str
    strokes: str


def drawn(body: dict[str, Any]) -> list[Signature]:
    """Return the signatures of a record."""
    rows = sorted(path for path, value in body.items() if path.startswith("signatures/") and value is True)
    return [_signature(body, row) for row in rows if row.count("/") == 1]


def _signature(body: dict[str, Any], row: str) -> Signature:
    strokes = str(body.get(f"{row}/strokes") or "")
    kept = strokes if _PATH.fullmatch(strokes) else ""
    return Signature(str(body.get(f"{row}/name") or ""), str(body.get(f"{row}/signed_at") or ""), kept)
