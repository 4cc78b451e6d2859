"""The boxes of HEIF, AVIF and JPEG XL: items with metadata and the primary picture's size, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .source import Source

BOXES = 512
ITEMS = 2_048
EXTENTS = 32
ITEM_BYTES = 4 << 20
Boxes = dict[bytes, Source]


@dataclass
class Meta:
    """What the meta box says: Exif and XMP items, the primary item's size."""

    exif: list[Source] = field(default_factory=list)
    xmp: list[Source] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    flags: set[str] = field(default_factory=set)


def boxes(source: Source, start: int = 0) -> Iterator[tuple[bytes, Source]]:
    """Kind and content of each box in turn; size 0 means up to the end, 1 a 64-bit size."""
    at = start
    for _ in range(BOXES):
        head = source.read(at, 16)
        if len(head) < 8:
            return
        size, begin = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = source.size - at
        if size < begin:
            return
        yield head[4:8], source.window(at + begin, size - begin)
        at += size


def read(source: Source) -> Meta:
    """The metadata items of a HEIF or AVIF file."""
    meta = Meta()
    content = next((body for kind, body in boxes(source) if kind == b"meta"), None)
    if content is None:
        meta.flags.add("container_damaged")
        return meta
    inside: Boxes = {}
    for kind, body in boxes(content, 4):
        inside.setdefault(kind, body)
    kinds = dict(_kinds(inside))
    for item, extents in _locations(inside):
        if kinds.get(item) in ("exif", "xmp"):
            method, parts = extents
            getattr(meta, kinds[item]).append(_join(inside.get(b"idat") if method == 1 else source, source, parts))
    meta.size = _size(inside)
    return meta


def _join(base: Source | None, source: Source, parts: list[tuple[int, int]]) -> Source:
    if base is None:
        return source.window(0, 0)
    if len(parts) == 1:
        offset, length = parts[0]
        return base.window(offset, length or base.size)
    content = b"".join(base.read(offset, min(length, ITEM_BYTES)) for offset, length in parts)
    return source.over(content[:ITEM_BYTES])


def _kinds(inside: Boxes) -> Iterator[tuple[int, str]]:
    """Item number and "exif" or "xmp" from the item information box."""
    box = inside.get(b"iinf")
    if box is None:
        return
    start = 6 if box.number(0, 1) == 0 else 8
    for kind, entry in boxes(box, start):
        if kind != b"infe":
            continue
        version = entry.number(0, 1)
        if version < 2:
            continue
        width = 2 if version == 2 else 4
        rest = entry.read(4 + width + 2, 128)
        if rest[:4] == b"Exif":
            yield entry.number(4, width), "exif"
        elif rest[:4] == b"mime" and b"application/rdf+xml" in rest:
            yield entry.number(4, width), "xmp"


def _locations(inside: Boxes) -> Iterator[tuple[int, tuple[int, list[tuple[int, int]]]]]:
    """Item number, construction method (0 file, 1 idat) and extents from the item location box."""
    box = inside.get(b"iloc")
    if box is None:
        return
    version, sizes = box.number(0, 1), box.number(4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    wide = 4 if version == 2 else 2
    count, at = box.number(6, wide), 6 + wide
    for _ in range(min(count, ITEMS)):
        if at >= box.size:
            return
        item, at = box.number(at, wide), at + wide
        method = 0
        if version in (1, 2):
            method, at = box.number(at, 2) & 15, at + 2
        base, extents = box.number(at + 2, base_size), box.number(at + 2 + base_size, 2)
        at += 4 + base_size
        step = index_size + offset_size + length_size
        parts = []
        for part in range(min(extents, EXTENTS)):
            here = at + part * step + index_size
            parts.append((base + box.number(here, offset_size), box.number(here + offset_size, length_size)))
        at += extents * step
        yield item, (method, parts)


def _size(inside: Boxes) -> tuple[int, int]:
    """Width and height of the primary item: its `ispe` property by way of `ipma`."""
    primary, iprp = inside.get(b"pitm"), inside.get(b"iprp")
    if primary is None or iprp is None:
        return 0, 0
    item = primary.number(4, 2 if primary.number(0, 1) == 0 else 4)
    parts = dict(boxes(iprp))
    properties = list(boxes(parts[b"ipco"])) if b"ipco" in parts else []
    numbers = _associations(parts[b"ipma"], item) if b"ipma" in parts else []
    for number in numbers:
        if 0 < number <= len(properties) and properties[number - 1][0] == b"ispe":
            body = properties[number - 1][1]
            return body.number(4, 4), body.number(8, 4)
    return 0, 0


def _associations(box: Source, wanted: int) -> list[int]:
    content = box.read(0, 1 << 16)
    wide = 2 if content[:1] == b"\x00" else 4
    large = bool(content[3:4] and content[3] & 1)
    at, step = 8, 2 if large else 1
    for _ in range(min(int.from_bytes(content[4:8], "big"), ITEMS)):
        item = int.from_bytes(content[at : at + wide], "big")
        count = content[at + wide] if at + wide < len(content) else 0
        at += wide + 1
        numbers = [int.from_bytes(content[at + n * step : at + n * step + step], "big") for n in range(count)]
        if item == wanted:
            # The top bit says "essential" and is no part of the number.
            return [number & (0x7FFF if large else 0x7F) for number in numbers]
        at += count * step
    return []
