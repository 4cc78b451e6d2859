"""`fieldsync check`, `reindex` and `prune`: what an operator does now and then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import Flask
from rich.console import Console
from rich.progress import track

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.blobs import Blobs
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import say
from fieldsync.domain import deliveries, notices, patrol_tracks
from fieldsync.domain.darkroom import Darkroom
from fieldsync.ids import new_id
from fieldsync.sync import actors, audit
from fieldsync.sync.journal import text_of

Finding = dict[str, Any]


@click.command()
@pass_instance
@click.pass_context
def check(context: click.Context, instance: Instance) -> None:
    """Recount digests, walk chains, replay histories and verify every stored file; exit 1 if anything is wrong."""
    count = 0
    with instance.open() as app:
        for finding in findings(app):
            count += 1
            click.echo("  ".join(f"{name}={value}" for name, value in finding.items()))
    if count:
        say(f"发现 {count} 处不符", f"{count} findings")
        context.exit(1)
    say("全部相符", "everything agrees")


def findings(app: Flask) -> Iterator[Finding]:
    """Yield whatever is not as it should be: in the database, in the files, between them."""
    blobs = darkroom(app).blobs
    with db.reading() as connection:
        for cell in audit.cells(connection):
            say(f"核对 {cell}", f"checking {cell}", quietly=True)
            yield from audit.findings(connection, cell)
            yield from _missing(connection, cell, blobs)
    yield from _spoilt(blobs)


def _missing(connection: Any, cell: str, blobs: Blobs) -> Iterator[Finding]:
    """Yield photos that are said to have arrived but whose file is not there."""
    for row in db.rows(connection, "SELECT id, sha256 FROM photo WHERE cell = :cell AND have = 1", cell=cell):
        if not blobs.has(row[1]):
            yield {"what": "missing-file", "cell": cell, "photo": row[0], "sha256": row[1]}


def _spoilt(blobs: Blobs) -> Iterator[Finding]:
    """Yield stored files whose bytes are not those of their name."""
    names = list(blobs.hashes())
    quiet = Console(stderr=True)
    for sha256 in track(names, "SHA-256", console=quiet, disable=not quiet.is_terminal):
        if not blobs.verify(sha256):
            yield {"what": "spoilt-file", "sha256": sha256}


@click.command()
@pass_instance
def reindex(instance: Instance) -> None:
    """Fill the query columns anew from the records, and apply values that waited for this version."""
    with instance.open() as app:
        for cell in _cells():
            with db.writing("journal") as connection:
                records = audit.reindex(connection, cell, REGISTRY)
            learned = audit.learn_fields(darkroom(app).engine, cell)
            say(f"{cell}：{records} 条记录，{learned} 项操作", f"{cell}: {records} records, {learned} operations")


@click.command()
@click.option(
    "--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="A day (in China), for example 2026-01-31."
)
@pass_instance
def prune(instance: Instance, before: datetime) -> None:
    """Forget what left phones before a day, uploads that nobody finished in time, and points of old tracks.

    Tracks keep their records, and lose their points after as many days as TRACK_DAYS says; notices of what was
    settled and delivered webhooks go, too. Phones that did not come since then take everything down anew; no
    record and no history is lost.
    """
    with instance.open() as app:
        day = before.replace(tzinfo=ZoneInfo(app.config["TIMEZONE"]))
        for cell in _cells():
            with db.writing("journal") as connection:
                gone = audit.prune(connection, cell, text_of(day))
                notices.prune(connection, cell, text_of(day))
                deliveries.prune(connection, cell, text_of(day))
            uploads = _forget_uploads(cell, darkroom(app).blobs)
            tracks = _erase_points(darkroom(app), cell, app.config["TRACK_DAYS"])
            say(
                f"{cell}：{gone} 条移除记号，{uploads} 个上传，{tracks} 条轨迹的轨迹点",
                f"{cell}: {gone} tombstones, {uploads} uploads, points of {tracks} tracks",
            )


def _cells() -> list[str]:
    with db.reading() as connection:
        return audit.cells(connection)


def _erase_points(room: Darkroom, cell: str, days: int) -> int:
    """Delete the points of tracks that are older than this; return of how many. The records stay."""
    with db.reading() as connection:
        old = patrol_tracks.expired(connection, cell, text_of(datetime.now(UTC) - timedelta(days=days)))
    for track_id, sha256, erased in old:
        # The file first: where this ends in between, the next run notes it.
        room.forget(cell, sha256, track_id)
        if not erased:
            room.engine.perform(actors.system(cell), "patrol_track.erase", track_id, op=new_id())
    return sum(not erased for *_track, erased in old)


def _forget_uploads(cell: str, blobs: Blobs) -> int:
    """Remove the uploads of a county that have expired unfinished; return how many there were."""
    with db.writing() as connection:
        expired = db.rows(
            connection,
            "UPDATE upload SET state = 'gone' WHERE cell = :cell AND state = 'open' AND expires_at < :now"
            " RETURNING id",
            cell=cell,
            now=text_of(datetime.now(UTC)),
        )
    for row in expired:
        blobs.discard(row[0])
    return len(list(expired))
