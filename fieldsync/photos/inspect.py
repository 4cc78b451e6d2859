"""What one file is and says, as one JSON object; whatever the file is, there is an answer."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from . import exif
from .exif import Facts
from .source import Source

KEYS = (
    "format", "width", "height", "orientation", "lat", "lon", "altitude_m", "position_source",
    "taken_at", "gps_at", "make", "model", "flags",
)  # fmt: skip
HASHED = 4 << 30
CHUNK = 1 << 20


def inspect(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts of a file under fixed keys in a fixed order; never raises, `flags` says what is wrong."""
    digest, facts = _read(path)
    plain = facts.as_json()
    name = os.fsencode(path).decode("utf-8", "replace")
    return {"file": name, "sha256": digest, **{key: plain[key] for key in KEYS}}


def lines(paths: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    """One line of JSON for each file."""
    for path in paths:
        yield json.dumps(inspect(path), ensure_ascii=False, allow_nan=False)


def _read(path: str | os.PathLike[str]) -> tuple[str | None, Facts]:
    try:
        # A pipe or a device would block or never end, so only plain files are opened.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None, Facts(flags=("unreadable_file",))
        with Path(path).open("rb") as file:
            facts = exif.read(Source.of(file))
            digest = _sha256(file)
    except (OSError, ValueError, TypeError):
        return None, Facts(flags=("unreadable_file",))
    return digest, facts if digest else facts.flagged("too_large")


def _sha256(file: BinaryIO) -> str | None:
    """The hash of the whole file, None beyond 4 GiB."""
    if file.seek(0, os.SEEK_END) > HASHED:
        return None
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
