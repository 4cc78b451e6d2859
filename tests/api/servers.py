"""A real server in a process of its own, for tests that cut lines and kill processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from county import FAST, County

from fieldsync import create_app
from fieldsync.demo.wire import Http

START_S = 30


class Server:
    """gunicorn over one instance folder; `county` acts on the same folder from the test's process."""

    def __init__(self, folder: Path, **settings):
        self.folder = folder
        self.settings = FAST | settings
        self.app = create_app(folder, **self.settings)
        self.county = County(self.app)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.county.wire = Http(self.url)
        self.process: subprocess.Popen | None = None

    def start(self) -> "Server":
        environment = os.environ | {f"FIELDSYNC_{name}": str(value) for name, value in self.settings.items()}
        command = [
            sys.executable, "-m", "gunicorn", f"fieldsync:create_app({str(self.folder)!r})",
            "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", "8",
            "--log-level", "warning", "--no-control-socket",
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + START_S
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError(self.log())
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End the whole server as a power cut would: no goodbye, no clean-up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            while self._answers():
                time.sleep(0.01)

    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def raw(self, head: str, body: bytes = b"") -> socket.socket:
        """Send a request's head and some of its body over a socket of its own; return the open socket."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        return line
