"""What every endpoint shares: who asks, what was sent, which revision was on the screen."""

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import zstandard
from flask import Flask, current_app, g, request
from sqlalchemy import Connection
from werkzeug.wsgi import get_input_stream

from fieldsync import db, lenient_json
from fieldsync.domain import accounts
from fieldsync.domain.darkroom import Darkroom
from fieldsync.errors import Problem
from fieldsync.geo.divisions import is_upper
from fieldsync.ids import new_id
from fieldsync.sync.actors import Standing
from fieldsync.sync.nouns import Noun
from fieldsync.sync.operations import is_id
from fieldsync.sync.push import Engine

F = TypeVar("F", bound=Callable[..., Any])

PUBLIC, SIGNED_IN, DEVICE = "public", "signed-in", "device"
HANDING_IN, DRAINING = "handing-in", "draining"


def allow(who: str) -> Callable[[F], F]:
    """Name who may use an endpoint; one that names nobody is closed.

    `public`, `signed-in`, `device` (a session on an enrolled device), `handing-in` (also a revoked
    device that may still hand in what it holds), `draining` (both: an enrolled device, even so).
    """

    def mark(view: F) -> F:
        view.allowed = who  # type: ignore[attr-defined]
        return view

    return mark


def init(app: Flask) -> None:
    """Check every request to the API before its view runs."""
    app.before_request(_admit)


def _admit() -> None:
    if not request.path.startswith("/api/") or request.url_rule is None:
        return
    view = current_app.view_functions[request.url_rule.endpoint]
    who = getattr(view, "allowed", None)
    if who is None:
        raise Problem("not-allowed")
    if who != PUBLIC:
        g.session = _session(who)
    _inflate_body()


def _session(who: str) -> accounts.Session:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("not-signed-in")
    session = accounts.session(token.strip())
    actor = session.actor
    if actor.device_revoked and (who not in (HANDING_IN, DRAINING) or session.erase != "after-drain"):
        raise Problem("device-revoked", erase=session.erase or "now")
    if not actor.active:
        raise Problem("not-allowed", "inactive")
    if who in (DEVICE, DRAINING) and not actor.device:
        raise Problem("not-allowed", "device")
    return session


def me() -> accounts.Session:
    """Return the session of this request."""
    session: accounts.Session = g.session
    return session


def standing() -> Standing:
    """Return what the asking person is today."""
    return me().actor.now(engine().now())


def is_superior() -> bool:
    """Tell whether the asking person is of the province or of a city, whose cells hold tables and no work."""
    return is_upper(me().actor.cell)


def darkroom() -> Darkroom:
    """Return where stored files are read."""
    room: Darkroom = current_app.extensions["darkroom"]
    return room


def engine() -> Engine:
    """Return the engine."""
    return darkroom().engine


# What was sent


def read_json() -> Any:
    """Return the body's JSON; raise Problem where it is none."""
    try:
        return lenient_json.read(request.get_data(cache=False))
    except ValueError:
        raise Problem("bad-json") from None


# Endpoints that take other bodies than JSON, and look at the type themselves.
_ANY_TYPE = ("sync.push", "form_files.upload")


def _inflate_body() -> None:
    """Put the inflated body in the place of a compressed one, and refuse one that is too large."""
    if request.mimetype == "application/offset+octet-stream":
        return
    if request.content_length and not request.is_json and request.endpoint not in _ANY_TYPE:
        raise Problem("bad-type")
    encoding = request.headers.get("Content-Encoding", "")
    most = int(current_app.config["MAX_PUSH_BYTES"])
    if (request.content_length or 0) > most:
        raise Problem("too-large", "limit")
    # For a body in pieces, which tells no length.
    request.max_content_length = most
    if encoding:
        packed = get_input_stream(request.environ, max_content_length=most).read()
        content = inflate(packed, encoding, most)
        request.environ["wsgi.input"] = io.BytesIO(content)
        request.environ.pop("HTTP_TRANSFER_ENCODING", None)
        request.environ["CONTENT_LENGTH"] = str(len(content))


def inflate(content: bytes, encoding: str, most: int) -> bytes:
    """Return the body inflated, in memory that the limit bounds."""
    name = encoding.lower().strip()
    try:
        if name == "gzip":
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(most + 1)
        elif name == "zstd":
            with zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(content) as reader:
                content = reader.read(most + 1)
        elif name not in ("", "identity"):
            raise Problem("bad-json", "encoding")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        raise Problem("bad-json", "encoding") from None
    if len(content) > most:
        raise Problem("too-large", "limit")
    return content


def if_match(required: bool = True) -> str:
    """Return the revision of If-Match; proxies may have made the tag weak."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not tag and required:
        raise Problem("precondition-required")
    return tag


def operation_id() -> str:
    """Return the Operation-Id that makes a retry safe, or a new one."""
    given = request.headers.get("Operation-Id", "")
    if given and not is_id(given):
        raise Problem("bad-value", "operation")
    g.op = given or new_id()
    return str(g.op)


# What may be seen

_FIND = (
    "SELECT id, type, rev, home, body, scopes, voided FROM record WHERE cell = :cell AND id = :id AND type = :type"
)


def cell_of(noun: Noun) -> str:
    """Return the cell that the asking person finds this noun in."""
    return "common" if noun.home({}, "", "") == "common" else me().actor.cell


def find(connection: Connection, noun: Noun, record_id: str) -> Any:
    """Return the row (id, type, rev, home, body, scopes, voided) of a record; out of scope is not found."""
    row = db.row(connection, _FIND, cell=cell_of(noun), id=record_id, type=noun.name)
    if row is None or not sees(row[3], row[5]):
        raise Problem("not-found")
    return row


def sees(home: str, scopes: str) -> bool:
    """Tell whether the asking person's scopes of today reach a record."""
    return standing().covers(home) or f"u-{me().actor.user}" in scopes.split()
