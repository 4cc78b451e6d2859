"""Measures on persons: detention, prosecution, discipline; with a case or alone (domain.md section 4.7)."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

TYPES: Words = {
    "fine": ("罚款", "Fine"),
    "admin_detention": ("行政拘留", "Administrative detention"),
    "criminal_detention": ("刑事拘留", "Criminal detention"),
    "arrest": ("逮捕", "Arrest"),
    "transferred_for_prosecution": ("移送审查起诉", "Transferred for prosecution"),
    "prosecuted": ("起诉", "Prosecuted"),
    "convicted": ("判决有罪", "Convicted"),
    "party_discipline": ("党纪处分", "Party discipline"),
    "administrative_discipline": ("行政处分", "Administrative discipline"),
    "government_discipline": ("政务处分", "Government discipline"),
    "none": ("不予追究", "None"),
    "other": ("其他", "Other"),
}
# The first day of the law on it; earlier ones are entered as administrative discipline.
GOVERNMENT_DISCIPLINE_SINCE = "2020-07-01"

# Fields

FIELDS = own_fields(
    Field("name", ("姓名", "Name"), "text", "county", required=True, most=60),
    Field("id_no", ("证件号码", "Id number"), "id_no", "county"),
    Field("type", ("措施", "Measure"), "choice", "county", required=True, choices=TYPES),
    Field("authority", ("机关", "Authority"), "text", "county", required=True, most=60),
    Field("doc_no", ("文号", "Document"), "text", "county", most=60),
    Field("decided_at", ("决定日期", "Decided on"), "date", "county", required=True),
    Field("duration", ("期限", "Duration"), "text", "county", most=40),
    Field("unit", ("单位", "Employer"), "text", "county", most=60),
    Field("post", ("职务", "Post"), "text", "county", most=60),
    # Only where there is no case, whose place of the act it would follow.
    Field("act_county_code", ("所属县(无案件时)", "County, without a case"), "code", "county"),
    Field("remark", ("备注", "Remark"), "text", "county", most=500),
)

# Projection

TABLE = db.Table(
    "person_measure",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), nullable=False),
    Column("type", String(32), nullable=False),
    Column("decided_at", String(10), nullable=False),
    Column("voided", Integer, nullable=False),
    Index("person_measure_case", "cell", "case_id", "decided_at"),
)


def _project(measure: Record) -> tuple[Any, ...]:
    return (
        measure.parent_id, measure.text("type")[:32], measure.text("decided_at")[:10], int(measure.voided)
    )  # fmt: skip


NOUN = Noun(
    "person_measure", "person_measures", ("人员措施", "Measure on a person"), FIELDS, home=homes.county,
    table=TABLE, project=_project, salted=True,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Note a measure on a person; `parent` names the case, if there is one."""
    change.merge()
    if change.created:
        change.put("created_by", change.standing.user)
    _warn(change)


def edit(change: Change) -> None:
    """Change what is noted of a measure."""
    change.merge()
    _warn(change)


def void(change: Change) -> None:
    """Take a measure out of use, unless others changed it since the base."""
    change.void_merged()


def _warn(change: Change) -> None:
    kind, decided = change.record.text("type"), change.record.text("decided_at")
    if kind == "government_discipline" and decided < GOVERNMENT_DISCIPLINE_SINCE:
        change.issue("before-the-law", "type")
