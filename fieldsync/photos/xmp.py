"""Top-level XMP: the camera's own statements, not those of places shown in the picture."""

from __future__ import annotations

import re
from xml.parsers import expat  # document types are refused below, so no entity can be declared

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
WANTED = {
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/xap/1.0/": "xmp",
}
DESCRIPTION = f"{RDF} Description"
TEXT = 256
ANGLE = re.compile(
    r"\s*([+-]?\d{1,3}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?\s*([NSEW]?)\s*", re.I
)


class _RefusedError(Exception):
    """The packet declares a document type."""


class _Top:
    """Collects properties of the descriptions directly below rdf:RDF, as attributes or child elements."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if self._at_top(1):
            for key, value in attributes.items():
                self._keep(key, value)

    def text(self, content: str) -> None:
        if self._at_top(2):
            self._keep(self.path[-1], content)

    def end(self, name: str) -> None:
        self.path.pop()

    def _at_top(self, below: int) -> bool:
        """Whether the path ends `below` levels under an rdf:RDF that is the root or one under it."""
        at = self.path.index(f"{RDF} RDF") if f"{RDF} RDF" in self.path[:2] else -1
        return at >= 0 and len(self.path) == at + 1 + below and self.path[at + 1] == DESCRIPTION

    def _keep(self, key: str, value: str) -> None:
        space, _, name = key.partition(" ")
        if space in WANTED:
            label = f"{WANTED[space]}:{name}"
            self.found[label] = (self.found.get(label, "") + value)[:TEXT]

    def refuse(self, *_: object) -> None:
        raise _RefusedError


def read(packet: bytes, flags: set[str]) -> dict[str, str]:
    """Top-level exif and xmp properties, such as `exif:GPSLatitude`; damage becomes a flag."""
    top = _Top()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = top.start
    parser.EndElementHandler = top.end
    parser.CharacterDataHandler = top.text
    parser.StartDoctypeDeclHandler = top.refuse
    parser.EntityDeclHandler = top.refuse
    try:
        parser.Parse(packet.strip(b"\x00 \r\n\t"), True)
    except _RefusedError:
        flags.add("xmp_refused")
        return {}
    except (expat.ExpatError, ValueError, LookupError):
        flags.add("xmp_damaged")
    return {key: value.strip() for key, value in top.found.items()}


def angle(text: str, letters: str) -> tuple[float | None, str | None]:
    """Degrees from `25,6.5N`, `25,6,30N` or a signed decimal; else None and the flag that says why."""
    match = ANGLE.fullmatch(text)
    if not match:
        return None, "gps_bad_number"
    whole, minutes, seconds, letter = match.groups()
    value = abs(float(whole)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    if letter and letter.upper() in letters:
        return (
            (None, "gps_sign_conflict")
            if whole[0] in "+-"
            else (-value if letter.upper() in "SW" else value, None)
        )
    if letter or whole[0] not in "+-":
        return None, "gps_missing_ref"
    return (-value if whole[0] == "-" else value), None


def number(text: str | None) -> float | None:
    """A number written as `324145/1000` or `324.1`; None if it is neither."""
    match = re.fullmatch(r"\s*([+-]?\d{1,12}(?:\.\d{1,12})?)(?:/(\d{1,12}))?\s*", text or "")
    if not match:
        return None
    below = float(match[2] or 1)
    return float(match[1]) / below if below else None
