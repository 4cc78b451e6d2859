"""Bytes by SHA-256 in a local folder; an offset is told only after its bytes are on disk."""

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fieldsync.errors import Problem

_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Finished files under `<root>/<2 hex>/<sha256>`, unfinished ones under `<root>/partial`.

    Plain files with fsync instead of an object store's client: those clients do not fsync locally.
    """

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.partial = self.root / "partial"
        self.previews = self.root / "previews"
        for folder in (self.partial, self.previews):
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where a file is, or would be; raise ValueError for what is no hash, such as a path."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower case hex")
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Tell whether a file is stored."""
        return _SHA256.fullmatch(sha256) is not None and self.path(sha256).exists()

    def preview(self, sha256: str, px: int) -> Path | None:
        """Return the preview of a photo with this longest side, or None."""
        if not _SHA256.fullmatch(sha256):
            return None
        found = sorted((self.previews / sha256[:2] / sha256).glob(f"*.{px}.*"))
        return found[0] if found else None

    def preview_folder(self, sha256: str) -> Path:
        """Return the folder for a photo's previews, made if need be."""
        folder = self.previews / sha256[:2] / sha256
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hashes(self) -> Iterator[str]:
        """Yield the names of all finished files."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name for path in folder.iterdir())

    def verify(self, sha256: str) -> bool:
        """Tell whether a stored file still has its hash."""
        return self.has(sha256) and _hash(self.path(sha256)) == sha256

    # Unfinished files: who changes one holds its lock

    @contextmanager
    def locked(self, upload: str, wait: float = 0) -> Iterator[None]:
        """Hold an unfinished file, for one at a time; raise Problem `busy` after `wait` seconds."""
        path, deadline = self.partial / f"{upload}.lock", time.monotonic() + wait
        while True:
            with open(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "rb") as file:
                _lock(file.fileno(), deadline)
                # Its last holder may have removed it while we waited: then it guards nothing any more.
                if _is_at(file.fileno(), path):
                    yield
                    return

    def offset(self, upload: str) -> int:
        """Return how many bytes of an unfinished file are safely on disk."""
        path = self.partial / upload
        if not path.exists():
            return 0
        with path.open("rb") as file:
            # Size first: what is written behind it is not promised by this fsync.
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
            return size

    def append(
        self, upload: str, offset: int, chunks: Iterable[bytes], most: int, holds: Callable[[], bool] | None = None
    ) -> int:
        """Write `chunks` at `offset` and return the new offset; what arrived before a cut stays.

        Where `holds` says no in the end (a checksum), all of it is forgotten. Raises Problem
        `offset-mismatch`, `too-large` beyond `most` bytes, `checksum-mismatch`.
        """
        with self._opened(upload) as file:
            if os.fstat(file.fileno()).st_size != offset:
                raise Problem("offset-mismatch")
            end = self._write(file, offset, chunks, most)
            if holds is not None and not holds():
                file.truncate(offset)
                os.fsync(file.fileno())
                raise Problem("checksum-mismatch")
        return end

    def _opened(self, upload: str) -> BinaryIO:
        """Open an unfinished file; a new one's name is put on the disk too."""
        path = self.partial / upload
        is_new = not path.exists()
        file = open(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b")  # noqa: SIM115
        if is_new:
            _sync_folder(self.partial)
        return file

    def _write(self, file: BinaryIO, offset: int, chunks: Iterable[bytes], most: int) -> int:
        """Write `chunks` at `offset`, put them on the disk, and return where they end."""
        file.seek(offset)
        try:
            for chunk in chunks:
                if offset + len(chunk) > most:
                    raise Problem("too-large", "limit")
                file.write(chunk)
                offset += len(chunk)
        finally:
            file.flush()
            os.fsync(file.fileno())
        return offset

    def finish(self, upload: str, sha256: str) -> None:
        """Move a complete file to its hash; where it has another, it is gone: Problem `hash-mismatch`."""
        path, target = self.partial / upload, self.path(sha256)
        # A file of no bytes may not have been begun.
        self._opened(upload).close()
        if _hash(path) != sha256:
            self.discard(upload)
            raise Problem("hash-mismatch")
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self.root)
        path.replace(target)
        _sync_folder(target.parent)

    def remove(self, sha256: str) -> bool:
        """Delete a stored file and its previews; tell whether it was there."""
        there = self.has(sha256)
        self.path(sha256).unlink(missing_ok=True)
        shutil.rmtree(self.previews / sha256[:2] / sha256, ignore_errors=True)
        return there

    def set_aside(self, upload: str, name: str) -> None:
        """Keep a complete file that is not what it should be, under a name of its own, out of use."""
        folder = self.root / "aside"
        folder.mkdir(exist_ok=True)
        (self.partial / upload).replace(folder / name)
        _sync_folder(folder)

    def discard(self, upload: str) -> None:
        """Remove what an upload left behind."""
        (self.partial / upload).unlink(missing_ok=True)
        (self.partial / f"{upload}.lock").unlink(missing_ok=True)

    def add(self, source: Path) -> str:
        """Store a copy of a file that is on this machine; return its hash."""
        sha256 = _hash(source)
        if not self.has(sha256):
            name = f"copy-{os.getpid()}-{sha256}"
            shutil.copyfile(source, self.partial / name)
            with (self.partial / name).open("rb") as file:
                os.fsync(file.fileno())
            self.finish(name, sha256)
        return sha256


def _lock(descriptor: int, deadline: float) -> None:
    """Take the lock on an open file; raise Problem `busy` when `deadline` has passed."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Problem("busy") from None
            time.sleep(0.01)


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the folder's entry needs its own fsync."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
