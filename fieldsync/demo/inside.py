"""A wire that needs no server: from a scripted phone straight into the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fieldsync import db
from fieldsync.demo.wire import Answer
from fieldsync.domain import contacts
from fieldsync.errors import Problem
from fieldsync.sync.actors import Actor
from fieldsync.sync.pull import Page
from fieldsync.sync.push import Engine

_STATE = (
    "SELECT p.active, COALESCE(d.revoked, 0) FROM person AS p"
    " LEFT JOIN device AS d ON d.cell = p.cell AND d.id = :device WHERE p.cell = :cell AND p.id = :id"
)
_PAGE, _BYTES = 10_000, 50_000_000


@dataclass(frozen=True)
class Inside:
    """Carries pushes and pulls of one person on one device; the reference data stays where it is."""

    engine: Engine
    cell: str
    person: str
    device: str

    def actor(self) -> Actor:
        """Return the person as he is in the county's records now."""
        actor = self.engine.actor(self.cell, self.person, self.device)
        with db.reading() as connection:
            row = db.row(connection, _STATE, cell=self.cell, id=self.person, device=self.device)
        actor.active, actor.device_revoked = bool(row[0]), bool(row[1])
        return actor

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Push or pull; anything else does not lead inside."""
        where, _, query = path.partition("?")
        if where == "/api/v1/sync/push":
            return Answer(200, {}, orjson.dumps(self._push(orjson.loads(body))))
        if where == "/api/v1/sync/pull":
            return Answer(200, {}, self._pull(query))
        raise Problem("not-found", path=f"{method} {where}")

    def _push(self, given: dict[str, Any]) -> dict[str, Any]:
        actor = self.actor()
        answer = self.engine.push(actor, given)
        # Nothing waits any more on a phone that has pushed.
        contacts.note(actor, given["app"], (0, 0), self.engine.now())
        return answer

    def _pull(self, query: str) -> bytes:
        given = dict(part.partition("=")[::2] for part in query.split("&"))
        scopes = [*self.actor().now(self.engine.now()).scopes, f"u-{self.person}"]
        with db.reading() as connection:
            page = Page(connection, self.cell, scopes, _PAGE, _BYTES)
            return b"".join(page.lines(given.get("cursor", "")))
