"""Photos that never were: small landscapes with the EXIF that a phone's camera writes."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

from fieldsync.moments import CHINA

_SIZE = (640, 480)
_GPS, _EXIF, _MAKE, _MODEL, _TAKEN, _OFFSET = 0x8825, 0x8769, 0x010F, 0x0110, 0x9003, 0x9011
_REF_LAT, _LAT, _REF_LON, _LON, _TIME, _DATE = 1, 2, 3, 4, 7, 29
_ADIT = (30, 26, 24)
_STONE, _MORTAR = (150, 146, 138), (110, 106, 100)


@dataclass(frozen=True)
class Shot:
    """What the camera knew: `gps` is `full`, `none`, or `redacted` (Android took the position out)."""

    taken_at: datetime
    lat: float
    lon: float
    gps: str = "full"
    model: str = "SL-1"
    # Whether the opening is walled up.
    sealed: bool = False


def jpeg(shot: Shot, random: Random) -> bytes:
    """Return a JPEG of a hillside with an opening in it; no two are alike."""
    image = _hillside(random, shot.sealed)
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL] = "Sample", shot.model
    local = shot.taken_at.astimezone(CHINA)
    exif.get_ifd(_EXIF).update(
        {_TAKEN: f"{local:%Y:%m:%d %H:%M:%S}", _OFFSET: f"{local:%z}"[:3] + f":{local:%z}"[4:]}
    )
    if shot.gps != "none":
        exif.get_ifd(_GPS).update(_position(shot))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, exif=exif)
    return out.getvalue()


def _position(shot: Shot) -> dict[int, object]:
    """Return the entries of the GPS directory."""
    if shot.gps == "redacted":
        nothing = tuple(IFDRational(0, 0) for _ in range(3))
        return {_REF_LAT: "", _LAT: nothing, _REF_LON: "", _LON: nothing}
    moment = shot.taken_at.astimezone(UTC)
    return {
        _REF_LAT: "N", _LAT: _degrees(shot.lat), _REF_LON: "E", _LON: _degrees(shot.lon),
        _TIME: (moment.hour, moment.minute, moment.second), _DATE: f"{moment:%Y:%m:%d}",
    }  # fmt: skip


def _degrees(angle: float) -> tuple[IFDRational, ...]:
    """Return degrees, minutes and seconds as EXIF has them."""
    degrees, rest = divmod(angle, 1)
    minutes, rest = divmod(rest * 60, 1)
    return IFDRational(int(degrees)), IFDRational(int(minutes)), IFDRational(round(rest * 60 * 10_000), 10_000)


def _hillside(random: Random, sealed: bool) -> Image.Image:
    """Return sky, three ridges and an adit's mouth, open or walled up."""
    image = Image.new("RGB", _SIZE, (random.randint(150, 190), random.randint(180, 210), 230))
    draw = ImageDraw.Draw(image)
    for ridge in range(3):
        base = _SIZE[1] * (0.35 + 0.18 * ridge)
        points = [(x, base + random.uniform(-45, 45)) for x in range(0, _SIZE[0] + 80, 80)]
        green = (70 - 15 * ridge, random.randint(90, 130) - 20 * ridge, 60)
        draw.polygon([(0, _SIZE[1]), *points, (_SIZE[0], _SIZE[1])], fill=green)
    x, y = random.randint(120, 460), random.randint(300, 380)
    draw.ellipse((x, y, x + 70, y + 90), fill=_ADIT)
    draw.rectangle((x, y + 45, x + 70, y + 90), fill=_ADIT)
    if sealed:
        _wall(draw, x - 4, y - 4)
    return image


def _wall(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """Lay courses of stone over the mouth."""
    for course in range(8):
        for stone in range(4):
            left, top = x + 20 * stone - 10 * (course % 2), y + 12 * course
            draw.rectangle((left, top, left + 20, top + 12), fill=_STONE, outline=_MORTAR)
