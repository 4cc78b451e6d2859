"""`fieldsync photo`: what photos say of themselves, and pictures of cameras and drones taken in."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from rich.markup import escape

from fieldsync import db
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import say, table, words
from fieldsync.domain import pictures
from fieldsync.photos import inspect
from fieldsync.sync import actors

_CHUNK = 1 << 20


@click.group()
def photo() -> None:
    """Look into photo files, or take them in."""


@photo.command(name="inspect")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
def inspect_(files: tuple[str, ...]) -> None:
    """Print one JSON object on one line for each FILE, whatever the file is."""
    for line in inspect.lines(files):
        click.echo(line)


@photo.command(name="import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cell", help="The county, by its code; not needed where there is only one.")
@click.option("--hold", is_flag=True, help="Attach nothing; a person confirms all of them in the console.")
@pass_instance
def import_(instance: Instance, folder: Path, cell: str | None, hold: bool) -> None:
    """Take in the pictures of FOLDER and of the folders in it: to sites by place, to visits by day.

    What is sure is attached. The doubtful are listed, and wait in the console for a person. Twice does no harm.
    """
    with instance.open() as app:
        county = roster.county(cell)
        rows = [_take(app, county, path, hold) for path in sorted(folder.rglob("*")) if path.is_file()]
    headers = (("文件", "file"), ("结果", "result"), ("归入", "belongs to"), ("说明", "why"))
    table(headers, [tuple(map(escape, row)) for row in rows])
    say(f"共 {len(rows)} 个文件", f"{len(rows)} files")


def _take(app: Flask, county: str, path: Path, hold: bool) -> tuple[str, str, str, str]:
    """Take one file in; return its name, what became of it, where it belongs, and why not."""
    room, actor = darkroom(app), actors.system(county)
    if path.stat().st_size > app.config["MAX_UPLOAD_BYTES"]:
        return path.name, words("文件过大", "too large"), "", ""
    sha256 = _hash(path)
    with db.reading() as connection:
        if pictures.is_known(connection, county, sha256):
            return path.name, words("县里已有", "known"), "", ""
    if not pictures.store(room, actor, path.name, _chunks(path), sha256):
        return path.name, words("不是照片", "no picture"), "", ""
    reading = room.read(county, sha256)
    with db.reading() as connection:
        found = pictures.propose(
            connection, county, sha256, path.name, reading, app.config["PICTURE_SITE_M"], app.config["TIMEZONE"]
        )
    why = "; ".join(words(*pictures.WHY[code]) for code in found.why)
    where = f"{found.targets[0].name} ({found.targets[0].far_m} m)" if found.targets else ""
    if found.confidence != "sure" or hold:
        return path.name, words(*pictures.CONFIDENCE[found.confidence]), where, why
    pictures.attach(room, actor, found, found.targets[0].id)
    return path.name, words("已归入", "attached"), where, why


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()
