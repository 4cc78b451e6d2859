"""Sign-in: passwords, tokens and enrolment codes; secrets that never enter a record."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import current_app
from sqlalchemy import Column, String, Text

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import claims
from fieldsync.errors import Problem
from fieldsync.sync import actors
from fieldsync.sync.actors import Actor
from fieldsync.sync.journal import text_of
from fieldsync.sync.push import Engine

# A reference table: a login says which cell its person belongs to.
ACCOUNTS = db.Table(
    "account",
    Column("login", String(64), primary_key=True),
    Column("cell", String(12), nullable=False),
    Column("person_id", String(36), nullable=False),
    Column("password_hash", Text, nullable=False),
)

TOKENS = db.Table(
    "token",
    Column("cell", String(12), primary_key=True),
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", String(36), nullable=False),
    Column("device_id", String(36), nullable=False),
    Column("expires_at", String(40), nullable=False),
)

CODES = db.Table(
    "enrolment",
    Column("cell", String(12), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("person_id", String(36), nullable=False),
    Column("expires_at", String(40), nullable=False),
    # Empty until the code was used.
    Column("device_id", String(36), nullable=False),
)

_SESSION = (
    "SELECT t.person_id, t.device_id, p.active, p.name, d.erase, d.revoked FROM token AS t"
    " JOIN person AS p ON p.cell = t.cell AND p.id = t.person_id"
    " LEFT JOIN device AS d ON d.cell = t.cell AND d.id = t.device_id"
    " WHERE t.cell = :cell AND t.token_hash = :token_hash AND t.expires_at > :now"
)
# In one statement: two counties may ask for the same login at the same moment.
_SET = (
    "INSERT INTO account (login, cell, person_id, password_hash) VALUES (:login, :cell, :person_id, :hashed)"
    " ON CONFLICT (login) DO UPDATE SET password_hash = excluded.password_hash"
    " WHERE account.cell = excluded.cell AND account.person_id = excluded.person_id"
)
# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PERSON = (
    "SELECT a.cell, a.person_id, a.password_hash, p.name, p.active FROM account AS a"
    " JOIN person AS p ON p.cell = a.cell AND p.id = a.person_id WHERE a.login = :login"
)


@dataclass(frozen=True)
class Session:
    """Who signed in, on which device (empty at a screen)."""

    actor: Actor
    name: str
    erase: str = ""


@cache
def _hasher(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


def _argon2() -> PasswordHasher:
    config = current_app.config
    return _hasher(config["ARGON2_TIME_COST"], config["ARGON2_MEMORY_KIB"])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_password() -> str:
    """Return a random password of three groups of four, for a person to copy down."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def set_password(cell: str, person_id: str, login: str, password: str) -> None:
    """Give a person a login; a login of another person is not taken over."""
    set_passwords(cell, {person_id: login}, password)


def set_passwords(cell: str, logins: Mapping[str, str], password: str) -> None:
    """Give people (id to login) the same password, as in a demonstration."""
    # Hashed before the turn to write comes: it takes a fifth of a second on purpose.
    hashed = _argon2().hash(password)
    with database.writing() as connection:
        for person_id, login in logins.items():
            given = {"login": login, "cell": cell, "person_id": person_id, "hashed": hashed}
            if not database.execute(connection, _SET, **given):
                raise Problem("bad-value", "login-taken")


def owner_of(login: str) -> tuple[str, str] | None:
    """Return cell and person of a login, or None."""
    with database.reading() as connection:
        row = database.row(connection, "SELECT cell, person_id FROM account WHERE login = :login", login=login)
    return None if row is None else (row[0], row[1])


def check_password(login: str, password: str) -> tuple[str, str, str]:
    """Return cell, person id and name; one Problem for whatever is wrong, after the same work."""
    with database.reading() as connection:
        row = database.row(connection, _PERSON, login=login)
    try:
        _argon2().verify(row[2] if row else _nobody(), password)
    except VerificationError:
        raise Problem("not-signed-in", "credentials") from None
    if row is None:
        raise Problem("not-signed-in", "credentials")
    if not row[4]:
        raise Problem("not-allowed", "inactive")
    return row[0], row[1], row[3]


@cache
def _nobody() -> str:
    """A hash to verify against where there is no such login, so that its time tells nothing."""
    return _argon2().hash(secrets.token_hex())


