"""What a phone exported in an emergency, taken in: its files by their hashes, its operations as their author's.

A plain tar file with `outbox.json` first and `files/<sha256>` behind it, or `outbox.json` alone. Nothing is
taken that the outbox does not name; taken in twice, it changes nothing.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from fieldsync import db, lenient_json
from fieldsync.domain import accounts
from fieldsync.domain.darkroom import Darkroom
from fieldsync.domain.tarball import Member, Truncated, members
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.sync import actors
from fieldsync.sync.actors import Actor
from fieldsync.sync.canonical import is_text
from fieldsync.sync.operations import NAMESPACE, is_id

# What became of a file.
FILES: Words = {
    "stored": ("已收下", "Stored"),
    "known": ("县里已有", "The county has it already"),
    "wrong-hash": ("内容与校验值不符，另行保存，未采用", "Not what its hash says: kept aside, not used"),
    "too-large": ("文件过大，未收", "Too large, not taken"),
    "refused": ("不是手机导出的内容，未收", "Not part of a phone's export, not taken"),
    "unnamed": ("待发件中没有提到，未收", "Not named in the outbox, not taken"),
    "truncated": ("文件不完整，未收", "Cut off, not taken"),
    "missing": ("导出文件中没有，县里也没有", "Neither in the export nor in the county"),
    "cut-off": ("导出文件在此中断", "The export ends here, too early"),
}

_BATCH = 250
_OUTBOX_MOST = 64_000_000
_NAMES_MOST = 1_000
_FILE = re.compile(r"(?:\./)?files/([0-9a-f]{64})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASHES = ("sha256", "preview_sha256")


@dataclass
class Taken:
    """What became of an export: results of its operations as a push gives them, and (name, state) of files."""

    person_id: str
    ops: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Export:
    """An outbox that was read, and the entries behind it."""

    outbox: dict[str, Any]
    digest: str
    rest: Iterator[Member]
    named: set[str]


def take_in(room: Darkroom, source: IO[bytes], by: Actor | None = None) -> Taken:
    """Store the files, push the operations as their author's, and give photos their files.

    `by` brings it in, which leaves a line in the chain; he may bring only what is of his county. Without
    him it is the server's operator. Raises Problem where it is no export, or of nobody.
    """
    export = _open(source)
    login = export.outbox["login"]
    owner = accounts.owner_of(login) if is_text(login) else None
    if owner is None or (by is not None and owner[0] != by.cell):
        raise Problem("bad-value", "export-person")
    device = export.outbox.get("device")
    author = _author(room, *owner, str(device) if is_id(device) else "")
    taken = Taken(author.user)
    stored = _store(room, author.cell, export, taken)
    taken.ops = [result for ops in _batches(export.outbox["ops"]) for result in _push(room, author, ops)]
    for sha256 in stored:
        room.arrive(author.cell, sha256)
    _note(room, by, author, export)
    return taken


# Reading


def _open(source: IO[bytes]) -> _Export:
    """Read the outbox; raise Problem where there is none."""
    start = source.read(1)
    source.seek(0)
    if start == b"{":
        return _export(source.read(_OUTBOX_MOST + 1), iter(()))
    entries = members(source)
    try:
        first = next(entries, None)
        if first is None or first.name.removeprefix("./") != "outbox.json" or not first.is_plain:
            raise Problem("bad-value", "export")
        if first.size > _OUTBOX_MOST:
            raise Problem("too-large", "limit")
        return _export(b"".join(first.pieces()), entries)
    except Truncated:
        raise Problem("bad-value", "export") from None


def _export(content: bytes, rest: Iterator[Member]) -> _Export:
    if len(content) > _OUTBOX_MOST:
        raise Problem("too-large", "limit")
    outbox = _parsed(content)
    is_outbox = isinstance(outbox, dict) and isinstance(outbox.get("ops"), list)
    if not is_outbox or type(outbox.get("login")) is not str:
        raise Problem("bad-value", "export")
    return _Export(outbox, hashlib.sha256(content).hexdigest(), rest, _named(outbox))


def _parsed(content: bytes) -> Any:
    try:
        return lenient_json.read(content)
    except ValueError:
        raise Problem("bad-value", "export") from None


def _named(outbox: dict[str, Any]) -> set[str]:
    """Return the hashes of the files that an outbox speaks of."""
    lists = [outbox[name] for name in ("photos", "tracks") if isinstance(outbox.get(name), list)]
    sets = [op["set"] for op in outbox["ops"] if isinstance(op, dict) and isinstance(op.get("set"), dict)]
    told = (item.get(name) for item in chain(*lists, sets) if isinstance(item, dict) for name in _HASHES)
    return {sha256 for sha256 in told if type(sha256) is str and _SHA256.fullmatch(sha256)}


# Files


def _store(room: Darkroom, cell: str, export: _Export, taken: Taken) -> list[str]:
    """Store what is whole and named; say of everything else what it is. Return the hashes that are here now."""
    states: dict[str, str] = {}
    try:
        for member in export.rest:
            if member.is_folder:
                continue
            name, state = _take(room, cell, export, member)
            if states.get(name) != "stored" and (len(states) < _NAMES_MOST or name in export.named):
                states[name] = state
    except Truncated:
        taken.files.append(("", "cut-off"))
    for sha256 in export.named - {name for name, state in states.items() if state != "truncated"}:
        if _is_known(room, cell, sha256):
            states[sha256] = "known"
        else:
            states.setdefault(sha256, "missing")
    taken.files += sorted(states.items())
    return [name for name, state in states.items() if state in ("stored", "known")]


def _take(room: Darkroom, cell: str, export: _Export, member: Member) -> tuple[str, str]:
    """Return the name of an entry and what became of it."""
    found = _FILE.fullmatch(member.name)
    if found is None or not member.is_plain:
        return _printable(member.name), "refused"
    sha256 = found[1]
    if sha256 not in export.named:
        return sha256, "unnamed"
    if _is_known(room, cell, sha256):
        return sha256, "known"
    if member.size > room.engine.limits["MAX_UPLOAD_BYTES"]:
        return sha256, "too-large"
    return sha256, _receive(room, cell, sha256, member)


def _receive(room: Darkroom, cell: str, sha256: str, member: Member) -> str:
    """Stream a file to its hash; one that has another is kept aside, one that is cut off is not kept."""
    upload, hashed = f"import-{uuid.uuid4()}", hashlib.sha256()
    try:
        room.blobs.append(upload, 0, _hashing(member, hashed), member.size)
        if hashed.hexdigest() != sha256:
            room.blobs.set_aside(upload, f"{sha256}.{hashed.hexdigest()[:16]}")
            return "wrong-hash"
        room.blobs.finish(upload, sha256)
    except Truncated:
        return "truncated"
    finally:
        room.blobs.discard(upload)
    room.read(cell, sha256)
    return "stored"


def _hashing(member: Member, hashed: Any) -> Iterator[bytes]:
    for piece in member.pieces():
        hashed.update(piece)
        yield piece


def _is_known(room: Darkroom, cell: str, sha256: str) -> bool:
    """Tell whether this county has the file; that another has it is none of its business."""
    statement = "SELECT 1 FROM file WHERE cell = :cell AND sha256 = :sha256"
    with db.reading() as connection:
        return db.row(connection, statement, cell=cell, sha256=sha256) is not None and room.blobs.has(sha256)


def _printable(name: str) -> str:
    """Return a stranger's file name as it can be shown."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:120])


