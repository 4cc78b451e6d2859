"""Makes small photos with any EXIF, sound or not: every trap is built here, none is taken from the world."""

import io
import struct
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
CODES = {BYTE: "B", SHORT: "H", LONG: "I", DOUBLE: "d"}
NANPING = {1: "N", 2: [26, 38, 15.6], 3: "E", 4: [118, 10, 33.6]}
LAT, LON = 26 + 38 / 60 + 15.6 / 3600, 118 + 10 / 60 + 33.6 / 3600


class Typed:
    """A value with an explicit TIFF type; rationals as pairs."""

    def __init__(self, type, values):
        self.type, self.values = type, values


def rationals(*pairs):
    return Typed(RATIONAL, list(pairs))


def _raw(value, mark):
    """Type, count and bytes of a value."""
    if isinstance(value, str):
        value = value.encode() + b"\0"
    if isinstance(value, bytes):
        return ASCII, len(value), value
    if isinstance(value, int):
        value = Typed(SHORT if value < 65536 else LONG, [value])
    if isinstance(value, list):
        value = Typed(RATIONAL, [(round(one * 10000), 10000) for one in value])
    if value.type in (RATIONAL, SRATIONAL):
        code = mark + ("II" if value.type == RATIONAL else "ii")
        return value.type, len(value.values), b"".join(struct.pack(code, *pair) for pair in value.values)
    if value.type in (UNDEFINED, ASCII):
        return value.type, len(value.values), value.values
    code = f"{mark}{len(value.values)}{CODES[value.type]}"
    return value.type, len(value.values), struct.pack(code, *value.values)


def _directory(entries, start, mark):
    """One directory at `start`, its long values behind it."""
    table, heap = struct.pack(mark + "H", len(entries)), b""
    behind = start + 2 + 12 * len(entries) + 4
    for tag, value in entries:
        kind, count, raw = _raw(value, mark)
        inline = raw.ljust(4, b"\0")
        if len(raw) > 4:
            inline = struct.pack(mark + "I", behind + len(heap))
            heap += raw + bytes(len(raw) % 2)
        table += struct.pack(mark + "HHI4s", tag, kind, count, inline)
    return table + bytes(4) + heap


def tiff(gps=None, exif=None, first=None, order="II"):
    """A bare TIFF block. Each argument maps tags to values, or is a list of pairs to repeat tags."""
    mark = "<" if order == "II" else ">"
    body = struct.pack(mark + "2sHI", order.encode(), 42, 8)
    parts = [(0x8769, exif), (0x8825, gps)]
    top = list((first or {}).items()) + [(tag, Typed(LONG, [0])) for tag, part in parts if part is not None]
    start = 8 + len(_directory(top, 8, mark))
    pointers, below = {}, b""
    for tag, part in parts:
        if part is not None:
            pointers[tag] = Typed(LONG, [start + len(below)])
            pairs = list(part.items()) if isinstance(part, dict) else part
            below += _directory(pairs, start + len(below), mark)
    return body + _directory([(tag, pointers.get(tag, value)) for tag, value in top], 8, mark) + below


def picture(size=(128, 64), mode="RGB"):
    """A gradient: no two pixels in a row alike, so that it can be told from its mirror image."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    return image.convert(mode)


def saved(kind, image=None, **options):
    """The bytes of a picture in one format."""
    pillow_heif.register_heif_opener()
    target = io.BytesIO()
    (image or picture()).save(target, kind, **options)
    return target.getvalue()


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(*blocks, before=b"", packet=None, image=None, header=b"Exif\0\0"):
    """A JPEG with EXIF blocks, other segments before them, and an XMP packet behind."""
    plain = saved("JPEG", image)
    segments = before + b"".join(segment(0xE1, header + block) for block in blocks)
    if packet:
        segments += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)
    return plain[:2] + segments + plain[2:]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks, image=None, behind=False):
    """A PNG with further chunks, before or behind its pixels."""
    plain = saved("PNG", image)
    at = len(plain) - 12 if behind else 33
    return plain[:at] + b"".join(chunks) + plain[at:]


def raw_profile(name, block):
    """ImageMagick's text form of a block."""
    return b"Raw profile type " + name, b"\n" + name + b"\n%8d\n" % len(block) + block.hex().encode() + b"\n"


def webp(block, prefix=b"", image=None):
    """A WebP with an EXIF chunk, with or without the JPEG prefix."""
    image = image or picture()
    plain = saved("WEBP", image)
    content = prefix + block
    canvas = (
        struct.pack("<I", 8) + struct.pack("<I", image.width - 1)[:3] + struct.pack("<I", image.height - 1)[:3]
    )
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + canvas + plain[12:]
    body += b"EXIF" + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def packet(inside="", attributes="", prolog=""):
    """An XMP packet with one top-level description."""
    return (
        f'{prolog}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attributes}>{inside}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def box(kind, content, size=None):
    return struct.pack(">I", len(content) + 8 if size is None else size) + kind + content


def heif(block, version=0, method=0, brand=b"heic", offset_field=0):
    """A HEIF file without a picture: only the boxes that lead to its EXIF."""
    item = struct.pack(">I", offset_field) + block
    entry = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"Exif\0")
    iinf = box(b"iinf", bytes(4) + struct.pack(">H", 1) + entry)
    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)

    def meta(offset):
        wide = ">I" if version == 2 else ">H"
        iloc = bytes([version, 0, 0, 0, 0x44, 0x00]) + struct.pack(wide, 1) + struct.pack(wide, 1)
        iloc += struct.pack(">H", method) if version else b""
        iloc += struct.pack(">HHII", 0, 1, offset, len(item))
        idat = box(b"idat", item) if method == 1 else b""
        return box(b"meta", bytes(4) + iinf + box(b"iloc", iloc) + idat)

    if method == 1:
        return head + meta(0)
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", item)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