def open_session(cell: str, person_id: str, device_id: str) -> tuple[str, str]:
    """Return a new token and its expiry; the database keeps only its hash."""
    if device_id:
        _check_device(cell, device_id)
    token = f"{cell}.{secrets.token_urlsafe(32)}"
    expires = text_of(datetime.now(UTC) + timedelta(days=current_app.config["TOKEN_DAYS"]))
    with database.writing() as connection:
        database.upsert(connection, TOKENS, [(cell, _hash(token), person_id, device_id, expires)])
    return token, expires


def _check_device(cell: str, device_id: str) -> None:
    with database.reading() as connection:
        row = database.row(
            connection,
            "SELECT revoked, erase FROM device WHERE cell = :cell AND id = :id",
            cell=cell,
            id=device_id,
        )
    if row is None:
        raise Problem("bad-value", "device")
    if row[0]:
        raise Problem("device-revoked", erase=row[1] or "now")


def session(token: str) -> Session:
    """Return who holds a token; Problem `not-signed-in` where it is unknown, expired or revoked."""
    cell, _, _ = token.partition(".")
    with database.reading() as connection:
        row = database.row(
            connection, _SESSION, cell=cell, token_hash=_hash(token), now=text_of(datetime.now(UTC))
        )
        if row is None:
            raise Problem("not-signed-in")
        actor = actors.load(connection, cell, row[0], row[1])
    actor.active, actor.device_revoked = bool(row[2]), bool(row[5])
    return Session(actor, row[3], row[4] or "")


def person(cell: str, person_id: str) -> Session | None:
    """Return a person at a screen, or None where he is gone or inactive."""
    with database.reading() as connection:
        row = database.row(
            connection,
            "SELECT name, active FROM person WHERE cell = :cell AND id = :id",
            cell=cell,
            id=person_id,
        )
        if row is None or not row[1]:
            return None
        return Session(actors.load(connection, cell, person_id), row[0])


def close_session(token: str) -> None:
    """Revoke a token."""
    cell, _, _ = token.partition(".")
    with database.writing() as connection:
        database.execute(
            connection,
            "DELETE FROM token WHERE cell = :cell AND token_hash = :token_hash",
            cell=cell,
            token_hash=_hash(token),
        )


def close_sessions(cell: str, person_id: str) -> int:
    """Revoke all tokens of a person; return how many there were."""
    with database.writing() as connection:
        return database.execute(
            connection, "DELETE FROM token WHERE cell = :cell AND person_id = :id", cell=cell, id=person_id
        )


def issue_code(cell: str, person_id: str) -> str:
    """Return a new one-time enrolment code for a person's phone."""
    code = f"{cell}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    expires = text_of(datetime.now(UTC) + timedelta(hours=current_app.config["ENROLMENT_HOURS"]))
    with database.writing() as connection:
        database.upsert(connection, CODES, [(cell, _hash(code), person_id, expires, "")])
    return code


def enrol(engine: Engine, code: str, jwk: Any, name: str, app: str) -> str:
    """Use a code up and enter the device that showed it; return the device's id."""
    claims.public_key(jwk)
    cell, _, _ = code.partition("-")
    device_id = str(uuid.uuid4())
    with database.writing() as connection:
        used = database.execute(
            connection,
            "UPDATE enrolment SET device_id = :device_id WHERE cell = :cell AND code_hash = :code_hash"
            " AND device_id = '' AND expires_at > :now",
            device_id=device_id,
            cell=cell,
            code_hash=_hash(code),
            now=text_of(datetime.now(UTC)),
        )
        if not used:
            raise Problem("not-allowed", "code")
        owner = database.row(
            connection,
            "SELECT person_id FROM enrolment WHERE cell = :cell AND code_hash = :code_hash",
            cell=cell,
            code_hash=_hash(code),
        )
    fields = {f"public_key/{part}": str(jwk[part]) for part in ("kty", "crv", "x", "y")}
    fields |= {"name": name[:60], "app": app[:60], "person_id": owner[0]}
    try:
        engine.perform(actors.system(cell), "device.enrol", device_id, op=str(uuid.uuid4()), set_=fields)
    except Problem:
        _free_code(cell, device_id)
        raise
    return device_id


def _free_code(cell: str, device_id: str) -> None:
    """Let a code serve again whose device could not be entered."""
    with database.writing() as connection:
        database.execute(
            connection,
            "UPDATE enrolment SET device_id = '' WHERE cell = :cell AND device_id = :device_id",
            cell=cell,
            device_id=device_id,
        )
