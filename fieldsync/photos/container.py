"""Finds the bare TIFF blocks, XMP packets and the size of a picture in its container, within bounds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import bmff, jxl, tiff
from .source import Source, SpentError

PACKET = 1 << 20
PROFILE = 4 << 20
BLOCKS = 8
STRAY = 1 << 16
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JXL_SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
# Frame headers; C4, C8 and CC look alike but are tables and an extension.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
EXIF_HEADER = re.compile(rb"^.{0,4}Exif\x00.", re.DOTALL | re.IGNORECASE)


@dataclass
class Found:
    """What a container holds: format by magic number, size as stored, TIFF blocks, XMP packets, flags."""

    format: str | None = None
    width: int | None = None
    height: int | None = None
    blocks: list[Source] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    def sized(self, width: int, height: int) -> None:
        """Keep the first plausible size."""
        if self.width is None and width > 0 and height > 0:
            self.width, self.height = width, height

    def block(self, source: Source) -> None:
        """Keep a TIFF block; what precedes its header is dropped, what has none is flagged."""
        head, start = source.read(0, 64), 0
        # Some programs write the header twice.
        while not tiff.is_tiff(head[start : start + 4]):
            match = EXIF_HEADER.match(head[start:])
            if not match:
                self.flags.add("exif_damaged")
                return
            start += match.end()
        if len(self.blocks) < BLOCKS:
            self.blocks.append(source.window(start, source.size))

    def packet(self, source: Source) -> None:
        """Keep an XMP packet, unless it is absurdly large."""
        if source.size > PACKET or len(self.packets) >= BLOCKS:
            self.flags.add("xmp_skipped")
        elif source.size:
            self.packets.append(source.read(0, source.size))


def walk(source: Source) -> Found:
    """Everything that can be found in one file; never raises on what the file holds."""
    found = Found()
    found.format = format_of(source.read(0, 64))
    if found.format is None:
        found.flags.add("empty_file" if not source.size else "not_an_image")
        return found
    try:
        WALKERS[found.format](source, found)
    except SpentError:
        found.flags.add("walk_limit")
    return found


def format_of(head: bytes) -> str | None:
    """The format by magic number, None for everything that is not on the allowlist."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(PNG_SIGNATURE):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head.startswith((JXL_SIGNATURE, b"\xff\x0a")):
        return "jxl"
    return "tiff" if tiff.is_tiff(head[:4]) else _brand(head)


def _brand(head: bytes) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    # The major brand may be the neutral mif1: then the compatible ones decide.
    if brands[0] not in HEIC_BRANDS | AVIF_BRANDS:
        return None
    return "avif" if AVIF_BRANDS & set(brands) and brands[0] in AVIF_BRANDS | {b"mif1", b"msf1"} else "heic"


def _jpeg(source: Source, found: Found) -> None:
    for marker, offset, size in jpeg_segments(source):
        if marker in JPEG_FRAMES and size >= 5:
            head = source.read(offset, 5)
            found.sized(int.from_bytes(head[3:5], "big"), int.from_bytes(head[1:3], "big"))
        elif marker == 0xE1:
            _app1(source.window(offset, size), found)


def jpeg_segments(source: Source) -> Iterator[tuple[int, int, int]]:
    """Marker, offset and size of each segment's content up to the first scan (included)."""
    at = 2
    while at < source.size:
        head = source.read(at, 4)
        if len(head) < 2:
            return
        marker = head[1]
        if head[0] != 0xFF:  # stray bytes between segments
            skip = source.read(at, STRAY).find(b"\xff")
            if skip < 0:
                return
            at += skip
        elif marker == 0xFF:  # a fill byte
            at += 1
        elif marker in JPEG_ALONE:
            at += 2
        else:
            size = int.from_bytes(head[2:4], "big")
            if marker == 0xD9 or len(head) < 4 or size < 2:
                return
            yield marker, at + 4, size - 2
            if marker == 0xDA:
                return
            at += 2 + size


def _app1(segment: Source, found: Found) -> None:
    head = segment.read(0, 128)
    if EXIF_HEADER.match(head):
        found.block(segment)
        return
    start = min(
        (at for mark in (b"<?xpacket", b"<x:xmpmeta", b"<rdf:RDF") if (at := head.find(mark)) >= 0),
        default=-1,
    )
    if head.startswith(b"http://ns.adobe.com/xap/1.0/\x00"):
        start = 29
    # Extended XMP ("xmp/extension") continues a packet and never holds the top level.
    if start >= 0 and not head.startswith(b"http://ns.adobe.com/xmp/extension/"):
        found.packet(segment.window(start, segment.size))


