"""Applications on a port of their own, in the process of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import make_server


@contextmanager
def serving(app: Any, port: int = 0, **more: Any) -> Iterator[int]:
    """Serve an application and tell its port (0: any that is free)."""
    server = make_server("127.0.0.1", port, app, threaded=True, **more)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
