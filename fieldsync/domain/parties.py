"""Suspected persons of a site; only the county reads them, so they live in its own scope (sync.md 1.14)."""

from typing import Any

from fieldsync import db as database
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields

# Words

ROLES: Words = {
    "suspect": ("疑似行为人", "Suspected actor"),
    "owner": ("业主", "Owner"),
    "worker": ("从业人员", "Worker"),
    "landlord": ("土地提供人", "Landlord"),
    "unknown": ("不详", "Unknown"),
}

# Fields

FIELDS = own_fields(
    Field("name", ("姓名", "Name"), "text", "county", required=True, most=60),
    Field("role", ("身份", "Role"), "choice", "county", choices=ROLES),
    Field("id_no", ("证件号码", "Id number"), "text", "county", most=30),
    Field("phone", ("电话", "Telephone"), "text", "county", most=30),
    Field("address", ("住址", "Address"), "text", "county", most=200),
    Field("remark", ("备注", "Remark"), "text", "county", most=500),
)


NOUN = Noun("party", "parties", ("当事人", "Party"), FIELDS, home=homes.county, salted=True)

# Rules


def create(change: Change) -> None:
    """Note a person in connection with a site; `parent` names the site."""
    change.merge()


def edit(change: Change) -> None:
    """Change what is noted of a person."""
    change.merge()


def void(change: Change) -> None:
    """Take a note back, unless others changed it since the base."""
    change.void_merged()


# Questions


def of_site(connection: Any, cell: str, site_id: str) -> list[str]:
    """Return the ids of the persons that are noted with a site."""
    rows = database.rows(
        connection,
        "SELECT id FROM record WHERE cell = :cell AND parent_id = :site_id AND type = 'party' AND NOT voided"
        " ORDER BY id",
        cell=cell,
        site_id=site_id,
    )
    return [row[0] for row in rows]
