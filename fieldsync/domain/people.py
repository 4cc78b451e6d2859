"""People of a county with their dated roles and scopes (sync.md section 2; domain.md section 4.0)."""

from typing import Any

from sqlalchemy import Column, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync import tables
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import ROLES as KNOWN_ROLES
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

ROLES: Words = {
    "inspector": ("巡查员", "Inspector"),
    "manager": ("乡镇负责人", "Township manager"),
    "reviewer": ("县级审核员", "County reviewer"),
    "leader": ("领导", "Leader"),
    "department": ("部门人员", "Department"),
    "admin": ("管理员", "Admin"),
}

# Fields

FIELDS = own_fields(
    Field("name", ("姓名", "Name"), "text", "county", required=True, most=40),
    Field("login", ("用户名", "User name"), "code", "once", required=True),
    Field("phone", ("电话", "Telephone"), "text", "county", most=30),
    Field("unit", ("单位", "Unit"), "text", "county", most=60),
    Field("certificate_no", ("执法证号", "Certificate number"), "text", "county", most=40),
    Field("active", ("在岗", "Active"), "boolean", "county"),
    Field("roles/*", ("角色", "Role"), "marker", "add"),
    Field("roles/*/role", ("角色", "Role"), "choice", "county", choices=ROLES),
    Field("roles/*/scope", ("范围", "Scope"), "text", "county", most=48),
    Field("roles/*/from", ("起", "From"), "date", "county"),
    Field("roles/*/to", ("止", "To"), "date", "county"),
)

# Projection

TABLE = db.Table(
    "person",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("login", String(64), nullable=False),
    Column("active", Integer, nullable=False),
)


def _home(_body: Body, _parent_home: str, cell: str) -> str:
    return f"c-{cell}"


def _more(person: Record) -> tuple[str, ...]:
    return (f"u-{person.id}",)


def _project(person: Record) -> tuple[Any, ...]:
    active = person.get("active") is not False and not person.voided
    return person.text("name")[:80], person.text("login")[:64], int(active)


NOUN = Noun(
    "person", "people", ("人员", "Person"), FIELDS, home=_home, more=_more, table=TABLE, project=_project,
    salted=True,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Take a person onto the county's roster."""
    edit(change)


def edit(change: Change) -> None:
    """Change a person; roles count from the operation's place in the cell's order."""
    _check_roles(change)
    change.merge()
    _settle_tenures(change)


def reassign(change: Change) -> None:
    """Move a person to other townships: his township roles end, new ones begin; unsent work survives."""
    towns = change.op.set.get("towns")
    role = change.op.set.get("role", "inspector")
    if not isinstance(towns, list) or not towns or role not in ("inspector", "manager"):
        raise Problem("bad-value", "choice")
    person = change.record
    for row in person.rows("roles"):
        if str(person.get(f"roles/{row}/scope")).startswith("t-"):
            change.put(f"roles/{row}", None)
    for number, town in enumerate(towns):
        row = f"roles/{change.op.op}{f'-{number}' if number else ''}"
        change.put(row, True)
        change.put(f"{row}/role", role)
        change.put(f"{row}/scope", f"t-{town}")
    _settle_tenures(change)


def deactivate(change: Change) -> None:
    """Close a person's account; what he still sends is held for the desk."""
    change.put("active", False)
    _settle_tenures(change)


def _check_roles(change: Change) -> None:
    """Refuse a role that is none, or a scope of another county."""
    cell = change.journal.cell
    for path, value in change.op.set.items():
        if path.startswith("roles/") and path.endswith("/scope") and value is not None:
            inside = value == f"c-{cell}" or (str(value).startswith("t-") and len(str(value)) == 11)
            if not inside:
                raise Problem("bad-value", "choice", path=path)
        if path.startswith("roles/") and path.endswith("/role") and value not in (*KNOWN_ROLES, None):
            raise Problem("bad-value", "choice", path=path)


def _settle_tenures(change: Change) -> None:
    """Open and close tenures so that they say what the person's roles are from this operation on."""
    person, journal = change.record, change.journal
    seq = journal.seq + 1
    wanted = {row: _tenure(person, row) for row in person.rows("roles") if person.get("active") is not False}
    open_rows = database.rows(
        journal.connection,
        "SELECT row_id, role, scope, valid_from, valid_to, since FROM tenure"
        " WHERE cell = :cell AND person_id = :id AND until IS NULL",
        cell=person.cell,
        id=person.id,
    )
    for row_id, *values, since in open_rows:
        if wanted.get(row_id) == tuple(values):
            del wanted[row_id]
        else:
            row = (person.cell, person.id, row_id, since, seq, *values)
            database.upsert(journal.connection, tables.tenure, [row])
    new = [(person.cell, person.id, row, seq, None, *tenure) for row, tenure in wanted.items()]
    database.upsert(journal.connection, tables.tenure, new)


def _tenure(person: Record, row: str) -> tuple[str, str, str, str]:
    return (
        person.text(f"roles/{row}/role"), person.text(f"roles/{row}/scope"),
        person.text(f"roles/{row}/from"), person.text(f"roles/{row}/to"),
    )  # fmt: skip
