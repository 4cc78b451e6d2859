"""Bytes by SHA-256 in a local folder; an offset is told only after its bytes are on disk."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fieldsync.errors import Problem

_CHUNK = 1 << 20


class Blobs:
    """Finished files under `<root>/<2 hex>/<sha256>`, unfinished ones under `<root>/partial`.

    Plain files with fsync instead of an object store's client: those clients do not fsync locally.
    """

    def __init__(self, root: Path):
        self.root = root
        self.partial = root / "partial"
        self.previews = root / "previews"
        for folder in (self.partial, self.previews):
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where a file is, or would be."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Tell whether a file is stored."""
        return self.path(sha256).exists()

    def preview(self, sha256: str, px: int) -> Path | None:
        """Return the preview of a photo with this longest side, or None."""
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

    # Unfinished files

    def offset(self, upload: str) -> int:
        """Return how many bytes of an unfinished file are safely on disk."""
        path = self.partial / upload
        if not path.exists():
            return 0
        with path.open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def append(self, upload: str, offset: int, chunks: Iterable[bytes], most: int) -> int:
        """Write `chunks` at `offset` and return the new offset; what arrived before a cut stays.

        Raises Problem `offset-mismatch`, `too-large` beyond `most` bytes, `busy` while another writes.
        """
        with self._locked(upload) as file:
            if os.fstat(file.fileno()).st_size != offset:
                raise Problem("offset-mismatch")
            try:
                for chunk in chunks:
                    if offset + len(chunk) > most:
                        raise Problem("too-large", "limit")
                    file.seek(offset)
                    file.write(chunk)
                    offset += len(chunk)
            finally:
                file.flush()
                os.fsync(file.fileno())
        return offset

    def cut(self, upload: str, offset: int) -> None:
        """Forget the bytes behind `offset`: their checksum was wrong."""
        with self._locked(upload) as file:
            file.truncate(offset)

    @contextmanager
    def _locked(self, upload: str) -> Iterator[BinaryIO]:
        path = self.partial / upload
        with open(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem("busy") from None
            yield file

    def finish(self, upload: str, sha256: str) -> None:
        """Move a complete file to its hash; where it has another, it is gone: Problem `hash-mismatch`."""
        path = self.partial / upload
        if _hash(path) != sha256:
            self.discard(upload)
            raise Problem("hash-mismatch")
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
        _sync_folder(target.parent)

    def discard(self, upload: str) -> None:
        """Remove an unfinished file."""
        (self.partial / upload).unlink(missing_ok=True)

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
