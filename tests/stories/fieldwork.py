"""The people of a story: two phones of one township, a county phone, a screen, and what the server kept."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import stranger
from county import CELL, T1, County, Screen
from sqlalchemy.engine import URL, make_url

from fieldsync import db
from fieldsync.demo.phone import Phone, Refused
from fieldsync.demo.wire import Answer, meet
from fieldsync.sync import audit, heads, history
from fieldsync.sync.canonical import canon

ADIT = {"name": "老鹰硐", "site_kind": "adit", "mineral_code": "coal"}


@dataclass
class Line:
    """A wire that does with the next requests what `fates` says, and remembers every byte it brought."""

    wire: Callable[..., Answer]
    fates: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        fate = self.fates.pop(0) if self.fates else "ok"
        answer = meet(fate, self.wire, method, path, headers, body)
        self.paths.append(f"{method} {path.partition('?')[0]}")
        self.heard.append(answer.body + repr(sorted(answer.headers.items())).encode())
        return answer


@dataclass
class Team:
    """A and B of township one, R of the county with a phone and a screen; each appears when first named."""

    county: County

    @cached_property
    def a(self) -> Phone:
        """The phone of an inspector of township one."""
        return self.county.inspector(T1)

    @cached_property
    def b(self) -> Phone:
        """The phone of another inspector of township one."""
        return self.county.inspector(T1)

    @cached_property
    def r(self) -> Phone:
        """A reviewer's phone, with the townships it was given."""
        return self.county.phone(self.county.person("reviewer", f"c-{CELL}", f"t-{T1}"))

    @cached_property
    def screen(self) -> Screen:
        """A reviewer at a screen."""
        return self.county.screen()

    @cached_property
    def admin(self) -> Screen:
        """The administrator at a screen."""
        return self.county.screen("admin")

    def open(self, *also: Phone, town: str = T1, by: Phone | None = None, **fields: Any) -> str:
        """Open a dossier (by A unless said) and have all these phones take it down; return its id."""
        author = by or self.a
        site = author.site(**{**ADIT, "town_code": town, "remark": "m", **fields})
        author.sync()
        for phone in also:
            phone.pull()
        return site

    def lend(self, site: str, phone: Phone, town: str) -> str:
        """Give somebody a task of `town` at a site; return the task."""
        who = {f"assignees/{phone.user}": True}
        given = {"town_code": town, "task_date": "2026-10-03", f"sites/{site}": True, **who}
        return self.screen.post("patrol_tasks", set=given)["id"]

    # What the server kept

    @contextmanager
    def database(self) -> Iterator[Any]:
        """Read the database directly."""
        with self.county.app.app_context(), db.reading() as connection:
            yield connection

    def head(self, cell: str = CELL) -> str:
        """The county's head, `seq.chain`."""
        with self.database() as connection:
            return heads.current(connection, [cell])[cell]

    def body(self, record_id: str) -> dict[str, Any]:
        """The body that stands."""
        with self.database() as connection:
            found = db.row(connection, "SELECT body FROM record WHERE id = :id", id=record_id)
        return {} if found is None else dict(orjson.loads(found[0]))

    def rev(self, record_id: str) -> str:
        """The revision that stands."""
        with self.database() as connection:
            return db.row(connection, "SELECT rev FROM record WHERE id = :id", id=record_id)[0]

    def versions(self, record_id: str) -> list[dict[str, Any]]:
        """All versions of a record, oldest first."""
        with self.database() as connection:
            return history.versions(connection, CELL, record_id)

    def writers(self, record_id: str, path: str) -> list[str]:
        """The operations that set `path`, in order."""
        return [v["op"] for v in self.versions(record_id) if path in v["patch"]]

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """Count rows."""
        with self.database() as connection:
            return db.row(connection, f"SELECT COUNT(*) FROM {table} WHERE {condition}")[0]

    def prune(self, before: str = "9999") -> int:
        """Forget tombstones, as the nightly command does."""
        with self.county.app.app_context(), db.writing("journal") as connection:
            return audit.prune(connection, CELL, before)

    def outcome(self, op: str) -> dict[str, Any]:
        """The present outcome of an operation, as the desk sees it."""
        (receipt,) = self.screen.get(f"sync/receipts?op={op}")["receipts"]
        return receipt

    # What must hold in the end

    def check_same(self, *phones: Phone) -> None:
        """After a last sync each phone has what a phone that starts anew gets, byte for byte (I3)."""
        for phone in phones:
            phone.sync()
            fresh = replace(phone, cursor="", members={}, seen={}, outbox=[], journal={}, stood={}, _sweeping={})
            fresh.pull()
            assert contents(phone) == contents(fresh)


def contents(phone: Phone) -> dict[str, dict[str, tuple[str, bytes]]]:
    """What a phone has, by scope and record: revision and canonical body."""
    return {
        scope: {record_id: (row.rev, canon(row.body)) for record_id, row in rows.items()}
        for scope, rows in phone.members.items()
    }


def candidates(conflict: dict[str, Any]) -> list[Any]:
    """The values that a conflict keeps beside the current one, sorted by their text."""
    rows = [path for path in conflict if path.startswith("candidates/") and path.count("/") == 1]
    return sorted((conflict.get(f"{row}/value") for row in rows), key=canon)


def conflict_of(phone: Phone, record_id: str, path: str) -> dict[str, Any]:
    """The conflict of a path as the phone has it."""
    (found,) = [
        row.body
        for row in phone.records("conflict").values()
        if row.body["record_id"] == record_id and row.body["path"] == path
    ]
    return found


def conflict_id(phone: Phone, record_id: str, path: str) -> str:
    """The id of the conflict of a path as the phone has it."""
    (found,) = [
        conflict
        for conflict, row in phone.records("conflict").items()
        if row.body["record_id"] == record_id and row.body["path"] == path
    ]
    return found


def clone(phone: Phone) -> Phone:
    """Copy a phone's storage onto another one: same device, same session, same outbox."""
    kept = {
        name: copy.deepcopy(getattr(phone, name))
        for name in ("scopes", "members", "stood", "seen", "outbox", "journal", "diverged", "_sweeping")
    }
    return replace(phone, **kept)


def refused(work: Callable[[], Any]) -> Refused:
    """Do what the server must refuse; return the refusal."""
    try:
        work()
    except Refused as no:
        return no
    raise AssertionError("this should have been refused")


class Backup:
    """The county's database as it was when this was made; `restore` puts it back under the running server."""

    def __init__(self, team: Team, folder: Path):
        self.app = team.county.app
        self.live = make_url(stranger.url_of(self.app))
        name = str(folder / "backup.db") if self.live.get_backend_name() == "sqlite" else f"{self.live.database}_b"
        self.kept = self.live.set(database=name)
        self._copy(self.live, self.kept)

    def restore(self) -> None:
        """Put the old database back; no connection to the present one survives."""
        self._copy(self.kept, self.live)

    def _copy(self, source: URL, target: URL) -> None:
        with self.app.app_context():
            db.db.engine.dispose()
        stranger.copy(*(url.render_as_string(hide_password=False) for url in (source, target)))
