"""Copies with words on them: the words stand at the foot, and what was copied stays as it is."""

import io

import numpy
import pytest
from PIL import Image

from fieldsync.photos import watermark

LINES = ["2026年11月2日 09:11 张三", "老鹰硐 350899-101-2026-0001", "26.123456, 117.456789 ±8 m"]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x10F] = "vivo"
    Image.new("RGB", (800, 600), (120, 150, 110)).save(path, "JPEG", exif=exif)
    return path


def pixels(content: bytes) -> numpy.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return numpy.asarray(image.convert("L"), dtype=int)


def test_the_foot_says_it_and_the_rest_is_the_picture(picture):
    before, copy = picture.read_bytes(), watermark.marked(picture, LINES)
    assert b"vivo" in before
    assert b"vivo" not in copy
    shown, plain = pixels(copy), pixels(before)
    assert shown.shape == plain.shape
    assert abs(shown[:400] - plain[:400]).max() < 8
    foot = shown[-100:]
    assert (foot < 100).mean() > 0.5, "a dark band"
    assert (foot > 220).sum() > 1500, "white words"
    assert picture.read_bytes() == before


def test_a_long_line_is_broken_and_not_cut(picture):
    short, long = (pixels(watermark.marked(picture, ["山" * n])) for n in (10, 80))
    assert (long > 220).sum() > 7 * (short > 220).sum()


def test_without_a_chinese_font_it_is_spelt(picture, monkeypatch):
    monkeypatch.setattr(watermark, "FONTS", ())
    watermark._face.cache_clear()
    assert (pixels(watermark.marked(picture, LINES))[-100:] > 220).sum() > 1000
    watermark._face.cache_clear()
    assert watermark.spelt("老鹰硐（云溪镇）±8 m") == "Lao Ying Dong ( Yun Xi Zhen )+-8 m"


def test_what_is_no_picture_is_said(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(OSError, match="cannot identify"):
        watermark.marked(tmp_path / "a.jpg", LINES)
