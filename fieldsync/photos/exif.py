"""What a photo says about itself: ExifRead first, Pillow as second opinion, then top-level XMP."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from . import container, position, readers, times, xmp
from .position import Position
from .readers import Tags
from .source import Source, SpentError
from .tiff import distil

EDITORS = (
    "photoshop", "lightroom", "gimp", "snapseed", "picsart", "pixlr", "vsco", "facetune", "affinity", "fotor",
    "luminar", "darktable", "rawtherapee", "capture one", "paint.net", "imagemagick", "picasa", "acdsee",
    "xnview", "irfanview", "photoscape", "polarr", "canva", "faceapp", "remini", "photo editor", "watermark",
    "meitu", "xiuxiu", "b612", "exiftool", "inshot", "美图", "美颜", "醒图", "轻颜", "水印", "修图",
    "抠图", "马克相机",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """The facts of one photo. Degrees are WGS-84 as written, metres, ISO 8601; size is as stored."""

    format: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    lat: float | None = None
    lon: float | None = None
    altitude_m: float | None = None
    accuracy_m: float | None = None
    bearing: float | None = None
    position_source: str | None = None
    taken_at: str | None = None
    gps_at: str | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None
    flags: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"flags": list(self.flags)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Facts:
        """The inverse of `as_json`."""
        return cls(**plain | {"flags": tuple(plain["flags"])})

    def flagged(self, *more: str) -> Facts:
        """The same facts with further flags, sorted."""
        return replace(self, flags=tuple(sorted({*self.flags, *more})))


@dataclass(frozen=True)
class _Reading:
    """One TIFF block read by both readers; `spoke` if it has a GPS directory, sound or not."""

    tags: Tags
    position: Position
    flags: frozenset[str]
    spoke: bool = False


def read_file(path: Path) -> Facts:
    """The facts of a file; never raises: what cannot be read is a flag."""
    try:
        if not path.is_file():
            return Facts(flags=("unreadable_file",))
        with path.open("rb") as file:
            return read(Source.of(file))
    except (OSError, ValueError):
        return Facts(flags=("unreadable_file",))


def read(source: Source) -> Facts:
    """The facts of the bytes behind a source; never raises on what they hold."""
    try:
        return _facts(container.walk(source))
    except Exception:
        # The net under everything above: a photo is kept and looked at even if its reader has a fault.
        return Facts(flags=("reader_failed",))


def _facts(found: container.Found) -> Facts:
    flags = set(found.flags)
    if found.format is None:
        return Facts().flagged(*flags)
    readings = _readings(found.blocks, flags)
    properties = _properties(found.packets, flags)
    best = _best(readings, flags)
    flags |= best.flags
    place, origin = _place(best, properties, flags)
    taken, fixed = times.taken_at(best.tags, flags), times.gps_at(best.tags, flags)
    times.compare(taken, fixed, flags)
    facts = Facts(
        format=found.format,
        width=found.width,
        height=found.height,
        orientation=_orientation(best.tags),
        lat=place.lat,
        lon=place.lon,
        position_source=origin,
        taken_at=times.iso(taken),
        gps_at=times.iso(fixed, zulu=True),
        make=readers.text(best.tags.get(("image", 0x10F))),
        model=readers.text(best.tags.get(("image", 0x110))),
        software=readers.text(best.tags.get(("image", 0x131))) or readers.text(properties.get("xmp:CreatorTool")),
    )
    facts = _measured(facts, best.tags, properties)
    return facts.flagged(*flags, *_origin_flags(facts, best.tags, properties))


def _readings(blocks: list[Source], flags: set[str]) -> list[_Reading]:
    readings = []
    for block in blocks:
        own: set[str] = set()
        try:
            clean = distil(block, own)
        except SpentError:
            flags.add("walk_limit")
            continue
        flags |= own
        if clean:
            reading = _second_opinion(clean)
            spoke = "gps_damaged" in own or any(group == "gps" for group, _ in reading.tags)
            readings.append(replace(reading, spoke=spoke))
    return readings


def _second_opinion(block: bytes) -> _Reading:
    """ExifRead's tags; Pillow's where ExifRead fails. Where both find different places there is none."""
    first, second = readers.by_exifread(block), readers.by_pillow(block)
    tags = first if first is not None else second
    if tags is None:
        return _Reading({}, Position(), frozenset({"exif_damaged"}))
    place = position.from_exif(tags)
    other = position.from_exif(second) if second is not None else place
    if first is None or place.agrees(other):
        return _Reading(tags, place, frozenset())
    if place.known and other.known:
        place = Position()
    return _Reading(tags, place, frozenset({"exif_disagree"}))


def _best(readings: list[_Reading], flags: set[str]) -> _Reading:
    """The first block with a GPS directory, else the first; blocks that contradict each other are flagged."""
    if not readings:
        return _Reading({}, Position(flags=frozenset({"gps_missing"})), frozenset())
    spoken = [reading for reading in readings if reading.spoke]
    if any(not reading.position.agrees(spoken[0].position) for reading in spoken[1:]):
        flags.add("exif_disagree")
    if len(readings) > 1:
        flags.add("exif_blocks")
    return (spoken or readings)[0]


def _properties(packets: list[bytes], flags: set[str]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for packet in packets:
        for key, value in xmp.read(packet, flags).items():
            merged.setdefault(key, value)
    return merged


def _place(best: _Reading, properties: dict[str, str], flags: set[str]) -> tuple[Position, str | None]:
    """The EXIF position, else that of XMP; the reasons why EXIF had none stay."""
    other = position.from_xmp(properties)
    if best.position.known:
        flags |= best.position.flags
        if other.known and not _near(best.position, other):
            flags.add("xmp_disagree")
        return best.position, "exif"
    flags |= best.position.flags - ({"gps_missing"} if "gps_missing" not in other.flags else set())
    if "gps_missing" not in other.flags:
        flags |= other.flags
    return other, "xmp" if other.known else None


def _near(one: Position, other: Position) -> bool:
    """Within about 100 m: XMP is often written with fewer digits."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return False
    return abs(one.lat - other.lat) < 1e-3 and abs(one.lon - other.lon) < 1e-3


def _measured(facts: Facts, tags: Tags, properties: dict[str, str]) -> Facts:
    """Altitude, accuracy and bearing, from the witness that gave the position."""
    if facts.position_source == "xmp":
        height = xmp.number(properties.get("exif:GPSAltitude"))
        below = properties.get("exif:GPSAltitudeRef") == "1"
        return replace(facts, altitude_m=-height if height is not None and below else height)
    return replace(
        facts,
        altitude_m=position.altitude(tags),
        accuracy_m=position.accuracy(tags),
        bearing=position.bearing(tags),
    )


def _orientation(tags: Tags) -> int | None:
    value = readers.finite(tags.get(("image", 0x112)))
    return int(value) if value is not None and value in range(1, 9) else None


def _origin_flags(facts: Facts, tags: Tags, properties: dict[str, str]) -> set[str]:
    """Whether the picture came through an editor or off a screen."""
    software = f"{facts.software or ''} {properties.get('xmp:CreatorTool', '')}".lower()
    flags = {"edited"} if any(name in software for name in EDITORS) else set()
    comment = tags.get(("exif", 0x9286))
    if "screenshot" in software or "screenshot" in _comment(comment).lower():
        flags.add("screenshot")
    return flags


def _comment(value: readers.Value | None) -> str:
    """A user comment begins with eight bytes that name its encoding."""
    if isinstance(value, list):
        return "".join(chr(int(one)) for one in value[8:64] if 31 < one < 127)
    return value or ""
