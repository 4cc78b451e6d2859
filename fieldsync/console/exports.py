"""Files to take away: the register as it is filtered, one dossier for the archive, and its original photos."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import orjson
from flask import Blueprint, Response, send_file
from flask_babel import gettext as _

from fieldsync import db
from fieldsync.api.doors import darkroom, engine, me
from fieldsync.console import display, doors, names, photos, register
from fieldsync.console.sites import sections
from fieldsync.domain import inspections, lifecycle, parties, sites
from fieldsync.domain import photos as photos_
from fieldsync.domain import register as register_
from fieldsync.domain.words import MINERALS, VIOLATIONS, Words
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.language import pick
from fieldsync.photos import watermark
from fieldsync.reports import dossier, registers
from fieldsync.sync.records import Record

bp = Blueprint("exports", __name__, url_prefix="/sites")

_COLUMNS = (
    "dossier_no", "name", "town_code", "village", "place_name", "site_kind", "mineral_code", "violations/*",
    "lifecycle_status", "patrol_class", "relapse_count", "found_at", "lon", "lat", "closure_doc_no",
    "closure_date", "remark",
)  # fmt: skip


@bp.get("/export.<form>")
def listing(form: str) -> Response:
    """Return the register as it is filtered on the page."""
    if form not in registers.FORMATS:
        raise Problem("not-found")
    with db.reading() as connection:
        rows = register_.exported(connection, me().actor.cell, register.asked())
    labels = [display.label(sites.FIELDS, path.removesuffix("/*")) if "*" not in path else _("Violation")
              for path in _COLUMNS]  # fmt: skip
    told = registers.Register(
        f"{names.county()}{_('Register of dossiers')}", labels, [path.removesuffix("/*") for path in _COLUMNS],
        [_row(row) for row in rows],
        [None if row.lon is None or row.lat is None else (row.lon, row.lat) for row in rows],
        [row.id for row in rows],
    )  # fmt: skip
    write, media_type = registers.FORMATS[form]
    return _file(write(told), media_type, f"{told.title}.{form}")


def _row(row: Any) -> list[Any]:
    """Return the values of a dossier in the order of the columns."""
    body = orjson.loads(row.body)
    found_at = display.moment(row.found_at)
    return [
        row.dossier_no, row.name, names.place(row.home), body.get("village", ""), body.get("place_name", ""),
        _word(sites.KINDS, row.site_kind), _word(MINERALS, row.mineral_code),
        "、".join(_word(VIOLATIONS, code) for code in row.violations.split()),
        _word(lifecycle.STATUSES, row.status), _word(sites.PATROL_CLASSES, row.patrol_class),
        row.relapse_count, found_at, row.lon, row.lat,
        body.get("closure_doc_no", ""), body.get("closure_date", ""), body.get("remark", ""),
    ]  # fmt: skip


def _word(words: Words, code: str) -> str:
    return pick(words[code]) if code in words else code


def _file(content: bytes | IO[bytes], media_type: str, name: str) -> Response:
    """Return a file to be saved under a name."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    return send_file(source, media_type, as_attachment=True, download_name=name)


# One dossier


@bp.get("/<uuid:site_id>/dossier.docx")
def paper(site_id: Any) -> Response:
    """Return a dossier as a Word file; the look at each preview is noted in the chain."""
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        versions = doors.versions(connection, site)
        visits = inspections.at_site(connection, site.cell, site.id)
        known = [doors.load(connection, parties.NOUN, i) for i in parties.of_site(connection, site.cell, site.id)]
        shots = _shots(connection, site, [row.id for row in visits])
        files = {shot.id: photos_.shown_file(connection, shot)[0] for shot in shots}
    blobs = darkroom().blobs
    previews = {shot.id: blobs.preview(files[shot.id], 1600) for shot in shots}
    _note_looks([shot.id for shot in shots if previews[shot.id]], "preview-1600")
    told = dossier.Paper(
        title=f"{site.text('name')}　{site.text('dossier_no')}",
        parts=[*((str(title), _pairs(display.joined(sites.FIELDS, told))) for title, told in sections(site.body)),
               *((_("Parties"), _pairs(display.lines(parties.NOUN.fields, party.body))) for party in known)],
        lists=[(_("Inspections"), _visits(visits)), (_("History"), _history(versions))],
        photos_title=_("Photo"), no_picture=_("The file has not arrived yet"),
        photos=(_plate(site, shot, previews[shot.id]) for shot in shots),
        footer=[_("Made from revision %(rev)s at %(time)s by %(who)s", rev=site.rev, who=me().name,
                  time=display.moment(engine().now().isoformat()))],
    )  # fmt: skip
    return _file(dossier.to_docx(told), dossier.MEDIA_TYPE, f"{site.text('dossier_no') or site.id}.docx")


def _plate(site: Record, shot: Record, preview: Path | None) -> dossier.Plate:
    return dossier.Plate(_title(shot), _lines(shot), _marked(site, shot, preview) if preview else None)


