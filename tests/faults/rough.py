"""A line on which requests and answers get lost, cut, late and doubled, byte for byte."""

import contextlib
import random
import re
import socket
import struct
import threading
import time
from collections import Counter

from browser.line import Line

FATES = ("dropped", "cut_on_the_way_up", "cut_on_the_way_down", "late", "doubled")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class RoughLine(Line):
    """Carries one request per connection, as the phones send them, each with the fate that `dice` throw."""

    def __init__(self, port: int, dice: random.Random):
        super().__init__(port)
        self.dice, self.share = dice, 0.5
        self.met: Counter[str] = Counter()
        self._under_way: list[threading.Thread] = []

    def settle(self) -> None:
        """Wait until the last late request has arrived, or has found nobody."""
        for thread in self._under_way:
            thread.join()
        self._under_way.clear()

    def _join(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:
            request = _request(near)
            fate = self.dice.choice(FATES) if request and self.dice.random() < self.share else "fair"
            self.met[fate] += 1
            getattr(self, f"_{fate}")(near, request)

    def _fair(self, near: socket.socket, request: bytes) -> None:
        near.sendall(self._carry(request))

    def _dropped(self, near: socket.socket, request: bytes) -> None:
        """Close, and let nothing arrive."""

    def _cut_on_the_way_up(self, near: socket.socket, request: bytes) -> None:
        with self._far() as far:
            far.sendall(request[: self.dice.randrange(1, len(request))])
            if self.dice.random() < 0.5:
                # Rudely: RST instead of FIN.
                far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _cut_on_the_way_down(self, near: socket.socket, request: bytes) -> None:
        answer = self._carry(request)
        near.sendall(answer[: self.dice.randrange(len(answer) or 1)])

    def _late(self, near: socket.socket, request: bytes) -> None:
        """Hang up at once, and deliver when the phone has probably sent the same again, and more."""
        self._later(self.dice.uniform(0.02, 0.4), request)

    def _doubled(self, near: socket.socket, request: bytes) -> None:
        """Deliver the same bytes twice, at the same moment or a little apart."""
        self._later(self.dice.choice((0, 0.05)), request)
        near.sendall(self._carry(request))

    def _later(self, seconds: float, request: bytes) -> None:
        def deliver() -> None:
            time.sleep(seconds)
            with contextlib.suppress(OSError):
                self._carry(request)

        self._under_way.append(threading.Thread(target=deliver))
        self._under_way[-1].start()

    def _far(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def _carry(self, request: bytes) -> bytes:
        """Bring a request to the server; return what came of the answer."""
        answer = b""
        with self._far() as far, contextlib.suppress(OSError):
            far.sendall(request)
            while content := far.recv(65536):
                answer += content
        return answer


def _request(near: socket.socket) -> bytes:
    """Return one whole request, head and body, as the phone wrote it."""
    request = b""
    while b"\r\n\r\n" not in request and (content := near.recv(65536)):
        request += content
    head = request.partition(b"\r\n\r\n")[0]
    length = _LENGTH.search(head)
    whole = len(head) + 4 + (int(length[1]) if length else 0)
    while len(request) < whole and (content := near.recv(65536)):
        request += content
    return request
