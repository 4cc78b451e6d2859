"""Appraisals of the damage that illegal mining did: 破坏程度鉴定 (domain.md section 4.6)."""

from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import MINERALS
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Fields

FIELDS = own_fields(
    Field("no", ("鉴定书编号", "Number"), "text", "county", required=True, most=60),
    Field("issuer", ("鉴定机构", "Issued by"), "text", "county", required=True, most=60),
    Field("applicant", ("申请单位", "Applied for by"), "text", "county", most=60),
    Field("applied_at", ("申请日期", "Applied for on"), "date", "county"),
    Field("mineral_code", ("矿种", "Mineral"), "choice", "county", choices=MINERALS),
    Field("quantity", ("数量", "Quantity"), "number", "county", "t", least=0),
    Field("product_value", ("矿产品价值", "Value of the product"), "money", "county", "元", least=0),
    Field("destroyed_value", ("破坏价值", "Destroyed value"), "money", "county", "元", least=0),
    Field("method", ("鉴定方法", "Method"), "text", "county", most=100),
    Field("issued_at", ("出具日期", "Issued on"), "date", "county"),
    Field("conclusion", ("结论", "Conclusion"), "text", "county", most=500),
    # Only where there is no case, whose place of the act it would follow.
    Field("act_county_code", ("所属县(无案件时)", "County, without a case"), "code", "county"),
    Field("remark", ("备注", "Remark"), "text", "county", most=500),
)

# Projection

TABLE = db.Table(
    "damage_appraisal",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), nullable=False),
    Column("issued_at", String(10), nullable=False),
    Column("voided", Integer, nullable=False),
    Index("damage_appraisal_case", "cell", "case_id", "issued_at"),
)


def _project(appraisal: Record) -> tuple[Any, ...]:
    return appraisal.parent_id, appraisal.text("issued_at")[:10], int(appraisal.voided)


NOUN = Noun(
    "damage_appraisal", "damage_appraisals", ("破坏程度鉴定", "Damage appraisal"), FIELDS, home=homes.county,
    table=TABLE, project=_project,
)  # fmt: skip

# Rules


def create(change: Change) -> None:
    """Note an appraisal; `parent` names the case, if there is one."""
    change.merge()
    if change.created:
        change.put("created_by", change.standing.user)
    _warn(change)


def edit(change: Change) -> None:
    """Change what is noted of an appraisal."""
    change.merge()
    _warn(change)


def void(change: Change) -> None:
    """Take an appraisal out of use, unless others changed it since the base."""
    change.void_merged()


def _warn(change: Change) -> None:
    applied, issued = change.record.text("applied_at"), change.record.text("issued_at")
    if applied and issued and issued < applied:
        change.issue("issued-before-application", "issued_at")
