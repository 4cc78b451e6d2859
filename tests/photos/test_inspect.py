"""`inspect` has fixed keys in a fixed order."""

import hashlib
import json

from fieldsync.photos.inspect import inspect, lines

from . import makers

KEYS = (
    "file sha256 format width height orientation lat lon altitude_m position_source taken_at gps_at "
    "make model flags"
)


def test_keys_in_order(tmp_path):
    content = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: "vivo", 0x112: 6}))
    found = inspect(makers.write(tmp_path, "a.jpg", content))
    assert list(found) == KEYS.split()
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert (found["format"], found["width"], found["height"], found["orientation"]) == ("jpeg", 128, 64, 6)


def test_keys_are_the_same_for_what_is_missing(tmp_path):
    assert list(inspect(tmp_path / "none.jpg")) == KEYS.split()


def test_lines_are_json(tmp_path):
    path = makers.write(tmp_path, "南平.jpg", makers.jpeg())
    first, second = lines([path, tmp_path / "none"])
    assert json.loads(first)["file"] == str(path)
    assert json.loads(second)["flags"] == ["unreadable_file"]
    assert "\n" not in first
