"""A file seen through a keyhole: bounded reads that never raise on hostile bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

READS = 60_000
BYTES = 64 << 20


class SpentError(Exception):
    """The file asked for more reading than any honest photo needs."""


@dataclass
class Budget:
    """How many reads and bytes one file may still cost; shared by all its windows."""

    reads: int = READS
    bytes: int = BYTES

    def spend(self, size: int) -> None:
        """Count one read of `size` bytes. Raises SpentError when nothing is left."""
        self.reads -= 1
        self.bytes -= size
        if self.reads < 0 or self.bytes < 0:
            raise SpentError


class Source:
    """A window on a seekable file: offsets start at the window, reads stop at its end."""

    def __init__(self, file: BinaryIO, start: int, size: int, budget: Budget | None = None) -> None:
        self.file, self.start, self.size = file, start, max(size, 0)
        self.budget = budget or Budget()

    @classmethod
    def of(cls, file: BinaryIO) -> Source:
        """The whole of an open file."""
        return cls(file, 0, file.seek(0, io.SEEK_END))

    def over(self, content: bytes) -> Source:
        """Bytes that were unpacked from this file, on the same budget."""
        return Source(io.BytesIO(content), 0, len(content), self.budget)

    def window(self, offset: int, size: int) -> Source:
        """A part of this source, cut at its end."""
        offset = min(max(offset, 0), self.size)
        return Source(self.file, self.start + offset, min(size, self.size - offset), self.budget)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`; fewer or none outside the window."""
        if offset < 0 or size <= 0 or offset >= self.size:
            return b""
        size = min(size, self.size - offset)
        self.budget.spend(size)
        try:
            self.file.seek(self.start + offset)
            return self.file.read(size)
        except (OSError, OverflowError, ValueError):
            return b""

    def number(self, offset: int, size: int, order: str = "big") -> int:
        """An unsigned integer, 0 where the file has ended."""
        raw = self.read(offset, size)
        if len(raw) < size:
            return 0
        return int.from_bytes(raw, "big" if order == "big" else "little")
