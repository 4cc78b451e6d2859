"""The size of a JPEG XL picture, from the first bits of its codestream."""

from __future__ import annotations

from . import bmff
from .source import Source

RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
WIDTHS = (9, 13, 18, 30)


class _Bits:
    def __init__(self, content: bytes) -> None:
        self.value, self.at = int.from_bytes(content, "little"), 0

    def take(self, count: int) -> int:
        taken = self.value >> self.at & (1 << count) - 1
        self.at += count
        return taken


def size(source: Source) -> tuple[int, int]:
    """Width and height, (0, 0) where they cannot be read."""
    head = _codestream(source)
    if len(head) < 4 or head[:2] != b"\xff\x0a":
        return 0, 0
    bits = _Bits(head[2:])
    small = bits.take(1)
    height = _extent(bits, small)
    ratio = bits.take(3)
    if ratio == 0:
        return _extent(bits, small), height
    times, per = RATIOS[ratio]
    return height * times // per, height


def _extent(bits: _Bits, small: int) -> int:
    return (bits.take(5) + 1) * 8 if small else bits.take(WIDTHS[bits.take(2)]) + 1


def _codestream(source: Source) -> bytes:
    head = source.read(0, 16)
    if head[:2] == b"\xff\x0a":
        return head
    for kind, content in bmff.boxes(source):
        if kind == b"jxlc":
            return content.read(0, 16)
        if kind == b"jxlp":  # parts are numbered by four bytes
            return content.read(4, 16)
    return b""
