"""How a scripted phone reaches the server: HTTP over a socket, and a bad line for any wire."""

import http.client
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from flask import Flask


class NoSignal(ConnectionError):
    """The request did not arrive, or its answer was lost: the phone cannot tell which."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        parsed: dict[str, Any] = orjson.loads(self.body)
        return parsed


class Refused(Exception):
    """The server answered a request of the phone with a problem."""

    def __init__(self, answer: Answer):
        super().__init__(f"{answer.status} {answer.body[:400]!r}")
        self.status = answer.status
        self.problem = answer.json if answer.body.startswith(b"{") else {}


class Wire(Protocol):
    """Anything that carries one request and brings its answer back."""

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send one request; raise NoSignal where no answer comes."""


@dataclass
class Application:
    """A wire into an application of this process, without a socket; another one may take its place."""

    app: Flask

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Have the application answer one request."""
        answer = self.app.test_client().open(path, method=method, headers=dict(headers), data=body, buffered=True)
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.data)


@dataclass(frozen=True)
class Http:
    """A wire to a running server."""

    url: str
    timeout: float = 60

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send one request over HTTP."""
        address = path if path.startswith("http") else self.url.rstrip("/") + path
        request = urllib.request.Request(address, body or None, dict(headers), method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _lower(error.headers), error.read())
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            raise NoSignal(str(error)) from error


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Offline:
    """No line at all; `tries` counts who tried nevertheless."""

    tries: int = 0

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Lose the request."""
        self.tries += 1
        raise NoSignal("no signal here")


def meet(fate: str, wire: Wire, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send one request that meets a fate: `request lost`, `answer lost`, `doubled`, or `ok`."""
    if fate == "request lost":
        raise NoSignal(fate)
    if fate == "doubled":
        wire(method, path, headers, body)
    answer = wire(method, path, headers, body)
    if fate == "answer lost":
        raise NoSignal(fate)
    return answer


@dataclass
class BadLine:
    """A wire that loses requests, loses answers and sends requests twice, as `random` says."""

    wire: Wire
    random: random.Random
    lose_request: float = 0.2
    lose_answer: float = 0.2
    double: float = 0.1
    log: list[str] = field(default_factory=list)
    hook: Callable[[str], None] = lambda _fate: None

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send one request over the bad line."""
        fate = self._fate()
        self.log.append(f"{fate} {method} {path.partition('?')[0]}")
        self.hook(fate)
        return meet(fate, self.wire, method, path, headers, body)

    def _fate(self) -> str:
        draw = self.random.random()
        for name, chance in (
            ("request lost", self.lose_request),
            ("answer lost", self.lose_answer),
            ("doubled", self.double),
        ):
            if draw < chance:
                return name
            draw -= chance
        return "ok"
