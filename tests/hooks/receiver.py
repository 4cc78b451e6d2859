"""A receiver of webhooks on a port of its own: keeps what came, and answers what the test tells it to."""

import base64
import hashlib
import hmac
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOLERANCE_S = 300


@dataclass
class Receiver:
    """What came, oldest first, and the answers that are still to be given (then 204)."""

    answers: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    drips: float = 0
    url: str = ""

    def accepted(self, secret: str) -> list[bytes]:
        """Return the bodies of those messages whose signature is right for this secret."""
        return [body for headers, body in self.came if verify(secret, headers, body)]


def verify(secret: str, headers: dict[str, str], body: bytes, now: float | None = None) -> bool:
    """Check a message as its receiver does, by the words of the specification alone."""
    message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((now or time.time()) - int(stamp)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret[len("whsec_") :])
    digest = hmac.new(key, b".".join([message_id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    wanted = base64.b64encode(digest).decode()
    given = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, wanted) for version, text in given)


def start(receiver: Receiver, certificate: Path | None = None) -> ThreadingHTTPServer:
    """Listen on a free port of this machine, with a certificate and its key by HTTPS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if receiver.drips:
                self.drip()
                return
            status = receiver.answers.pop(0) if receiver.answers else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.end_headers()

        def drip(self) -> None:
            end = time.monotonic() + receiver.drips
            try:
                while time.monotonic() < end:
                    self.wfile.write(b"H")
                    time.sleep(0.05)
            except OSError:
                pass

        def log_message(self, *_args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_args: None
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    receiver.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}/hook"
    return server
