"""Lines between a phone and the county: none at all, a bad one, and one that is cut in the middle."""

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from fieldsync.demo.wire import BadLine, NoSignal

T = TypeVar("T")
_TRIES = 60
_PAUSE = 0.05


@dataclass
class Mountain(BadLine):
    """A bad line that shows each of its faults before chance takes over."""

    first: list[str] = field(default_factory=lambda: ["request lost", "answer lost", "doubled"])

    def _fate(self) -> str:
        return self.first.pop(0) if self.first else super()._fate()

    def faults(self) -> dict[str, int]:
        """Return how often each fault happened."""
        fates = [entry.rpartition(" ")[0].rpartition(" ")[0] for entry in self.log]
        return {name: fates.count(name) for name in ("request lost", "answer lost", "doubled")}


def persist(step: Callable[[], T]) -> T:
    """Try a step again until the line lets it through, as a phone does."""
    for _ in range(_TRIES):
        try:
            return step()
        except NoSignal:
            time.sleep(_PAUSE)
    raise NoSignal("the line stayed bad")


def cut(url: str, path: str, headers: Mapping[str, str], body: bytes, after: int) -> None:
    """Begin a PATCH and let the line break after some bytes of its body."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=30)
    try:
        connection.putrequest("PATCH", path)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[:after])
        # What was sent should be on its way before the line goes.
        time.sleep(2 * _PAUSE)
    finally:
        connection.close()
    time.sleep(4 * _PAUSE)
