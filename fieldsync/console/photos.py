"""Photos as the pages show them: facts in words; the files themselves by the door that notes each look."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from fieldsync.api.photos import send_original, send_preview
from fieldsync.console import display, words
from fieldsync.console.doors import given
from fieldsync.domain import photos
from fieldsync.language import pick
from fieldsync.sync.records import Record

bp = Blueprint("photos", __name__, url_prefix="/photos")


@bp.get("/<uuid:photo_id>/preview")
def preview(photo_id: Any) -> Response:
    """Return a preview; the look is noted in the chain."""
    return send_preview(str(photo_id), given("px") or "512")


@bp.get("/<uuid:photo_id>/original")
def original(photo_id: Any) -> Response:
    """Return the original as it was received; the look is noted in the chain."""
    return send_original(str(photo_id))


@dataclass(frozen=True)
class Card:
    """One photo on a page: its facts in words, label by label."""

    id: str
    have: bool
    # Only the phone's preview is here.
    is_preview: bool
    title: str
    facts: list[tuple[str, str]]
    flags: list[str]
    verdict: str
    is_sealed: bool


def flags(shots: Iterable[Record]) -> list[str]:
    """Return the flags of several photos in words, each once."""
    codes = {code: None for shot in shots for code in shot.rows("flags")}
    return [words.word(words.FLAGS, code) for code in sorted(codes)]


def card(photo: Record) -> Card:
    """Return what a page shows of a photo."""
    fields = photos.NOUN.fields
    named = ("capture_source", "taken_at", "device_time", "exif_vs_device_m", "exif_to_site_m", "to_site_m",
             "clock_skew_s", "county_note")  # fmt: skip
    present = [path for path in named if path in photo.body]
    facts = [
        (display.label(fields, path), display.show(fields.find(path), path, photo.get(path))) for path in present
    ]
    role, verdict = photo.text("role"), photo.text("claim_verdict")
    title = [pick(photos.ROLES[role]) if role in photos.ROLES else "", photo.text("caption")]
    return Card(
        id=photo.id, have=photo.get("have") is True,
        is_preview=photo.get("have") is not True and photo.get("have_preview") is True,
        title=" · ".join(filter(None, title)),
        facts=[*_places(photo), *facts, *_camera(photo)], flags=flags([photo]),
        verdict=words.word(words.VERDICTS, verdict or "absent"), is_sealed=verdict == "valid",
    )  # fmt: skip


def place(photo: Record) -> str:
    """Return where a photo was taken: as the phone says, else as its file says; empty where neither does."""
    accuracy = photo.number("geo_acc")
    within = f" ±{accuracy:.0f} m" if accuracy is not None else ""
    found = [
        position(photo.number("geo_lat"), photo.number("geo_lon"), within),
        position(photo.number("exif_lat"), photo.number("exif_lon")),
    ]
    return next((text for text in found if text != display.NOTHING), "")


def _places(photo: Record) -> list[tuple[str, str]]:
    """Return where the photo says it was taken, and where the phone says it was."""
    accuracy = photo.number("geo_acc")
    within = f" ±{accuracy:.0f} m" if accuracy is not None else ""
    return [
        (_("Position in the photo"), position(photo.number("exif_lat"), photo.number("exif_lon"))),
        (_("Position of the phone"), position(photo.number("geo_lat"), photo.number("geo_lon"), within)),
    ]


def position(lat: float | None, lon: float | None, within: str = "") -> str:
    """Return a position in decimal degrees, latitude first, or a dash where there is none."""
    return display.NOTHING if lat is None or lon is None else f"{lat:.6f}, {lon:.6f}{within}"


def _camera(photo: Record) -> list[tuple[str, str]]:
    camera = f"{photo.text('make')} {photo.text('model')}".strip()
    size = f"{photo.get('width')} × {photo.get('height')}" if photo.get("width") else ""
    kept = [(_("Camera"), camera), (_("Size"), size), ("SHA-256", photo.text("sha256")[:16])]
    return [(name, text) for name, text in kept if text]