def _marked(site: Record, shot: Record, preview: Path) -> bytes | None:
    """Return a copy of a preview that says when, where, by whom and of which site; None where it is unreadable."""
    taken = shot.text("taken_at") or shot.text("device_time")
    when, copy = display.moment(taken) if taken else _("no time"), _("Marked copy; the record is the archive")
    where = [names.place(site.home), site.text("village"), photos.place(shot)]
    said = [
        f"{when} {names.person(shot.text('created_by'))}",
        f"{site.text('name')} {site.text('dossier_no')}", " ".join(filter(None, where)),
        f"{shot.text('sha256')[:16]} {copy}",
    ]  # fmt: skip
    try:
        return watermark.marked(preview, said, doors.setting("WATERMARK_FONT"))
    except OSError:
        return None


def _pairs(lines: Sequence[display.Line]) -> list[tuple[str, str]]:
    return [(line.label, line.text) for line in lines]


def _shots(connection: Any, site: Record, visits: Sequence[str]) -> list[Record]:
    """Return the photos of a site and of its visits, those of the site first."""
    found = photos_.beneath(connection, site.cell, [site.id, *visits])
    return [shot for parent in (site.id, *visits) for shot in found.get(parent, [])]


def _visits(visits: Sequence[Any]) -> list[list[str]]:
    heading = [_("Number"), _("When"), _("Who"), _("Activity"), _("Status")]
    rows = [
        [str(orjson.loads(row.body).get("record_no") or row.id[-8:]), display.moment(row.started_at),
         names.person(row.created_by), _word(inspections.ACTIVITY, row.activity),
         _word(inspections.STATES, row.state)]
        for row in visits
    ]  # fmt: skip
    return [heading, *rows]


def _history(versions: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return who did what when, with the first changes of each version."""
    rows = []
    for version in versions:
        steps = [
            f"{step.label}：{step.old} → {step.new}" for step in display.steps(sites.FIELDS, version["patch"])
        ]
        more = "…" if len(steps) > 6 else ""
        who = names.person(version["by"]) if version["by"] != "system" else _("System")
        rows.append([display.moment(version["received_at"]), who, "；".join(steps[:6]) + more])
    return [[_("When"), _("Who"), _("Changes")], *rows]


def _title(shot: Record) -> str:
    return photos.card(shot).title


def _lines(shot: Record) -> list[tuple[str, str]]:
    """Return what proves a photo: hash, time, place, and what was found suspect."""
    card = photos.card(shot)
    facts = [(name, text) for name, text in card.facts if name != "SHA-256"]
    return [
        ("SHA-256", shot.text("sha256")),
        *facts,
        (_("Seal"), card.verdict),
        (_("Doubts"), "、".join(card.flags)),
    ]


def _note_looks(ids: Sequence[str], what: str) -> None:
    """Leave a line in the chain for each photo before anything leaves the house."""
    with engine().together(me().actor.cell) as together:
        for photo_id in ids:
            together.perform(me().actor, "photo.view", photo_id, op=new_id(), set_={"what": what})


@bp.get("/<uuid:site_id>/originals.zip")
def originals(site_id: Any) -> Response:
    """Return the original photos of a dossier and its visits, with a list of them; each look is noted."""
    blobs = darkroom().blobs
    with db.reading() as connection:
        site = doors.load(connection, sites.NOUN, site_id)
        visits = inspections.at_site(connection, site.cell, site.id)
        shots = [s for s in _shots(connection, site, [row.id for row in visits])
                 if s.get("have") is True and blobs.has(s.text("sha256"))]  # fmt: skip
    if not shots:
        raise Problem("not-found")
    _note_looks([shot.id for shot in shots], "original")
    packed = tempfile.TemporaryFile()  # noqa: SIM115 (sent, then closed with the answer)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, shot in enumerate(shots, 1):
            archive.write(blobs.path(shot.text("sha256")), _name(number, shot))
        archive.writestr("list.csv", _contents(shots))
    packed.seek(0)
    return _file(packed, "application/zip", f"{site.text('dossier_no') or site.id}.zip")


def _name(number: int, shot: Record) -> str:
    return f"{number:03}_{shot.text('sha256')[:16]}.{shot.text('format') or 'bin'}"


def _contents(shots: Sequence[Record]) -> bytes:
    """Return the list of a zip of originals: file, hash, time, place, owner's words."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("File"), "SHA-256", _("Taken"), _("Position in the photo"), _("Position of the phone")])
    for number, shot in enumerate(shots, 1):
        exif = photos.position(shot.number("exif_lat"), shot.number("exif_lon"))
        phone = photos.position(shot.number("geo_lat"), shot.number("geo_lon"))
        writer.writerow([_name(number, shot), shot.text("sha256"), shot.text("taken_at"), exif, phone])
    return out.getvalue().encode("utf-8-sig")
