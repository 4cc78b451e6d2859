"""Distils a TIFF block to the few tags that matter, so that no reader meets hostile structure.

Photo libraries follow every pointer: loops, a million entries, gigabyte values. Here the directories are
walked once, within bounds, and the wanted tags go into a new small block that the libraries then interpret.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .source import Source

ENTRIES = 1_000
VALUE = 1_024
UNITS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
TEXTS = {2, 7, 129}
EXIF, GPS, SUB_IFDS, XMP = 0x8769, 0x8825, 0x14A, 0x2BC
FIRST_TAGS = frozenset({0x10F, 0x110, 0x112, 0x131, 0x132, 0x9003, 0x9010, 0x9011})
EXIF_TAGS = frozenset({0x10F, 0x110, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9286, 0x9290, 0x9291, 0x9292})
GPS_TAGS = frozenset(range(0x20))


@dataclass(frozen=True)
class Entry:
    """One tag as stored: its type, how many values, and their bytes in the block's byte order."""

    type: int
    count: int
    raw: bytes


@dataclass
class Directory:
    """The wanted tags of one directory and what was wrong with it."""

    entries: dict[int, Entry] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    cut: bool = False

    @property
    def damaged(self) -> bool:
        """Whether a part or a wanted value of it is missing."""
        return self.cut or bool(self.broken)


def is_tiff(head: bytes) -> bool:
    """Whether four bytes open a TIFF block in either byte order."""
    return head in (b"II*\x00", b"MM\x00*")


def distil(block: Source, flags: set[str]) -> bytes | None:
    """A small clean TIFF with the wanted tags of IFD0, Exif and GPS directory; None if there is none."""
    order = byte_order(block)
    if order is None:
        flags.add("exif_damaged")
        return None
    first = directory(block, order, block.number(4, 4, order), FIRST_TAGS | {EXIF, GPS})
    exif = _below(block, order, first, EXIF, EXIF_TAGS | {GPS})
    gps = _below(block, order, first if GPS in first.entries else exif, GPS, GPS_TAGS)
    if first.damaged or exif.damaged or gps.damaged:
        flags.add("exif_damaged")
    if gps.damaged or GPS in first.broken:
        flags.add("gps_damaged")
    return _pack(order, first.entries, exif.entries, gps.entries)


def byte_order(block: Source) -> str | None:
    """`little` or `big`, None for what is no TIFF."""
    head = block.read(0, 4)
    if not is_tiff(head):
        return None
    return "little" if head[:2] == b"II" else "big"


