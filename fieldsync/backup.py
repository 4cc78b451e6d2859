"""One file that holds an instance as it stood at one moment, made while the server runs; and the way back.

A tar: settings and keys, the database's snapshot, then every stored file (those are only ever added, so all that
the snapshot names are there), and last `manifest.json` with the SHA-256 of each: without it a backup was cut off.
With BACKUP_RECIPIENT it is encrypted as it is written, in the age format (https://age-encryption.org/v1).
"""

import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson
import pyrage
from sqlalchemy.engine import URL, make_url

Manifest = dict[str, Any]

MANIFEST = "manifest.json"
# Of the instance's folder: what is neither the database nor made anew by itself.
_OWN = ("config.py", "secret_key", "tls", "packs")
_AGE = b"age-encryption.org/v1"


class BadBackup(RuntimeError):
    """The backup cannot be made or taken; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


# Out


def write(target: Path, instance: Path, settings: Mapping[str, Any]) -> Manifest:
    """Write the backup of an instance; `target` is whole and on disk, or not there. Return its manifest."""
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            with _sealed(file, str(settings["BACKUP_RECIPIENT"])) as stream:
                manifest = _pack(stream, instance, settings)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _pack(stream: IO[bytes], instance: Path, settings: Mapping[str, Any]) -> Manifest:
    hashes: dict[str, str] = {}
    with tarfile.open(fileobj=stream, mode="w|") as archive, tempfile.TemporaryDirectory(dir=instance) as spare:
        for name, path in _own_files(instance):
            hashes[name] = _add(archive, name, path)
        snapshot = Path(spare) / "database"
        heads = _snapshot(make_url(settings["DATABASE_URL"]), snapshot)
        hashes["database"] = _add(archive, "database", snapshot)
        for name, path in _stored_files(Path(settings["BLOBS_DIR"])):
            hashes[name] = _add(archive, name, path)
        manifest = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "heads": heads, "files": hashes}
        _add(archive, MANIFEST, orjson.dumps(manifest))
    return manifest


def _own_files(instance: Path) -> Iterator[tuple[str, Path]]:
    for name in _OWN:
        top = instance / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file():
                yield f"instance/{path.relative_to(instance).as_posix()}", path


def _stored_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield all finished files and previews; what is still arriving its phone sends again."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] != "partial":
            yield f"blobs/{name.as_posix()}", path


def _add(archive: tarfile.TarFile, name: str, content: Path | bytes) -> str:
    """Add one file and return the SHA-256 of what was added."""
    entry = tarfile.TarInfo(name)
    entry.mode = 0o600
    with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as source:
        entry.size = source.seek(0, io.SEEK_END)
        source.seek(0)
        reader = _Hashing(source)
        archive.addfile(entry, reader)
    return reader.sha256.hexdigest()


class _Hashing:
    """Reads on, and hashes what it reads."""

    def __init__(self, source: IO[bytes]):
        self.source, self.sha256 = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self.source.read(size)
        self.sha256.update(piece)
        return piece


@contextmanager
def _sealed(file: IO[bytes], recipient: str) -> Iterator[IO[bytes]]:
    """Yield where to write: the file itself, or what encrypts into it for the recipient."""
    if not recipient:
        yield file
        return
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise BadBackup(
            f"BACKUP_RECIPIENT 不是 age 公钥：{error}", f"BACKUP_RECIPIENT is no public key of age: {error}"
        ) from None
    with _through(lambda source: pyrage.encrypt_io(source, file, [key])) as stream:
        yield stream


@contextmanager
def _through(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Yield a stream whose bytes another thread takes in; wait for its end, and raise what it raised."""
    out, into = os.pipe()
    failures: list[BaseException] = []

    def run() -> None:
        with os.fdopen(out, "rb") as source:
            try:
                work(source)
            except BaseException as error:
                failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with os.fdopen(into, "wb") as stream:
            yield stream
    except BrokenPipeError:
        pass
    finally:
        thread.join()
    if failures:
        raise failures[0]


