"""Events on their way to webhooks: drawn from the county's order by a cursor, each tried until it is taken.

Nothing can be lost: what was drawn and how far are written in one transaction, and what was not drawn yet stands
in the journal. Nothing is claimed to arrive once: a receiver tells a repetition by the message's id.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Text

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import webhooks
from fieldsync.domain.words import Words
from fieldsync.hooks import signing
from fieldsync.sync.journal import text_of
from fieldsync.sync.operations import NAMESPACE

# Words

STATES: Words = {
    "waiting": ("等待发送", "Waiting"),
    "delivered": ("已送达", "Delivered"),
    "given_up": ("已放弃", "Given up"),
}
FAILURES: Words = {
    "address": ("地址不允许", "The address is not allowed"),
    "unknown-host": ("找不到主机", "The host is unknown"),
    "connection": ("连接失败", "The connection failed"),
    "tls": ("证书不可信", "The certificate is not trusted"),
    "timeout": ("超时", "It took too long"),
    "redirect": ("对方要求转向，不跟随", "It leads elsewhere, which is not followed"),
    "status": ("对方拒收", "It was not taken"),
}

# A secret is kept apart from the record: records are history, and many read them.
SECRETS = db.Table(
    "webhook_secret",
    Column("cell", String(12), primary_key=True),
    Column("webhook_id", String(36), primary_key=True),
    Column("secret", Text, nullable=False),
)
CURSORS = db.Table(
    "webhook_cursor",
    Column("cell", String(12), primary_key=True),
    Column("webhook_id", String(36), primary_key=True),
    # Everything up to this place in the county's order was drawn.
    Column("seq", BigInteger, nullable=False),
    # After the receiver could not be reached, nothing is sent there before this time.
    Column("paused_until", String(40), nullable=False),
)
TABLE = db.Table(
    "delivery",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("webhook_id", String(36), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("event", String(64), nullable=False),
    Column("noun", String(32), nullable=False),
    Column("record_id", String(36), nullable=False),
    Column("rev", String(32), nullable=False),
    Column("at", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Not before this time; while one is sent, when others may try it again.
    Column("next_at", String(40), nullable=False),
    # A code of FAILURES, and the status of the last answer.
    Column("failure", String(16), nullable=False),
    Column("status", Integer, nullable=False),
    Column("done_at", String(40), nullable=False),
    Index("delivery_due", "cell", "state", "seq"),
    Index("delivery_list", "cell", "webhook_id", "seq"),
)

# Operations that one transaction draws.
_DRAWN = 200
# Longer than one attempt may take: another sender keeps off a message for so long.
_LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Message:
    """One event for one receiver, to be sent now."""

    cell: str
    id: str
    webhook_id: str
    url: str
    secret: str
    event: str
    noun: str
    record_id: str
    rev: str
    seq: int
    at: str
    attempts: int

    def body(self, base: str) -> bytes:
        """Return the bytes that are sent and signed: ids and names of things, nothing of anybody."""
        data = {
            "cell": self.cell, "noun": self.noun, "id": self.record_id, "rev": self.rev, "seq": self.seq,
            "link": f"{base.rstrip('/')}/console/notices/{self.noun}/{self.record_id}",
        }  # fmt: skip
        return orjson.dumps({"type": self.event, "timestamp": self.at, "data": data})


# Drawing

_HOOKS = (
    "SELECT w.id, w.active, r.body, c.seq, c.paused_until, (SELECT v.seq FROM version AS v WHERE v.cell = w.cell"
    " AND v.record_id = w.id AND v.n = 1) AS made FROM webhook AS w JOIN record AS r ON r.cell = w.cell"
    " AND r.id = w.id LEFT JOIN webhook_cursor AS c ON c.cell = w.cell AND c.webhook_id = w.id"
    " WHERE w.cell = :cell AND NOT r.voided ORDER BY w.id"
)
_OPERATIONS = "SELECT seq, changed FROM operation WHERE cell = :cell AND seq > :after ORDER BY seq LIMIT :limit"
_CHANGE = (
    "SELECT r.type, v.patch, v.received_at FROM record AS r JOIN version AS v"
    " ON v.cell = r.cell AND v.record_id = r.id AND v.n = :n WHERE r.cell = :cell AND r.id = :id"
)


def cells(connection: Connection) -> list[str]:
    """Return the counties that have webhooks."""
    rows = database.rows(connection, "SELECT DISTINCT cell FROM webhook ORDER BY cell")
    return [row[0] for row in rows]


def draw(cell: str) -> int:
    """Make messages of what happened in a county since the last time; return how many."""
    with database.reading() as connection:
        hooks = list(database.rows(connection, _HOOKS, cell=cell))
        behind = [hook.id for hook in hooks if _operations(connection, cell, hook, 1)]
    return sum(_draw_for(cell, webhook_id) for webhook_id in behind)


def _operations(connection: Connection, cell: str, hook: Any, limit: int) -> list[Any]:
    """Return the operations that a webhook comes to next: behind its cursor, at first behind itself."""
    after = hook.made if hook.seq is None else hook.seq
    return list(database.rows(connection, _OPERATIONS, cell=cell, after=after, limit=limit))


def _draw_for(cell: str, webhook_id: str) -> int:
    """Draw for one webhook until it is up to date; what happens while it is switched off is passed over."""
    made, more = 0, True
    while more:
        with database.writing() as connection:
            # Drawn twice, what was delivered meanwhile would be sent once more.
            database.hold(connection, cell)
            hooks = database.rows(connection, _HOOKS, cell=cell)
            hook = next((hook for hook in hooks if hook.id == webhook_id), None)
            operations = _operations(connection, cell, hook, _DRAWN) if hook is not None else []
            if hook is None or not operations:
                return made
            rows = list(_messages(connection, cell, hook, operations)) if hook.active else []
            database.upsert(connection, TABLE, rows)
            cursor = (cell, webhook_id, operations[-1].seq, hook.paused_until or "")
            database.upsert(connection, CURSORS, [cursor])
        made, more = made + len(rows), len(operations) == _DRAWN
    return made


def _messages(
    connection: Connection, cell: str, hook: Any, operations: Sequence[Any]
) -> Iterator[tuple[Any, ...]]:
    body = orjson.loads(hook.body)
    for seq, changed in operations:
        for record_id, rev in orjson.loads(changed):
            found = database.row(connection, _CHANGE, cell=cell, id=record_id, n=int(rev.partition("-")[0]))
            if found is None or found.type not in webhooks.STATES:
                continue
            for event in webhooks.events_of(found.type, orjson.loads(found.patch)):
                if webhooks.wants(body, event):
                    yield _row(cell, hook.id, seq, event, found.type, record_id, rev, found.received_at)


def _row(
    cell: str, webhook_id: str, seq: int, event: str, noun: str, record_id: str, rev: str, at: str
) -> tuple[Any, ...]:
    # The same event has the same id however often it is drawn.
    message_id = str(uuid.uuid5(NAMESPACE, f"{webhook_id} {record_id} {rev} {event}"))
    return cell, message_id, webhook_id, seq, event, noun, record_id, rev, at, "waiting", 0, "", "", 0, ""


# Sending

_DUE = (
    "SELECT d.id, d.event, d.noun, d.record_id, d.rev, d.seq, d.at, d.attempts, d.webhook_id, r.body, s.secret"
    " FROM delivery AS d JOIN webhook AS w ON w.cell = d.cell AND w.id = d.webhook_id AND w.active = 1"
    " JOIN record AS r ON r.cell = d.cell AND r.id = d.webhook_id"
    " JOIN webhook_secret AS s ON s.cell = d.cell AND s.webhook_id = d.webhook_id"
    " LEFT JOIN webhook_cursor AS c ON c.cell = d.cell AND c.webhook_id = d.webhook_id"
    " WHERE d.cell = :cell AND d.state = 'waiting' AND d.next_at <= :now"
    " AND (c.paused_until IS NULL OR c.paused_until <= :now) ORDER BY d.seq, d.id LIMIT 1"
)
_CLAIM = (
    "UPDATE delivery SET next_at = :until"
    " WHERE cell = :cell AND id = :id AND state = 'waiting' AND next_at <= :now"
)
_SETTLE = (
    "UPDATE delivery SET state = :state, attempts = :attempts, next_at = :next_at, failure = :failure,"
    " status = :status, done_at = :done_at WHERE cell = :cell AND id = :id"
)
_PAUSE = "UPDATE webhook_cursor SET paused_until = :until WHERE cell = :cell AND webhook_id = :webhook_id"


def claim(cell: str, now: datetime) -> Message | None:
    """Return the message that is due next, and keep other senders from it for a while."""
    given = {"cell": cell, "now": text_of(now)}
    with database.reading() as connection:
        if database.row(connection, _DUE, **given) is None:
            return None
    with database.writing() as connection:
        row = database.row(connection, _DUE, **given)
        until = text_of(now + _LEASE)
        # Of two senders at the same message one claims it.
        if row is None or not database.execute(connection, _CLAIM, **given, id=row.id, until=until):
            return None
    url = str(orjson.loads(row.body).get("url") or "")
    return Message(
        cell, row.id, row.webhook_id, url, row.secret, row.event, row.noun, row.record_id, row.rev, int(row.seq),
        row.at, row.attempts,
    )  # fmt: skip


def taken(message: Message, status: int, now: datetime) -> None:
    """Note that a message was taken."""
    _settle(message, state="delivered", status=status, done_at=text_of(now))


def failed(message: Message, failure: str, status: int, now: datetime, waits: Sequence[float]) -> None:
    """Note a failed attempt: the next comes after a longer wait; after the last one the message is given up.

    Whoever cannot be reached at all is left alone for that time; who refuses one message may like the next.
    """
    is_last = message.attempts >= len(waits)
    until = text_of(now + timedelta(seconds=waits[min(message.attempts, len(waits) - 1)])) if waits else ""
    more = {"state": "given_up", "done_at": text_of(now)} if is_last else {"state": "waiting", "next_at": until}
    refused = failure == "status" and 400 <= status < 500 and status not in (408, 429)
    _settle(message, failure=failure, status=status, pause="" if refused else until, **more)


def _settle(
    message: Message, state: str, status: int, failure: str = "", next_at: str = "", done_at: str = "",
    pause: str = "",
) -> None:  # fmt: skip
    with database.writing() as connection:
        database.execute(
            connection, _SETTLE, cell=message.cell, id=message.id, state=state, attempts=message.attempts + 1,
            next_at=next_at, failure=failure, status=status, done_at=done_at,
        )  # fmt: skip
        _pause(connection, message.cell, message.webhook_id, pause)


def _pause(connection: Connection, cell: str, webhook_id: str, until: str) -> None:
    database.execute(connection, _PAUSE, cell=cell, webhook_id=webhook_id, until=until)


# At the desk


def send_again(cell: str, webhook_id: str, message_id: str = "") -> int:
    """Have what was given up tried anew, one message or all; return how many there are."""
    with database.writing() as connection:
        _pause(connection, cell, webhook_id, "")
        return database.execute(
            connection,
            "UPDATE delivery SET state = 'waiting', attempts = 0, next_at = '' WHERE cell = :cell"
            " AND webhook_id = :webhook_id AND state = 'given_up' AND (:id = '' OR id = :id)",
            cell=cell, webhook_id=webhook_id, id=message_id,
        )  # fmt: skip


def send_test(cell: str, webhook_id: str, rev: str, now: datetime) -> None:
    """Send a message that tells of nothing, to find out whether the receiver listens."""
    row = _row(cell, webhook_id, 0, webhooks.TEST, "webhook", webhook_id, rev, text_of(now))
    with database.writing() as connection:
        _pause(connection, cell, webhook_id, "")
        database.upsert(connection, TABLE, [(cell, str(uuid.uuid4()), *row[2:])])


def renew_secret(cell: str, webhook_id: str) -> str:
    """Return a new secret for a webhook; the old one holds no more."""
    secret = signing.new_secret()
    with database.writing() as connection:
        database.upsert(connection, SECRETS, [(cell, webhook_id, secret)])
    return secret


def prune(connection: Connection, cell: str, before: str) -> int:
    """Forget messages of events from before a time that were taken; return how many."""
    statement = "DELETE FROM delivery WHERE cell = :cell AND state = 'delivered' AND at < :before"
    return database.execute(connection, statement, cell=cell, before=before)


# Questions


def listing(connection: Connection, cell: str, webhook_id: str, limit: int, offset: int) -> list[Any]:
    """Return a page of a webhook's messages, what was given up first, then the latest."""
    statement = (
        "SELECT id, seq, event, noun, record_id, at, state, attempts, next_at, failure, status, done_at"
        " FROM delivery WHERE cell = :cell AND webhook_id = :webhook_id"
        " ORDER BY CASE WHEN state = 'given_up' THEN 0 ELSE 1 END, seq DESC, at DESC, id"
        " LIMIT :limit OFFSET :offset"
    )
    given = {"cell": cell, "webhook_id": webhook_id, "limit": limit, "offset": offset}
    return list(database.rows(connection, statement, **given))


def counts(connection: Connection, cell: str) -> dict[str, dict[str, int]]:
    """Return how many messages of each webhook are in each state."""
    statement = "SELECT webhook_id, state, count(*) FROM delivery WHERE cell = :cell GROUP BY webhook_id, state"
    found: dict[str, dict[str, int]] = {}
    for webhook_id, state, count in database.rows(connection, statement, cell=cell):
        found.setdefault(webhook_id, {})[state] = count
    return found


def count_given_up(connection: Connection, cell: str) -> int:
    """Return how many messages of a county were given up."""
    statement = "SELECT count(*) FROM delivery WHERE cell = :cell AND state = 'given_up'"
    return int(database.row(connection, statement, cell=cell)[0])


def has_secret(connection: Connection, cell: str, webhook_id: str) -> bool:
    """Tell whether a webhook has its secret; without one nothing is sent."""
    statement = "SELECT 1 FROM webhook_secret WHERE cell = :cell AND webhook_id = :id"
    return database.row(connection, statement, cell=cell, id=webhook_id) is not None
