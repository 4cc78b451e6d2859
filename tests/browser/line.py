"""A line between phone and server that a test can slow down, cut, count, or hand to a stranger. Byte-exact TCP."""

import contextlib
import random
import socket
import threading
import time

SEGMENT = 1460
PORTAL = b"<!doctype html><title>Wi-Fi</title><form>login</form>"


class Line:
    """A TCP proxy to `port`: `rate` in bytes a second each way, `loss` the share of segments sent again."""

    def __init__(self, port: int, seed: int = 1):
        self.port, self.rate, self.loss, self.delay = port, 0.0, 0.0, 0.3
        self.up = self.down = self.cuts = 0
        self.is_portal = self.is_dead = False
        # Byte counts of the way up at which everything that is open is cut.
        self.cut_at: list[int] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._free = {"up": 0.0, "down": 0.0}
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take the line down for good."""
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut everything that is open, in mid-word."""
        with self._lock:
            taken, self._open = self._open, set()
        for one in taken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self.is_dead:
            near.close()
        elif self.is_portal:
            self._greet(near)
        else:
            self._join(near)

    def _greet(self, near: socket.socket) -> None:
        """Answer as a portal does: 200, and a page of its own."""
        with contextlib.suppress(OSError), near:
            near.settimeout(2)
            near.recv(65536)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PORTAL)}\r\n"
            near.sendall(f"{head}Connection: close\r\n\r\n".encode() + PORTAL)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
        threading.Thread(target=self._pump, args=(far, near, "down"), daemon=True).start()
        self._pump(near, far, "up")

    def _pump(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(SEGMENT if self.rate else 65536):
                self._travel(len(content), way)
                setattr(self, way, getattr(self, way) + len(content))
                target.sendall(content)
                if way == "up" and self.cut_at and self.up >= self.cut_at[0]:
                    self.cut_at.pop(0)
                    self.cuts += 1
                    self.cut()
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _travel(self, size: int, way: str) -> None:
        """Wait as long as the segment needs; a lost one goes again, and holds up those behind it as TCP does."""
        if not self.rate:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free[way])
            lost = self._random.random() < self.loss
            end = start + size / self.rate * (2 if lost else 1) + (self.delay if lost else 0)
            self._free[way] = end
        time.sleep(end - now)
