"""Map packs: raster tiles in one PMTiles file, and beside it what is to be known of them, per county."""

import hashlib
import io
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from fieldsync.geo.datums import Unfit
from fieldsync.geo.mercator import SIDE, Tile
from fieldsync.geo.tiles import FORMATS, Source

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# A phone holds the pack it shows in memory; beyond this much it is refused, above that much told.
MOST_BYTES, MANY_BYTES = 200_000_000, 60_000_000
MOST_TILES = 100_000
_TYPES = {"png": TileType.PNG, "jpeg": TileType.JPEG, "webp": TileType.WEBP}


def folder(instance: Path, cell: str) -> Path:
    """Return where the packs of a county lie."""
    return instance / "packs" / cell


def listed(instance: Path, cell: str) -> list[dict[str, Any]]:
    """Return what is known of every pack of a county, by name."""
    found = folder(instance, cell)
    return [orjson.loads(path.read_bytes()) for path in sorted(found.glob("*.json")) if path.stem[0] != "."]


def find(instance: Path, cell: str, name: str) -> tuple[Path, dict[str, Any]] | None:
    """Return a county's pack of this name and what is known of it, or None."""
    if not NAME.fullmatch(name):
        return None
    facts = folder(instance, cell) / f"{name}.json"
    return (facts.with_suffix(".pmtiles"), orjson.loads(facts.read_bytes())) if facts.exists() else None


def make(
    source: Source, target: Path, facts: dict[str, Any], kind: str = "", quality: int = 75,
    progress: Callable[[list[Tile]], Any] = iter,
) -> dict[str, Any]:  # fmt: skip
    """Write a pack and its facts; return them. `kind` is a key of FORMATS, empty for that of the tiles."""
    if len(source.tiles) > MOST_TILES:
        raise Unfit(
            f"瓦片过多：{len(source.tiles)}，至多 {MOST_TILES}；请减少级别或范围",
            f"too many tiles: {len(source.tiles)}, at most {MOST_TILES}; take fewer zooms or less area",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            found = _write(file, source, kind, quality, progress)
            os.fsync(file.fileno())
        with draft.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        found = facts | found | {"size": draft.stat().st_size, "sha256": sha256}
        # The facts go first and come last: whoever finds some finds those of the file beside them.
        target.with_suffix(".json").unlink(missing_ok=True)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return _noted(target, found | {"made_at": datetime.now(UTC).isoformat(timespec="seconds")})


def _noted(target: Path, facts: dict[str, Any]) -> dict[str, Any]:
    draft = target.with_name(f".{target.stem}.{os.getpid()}.json")
    draft.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    draft.replace(target.with_suffix(".json"))
    return facts


def _write(
    file: BinaryIO, source: Source, kind: str, quality: int, progress: Callable[[list[Tile]], Any]
) -> dict[str, Any]:
    """Write all tiles in the order that the format wants; return bounds, zooms, number and format."""
    writer, zooms = Writer(file), set()
    try:
        for tile in progress(sorted(source.tiles, key=lambda tile: zxy_to_tileid(*tile))):
            content = source.read(tile)
            if content:
                kind, content = _checked(tile, content, kind, quality)
                writer.write_tile(zxy_to_tileid(*tile), content)
                zooms.add(tile.zoom)
            _check_size(writer.offset)
        if not zooms:
            raise Unfit("没有可用的瓦片", "there is no tile with anything on it")
        writer.finalize(_header(source, kind), {"format": kind, "type": "baselayer"})
    finally:
        with suppress(OSError):
            writer.tile_f.close()
    return {
        "bounds": [round(edge, 7) for edge in source.bounds], "min_zoom": min(zooms), "max_zoom": max(zooms),
        "tiles": writer.addressed_tiles, "format": kind,
    }  # fmt: skip


def _check_size(written: int) -> None:
    if written > MOST_BYTES:
        raise Unfit(
            f"地图包超过 {MOST_BYTES // 1_000_000} MB，手机装不下；请减少级别或范围，或用 --format webp",
            f"the pack exceeds {MOST_BYTES // 1_000_000} MB, too much for phones; take fewer zooms or less area,"
            " or --format webp",
        )


def _header(source: Source, kind: str) -> Any:
    west, south, east, north = (round(edge * 1e7) for edge in source.bounds)
    return {
        "tile_type": _TYPES[kind], "tile_compression": Compression.NONE, "min_lon_e7": west, "min_lat_e7": south,
        "max_lon_e7": east, "max_lat_e7": north,
    }  # fmt: skip


def _checked(tile: Tile, content: bytes, kind: str, quality: int) -> tuple[str, bytes]:
    """Return the format of the pack and a tile in it; a tile that is in it already stays as it is."""
    place = "/".join(map(str, tile))
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            if picture.size != (SIDE, SIDE):
                raise Unfit(
                    f"瓦片 {place} 为 {picture.width}×{picture.height}，应为 {SIDE}×{SIDE}",
                    f"tile {place} has {picture.width} x {picture.height} pixels, not {SIDE} x {SIDE}",
                )
            own = (picture.format or "").lower()
            kind = kind or own
            if kind not in FORMATS:
                raise Unfit(f"瓦片 {place} 是 {kind}，不支持", f"tile {place} is {kind}, which is not supported")
            return kind, content if own == kind else _as(picture, kind, quality)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unfit(f"瓦片 {place} 已损坏：{error}", f"tile {place} is damaged: {error}") from None


def _as(picture: Image.Image, kind: str, quality: int) -> bytes:
    """Return a picture's bytes in another format; JPEG knows no transparency, so what is not there is white."""
    shown = picture.convert("RGBA")
    if kind == "jpeg":
        ground = Image.new("RGBA", shown.size, "white")
        shown = Image.alpha_composite(ground, shown).convert("RGB")
    out = io.BytesIO()
    shown.save(out, FORMATS[kind], quality=quality)
    return out.getvalue()
