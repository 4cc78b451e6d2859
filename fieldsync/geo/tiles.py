"""Where the tiles of a map pack come from: a folder z/x/y, an MBTiles file, or one picture that is cut up."""

import io
import math
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

from fieldsync.geo import mercator
from fieldsync.geo.datums import Unfit
from fieldsync.geo.mercator import SIDE, Bounds, Tile

FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
# What a machine of an office can hold in memory while it cuts.
MOST_PIXELS = 150_000_000
_SHALLOWEST, _DEEPEST = 5, 18


@dataclass(frozen=True)
class Source:
    """Tiles to pack: which there are, the bytes of each (empty: nothing there), and what they cover."""

    tiles: list[Tile]
    read: Callable[[Tile], bytes]
    bounds: Bounds


def of_folder(folder: Path) -> Source:
    """Return the tiles of a folder z/x/y.png, .jpg or .webp."""
    found = {}
    for path in folder.glob("*/*/*"):
        parts = (path.parts[-3], path.parts[-2], path.stem)
        if path.suffix.lower() in _ENDINGS and all(part.isdecimal() for part in parts):
            found[_checked(Tile(*map(int, parts)))] = path
    if not found:
        raise Unfit(f"{folder} 中没有 z/x/y 瓦片", f"{folder} holds no tiles z/x/y.png, .jpg or .webp")
    return Source(list(found), lambda tile: found[tile].read_bytes(), mercator.united(list(found)))


def of_mbtiles(path: Path) -> Source:
    """Return the tiles of an MBTiles file, whose rows are counted from the south."""
    try:
        with closing(_opened(path)) as database:
            rows = database.execute("SELECT zoom_level, tile_column, tile_row FROM tiles").fetchall()
    except sqlite3.Error as error:
        raise Unfit(
            f"{path.name} 不是 MBTiles 文件：{error}", f"{path.name} is no MBTiles file: {error}"
        ) from None
    if not rows:
        raise Unfit(f"{path.name} 中没有瓦片", f"{path.name} holds no tiles")
    found = [_checked(Tile(zoom, x, (1 << zoom) - 1 - y)) for zoom, x, y in rows]
    return Source(found, lambda tile: _of_row(path, tile), mercator.united(found))


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _of_row(path: Path, tile: Tile) -> bytes:
    asked = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
    with closing(_opened(path)) as database:
        row = database.execute(asked, (tile.zoom, tile.x, (1 << tile.zoom) - 1 - tile.y)).fetchone()
    return bytes(row[0])


def _checked(tile: Tile) -> Tile:
    if not tile.is_there:
        raise Unfit(f"没有这样的瓦片：{'/'.join(map(str, tile))}", f"there is no tile {'/'.join(map(str, tile))}")
    return tile


# One picture


def of_picture(path: Path, bounds: Bounds | None = None, deepest: int | None = None) -> Source:
    """Return the tiles that one picture in degrees is cut into; without bounds a world file lies beside it."""
    picture = _loaded(path)
    edges = bounds or of_world_file(path, picture.size)
    _check_bounds(edges)
    zooms = _zooms(picture.size, edges, deepest)
    found = [tile for zoom in zooms for tile in mercator.tiles(edges, zoom)]
    return Source(found, _Cutter(picture, edges).cut, edges)


def _loaded(path: Path) -> Image.Image:
    """Return a picture whole, within bounds."""
    try:
        with warnings.catch_warnings():
            # Own bounds stand below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                _check_pixels(*picture.size)
                return picture.convert("RGBA")
    except Unfit:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unfit(f"{path.name} 无法读取：{error}", f"{path.name} cannot be read: {error}") from None


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise Unfit(
            f"图像过大：{width}×{height}，至多 {most} 百万像素；请分块导入",
            f"the picture is too large: {width} x {height}, at most {most} million pixels; import it in parts",
        )


def of_world_file(path: Path, size: tuple[int, int]) -> Bounds:
    """Return the bounds that a world file (.jgw, .pgw, .tfw, .wld) gives a picture of this size."""
    ending = path.suffix.lower()
    names = [
        path.with_suffix(f".{ending[1:2]}{ending[-1:]}w"),
        path.with_suffix(f"{ending}w"),
        path.with_suffix(".wld"),
    ]
    found = next((name for name in names if name.exists()), None)
    if found is None:
        raise Unfit(
            f"{path.name} 没有坐标：请给出 --west --south --east --north，或放置 {names[0].name}",
            f"{path.name} has no place: give --west --south --east --north, or a world file {names[0].name}",
        )
    try:
        across, turn1, turn2, down, west, north = (float(word) for word in found.read_text("ascii").split())
    except (ValueError, UnicodeDecodeError):
        raise Unfit(f"{found.name} 应有六个数", f"{found.name} should hold six numbers") from None
    if turn1 or turn2:
        raise Unfit(f"{found.name} 含旋转，请先纠正", f"{found.name} turns the picture: straighten it first")
    if abs(west) > 180 or abs(north) > 90:
        raise Unfit(
            f"{found.name} 的单位不是度；请以经纬度（EPSG:4326 或 4490）导出",
            f"{found.name} is not in degrees: export the picture in longitude and latitude (EPSG:4326 or 4490)",
        )
    # A world file tells the middle of the first pixel.
    left, top = west - across / 2, north - down / 2
    return left, top + down * size[1], left + across * size[0], top


