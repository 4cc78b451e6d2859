"""Plain HTTP beside HTTPS, in a process of its own: the page of trust, and the way over to HTTPS for all else."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from fieldsync.https import plain_app

_START = "import sys; from fieldsync.cli import plain; plain.main(*sys.argv[1:])"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def start(instance: Path, host: str, port: int, https_port: int) -> None:
    """Answer plain HTTP on `port` until this process ends."""
    arguments = (str(instance), host, str(port), str(https_port))
    # The pipe is what the other process notices our end by.
    subprocess.Popen([sys.executable, "-c", _START, *arguments], stdin=subprocess.PIPE)


def main(instance: str, host: str, port: str, https_port: str) -> None:
    """Answer until the process that started this one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = plain_app(Path(instance), int(https_port))
    server = make_server(host, int(port), app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()
