"""Reads photos in a warm subprocess that is killed when one is too slow, too large or deadly."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from .exif import Facts
from .reading import Reading

ANSWER = 1 << 20
START = 30.0
# What the child needs to find its libraries; secrets in the environment stay here.
ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
# The child must not run the application's own __init__: it needs neither Flask nor a database.
BOOT = """
import sys, types
package = types.ModuleType("fieldsync")
package.__path__ = [sys.argv[1]]
sys.modules["fieldsync"] = package
from fieldsync.photos.worker import serve
serve(int(sys.argv[2]), float(sys.argv[3]))
"""


def _environment() -> dict[str, str]:
    """A few names of ours; one memory arena, since each reserves 64 MB of the child's address space."""
    return {name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"MALLOC_ARENA_MAX": "1"}


class _Lost(Exception):
    """The child did not answer; the argument is the flag."""


class Decoder:
    """One child process for one server process; threads take turns.

    `timeout` is seconds per photo, `memory` the child's address space in bytes, `jobs` its photos in all.
    """

    def __init__(self, timeout: float = 20.0, memory: int = 1 << 30, jobs: int = 500) -> None:
        self.timeout, self.memory, self.jobs = timeout, memory, jobs
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._left = 0

    def read(self, source: Path, previews: Path) -> Reading:
        """Facts of `source`, previews into the folder `previews`; never raises for what the photo does."""
        with self._lock:
            try:
                child = self._ready()
                answer = self._ask(child, {"source": str(source.absolute()), "previews": str(previews.absolute())})
                self._left -= 1
                return Reading.from_json(answer)
            except (_Lost, OSError, ValueError, KeyError, TypeError) as error:
                flag = str(error) if isinstance(error, _Lost) else "decoder_died"
                self._bury(previews)
                return Reading(Facts(flags=(flag,)), flags=(flag,))

    def warm(self) -> None:
        """Start the child ahead of the first photo."""
        with self._lock:
            try:
                self._ready()
            except (_Lost, OSError, ValueError):
                self._end()

    def close(self) -> None:
        """End the child; the next photo would start another."""
        with self._lock:
            self._end()

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> subprocess.Popen[bytes]:
        """The living child, renewed when it has worked long enough, died, or belongs to a forked parent."""
        if self._child and (self._left <= 0 or self._owner != os.getpid() or self._child.poll() is not None):
            self._end()
        if self._child is None:
            self._child = self._start()
            self._owner, self._left = os.getpid(), self.jobs
            self._answer(self._child, time.monotonic() + START)
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        root = Path(__file__).resolve().parents[1]
        return subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT, str(root), str(self.memory), str(self.timeout)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )

    def _ask(self, child: subprocess.Popen[bytes], question: dict[str, str]) -> dict[str, Any]:
        content = json.dumps(question).encode()
        if child.stdin is None:
            raise _Lost("decoder_died")
        child.stdin.write(len(content).to_bytes(4, "big") + content)
        return self._answer(child, time.monotonic() + self.timeout)

    def _answer(self, child: subprocess.Popen[bytes], deadline: float) -> dict[str, Any]:
        size = int.from_bytes(self._take(child, 4, deadline), "big")
        if size > ANSWER:
            raise _Lost("decoder_died")
        answer: dict[str, Any] = json.loads(self._take(child, size, deadline))
        return answer

    @staticmethod
    def _take(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        """Exactly `size` bytes of the child's answer, or the flag that says why not."""
        if child.stdout is None:
            raise _Lost("decoder_died")
        taken = b""
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while len(taken) < size:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise _Lost("decoder_timeout")
                part = os.read(child.stdout.fileno(), size - len(taken))
                if not part:
                    raise _Lost("decoder_died")
                taken += part
        return taken

    def _bury(self, previews: Path) -> None:
        """Kill the child and remove what it left half written."""
        pid = self._child.pid if self._child else 0
        self._end()
        for part in previews.glob(f".*.{pid}.part"):
            part.unlink(missing_ok=True)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        if self._owner in (0, os.getpid()):
            child.kill()
            child.wait()
