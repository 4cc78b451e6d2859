"""Map packs: tiles from a folder, an MBTiles file or a picture come out as PMTiles, each in its place."""

import hashlib
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from pmtiles.reader import MmapSource, Reader

from fieldsync.geo import mercator, packs, tiles
from fieldsync.geo.datums import REFUSED, Unfit
from fieldsync.geo.mercator import Tile

LON, LAT = 117.42, 25.29
EDGES = (LON - 0.05, LAT - 0.04, LON + 0.05, LAT + 0.04)
CELL = "350881"
RED, GREEN = (200, 30, 30), (30, 160, 60)


def picture(colour=RED, size=(256, 256), kind="PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def opened(path: Path) -> tuple[Reader, dict]:
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        return reader, reader.header()


def pixel(reader: Reader, lon: float, lat: float, zoom: int) -> tuple[int, ...] | None:
    """Return the colour that a map shows at a place."""
    x, y = mercator.column(lon, zoom), mercator.row(lat, zoom)
    content = reader.get(zoom, int(x), int(y))
    if content is None:
        return None
    shown = Image.open(io.BytesIO(content)).convert("RGBA")
    return shown.getpixel((int(x % 1 * 256), int(y % 1 * 256)))


def is_near(one, other) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(one, other, strict=False))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Tiles of two zooms around a place."""
    for zoom in (12, 13):
        for tile in mercator.tiles(EDGES, zoom):
            path = tmp_path / "tiles" / str(zoom) / str(tile.x) / f"{tile.y}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture((zoom, tile.x % 256, tile.y % 256)))
    return tmp_path / "tiles"


def test_places_and_tiles_agree():
    assert mercator.tiles((-180, -85, 180, 85), 0) == [Tile(0, 0, 0)]
    for zoom in (5, 14, 18):
        assert mercator.longitude(mercator.column(LON, zoom), zoom) == pytest.approx(LON)
        assert mercator.latitude(mercator.row(LAT, zoom), zoom) == pytest.approx(LAT)
    tile = Tile(12, int(mercator.column(LON, 12)), int(mercator.row(LAT, 12)))
    assert mercator.tiles(tile.bounds, 12) == [tile]
    west, south, east, north = tile.bounds
    assert west < LON < east
    assert south < LAT < north


def test_a_folder_of_tiles_stays_as_it_is(folder, tmp_path):
    source = tiles.of_folder(folder)
    made = packs.make(source, tmp_path / "packs" / "a.pmtiles", {"name": "a"})
    reader, header = opened(tmp_path / "packs" / "a.pmtiles")
    for tile in source.tiles:
        assert reader.get(*tile) == source.read(tile)
    assert reader.get(12, 0, 0) is None
    assert (header["min_zoom"], header["max_zoom"]) == (made["min_zoom"], made["max_zoom"]) == (12, 13)
    assert made["format"] == "png"
    content = (tmp_path / "packs" / "a.pmtiles").read_bytes()
    assert (made["size"], made["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert json.loads((tmp_path / "packs" / "a.json").read_text()) == made
    west, south, east, north = made["bounds"]
    assert west <= EDGES[0] < EDGES[2] <= east
    assert south <= EDGES[1] < EDGES[3] <= north


def test_rows_of_mbtiles_are_counted_from_the_south(folder, tmp_path):
    path = tmp_path / "map.mbtiles"
    source = tiles.of_folder(folder)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        rows = [(t.zoom, t.x, (1 << t.zoom) - 1 - t.y, source.read(t)) for t in source.tiles]
        database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        database.commit()
    other = tiles.of_mbtiles(path)
    assert sorted(other.tiles) == sorted(source.tiles)
    assert all(other.read(tile) == source.read(tile) for tile in source.tiles)


def test_a_picture_is_cut_where_it_lies(tmp_path):
    image = Image.new("RGB", (1000, 800), RED)
    image.paste(GREEN, (0, 0, 500, 400))
    image.save(tmp_path / "map.jpg", quality=95)
    source = tiles.of_picture(tmp_path / "map.jpg", EDGES)
    made = packs.make(source, tmp_path / "m.pmtiles", {}, "webp")
    reader, _header = opened(tmp_path / "m.pmtiles")
    assert made["format"] == "webp"
    # 0.1 degrees over 1,000 pixels are those of zoom 14.
    assert made["max_zoom"] == 13 or made["max_zoom"] == 14
    for zoom in range(made["min_zoom"], made["max_zoom"] + 1):
        assert is_near(pixel(reader, LON - 0.02, LAT + 0.02, zoom), GREEN), zoom
        for lon, lat in ((LON + 0.02, LAT + 0.02), (LON - 0.02, LAT - 0.02), (LON + 0.02, LAT - 0.02)):
            assert is_near(pixel(reader, lon, lat, zoom), RED), zoom
    last = made["max_zoom"]
    width = 360 / (256 << last)
    # The seam lies within two pixels of where it should.
    assert is_near(pixel(reader, LON - 2 * width, LAT + 0.02, last), GREEN)
    assert is_near(pixel(reader, LON + 2 * width, LAT + 0.02, last), RED)
    outside = pixel(reader, EDGES[0] - 3 * width, LAT, last)
    assert outside is None or outside[3] == 0


def test_a_world_file_tells_the_place(tmp_path):
    Image.new("RGB", (100, 80), RED).save(tmp_path / "map.png")
    (tmp_path / "map.pgw").write_text(f"0.001\n0\n0\n-0.001\n{EDGES[0] + 0.0005}\n{EDGES[3] - 0.0005}\n")
    assert tiles.of_picture(tmp_path / "map.png").bounds == pytest.approx(EDGES)


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ("1\n0\n0\n-1\n500000\n2800000\n", "not in degrees"),
        ("0.001\n0.1\n0\n-0.001\n117\n25\n", "straighten"),
        ("0.001\n0\n0\n-0.001\n117\n", "six numbers"),
        ("a b c d e f", "six numbers"),
        ("0.001\n0\n0\n0.001\n117\n25\n", "no bounds"),
        (None, "no place"),
    ],
)
def test_bad_world_files(tmp_path, world, words):
    Image.new("RGB", (100, 80), RED).save(tmp_path / "map.png")
    if world:
        (tmp_path / "map.pgw").write_text(world)
    with pytest.raises(Unfit, match=words):
        tiles.of_picture(tmp_path / "map.png")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (picture(size=(512, 512)), "512 x 512"),
        (picture()[:100], "damaged"),
        (b"<html>", "damaged"),
    ],
)
def test_bad_tiles(folder, tmp_path, content, words):
    next(folder.glob("12/*/*.png")).write_bytes(content)
    with pytest.raises(Unfit, match=words):
        packs.make(tiles.of_folder(folder), tmp_path / "a.pmtiles", {})
    assert not list(tmp_path.glob("*.pmtiles*"))
    assert not list(tmp_path.glob(".*"))


def test_tiles_of_several_formats_become_those_of_the_first(folder, tmp_path):
    for path in folder.glob("13/*/*.png"):
        path.write_bytes(picture(RED, kind="JPEG"))
    made = packs.make(tiles.of_folder(folder), tmp_path / "a.pmtiles", {})
    reader, _ = opened(tmp_path / "a.pmtiles")
    for tile in tiles.of_folder(folder).tiles:
        assert Image.open(io.BytesIO(reader.get(*tile))).format == "PNG"
    assert made["format"] == "png"


def test_a_pack_that_is_too_large(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "MOST_BYTES", 500)
    with pytest.raises(Unfit, match="too much for phones"):
        packs.make(tiles.of_folder(folder), tmp_path / "a.pmtiles", {})
    monkeypatch.setattr(packs, "MOST_TILES", 3)
    with pytest.raises(Unfit, match="too many tiles"):
        packs.make(tiles.of_folder(folder), tmp_path / "a.pmtiles", {})


def test_what_is_no_map(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.mbtiles").write_bytes(b"SQLite format 3\0 not really")
    (tmp_path / "a.png").write_bytes(b"no picture")
    for read, path in ((tiles.of_folder, "empty"), (tiles.of_mbtiles, "a.mbtiles")):
        with pytest.raises(Unfit):
            read(tmp_path / path)
    with pytest.raises(Unfit, match="cannot be read"):
        tiles.of_picture(tmp_path / "a.png", EDGES)
    stray = tmp_path / "stray" / "3" / "9"
    stray.mkdir(parents=True)
    (stray / "1.png").write_bytes(picture())
    with pytest.raises(Unfit, match="no tile 3/9/1"):
        tiles.of_folder(tmp_path / "stray")


# The command


def test_the_command_makes_a_pack_of_the_county(shell, folder, tmp_path):
    done = shell("mappack", str(folder), "--datum", "cgcs2000", "--name", "own", "--title", "航拍 2024")
    assert done.exit_code == 0, done.output
    assert "reach beyond" not in done.output
    (found,) = packs.listed(tmp_path / "instance", CELL)
    assert (found["name"], found["title"], found["datum"], found["source"]) == (
        "own", "航拍 2024", "cgcs2000", "tiles",
    )  # fmt: skip
    assert packs.find(tmp_path / "instance", CELL, "own")[1] == found
    assert packs.find(tmp_path / "instance", CELL, "../own") is None
    assert packs.listed(tmp_path / "instance", "350899") == []


@pytest.mark.parametrize("datum", REFUSED)
def test_other_datums_are_refused_with_the_reason(shell, folder, tmp_path, datum):
    done = shell("mappack", str(folder), "--datum", datum, "--name", "own")
    assert done.exit_code == 1
    assert REFUSED[datum][1] in done.output
    assert not (tmp_path / "instance" / "packs").exists()


def test_a_datum_must_be_named(shell, folder):
    assert "--datum" in shell("mappack", str(folder), "--name", "own").output


def test_other_mistakes_at_the_keyboard(shell, folder, tmp_path):
    assert "go together" in shell("mappack", str(folder), "--datum", "wgs84", "--name", "a", "--west", "1").output
    assert "letters a-z" in shell("mappack", str(folder), "--datum", "wgs84", "--name", "../a").output
    Image.new("RGB", (300, 300), RED).save(tmp_path / "far.png")
    edges = ("--west", "10", "--south", "50", "--east", "10.1", "--north", "50.1")
    done = shell("mappack", str(tmp_path / "far.png"), "--datum", "wgs84", "--name", "far", *edges)
    assert done.exit_code == 0
    assert "reach beyond Fujian" in done.output