# Operations


def _author(room: Darkroom, cell: str, person_id: str, device: str) -> Actor:
    """Return the author as he is now: what a closed account or a revoked phone did waits on the desk."""
    author = room.engine.actor(cell, person_id, device)
    with db.reading() as connection:
        person = db.row(
            connection, "SELECT active FROM person WHERE cell = :cell AND id = :id", cell=cell, id=person_id
        )
        phone = db.row(
            connection, "SELECT revoked FROM device WHERE cell = :cell AND id = :id", cell=cell, id=device
        )
    author.active, author.device_revoked = bool(person and person[0]), bool(phone and phone[0])
    return author


def _batches(ops: list[Any]) -> Iterable[list[Any]]:
    return (ops[start : start + _BATCH] for start in range(0, len(ops), _BATCH))


def _push(room: Darkroom, author: Actor, ops: list[Any]) -> list[dict[str, Any]]:
    """Return the results of a batch, each with the action that it asked for."""
    results: list[dict[str, Any]] = room.engine.push(author, {"ops": ops})["results"]
    return [
        result | {"action": str(op.get("action") or "") if isinstance(op, dict) else ""}
        for op, result in zip(ops, results, strict=True)
    ]


def _note(room: Darkroom, by: Actor | None, author: Actor, export: _Export) -> None:
    """Leave a line in the chain of who brought this in, once for each export."""
    actor = by or actors.system(author.cell)
    op = str(uuid.uuid5(NAMESPACE, f"import {export.digest} {actor.user}"))
    told = {"sha256": export.digest, "operations": len(export.outbox["ops"])}
    room.engine.perform(actor, "person.import", author.user, op=op, set_=told)