def _snapshot(url: URL, target: Path) -> dict[str, str]:
    """Write the database as it stands at one moment; return its heads."""
    if url.get_backend_name() == "sqlite":
        source, copy = sqlite3.connect(str(url.database)), sqlite3.connect(target)
        try:
            source.backup(copy)
            return {
                cell: f"{seq}.{chain}" for cell, seq, chain in copy.execute("SELECT cell, seq, chain FROM head")
            }
        finally:
            source.close()
            copy.close()
    _tool("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")
    return {}


def _tool(name: str, url: URL, *options: str) -> None:
    """Run one of PostgreSQL's own tools on a database."""
    found = shutil.which(name)
    if not found:
        raise BadBackup(
            f"没有找到 {name}：请安装 PostgreSQL 客户端", f"{name} is not here: install PostgreSQL's client"
        )
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(
        [found, f"--dbname={plain}", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BadBackup(f"{name} 失败：{done.stderr.strip()}", f"{name} failed: {done.stderr.strip()}")


# Back


def read(source: Path, folder: Path, identity: str = "") -> Manifest:
    """Unpack a backup into an empty folder, as `instance/`, `database` and `blobs/`; return its manifest.

    Raises BadBackup where anything is missing, cut off or not what the manifest says.
    """
    hashes: dict[str, str] = {}
    manifest: Manifest | None = None
    with source.open("rb") as file, _opened(file, identity) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for entry in archive:
                    content = archive.extractfile(entry)
                    if content is None or manifest is not None:
                        raise _stray(entry.name)
                    if entry.name == MANIFEST:
                        manifest = orjson.loads(content.read())
                    else:
                        hashes[entry.name] = _unpack(content, folder, entry.name)
        except (tarfile.TarError, EOFError, orjson.JSONDecodeError):
            manifest = None
    if manifest is None:
        raise BadBackup("备份不完整", "the backup is cut off, or is none")
    if wrong := sorted(name for name, _ in set(hashes.items()) ^ set(manifest["files"].items())):
        raise BadBackup(f"备份已损坏：{wrong[0]}", f"the backup is damaged: {wrong[0]}")
    return manifest


@contextmanager
def _opened(file: IO[bytes], identity: str) -> Iterator[IO[bytes]]:
    """Yield what is in the file, decrypted into a nameless one where it is encrypted."""
    encrypted = file.read(len(_AGE)) == _AGE
    file.seek(0)
    if not encrypted:
        yield file
        return
    if not identity:
        raise BadBackup("备份已加密：请给出 --identity", "the backup is encrypted: --identity is needed")
    with tempfile.TemporaryFile() as plain:
        try:
            pyrage.decrypt_io(file, plain, [pyrage.x25519.Identity.from_str(_key_line(identity))])
        except (pyrage.DecryptError, pyrage.IdentityError, OSError) as error:
            raise BadBackup(f"备份无法解密：{error}", f"the backup cannot be decrypted: {error}") from None
        plain.seek(0)
        yield plain


def _key_line(text: str) -> str:
    """Return the key of an identity file, as `age-keygen` writes it: among comments."""
    return next((line.strip() for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-")), "")


def _stray(name: str) -> BadBackup:
    return BadBackup(f"备份里有不该有的内容：{name}", f"this is not of a backup: {name}")


def _unpack(content: IO[bytes], folder: Path, name: str) -> str:
    """Write one member below the folder, never outside of it; return its SHA-256."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] not in ("instance", "blobs", "database") or ".." in parts:
        raise _stray(name)
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    with open(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(1 << 20):
            sha256.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


def place(unpacked: Path, instance: Path, settings: Callable[[], Mapping[str, Any]]) -> None:
    """Put what `read` unpacked where an empty instance has it; `settings` are read once its own are there."""
    instance.mkdir(parents=True, exist_ok=True)
    for path in sorted((unpacked / "instance").glob("*")):
        shutil.move(path, instance / path.name)
    known = settings()
    url, blobs = make_url(known["DATABASE_URL"]), Path(known["BLOBS_DIR"])
    if (unpacked / "blobs").exists():
        shutil.copytree(unpacked / "blobs", blobs, dirs_exist_ok=True)
    if url.get_backend_name() == "sqlite":
        shutil.move(unpacked / "database", str(url.database))
    else:
        _tool(
            "pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", str(unpacked / "database")
        )
