"""Signatures of dossiers: 建档人, 监管人, 责任人 each sign a frozen version (domain.md 1 row 1, 4.1; class F7)."""

from typing import Any

import orjson

from fieldsync import db as database
from fieldsync.domain import guards
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync import history
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

ROLES: Words = {
    "filed_by": ("建档人", "Filing officer"),
    "supervisor": ("监管人", "Supervisor"),
    "responsible": ("责任人", "Responsible person"),
}
# Whose post may sign as what.
_POSTS: dict[str, frozenset[str]] = {
    "filed_by": frozenset({"inspector", "manager", "reviewer", "admin"}),
    "supervisor": frozenset({"inspector", "manager", "reviewer", "admin"}),
    "responsible": frozenset({"manager", "leader"}),
}

# Fields

FIELDS = own_fields(
    Field("role", ("签字身份", "Signs as"), "choice", "once", required=True, choices=ROLES),
    Field("revision", ("所签版本", "Revision"), "code", "once", required=True),
    # A drawn stroke (an SVG path) proves nothing alone: the hash says what was signed.
    Field("strokes", ("手写签名", "Strokes"), "text", "once", most=20_000),
    Field("reason", ("说明", "Remark"), "text", "once", most=300),
    Field("person", ("签字人", "Signed by"), "text", "server"),
    # As he was called on that day: phones know nobody's name by an id.
    Field("name", ("签字人姓名", "Signer's name"), "text", "server"),
    Field("signed_at", ("签字时间", "Signed at"), "time", "server"),
    Field("sha256", ("所签内容哈希", "SHA-256 of what was signed"), "sha256", "server"),
)

NOUN = Noun("dossier_signature", "dossier_signatures", ("档案签字", "Dossier signature"), FIELDS)

# Rules


def sign(change: Change) -> None:
    """Sign a dossier as of the revision that was on the screen; what is signed never changes."""
    site = change.get(change.record.parent_id)
    if not change.created:
        raise Problem("wrong-state")
    if site is None or site.type != "site":
        raise Problem("bad-value", "survivor")
    role, revision = str(change.op.set.get("role")), str(change.op.set.get("revision"))
    _check_signer(change, site, role)
    sha256 = guards.fingerprint(_body_at(change, site, revision))
    change.merge()
    signer = change.get(change.standing.user)
    change.put("person", change.standing.user)
    change.put("name", signer.text("name") if signer is not None else None)
    change.put("signed_at", change.journal.received_at)
    change.put("sha256", sha256)


def _check_signer(change: Change, site: Record, role: str) -> None:
    """Refuse who may not sign as `role`: by his post, or since he signs the other side of it."""
    if role not in ROLES:
        raise Problem("bad-value", "choice")
    if not change.standing.covers(site.home, _POSTS[role]):
        raise Problem("not-allowed", "signer-role")
    others = {"filed_by": "supervisor", "supervisor": "filed_by"}
    other = guards.around(change, site).signatures().get(others.get(role, ""))
    if other is not None and other.text("person") == change.standing.user:
        raise Problem("not-allowed", "same-signer")


def _body_at(change: Change, site: Record, revision: str) -> dict[str, Any]:
    """Return the dossier as of `revision`; raise Problem where it never had that."""
    if revision == site.rev:
        return site.body
    found = history.body_at(change.journal.connection, site.cell, site.id, revision) if "-" in revision else None
    if found is None or found[0] != revision:
        raise Problem("bad-value", "revision")
    return found[1]


def void(change: Change) -> None:
    """Take a signature out of force, with a reason; it stays in history."""
    change.reason()
    change.void_merged()


# Questions

_UNSIGNED = (
    "SELECT s.id, s.dossier_no, s.name, s.home, (SELECT count(*) FROM record AS r WHERE r.cell = s.cell"
    " AND r.parent_id = s.id AND r.type = 'dossier_signature' AND NOT r.voided) AS signed"
    " FROM {keys} CROSS JOIN site AS s WHERE s.cell = :cell AND s.home = keys.value"
    " AND s.status = 'confirmed' AND s.voided = 0 ORDER BY s.dossier_no, s.id LIMIT :limit OFFSET :offset"
)


def changed_since(connection: Any, site: Record, signature: Record) -> list[str]:
    """Return the paths of what was signed that have changed since, in order."""
    found = history.body_at(connection, site.cell, site.id, signature.text("revision"))
    then = guards.signed_content(found[1]) if found else {}
    now = guards.signed_content(site.body)
    return sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))


def unsigned(connection: Any, cell: str, homes: list[str], limit: int, offset: int) -> list[Any]:
    """Return a page of confirmed dossiers of these scopes that wait to be registered, with how many signed."""
    statement = _UNSIGNED.format(keys=database.keys("homes"))
    given = {"homes": orjson.dumps(homes).decode(), "limit": limit, "offset": offset}
    return list(database.rows(connection, statement, cell=cell, **given))
