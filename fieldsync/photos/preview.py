"""Previews without metadata and the likeness hash, from one bounded decode."""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile

from .container import jpeg_segments
from .exif import Facts
from .source import Source

SIZES = (1600, 512)
PLUGINS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF", "avif": "AVIF", "tiff": "TIFF"}
PIXELS = {"jpeg": 100_000_000}
PIXELS_OTHERS = 40_000_000
SCANS = 64
QUALITY = 82
THREADS = 2
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# In scan data FF is followed by 00 or a restart marker; anything else ends the scan.
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

pillow_heif.register_heif_opener()
# Each thread costs address space, of which the decoder has little.
pillow_heif.options.DECODE_THREADS = THREADS
AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS


@dataclass(frozen=True)
class Previews:
    """Where the previews lie by their longest side, the dHash, and what went wrong."""

    paths: dict[int, Path] = field(default_factory=dict)
    dhash: str | None = None
    flags: tuple[str, ...] = ()


def make(original: Path | bytes, facts: Facts, folder: Path, name: str) -> Previews:
    """Write `<name>.1600.jpg` and `<name>.512.jpg` into `folder`; never raises, flags say what is wrong."""
    try:
        with io.BytesIO(original) if isinstance(original, bytes) else original.open("rb") as file:
            reason = refusal(file, facts)
            if reason:
                return Previews(flags=(reason,))
            picture, flags = _picture(file, facts)
        return _written(picture, folder, name, flags)
    except OSError:
        return Previews(flags=("preview_unwritten",))
    except Exception:
        return Previews(flags=("unreadable_pixels",))


def refusal(file: BinaryIO, facts: Facts) -> str | None:
    """Why the pixels are not even tried: format, size or scans; None if they may be."""
    if facts.format not in PLUGINS:
        return "unsupported_format" if facts.format else "not_an_image"
    if facts.width and facts.height and _too_large(facts.format, facts.width, facts.height):
        return "too_many_pixels"
    if facts.format == "jpeg" and scans(file) > SCANS:
        return "too_many_scans"
    return None


def _too_large(kind: str, width: int, height: int) -> bool:
    return width * height > PIXELS.get(kind, PIXELS_OTHERS)


def scans(file: BinaryIO) -> int:
    """How many scans the first picture of a JPEG file has: each costs a pass over all its pixels."""
    file.seek(0)
    content = file.read()
    if content.count(b"\xff\xda") <= SCANS:
        return content.count(b"\xff\xda")
    count, at = 0, 2
    while count <= SCANS and at < len(content):
        rest = Source(io.BytesIO(content), max(at - 2, 0), len(content))
        begun = [begin for marker, begin, _ in jpeg_segments(rest) if marker == 0xDA]
        if not begun:
            break
        count += 1
        match = NEXT_MARKER.search(content, rest.start + begun[0])
        if not match:
            break
        at = match.start()
    return count


def _picture(file: BinaryIO, facts: Facts) -> tuple[Image.Image, list[str]]:
    """The upright picture, at most 1600 pixels long, in plain RGB; part of it where the file ends early."""
    try:
        return _decoded(file, facts), []
    except Image.DecompressionBombError:
        raise
    except (OSError, SyntaxError, EOFError):
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            return _decoded(file, facts), ["truncated"]
        except OSError as error:
            raise ValueError from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _decoded(file: BinaryIO, facts: Facts) -> Image.Image:
    kind = facts.format or ""
    file.seek(0)
    with warnings.catch_warnings():
        # The caps here are stricter where it matters, and the libraries' warnings quote the file.
        warnings.simplefilter("ignore")
        with Image.open(file, formats=(PLUGINS[kind],)) as image:
            if _too_large(kind, *image.size):
                raise ValueError
            target = _fitted(image.size, SIZES[0])
            image.draft(None, target)
            image.load()
            turn = TURNS.get(_turn(image, facts))
            small = _resized(_plain(image), target)
    small = small.transpose(turn) if turn is not None else small
    small.info = {}  # Pillow would write comments found here into the preview
    return small


def _turn(image: Image.Image, facts: Facts) -> int:
    """The orientation still to be applied: HEIF and TIFF readers have done it, AVIF's puts it in its EXIF."""
    if facts.format in ("heic", "tiff"):
        return 1
    if facts.format == "avif":
        return int(image.getexif().get(0x112, 1))
    return facts.orientation or 1


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size with the given longest side, never larger than it is."""
    width, height = size
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.copy() if image.size == size else image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _plain(image: Image.Image) -> Image.Image:
    """RGB on white, whatever the file's own mode is."""
    if image.mode in ("RGB", "L"):
        return image if "transparency" not in image.info else _on_white(image)
    if image.mode[0] in "IF":
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen and more bits per pixel, stretched to what the picture uses."""
    image = image.convert("F")
    low, high = (float(edge) for edge in image.getextrema() if not isinstance(edge, tuple))
    scale = 255 / (high - low) if high > low else 0.0
    shift: Callable[[float], float] = lambda value: value * scale - low * scale  # noqa: E731  # Pillow wants this form
    return image.point(shift).convert("L")


def _written(picture: Image.Image, folder: Path, name: str, flags: list[str]) -> Previews:
    paths = {}
    picture = picture.convert("RGB")
    for longest in SIZES:
        size = _fitted(picture.size, longest)
        picture = (
            picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        )
        paths[longest] = folder / f"{name}.{longest}.jpg"
        _save(picture, paths[longest])
    return Previews(paths, dhash(picture), tuple(flags))


def _save(picture: Image.Image, path: Path) -> None:
    """All or nothing: a reader never sees half a preview."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            picture.save(file, "JPEG", quality=QUALITY)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def dhash(picture: Image.Image) -> str:
    """dHash-64: of each pixel in 8 rows of 9, whether its right neighbour is brighter."""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    value = 0
    for row in range(8):
        for column in range(8):
            value = value << 1 | (grey[row * 9 + column] < grey[row * 9 + column + 1])
    return f"{value:016x}"
