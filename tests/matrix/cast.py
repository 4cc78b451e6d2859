"""Everybody of the matrix: each role in its own, a neighbouring and a foreign scope, with all his sessions."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.raw import Raw
from county import PASSWORD, County
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fieldsync.db import db
from fieldsync.domain import accounts
from matrix.table import COUNTY, ROLES

SCOPES = ("own", "neighbouring", "foreign")
# The records of the matrix lie in the first of each: the others are next door, and in another city.
TOWNS = dict(zip(SCOPES, ("350899101", "350899102", "350102101"), strict=True))
CELLS = dict(zip(SCOPES, ("350899", "350898", "350102"), strict=True))

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(eq=False)
class Person:
    """Somebody of the matrix with his sessions; `None` for a role is nobody at all."""

    app: Flask
    role: str
    scope: str
    cell: str
    user: str
    login: str
    rest: Raw
    phone: Raw
    device: str
    # The township that somebody of a township has.
    town: str = ""
    _client: FlaskClient | None = field(default=None, repr=False)
    _csrf: str = ""

    def __str__(self) -> str:
        return f"{self.scope} {self.role}"

    @property
    def client(self) -> FlaskClient:
        """His browser, signed in at the console."""
        if self._client is None:
            self._client = self.app.test_client()
            page = self._client.get("/console/sign-in").text
            typed = {"csrf_token": _TOKEN.search(page)[1], "username": self.login, "password": PASSWORD}
            assert self._client.post("/console/sign-in", data=typed).status_code == 302
            self._csrf = _TOKEN.search(self._client.get("/console/elsewhere").text)[1]
        return self._client

    def leave(self) -> None:
        """Close the browser; the next page is asked for after signing in again."""
        self._client = None

    def page(self, method: str, path: str, typed: dict | None = None, **more) -> TestResponse:
        """Open a page, or send a form with the token of his session."""
        client = self.client
        if method == "GET":
            return client.get(path, buffered=True, **more)
        return client.open(path, method=method, data={"csrf_token": self._csrf, **(typed or {})}, buffered=True)


def hired(county: County) -> dict[tuple[str, str], Person]:
    """Hire everybody, each with a phone."""
    return {(role, scope): _hire(county, role, scope) for scope in SCOPES for role in ROLES}


def _hire(county: County, role: str, scope: str) -> Person:
    cell = CELLS[scope] if role in COUNTY else TOWNS[scope][:6]
    home = f"c-{cell}" if role in COUNTY else f"t-{TOWNS[scope]}"
    login = county.person(role, home, cell=cell, login=f"{role}.{scope}")
    return signed_in(county, role, scope, login, "" if role in COUNTY else TOWNS[scope])


def signed_in(county: County, role: str, scope: str, login: str, town: str) -> Person:
    """Return somebody of the roster with a phone and sessions."""
    cell, user = county.person_id(login)
    phone = county.phone(login, pull=False)
    with county.app.app_context():
        token, _expires = accounts.open_session(cell, user, "")
    app = county.app
    return Person(app, role, scope, cell, user, login, Raw(app, token), Raw(app, phone.token), phone.device, town)


@contextmanager
def snapshot(app: Flask) -> Iterator["Snapshot"]:
    """Yield the database as it is now, to go back to."""
    with app.app_context():
        file = Path(db.engine.url.database)
    live, kept = sqlite3.connect(file), sqlite3.connect(":memory:")
    live.execute("PRAGMA synchronous=OFF")
    live.backup(kept)
    try:
        yield Snapshot(live, kept)
    finally:
        live.close()
        kept.close()


@dataclass
class Snapshot:
    """The database as it was; the file under the running application is the same one throughout."""

    live: sqlite3.Connection
    kept: sqlite3.Connection

    def state(self) -> list[tuple]:
        """Return what changes with every change: the heads, and the tables that are no records."""
        heads = self.live.execute("SELECT cell, seq, chain FROM head ORDER BY cell").fetchall()
        others = [
            (table, *self.live.execute(f'SELECT count(*), total({sum_}) FROM "{table}"').fetchone())
            for table, sum_ in _OTHERS.items()
        ]
        return heads + others

    def unlike(self, before: list[tuple]) -> bool:
        """Tell whether anything changed; then put the database back."""
        changed = self.state() != before
        if changed:
            self.restore()
        return changed

    def restore(self) -> None:
        """Put the database back."""
        self.kept.backup(self.live)


# Tables beside the journal, with a sum that changes with them.
_OTHERS = {
    "account": "unicode(password_hash)", "token": "1", "enrolment": "1", "upload": "length(state)",
    "site_list": "length(mapping)", "picture": "dismissed", "file": "1",
}  # fmt: skip
