"""The shapes of requests and answers that OpenAPI describes."""

from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from fieldsync.sync.canonical import is_text

_TEXT = validate.Length(max=4000)


def _clean(text: str) -> None:
    """Refuse text that no database takes: NUL characters and halves of characters."""
    if not is_text(text):
        raise ValidationError("NUL or half a character")


def _line(most: int) -> list[Any]:
    """Return the checks of a short text."""
    return [validate.Length(max=most), _clean]


class Query(Schema):
    """How much of a list, and from where."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
    after = fields.String(load_default="", validate=_line(36))
    lang = fields.String(load_default="")


class VersionsQuery(Schema):
    """A revision or a time (ISO 8601) to look at; empty for the whole history."""

    at = fields.String(load_default="", validate=_line(64))
    lang = fields.String(load_default="")


class Parent(Schema):
    """The record that a new one belongs to."""

    id = fields.String(required=True)


class Edit(Schema):
    """Flat paths to set (`set`, or the object itself), for a new record its id and parent."""

    class Meta:
        """Paths stand beside the named members."""

        unknown = INCLUDE

    id = fields.String()
    parent = fields.Nested(Parent)
    set = fields.Dict(keys=fields.String())
    reason = fields.String(validate=_TEXT)
    choose = fields.String(metadata={"description": "an operation's id, or `current`"})


class Record(Schema):
    """A record: its type, revision, the scope that owns it, and its body."""

    id = fields.String()
    type = fields.String()
    rev = fields.String(metadata={"example": "9-77c1a2b3c4d5e6f7"})
    scope = fields.String()
    voided = fields.Boolean()
    body = fields.Dict(keys=fields.String())


class Listing(Schema):
    """A page of records; `next` is the `after` of the following page."""

    records = fields.List(fields.Nested(Record))
    next = fields.String(allow_none=True)


class Change(Schema):
    """What became of a change, per path, and the record after it."""

    id = fields.String()
    rev = fields.String()
    status = fields.String()
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")
    conflicts = fields.List(fields.String())
    issues = fields.List(fields.Dict())
    why = fields.Dict(allow_none=True)
    scope = fields.String()
    body = fields.Dict(keys=fields.String())


class Version(Schema):
    """One change of a record and who made it."""

    rev = fields.String()
    seq = fields.Integer()
    op = fields.String()
    action = fields.String()
    by = fields.String()
    by_name = fields.String(metadata={"description": "absent for the server's own operations"})
    side = fields.String()
    device = fields.String()
    device_name = fields.String(metadata={"description": "for the county's side only"})
    at = fields.String()
    received_at = fields.String()
    patch = fields.Dict(keys=fields.String(), metadata={"description": "path: [old, new]"})


class Versions(Schema):
    """The history of a record, oldest first; with `at`, the record as it was."""

    versions = fields.List(fields.Nested(Version))


class SignIn(Schema):
    """A user name and a password, and on a phone the enrolled device."""

    username = fields.String(required=True, validate=_line(64))
    password = fields.String(required=True, validate=_line(256))
    device = fields.String(load_default="", validate=_line(36))


class SessionAnswer(Schema):
    """A token and what it opens."""

    token = fields.String()
    expires = fields.String()
    user = fields.Dict()
    scopes = fields.List(fields.String())


class Enrolment(Schema):
    """A one-time code and the public half of the device's key (P-256 JWK)."""

    code = fields.String(required=True, validate=_line(64))
    public_key = fields.Dict(required=True)
    name = fields.String(load_default="", validate=_line(60))
    app = fields.String(load_default="", validate=_line(60))


class Device(Schema):
    """The id of an enrolled device."""

    device = fields.String()


class PushAnswer(Schema):
    """The outcome of each operation, after all were durably recorded."""

    head = fields.Dict(keys=fields.String(), values=fields.String())
    diverged = fields.List(fields.String())
    server_time = fields.String()
    results = fields.List(fields.Dict())


class PullQuery(Schema):
    """Where the phone stands and how much it takes."""

    cursor = fields.String(load_default="")
    limit = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 10_000))
    max_bytes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 50_000_000))
    seen = fields.String(load_default="")
    lang = fields.String(load_default="")
