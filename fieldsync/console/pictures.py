"""Pictures of cameras and drones at the desk: several files at once, proposals, and a person who decides."""

import hashlib
from collections.abc import Iterator
from typing import IO

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import darkroom, me
from fieldsync.console import doors
from fieldsync.domain import photos, pictures
from fieldsync.errors import Problem

bp = Blueprint("pictures", __name__, url_prefix="/pictures")
_CHUNK = 1 << 20


@bp.before_request
def _for_who_adds_photos() -> None:
    if not doors.may("photo.add"):
        raise Problem("not-allowed")


@bp.get("")
def listing() -> str:
    """List the pictures that wait, with what each may belong to."""
    return render_template(
        "pictures/list.html", waiting=_waiting(), WHY=pictures.WHY, CONFIDENCE=pictures.CONFIDENCE,
        SOURCES=photos.SOURCES,
    )  # fmt: skip


@bp.get("/<sha256>.jpg")
def preview(sha256: str) -> Response:
    """Return a small preview of a picture that waits; once it is a photo, looks at it are noted."""
    with db.reading() as connection:
        waits = pictures.waits(connection, me().actor.cell, sha256)
    path = darkroom().blobs.preview(sha256, 512) if waits else None
    if path is None:
        raise Problem("not-found")
    return send_file(path, conditional=False, etag=False)


def _waiting() -> list[pictures.Proposal]:
    with db.reading() as connection:
        return pictures.waiting(
            connection, me().actor.cell, doors.setting("PICTURE_SITE_M"), doors.setting("TIMEZONE")
        )


@bp.post("")
@doors.large("PICTURES_MAX_BYTES", "photo.add")
def send() -> ResponseReturnValue:
    """Take several files in; those that are no pictures, or are known, are left."""
    new, known, bad = 0, 0, 0
    for sent in request.files.getlist("files"):
        sha256 = _hash(sent.stream)
        with db.reading() as connection:
            is_known = pictures.is_known(connection, me().actor.cell, sha256)
        if is_known:
            known += 1
            continue
        chunks = _chunks(sent.stream)
        stored = pictures.store(darkroom(), me().actor, sent.filename or "", chunks, sha256)
        new, bad = new + stored, bad + (not stored)
    counts = {"new": new, "known": known, "bad": bad}
    said = _("%(new)s pictures came in, %(known)s were here already, %(bad)s are no pictures.", **counts)
    return doors.done(url_for(".listing"), said)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _hash(stream: IO[bytes]) -> str:
    """Return the SHA-256 of a stream, which stands at its beginning afterwards."""
    digest = hashlib.sha256()
    for chunk in _chunks(stream):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


@bp.post("/decide")
def decide() -> ResponseReturnValue:
    """Attach each picture to what was chosen for it; those without a choice go on waiting."""
    room, actor, done = darkroom(), me().actor, 0
    for proposal in _waiting():
        parent = _parent(proposal)
        if parent == "dismiss":
            pictures.dismiss(actor, proposal.sha256)
        elif parent:
            pictures.attach(room, actor, proposal, parent)
            done += 1
    return doors.done(url_for(".listing"), _("%(n)s pictures were attached.", n=done))


def _parent(proposal: pictures.Proposal) -> str:
    """Return the record that a person chose for a picture; only what was proposed, or a dossier by its number."""
    number, chosen = doors.typed(f"number/{proposal.sha256}"), doors.typed(f"to/{proposal.sha256}")
    if number:
        with db.reading() as connection:
            return pictures.named(connection, me().actor.cell, number)
    if chosen and chosen not in ("dismiss", *(target.id for target in proposal.targets)):
        raise Problem("bad-value", "choice")
    return chosen
