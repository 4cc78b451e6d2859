"""When each phone was last here, and what it said then was still waiting on it: no record, only a note."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.errors import Problem
from fieldsync.sync.actors import Actor
from fieldsync.sync.canonical import is_text
from fieldsync.sync.journal import text_of

TABLE = db.Table(
    "contact",
    Column("cell", String(12), primary_key=True),
    Column("device_id", String(36), primary_key=True),
    Column("last_seen_at", String(40), nullable=False),
    Column("app", String(60), nullable=False),
    # What the phone said waits on it; null where it said nothing.
    Column("operations", Integer),
    Column("photos", Integer),
)

# One write for each phone and hour is enough to know who fell silent, if nothing is new.
_PAUSE = timedelta(hours=1)
_WAITING = re.compile(r"([0-9]{1,6}),([0-9]{1,6})")

Waiting = tuple[int | None, int | None]


@dataclass(frozen=True)
class Contact:
    """The last contact with a phone; `operations` and `photos` were still waiting on it, if it said so."""

    last_seen_at: str
    app: str
    operations: int | None
    photos: int | None

    @property
    def is_waiting(self) -> bool:
        """Whether anything was left on the phone."""
        return bool(self.operations or self.photos)


def waiting(header: str) -> Waiting:
    """Return the operations and photos that `Fieldsync-Waiting: 12,3` tells; nothing where it is malformed."""
    found = _WAITING.fullmatch(header.strip())
    return (int(found[1]), int(found[2])) if found else (None, None)


def note(actor: Actor, app: str, told: Waiting, now: datetime) -> None:
    """Note a contact, at most once an hour unless it tells something new.

    Where the turn to write does not come, the next contact does it.
    """
    with database.reading() as connection:
        row = database.row(
            connection,
            "SELECT last_seen_at, app, operations, photos FROM contact WHERE cell = :cell AND device_id = :device",
            cell=actor.cell, device=actor.device,
        )  # fmt: skip
        last = Contact(*row) if row else None
        is_fresh = last is not None and text_of(now - _PAUSE) < last.last_seen_at <= text_of(now)
        if last and is_fresh and not _is_news(last, told) and not _is_changed(connection, actor, last):
            return
    shown = app[:60] if is_text(app) and app else last.app if last else ""
    with suppress(Problem), database.writing() as connection:
        database.upsert(connection, TABLE, [(actor.cell, actor.device, text_of(now), shown, *told)])


def _is_news(last: Contact, told: Waiting) -> bool:
    """Tell whether a phone's work began to wait, or was all sent, since it was here last."""
    return told != (None, None) and any(told) != last.is_waiting


def _is_changed(connection: Any, actor: Actor, last: Contact) -> bool:
    """Tell whether the county changed something about the person, as his township, since his phone was here."""
    statement = "SELECT 1 FROM version WHERE cell = :cell AND record_id = :person AND received_at > :since LIMIT 1"
    return (
        database.row(connection, statement, cell=actor.cell, person=actor.user, since=last.last_seen_at)
        is not None
    )


def of_county(connection: Any, cell: str) -> Mapping[str, Contact]:
    """Return the last contact with each phone of a county, by the device's id."""
    statement = "SELECT device_id, last_seen_at, app, operations, photos FROM contact WHERE cell = :cell"
    return {row[0]: Contact(*row[1:]) for row in database.rows(connection, statement, cell=cell)}


def silent_days(contact: Contact | None, enrolled_at: Any, now: datetime) -> int:
    """Return for how many whole days a phone was silent; since its enrolment where it never came."""
    try:
        since = datetime.fromisoformat(contact.last_seen_at if contact else enrolled_at)
        return max(0, (now - since).days)
    except (TypeError, ValueError):
        return 0
