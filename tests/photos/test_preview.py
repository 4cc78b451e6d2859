"""Previews: upright, small, without metadata, never larger than the original."""

import io

import numpy
import pytest
from PIL import Image

from fieldsync.photos import exif, likeness, preview
from fieldsync.photos.source import Source

from . import makers


def made(content, folder, name="a"):
    return preview.make(content, exif.read(Source.of(io.BytesIO(content))), folder, name)


def opened(path):
    with Image.open(path) as image:
        image.load()
        return image


def corner(image):
    """Which corner is red, as (right, bottom)."""
    width, height = image.size
    for right in (0, 1):
        for bottom in (0, 1):
            red, green, _ = image.getpixel((right * (width - 4) + 2, bottom * (height - 4) + 2))
            if red > 180 > 2 * green:
                return right, bottom
    return None


def test_two_sizes_from_one_photo(tmp_path):
    result = made(makers.jpeg(image=makers.picture((2000, 1500))), tmp_path)
    assert {size: opened(path).size for size, path in result.paths.items()} == {
        1600: (1600, 1200),
        512: (512, 384),
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.1600.jpg", "a.512.jpg"]
    assert result.flags == ()


def test_small_pictures_are_not_enlarged(tmp_path):
    result = made(makers.jpeg(), tmp_path)
    assert [opened(path).size for path in result.paths.values()] == [(128, 64), (128, 64)]


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_orientation_is_applied(kind, orientation, red, tmp_path):
    block = makers.tiff(first={0x112: orientation})
    content = {
        "jpeg": makers.jpeg(block),
        "png": makers.png(makers.chunk(b"eXIf", block)),
        "webp": makers.webp(block),
    }[kind]
    image = opened(made(content, tmp_path).paths[512])
    assert image.size == ((128, 64) if orientation < 5 else (64, 128))
    assert corner(image) == red


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "TIFF"])
def test_formats_that_turn_themselves_are_turned_once(kind, tmp_path):
    turned = Image.Exif()
    turned[0x112] = 6
    image = opened(made(makers.saved(kind, exif=turned.tobytes()), tmp_path).paths[512])
    assert image.size == (64, 128)
    assert corner(image) == (1, 0)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16", "F", "YCbCr"])
def test_every_mode_becomes_plain(mode, tmp_path):
    kind = "TIFF" if mode in ("F", "I;16", "CMYK", "YCbCr") else "PNG"
    image = (
        makers.picture(mode="L").convert("I").point(lambda one: one * 257).convert(mode)
        if mode == "I;16"
        else makers.picture(mode=mode)
    )
    result = made(makers.saved(kind, image), tmp_path)
    assert opened(result.paths[512]).mode == "RGB"
    assert result.flags == ()


def test_no_metadata_is_left(tmp_path):
    block = makers.tiff(makers.NANPING, first={0x10F: "vivo"})
    comment = makers.segment(0xFE, b"taken by Lin")
    content = makers.jpeg(block, before=comment, packet=makers.packet())
    for path in made(content, tmp_path).paths.values():
        plain = path.read_bytes()
        assert exif.read_file(path).flags == ("gps_missing",)
        assert not any(word in plain for word in (b"Exif", b"vivo", b"xmpmeta", b"Lin", b"ICC_PROFILE"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_truncated_pictures_are_shown_as_far_as_they_go(kind, tmp_path):
    noise = Image.effect_noise((400, 400), 80)
    content = makers.saved(kind, noise)
    result = made(content[: len(content) * 2 // 3], tmp_path)
    assert (result.flags, len(result.paths)) == (("truncated",), 2)


def test_nothing_but_a_header(tmp_path):
    result = made(makers.jpeg()[:150], tmp_path)
    assert result.flags == ("unreadable_pixels",) or result.flags == ("truncated",)


@pytest.mark.parametrize("content", [b"GIF89a\x01\0\x01\0\0\0\0;", b"\xff\x0a\0\0\0\0"])
def test_formats_known_but_not_decoded(content, tmp_path):
    assert made(content, tmp_path).flags == ("unsupported_format",)


def test_a_folder_that_cannot_be_written(tmp_path):
    assert made(makers.jpeg(), tmp_path / "none").flags == ("preview_unwritten",)


def test_likeness_survives_recompression_and_resizing(tmp_path):
    chance = numpy.random.default_rng(3)
    pixels = chance.integers(0, 255, (12, 16, 3), dtype=numpy.uint8)
    image = Image.fromarray(pixels).resize((800, 600), Image.Resampling.BICUBIC)
    first = made(makers.saved("JPEG", image, quality=95), tmp_path).dhash
    again = made(makers.saved("JPEG", image.resize((300, 225)), quality=40), tmp_path).dhash
    other = made(makers.saved("JPEG", image.transpose(Image.Transpose.ROTATE_180)), tmp_path).dhash
    assert likeness.distance(first, again) <= 6
    assert likeness.distance(first, other) > likeness.NEAR


def test_near_finds_the_nearest_first():
    hashes = numpy.array([0xFF, 0x1, 0xFFFFFFFFFFFFFFFF], dtype=numpy.uint64)
    assert likeness.near("0000000000000000", hashes) == [1, 0]