def _png(source: Source, found: Found) -> None:
    at = 8
    while at + 8 <= source.size:
        head = source.read(at, 8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IHDR":
            found.sized(source.number(at + 8, 4), source.number(at + 12, 4))
        elif kind == b"eXIf":
            found.block(source.window(at + 8, size))
        elif kind in PNG_TEXTS and size <= PROFILE:
            _png_text(kind, source.read(at + 8, size), source, found)
        elif kind == b"IEND":
            return
        at += 12 + size


PNG_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}


def _png_text(kind: bytes, content: bytes, source: Source, found: Found) -> None:
    key, _, rest = content.partition(b"\x00")
    if key == b"XML:com.adobe.xmp":
        found.packet(source.over(_text(kind, rest, found)))
    elif key.lower().startswith(b"raw profile type "):
        profile = _hex_profile(_text(kind, rest, found))
        if profile.startswith(b"http://ns.adobe.com/xap/1.0/\x00"):
            found.packet(source.over(profile[29:]))
        elif key[17:].lower() == b"xmp":
            found.packet(source.over(profile))
        elif key[17:].lower() in (b"exif", b"app1"):
            found.block(source.over(profile))


def _text(kind: bytes, rest: bytes, found: Found) -> bytes:
    if kind == b"tEXt":
        return rest
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = rest[:1] == b"\x01"
        rest = [*rest[2:].split(b"\x00", 2), b"", b""][2]
    else:
        rest = rest[1:]
    return inflate(rest, PROFILE, found.flags) if packed else rest


def inflate(packed: bytes, limit: int, flags: set[str]) -> bytes:
    """Unpack at most `limit` bytes; damage and bombs become flags."""
    engine = zlib.decompressobj()
    try:
        plain = engine.decompress(packed, limit)
    except zlib.error:
        flags.add("text_damaged")
        return b""
    if engine.unconsumed_tail:
        flags.add("text_too_large")
    return plain


def _hex_profile(text: bytes) -> bytes:
    """ImageMagick's form: a line with the name, one with the length, then hexadecimal lines."""
    parts = text.split(None, 2)
    if len(parts) < 3 or not parts[1].isdigit():
        return b""
    digits = re.sub(rb"[^0-9a-fA-F]", b"", parts[2])
    return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))


def _webp(source: Source, found: Found) -> None:
    at = 12
    while at + 8 <= source.size:
        head = source.read(at, 18)
        kind, size = head[:4], int.from_bytes(head[4:8], "little")
        if kind == b"EXIF":
            found.block(source.window(at + 8, size))
        elif kind[:3] == b"XMP":
            found.packet(source.window(at + 8, size))
        elif kind in WEBP_SIZES:
            found.sized(*WEBP_SIZES[kind](source.read(at + 8, 10)))
        at += 8 + size + (size & 1)


def _canvas(head: bytes) -> tuple[int, int]:
    return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1


def _lossy(head: bytes) -> tuple[int, int]:
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _lossless(head: bytes) -> tuple[int, int]:
    bits = int.from_bytes(head[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


WEBP_SIZES: dict[bytes, Callable[[bytes], tuple[int, int]]] = {
    b"VP8X": _canvas,
    b"VP8 ": _lossy,
    b"VP8L": _lossless,
}


def _gif(source: Source, found: Found) -> None:
    found.sized(source.number(6, 2, "little"), source.number(8, 2, "little"))


def _tiff(source: Source, found: Found) -> None:
    found.blocks.append(source)
    found.sized(*tiff.size(source))
    found.packets.extend(tiff.packets(source, PACKET))


def _heif(source: Source, found: Found) -> None:
    meta = bmff.read(source)
    found.sized(*meta.size)
    found.flags |= meta.flags
    for item in meta.exif:
        skip = 4 + item.number(0, 4)
        # Some writers leave the offset out or count it wrongly: the header itself decides.
        found.block(item.window(skip if tiff.is_tiff(item.read(skip, 4)) else 4, item.size))
    for item in meta.xmp:
        found.packet(item)


def _jxl(source: Source, found: Found) -> None:
    found.sized(*jxl.size(source))
    for kind, content in bmff.boxes(source):
        if kind == b"Exif":
            skip = 4 + content.number(0, 4)
            found.block(content.window(skip, content.size))
        elif kind == b"xml ":
            found.packet(content)
        elif kind == b"brob":
            found.flags.add("metadata_compressed")


WALKERS: dict[str, Callable[[Source, Found], None]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "tiff": _tiff,
    "heic": _heif,
    "avif": _heif,
    "jxl": _jxl,
}
