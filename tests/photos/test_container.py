"""The EXIF block is found wherever a container may carry it."""

import io
import struct
import zlib

import pytest

from fieldsync.photos import container
from fieldsync.photos.source import Source

from . import makers

BLOCK = makers.tiff(makers.NANPING)


def walk(content):
    return container.walk(Source.of(io.BytesIO(content)))


def blocks(content):
    return [block.read(0, len(BLOCK)) for block in walk(content).blocks]


def test_jpeg_with_its_block_first():
    found = walk(makers.jpeg(BLOCK))
    assert (found.format, found.width, found.height) == ("jpeg", 128, 64)
    assert blocks(makers.jpeg(BLOCK)) == [BLOCK]


def test_jpeg_with_200_kb_of_other_segments_before():
    before = b"".join(makers.segment(0xE5, bytes(65_000)) for _ in range(3))
    assert blocks(makers.jpeg(BLOCK, before=before)) == [BLOCK]


@pytest.mark.parametrize("header", [b"Exif\0\0", b"Exif\0\xff", b"exif\0\0", b"\0\0Exif\0\0", b"Exif\0\0Exif\0\0"])
def test_jpeg_headers_that_cameras_write(header):
    assert blocks(makers.jpeg(BLOCK, header=header)) == [BLOCK]


def test_jpeg_with_fill_bytes_before_a_marker():
    content = makers.jpeg(BLOCK)
    assert blocks(content[:2] + b"\xff\xff" + content[2:]) == [BLOCK]


def test_jpeg_with_stray_bytes_between_segments():
    before = makers.segment(0xE5, b"other") + b"\0\0\0"
    assert blocks(makers.jpeg(BLOCK, before=before)) == [BLOCK]


def test_two_blocks_are_both_found():
    assert len(blocks(makers.jpeg(BLOCK, BLOCK))) == 2


def test_what_follows_the_first_scan_is_not_searched():
    assert blocks(makers.jpeg() + makers.segment(0xE1, b"Exif\0\0" + BLOCK)) == []


@pytest.mark.parametrize("behind", [False, True])
def test_png_exif_chunk(behind):
    found = walk(makers.png(makers.chunk(b"eXIf", BLOCK), behind=behind))
    assert (found.format, found.width, found.height, len(found.blocks)) == ("png", 128, 64, 1)


@pytest.mark.parametrize("name", [b"exif", b"APP1"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"iTXt packed"])
def test_png_raw_profiles(name, kind):
    key, text = makers.raw_profile(name, b"Exif\0\0" + BLOCK)
    content = {
        b"tEXt": key + b"\0" + text,
        b"zTXt": key + b"\0\0" + zlib.compress(text),
        b"iTXt": key + b"\0\0\0\0\0" + text,
        b"iTXt packed": key + b"\0\1\0\0\0" + zlib.compress(text),
    }[kind]
    assert blocks(makers.png(makers.chunk(kind[:4], content))) == [BLOCK]


def test_png_text_that_unpacks_to_a_gigabyte_is_cut():
    bomb = zlib.compress(bytes(100 << 20), 9)
    found = walk(makers.png(makers.chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb)))
    assert "text_too_large" in found.flags


def test_png_text_that_does_not_unpack():
    found = walk(makers.png(makers.chunk(b"zTXt", b"Raw profile type exif\0\0nonsense")))
    assert "text_damaged" in found.flags


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_webp_with_and_without_prefix(prefix):
    found = walk(makers.webp(BLOCK, prefix))
    assert (found.format, found.width, found.height) == ("webp", 128, 64)
    assert blocks(makers.webp(BLOCK, prefix)) == [BLOCK]


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}])
def test_webp_sizes_without_a_canvas_chunk(options):
    found = walk(makers.saved("WEBP", **options))
    assert (found.width, found.height) == (128, 64)


@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_heif_box_versions(version, method, brand):
    if (version, method) == (0, 1):
        pytest.skip("version 0 has no construction method")
    content = makers.heif(BLOCK, version, method, brand)
    assert walk(content).format == brand.decode()
    assert blocks(content) == [BLOCK]


def test_heif_offset_field_with_prefix():
    assert blocks(makers.heif(b"Exif\0\0" + BLOCK, offset_field=6)) == [BLOCK]


def test_heif_offset_field_that_lies():
    assert blocks(makers.heif(BLOCK, offset_field=4_000_000_000)) == [BLOCK]


@pytest.mark.parametrize(("kind", "name"), [("HEIF", "heic"), ("AVIF", "avif")])
def test_files_of_real_encoders(kind, name):
    found = walk(makers.saved(kind, exif=b"Exif\0\0" + BLOCK))
    assert (found.format, found.width, found.height, len(found.blocks)) == (name, 128, 64, 1)


@pytest.mark.parametrize("order", ["II", "MM"])
def test_tiff_is_its_own_block(order):
    content = makers.tiff(makers.NANPING, first={0x100: 640, 0x101: 480}, order=order)
    found = walk(content)
    assert (found.format, found.width, found.height, len(found.blocks)) == ("tiff", 640, 480, 1)


def test_raw_file_has_the_size_of_its_largest_picture():
    content = bytearray(
        makers.tiff(first={0xFE: 1, 0x100: 160, 0x101: 120, 0x14A: makers.Typed(makers.LONG, [0])})
    )
    place = len(content)
    struct.pack_into("<I", content, 8 + 2 + 12 * 3 + 8, place)
    content += makers._directory([(0x100, 6000), (0x101, 4000)], place, "<")
    found = walk(bytes(content))
    assert (found.width, found.height) == (6000, 4000)


def test_jpeg_xl_box():
    exif = makers.box(b"Exif", bytes(4) + BLOCK)
    # 64 by 48, written small: height 48 as (5 + 1) * 8, no ratio, width 64 as (7 + 1) * 8
    stream = b"\xff\x0a" + (1 | 5 << 1 | 0 << 6 | 7 << 9).to_bytes(4, "little")
    found = walk(container.JXL_SIGNATURE + exif + makers.box(b"jxlc", stream))
    assert (found.format, found.width, found.height, len(found.blocks)) == ("jxl", 64, 48, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7",
        b"GIF88a",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"MZ" + bytes(100),
        b"\xff\xd8",
    ],
)
def test_what_is_no_image(content):
    found = walk(content)
    assert (found.format, found.flags) == (None, {"not_an_image"})


def test_empty_file():
    assert walk(b"").flags == {"empty_file"}


@pytest.mark.parametrize("size", [0, 1, 7, 0xFFFFFFFF])
def test_boxes_with_impossible_sizes_end(size):
    head = makers.box(b"ftyp", b"heic" + bytes(4))
    found = walk(head + makers.box(b"meta", bytes(64), size) * 50)
    assert (found.format, found.blocks) == ("heic", [])


def test_png_with_a_million_chunks_stops_at_the_budget():
    found = walk(container.PNG_SIGNATURE + makers.chunk(b"abCd", b"") * 200_000)
    assert "walk_limit" in found.flags
