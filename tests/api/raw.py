"""Requests as anybody could send them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass
class Raw:
    """One stranger, or somebody with a token; keeps every byte that he was sent."""

    app: Flask
    token: str = ""
    heard: list[bytes] = field(default_factory=list)

    def __call__(self, method: str, path: str, given: Any = None, /, **headers: str) -> TestResponse:
        """Send a request; `given` is JSON or bytes, `_` in the names of headers stands for `-`."""
        body = given if isinstance(given, bytes) else b"" if given is None else json.dumps(given).encode()
        sent = {"Content-Type": JSON} if body else {}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.app.test_client().open(path, method=method, data=body, headers=sent, buffered=True)
        self.heard.append(repr(sorted(answer.headers)).encode() + answer.data)
        return answer

    def by(self, token: str) -> "Raw":
        """Return the same with somebody's token."""
        return Raw(self.app, token)


def problem_of(answer: TestResponse) -> str:
    """Return the name of the problem that an answer tells; it must be one, in full."""
    assert answer.mimetype == PROBLEM, (answer.status_code, answer.data[:300])
    body = answer.get_json(force=True)
    assert body["status"] == answer.status_code
    assert body["title"]
    return body["type"].removeprefix("/problems/")


def endpoints(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Yield method, path and arguments of every endpoint of the API."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.rule.startswith("/api"):
            path = re.sub(r"<[^:>]*:?([a-z_]+)>", r"{\1}", re.sub(r"<any\([^)]*\):verb>", "{verb}", rule.rule))
            explicit = rule.methods - {"HEAD" if "GET" in rule.methods else ""}
            if not (rule.methods & {"POST", "GET", "PATCH", "PUT", "DELETE", "HEAD"}):
                yield from ((method, path, rule.arguments) for method in explicit)
            else:
                yield from ((method, path, rule.arguments) for method in sorted(explicit - {"OPTIONS"}))
