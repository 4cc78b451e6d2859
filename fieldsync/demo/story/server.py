"""The server that the story plays against: the one named, the usual one, or one of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from fieldsync.demo.wire import Http, NoSignal

_START_S = 60.0


class NoServer(Exception):
    """There is no server to play against; the message says why, in Chinese and in English."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


@contextmanager
def found(url: str | None, usual: str) -> Iterator[str]:
    """Yield the address of a FieldSync server; start one where none was named and none runs."""
    if url is not None:
        if not answers(url):
            raise NoServer(f"{url} 没有 FieldSync 应答", f"no FieldSync answers at {url}")
        yield url
    elif answers(usual):
        yield usual
    else:
        with own() as address:
            yield address


def answers(url: str) -> bool:
    """Tell whether FieldSync answers at an address."""
    try:
        answer = Http(url, timeout=5)("GET", "/api/v1/openapi.json", {})
        return bool(answer.status == 200 and answer.json["info"]["title"] == "FieldSync")
    except (NoSignal, OSError, ValueError, KeyError, TypeError, orjson.JSONDecodeError):
        return False


@contextmanager
def own() -> Iterator[str]:
    """Yield the address of a server over a demonstration county made for it, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fieldsync-story-") as folder:
        # An operator's own settings lead to his own database: they stay out of this.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("FIELDSYNC_")}
        environment = outside | {"FIELDSYNC_SIGN_IN_LIMIT": "1000 per minute", "FIELDSYNC_ARGON2_TIME_COST": "1"}
        command = [sys.executable, "-m", "fieldsync.cli", "--instance", folder]
        subprocess.run([*command, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            yield _awaited(process, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(30)


def _awaited(process: subprocess.Popen[bytes], url: str) -> str:
    """Return the address once the server answers there."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        if answers(url):
            return url
        time.sleep(0.1)
    raise NoServer("临时服务器未能启动", "the server for the story did not start")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
