"""A plain tar file read member by member in bounded memory: headers of 512 bytes, no links, no extensions.

The standard library's reader takes headers of any size into memory and gives up a damaged file as a whole;
what a broken phone wrote must be read as far as it goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_BLOCK = 512
_PIECE = 1 << 18
# The type flags of plain files, old and new.
_PLAIN = (b"0", b"\0")
_FOLDER = b"5"


class Truncated(Exception):
    """The file ends, or is damaged, in the middle of a member."""


@dataclass
class Member:
    """One entry; its bytes are read once, in pieces, before the next entry is asked for."""

    name: str
    size: int
    is_plain: bool
    is_folder: bool
    source: IO[bytes]
    left: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes; raise Truncated where they end too early."""
        while self.left:
            piece = self.source.read(min(_PIECE, self.left))
            if not piece:
                raise Truncated
            self.left -= len(piece)
            yield piece

    def skip(self) -> None:
        """Pass over what was not read, and the padding behind it."""
        for _piece in self.pieces():
            pass
        padding = -self.size % _BLOCK
        if len(self.source.read(padding)) < padding:
            raise Truncated


def members(source: IO[bytes]) -> Iterator[Member]:
    """Yield the entries up to the end mark; raise Truncated where there is none. A first block must be one."""
    while True:
        block = source.read(_BLOCK)
        if block == bytes(_BLOCK):
            return
        member = _read(block, source)
        if member is None:
            raise Truncated
        yield member
        member.skip()


def _read(block: bytes, source: IO[bytes]) -> Member | None:
    """Return the entry that a header announces, or None where it is no header."""
    size, told = _number(block[124:136]), _number(block[148:156])
    summed = sum(block[:148]) + 8 * ord(" ") + sum(block[156:])
    if len(block) < _BLOCK or size is None or told != summed:
        return None
    prefix = _text(block[345:500]) if block[257:262] == b"ustar" else ""
    name = _text(block[:100])
    kind = block[156:157]
    return Member(f"{prefix}/{name}" if prefix else name, size, kind in _PLAIN, kind == _FOLDER, source, size)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _number(field: bytes) -> int | None:
    """Return an octal number; None for what is none, and for the binary form of sizes beyond 8 GiB."""
    digits = field.strip(b"\0 ")
    return int(digits, 8) if digits and all(c in b"01234567" for c in digits) else None
