"""The decoder's other half: reads hostile photos in a process that may be killed at any time."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from . import exif, preview
from .reading import Reading

OPEN_FILES = 64
FILE_BYTES = 64 << 20
NAME = 100


def read(source: Path, previews: Path) -> Reading:
    """Facts, previews and dHash of one file, in this process."""
    facts = exif.read_file(source)
    if "unreadable_file" in facts.flags:
        return Reading(facts, flags=facts.flags)
    made = preview.make(source, facts, previews, source.stem[:NAME])
    return Reading(facts, made.paths, made.dhash, tuple(sorted({*facts.flags, *made.flags})))


def serve(memory: int, seconds: float) -> None:
    """Answer requests on stdin until it closes; `memory` is address space in bytes, `seconds` per photo."""
    questions, answers = _pipes()
    _confine(memory)
    send(answers, {"ready": True})
    while (request := receive(questions)) is not None:
        _allow(seconds)
        send(answers, read(Path(request["source"]), Path(request["previews"])).as_json())


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes away from the standard streams: what a library prints must not garble an answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


def _confine(memory: int) -> None:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: FILE_BYTES,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _allow(seconds: float) -> None:
    """CPU time for one more photo on a few threads, so that even an orphan ends."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + preview.THREADS * seconds) + 2
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def send(pipe: BinaryIO, message: dict[str, Any]) -> None:
    """One message: four bytes of length, then JSON."""
    content = json.dumps(message).encode()
    pipe.write(len(content).to_bytes(4, "big") + content)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next message, None at the end."""
    size = pipe.read(4)
    if len(size) < 4:
        return None
    message: dict[str, Any] = json.loads(pipe.read(int.from_bytes(size, "big")))
    return message