def directory(block: Source, order: str, offset: int, wanted: frozenset[int] | set[int]) -> Directory:
    """The wanted entries of the directory at `offset`; of several with one tag the last counts."""
    found = Directory()
    count = block.number(offset, 2, order)
    if offset < 8 or count == 0:
        found.cut = True
        return found
    table = block.read(offset + 2, min(count, ENTRIES) * 12)
    found.cut = len(table) < count * 12
    head = struct.Struct("<HHI4s" if order == "little" else ">HHI4s")
    for tag, kind, number, inline in head.iter_unpack(table[: len(table) // 12 * 12]):
        if tag in wanted:
            entry = _value(block, order, kind, number, inline)
            if entry is None:
                found.broken.add(tag)
            else:
                found.entries[tag] = entry
    return found


def _value(block: Source, order: str, kind: int, count: int, inline: bytes) -> Entry | None:
    unit = UNITS.get(kind, 0)
    size = unit * count
    if not size:
        return None
    if size > VALUE:
        if kind not in TEXTS:
            return None
        size = count = VALUE
    if unit * count <= 4:
        return Entry(kind, count, inline[:size])
    offset = int.from_bytes(inline, "little" if order == "little" else "big")
    raw = block.read(offset, size) if offset >= 8 else b""
    if kind in TEXTS and raw:
        return Entry(kind, len(raw), raw)
    return Entry(kind, count, raw) if len(raw) == size else None


def _below(
    block: Source, order: str, parent: Directory, pointer: int, wanted: frozenset[int] | set[int]
) -> Directory:
    entry = parent.entries.pop(pointer, None)
    if entry is None:
        return Directory()
    offset = numbers(entry, order)[:1]
    return directory(block, order, offset[0], wanted) if offset else Directory(cut=True)


def numbers(entry: Entry, order: str) -> list[int]:
    """The unsigned integers of an entry."""
    unit = UNITS[entry.type]
    if entry.type not in (1, 3, 4, 13):
        return []
    raw = entry.raw
    return [
        int.from_bytes(raw[at : at + unit], "little" if order == "little" else "big")
        for at in range(0, len(raw), unit)
    ]


def _pack(order: str, first: dict[int, Entry], exif: dict[int, Entry], gps: dict[int, Entry]) -> bytes | None:
    """Write the three directories one behind another."""
    exif.pop(GPS, None)
    if not (first or exif or gps):
        return None
    mark = "<" if order == "little" else ">"
    body = bytearray(8)
    first = dict(first)
    for pointer, entries in ((EXIF, exif), (GPS, gps)):
        if entries:
            first[pointer] = Entry(4, 1, struct.pack(mark + "I", _append(body, mark, entries)))
    start = _append(body, mark, first)
    body[:8] = struct.pack(mark + "2sHI", b"II" if order == "little" else b"MM", 42, start)
    return bytes(body)


def _append(body: bytearray, mark: str, entries: dict[int, Entry]) -> int:
    """Add one directory and return its offset."""
    start = len(body)
    body += bytes(2 + 12 * len(entries) + 4)
    struct.pack_into(mark + "H", body, start, len(entries))
    for place, (tag, entry) in enumerate(sorted(entries.items())):
        inline = entry.raw.ljust(4, b"\x00")
        if len(entry.raw) > 4:
            inline = struct.pack(mark + "I", len(body))
            body += entry.raw + bytes(len(entry.raw) % 2)
        kind = 2 if entry.type == 129 else entry.type
        struct.pack_into(mark + "HHI4s", body, start + 2 + 12 * place, tag, kind, entry.count, inline)
    return start


def size(block: Source) -> tuple[int, int]:
    """Width and height of a TIFF file; of a raw file the largest picture, not the thumbnail."""
    order = byte_order(block)
    if order is None:
        return 0, 0
    wanted = frozenset({0xFE, 0x100, 0x101, SUB_IFDS})
    first = directory(block, order, block.number(4, 4, order), wanted)
    sizes = [_extent(first, order)]
    reduced = first.entries.get(0xFE)
    if reduced and numbers(reduced, order)[:1] == [1] and SUB_IFDS in first.entries:
        for offset in numbers(first.entries[SUB_IFDS], order)[:8]:
            sizes.append(_extent(directory(block, order, offset, wanted), order))
    return max(sizes, key=lambda pair: pair[0] * pair[1])


def _extent(found: Directory, order: str) -> tuple[int, int]:
    width, height = (
        (numbers(found.entries[tag], order)[:1] or [0])[0] if tag in found.entries else 0 for tag in (0x100, 0x101)
    )
    return width, height


def packets(block: Source, limit: int) -> list[bytes]:
    """The XMP packet of a TIFF file, tag 700, if it is not absurdly large."""
    order = byte_order(block)
    if order is None:
        return []
    offset = block.number(4, 4, order)
    table = block.read(offset + 2, min(block.number(offset, 2, order), ENTRIES) * 12)
    head = struct.Struct("<HHII" if order == "little" else ">HHII")
    for tag, kind, count, place in head.iter_unpack(table[: len(table) // 12 * 12]):
        if tag == XMP and UNITS.get(kind) == 1 and 4 < count <= limit:
            return [block.read(place, count)]
    return []