def _check_bounds(bounds: Bounds) -> None:
    west, south, east, north = bounds
    is_right = -180 <= west < east <= 180 and -mercator.MOST_LAT <= south < north <= mercator.MOST_LAT
    if not (is_right and all(map(math.isfinite, bounds))):
        raise Unfit(
            f"范围不对：西 {west}，南 {south}，东 {east}，北 {north}",
            f"these are no bounds: west {west}, south {south}, east {east}, north {north}",
        )


def _zooms(size: tuple[int, int], bounds: Bounds, deepest: int | None) -> range:
    """Return the zooms from that which shows the picture in a tile or two to that of its own pixels."""
    span = bounds[2] - bounds[0]
    last = deepest or round(math.log2(360 * size[0] / span / SIDE))
    last = max(0, min(last, _DEEPEST))
    first = max(_SHALLOWEST, math.floor(math.log2(360 / span)))
    return range(min(first, last), last + 1)


class _Cutter:
    """Cuts tiles out of one picture in degrees, from a copy shrunk to the tile's own scale."""

    def __init__(self, picture: Image.Image, bounds: Bounds) -> None:
        self.picture, self.bounds = picture, bounds
        self._shrunk: tuple[int, Any] = (0, None)

    def cut(self, tile: Tile) -> bytes:
        """Return a tile as PNG; empty where the picture does not reach."""
        west, _, east, _ = self.bounds
        ratio = self.picture.width / (east - west) * 360 / (SIDE << tile.zoom)
        pixels = self._at(max(1, math.floor(ratio)))
        columns = [mercator.longitude(tile.x + (i + 0.5) / SIDE, tile.zoom) for i in range(SIDE)]
        rows = [mercator.latitude(tile.y + (i + 0.5) / SIDE, tile.zoom) for i in range(SIDE)]
        found = _sampled(pixels, self._x(columns, pixels.shape[1]), self._y(rows, pixels.shape[0]))
        if not found[..., 3].any():
            return b""
        out = io.BytesIO()
        Image.fromarray(found, "RGBA").save(out, "PNG", compress_level=1)
        return out.getvalue()

    def _at(self, factor: int) -> Any:
        """Return the picture's pixels shrunk by a whole factor; the last one is kept."""
        if self._shrunk[0] != factor:
            small = self.picture.reduce(factor) if factor > 1 else self.picture
            self._shrunk = factor, numpy.asarray(small)
        return self._shrunk[1]

    def _x(self, longitudes: list[float], width: int) -> Any:
        west, _, east, _ = self.bounds
        return (numpy.array(longitudes) - west) / (east - west) * width - 0.5

    def _y(self, latitudes: list[float], height: int) -> Any:
        _, south, _, north = self.bounds
        return (north - numpy.array(latitudes)) / (north - south) * height - 0.5


def _sampled(pixels: Any, across: Any, down: Any) -> Any:
    """Return the pixels at fractional rows and columns, mixed of their neighbours; outside nothing is seen."""
    height, width = pixels.shape[:2]
    x, y = numpy.clip(across, 0, width - 1), numpy.clip(down, 0, height - 1)
    left, top = numpy.floor(x).astype(int), numpy.floor(y).astype(int)
    right, below = numpy.minimum(left + 1, width - 1), numpy.minimum(top + 1, height - 1)
    more_right, more_below = (x - left)[None, :, None], (y - top)[:, None, None]
    upper = pixels[numpy.ix_(top, left)] * (1 - more_right) + pixels[numpy.ix_(top, right)] * more_right
    lower = pixels[numpy.ix_(below, left)] * (1 - more_right) + pixels[numpy.ix_(below, right)] * more_right
    mixed = numpy.rint(upper * (1 - more_below) + lower * more_below).astype(numpy.uint8)
    seen_x = (across > -0.5 - 1e-6) & (across < width - 0.5 + 1e-6)
    seen_y = (down > -0.5 - 1e-6) & (down < height - 0.5 + 1e-6)
    mixed[..., 3] *= (seen_y[:, None] & seen_x[None, :]).astype(numpy.uint8)
    return mixed
