"""Whatever the bytes are: an answer, in time, and never an invented position."""

import io
import json
import math
import os
import random
import struct
import time

import pytest

from fieldsync.photos import exif, preview
from fieldsync.photos.inspect import inspect
from fieldsync.photos.source import Source

from . import makers

BLOCK = makers.tiff(makers.NANPING, {0x9003: "2024:05:01 12:00:10"}, {0x10F: "vivo", 0x112: 6})
PACKET = makers.packet(attributes='exif:GPSLatitude="26,38.26N" exif:GPSLongitude="118,10.56E"')
SEEDS = {
    "jpeg": makers.jpeg(BLOCK, packet=PACKET),
    "png": makers.png(
        makers.chunk(b"eXIf", BLOCK), makers.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET)
    ),
    "webp": makers.webp(BLOCK),
    "heic": makers.saved("HEIF", exif=BLOCK),
    "avif": makers.saved("AVIF", exif=BLOCK),
    "tiff": BLOCK,
}


def facts(content):
    return exif.read(Source.of(io.BytesIO(content)))


def check(found):
    """What must hold for every file there is."""
    plain = found.as_json()
    json.dumps(plain, allow_nan=False)
    assert "reader_failed" not in found.flags
    assert (found.lat is None) == (found.lon is None) == (found.position_source is None)
    if found.lat is not None:
        assert math.isfinite(found.lat + found.lon)
        assert abs(found.lat) <= 90
        assert abs(found.lon) <= 180
    elif found.format:
        assert any(flag.startswith(("gps_", "exif_", "walk_")) for flag in found.flags)


@pytest.mark.parametrize("kind", SEEDS)
def test_flipped_bytes(kind):
    chance = random.Random(kind)
    seed = SEEDS[kind]
    head = min(len(seed), 1500)
    for _ in range(250):
        content = bytearray(seed)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(head)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        check(facts(bytes(content)))


@pytest.mark.parametrize("kind", SEEDS)
def test_files_cut_short(kind):
    seed = SEEDS[kind]
    for end in range(0, min(len(seed), 1500), 11):
        check(facts(seed[:end]))


@pytest.mark.parametrize("kind", SEEDS)
def test_previews_of_flipped_bytes(kind, tmp_path):
    chance = random.Random(kind)
    for _ in range(25):
        content = bytearray(SEEDS[kind])
        for _ in range(4):
            content[chance.randrange(12, len(content))] = chance.randrange(256)
        found = facts(bytes(content))
        made = preview.make(bytes(content), found, tmp_path, "fuzz")
        assert made.paths or made.flags


def test_garbage(tmp_path):
    chance = random.Random(7)
    for size in (0, 1, 11, 64, 5000):
        found = facts(chance.randbytes(size))
        assert found.format is None
        assert preview.make(chance.randbytes(size), found, tmp_path, "x").flags == ("not_an_image",)


def loop(pointer, target):
    """A block whose pointer tag leads back to a directory that holds it."""
    return struct.pack("<2sHIHHHII", b"II", 42, 8, 1, pointer, 4, 1, target) + bytes(4)


@pytest.mark.parametrize("pointer", [0x8769, 0x8825, 0x14A])
@pytest.mark.parametrize("target", [0, 4, 8, 0xFFFFFFFF])
def test_directories_that_point_at_themselves(pointer, target):
    check(facts(makers.jpeg(loop(pointer, target))))
    check(facts(loop(pointer, target) + bytes(50)))


def test_directory_with_65535_giant_values_ends_quickly():
    entry = struct.pack("<HHII", 0x10F, 2, 0xFFFFFFF0, 8)
    block = struct.pack("<2sHIH", b"II", 42, 8, 65535) + entry * 65535
    begun = time.perf_counter()
    check(facts(block))
    assert time.perf_counter() - begun < 1


def test_svg_named_jpg(tmp_path):
    path = makers.write(tmp_path, "mine.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    found = inspect(path)
    assert (found["format"], found["flags"]) == (None, ["not_an_image"])


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (8001, 5000), (2**31 - 1, 2**31 - 1)])
def test_png_of_huge_dimensions_is_never_decoded(width, height, tmp_path, monkeypatch):
    monkeypatch.setattr(preview, "_decoded", lambda *_: pytest.fail("decoded"))
    header = makers.chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    content = makers.png()[:8] + header + makers.png()[33:]
    found = facts(content)
    assert (found.width, found.height) == (width, height)
    assert preview.make(content, found, tmp_path, "bomb").flags == ("too_many_pixels",)


def test_the_cap_holds_when_the_header_read_first_lies(tmp_path):
    image = makers.picture((9000, 5000))
    content = makers.saved("PNG", image, compress_level=1)
    lying = exif.Facts(format="png", width=1, height=1)
    assert preview.make(content, lying, tmp_path, "lie").flags == ("unreadable_pixels",)


def test_jpeg_with_a_hundred_scans(tmp_path):
    content = makers.saved("JPEG", progressive=True)
    scan = content[content.index(b"\xff\xda") : content.index(b"\xff\xda") + 60]
    many = content[:-2] + scan * 100 + content[-2:]
    assert preview.make(many, facts(many), tmp_path, "scans").flags == ("too_many_scans",)


def test_scan_marks_in_a_trailer_are_not_scans():
    content = makers.jpeg() + b"\xff\xda\0\x08" * 500
    assert preview.scans(io.BytesIO(content)) <= 2


@pytest.mark.parametrize("what", ["missing", "folder", "empty", "pipe", "nul", "surrogate"])
def test_inspect_answers_whatever_it_is_given(what, tmp_path):
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "nul":
        path = f"{path}\0.jpg"
    elif what == "surrogate":
        path = f"{path}\udce9.jpg"
    found = inspect(path)
    json.dumps(found).encode()
    assert found["flags"] == ["empty_file" if what == "empty" else "unreadable_file"]


def test_inspect_of_a_huge_sparse_file_is_quick(tmp_path):
    path = makers.write(tmp_path, "huge.jpg", makers.jpeg(BLOCK))
    os.truncate(path, 5 << 30)
    begun = time.perf_counter()
    found = inspect(path)
    assert time.perf_counter() - begun < 2
    assert (found["sha256"], "too_large" in found["flags"]) == (None, True)
    assert found["lat"] == pytest.approx(makers.LAT)
