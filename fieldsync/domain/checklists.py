"""Checklists of closures: versions that are published and then never change (domain.md section 4.5)."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.errors import Problem
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

# The faults that the notice names, and others (domain.md 4.7).
FAULTS: Words = {
    "not_closed": ("未真正关闭", "Not really closed"),
    "seal_below_standard": ("封堵不达标", "Seal below standard"),
    "products_not_cleared": ("矿产品未清场", "Products not cleared"),
    "vegetation": ("植被未恢复", "Vegetation not restored"),
    "hazard": ("隐患未消除", "Hazards not removed"),
    "other": ("其他", "Other"),
}
# Beside the kinds of sites, an item can be for all of them or for licensed ones.
ALL, LICENSED = "all", "licensed"

# Fields

FIELDS = own_fields(
    Field("version", ("版本", "Version"), "integer", "server"),
    Field("valid_from", ("启用日期", "Valid from"), "date", "once"),
    Field("source", ("依据", "Source"), "text", "once", most=300),
    Field("items/*", ("检查项", "Item"), "marker", "once"),
    Field("items/*/label_zh", ("内容", "Text"), "text", "once", most=120),
    Field("items/*/label_en", ("英文", "Text in English"), "text", "once", most=200),
    # Kinds of sites, divided by spaces; `all` and `licensed` besides.
    Field("items/*/kinds", ("适用类型", "Kinds"), "text", "once", most=200),
    Field("items/*/mandatory", ("必查", "Mandatory"), "boolean", "once"),
    Field("items/*/fault", ("不合格类别", "Fault"), "choice", "once", choices=FAULTS),
    Field("items/*/evidence", ("佐证", "Evidence"), "text", "once", most=120),
    Field("published_by", ("发布人", "Published by"), "text", "server"),
)

# Projection

TABLE = db.Table(
    "checklist",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),
    Index("checklist_version", "cell", "version"),
)


def _project(checklist: Record) -> tuple[Any, ...]:
    return (int(checklist.number("version") or 0),)


NOUN = Noun(
    "checklist", "checklists", ("关闭检查表", "Closure checklist"), FIELDS,
    home=homes.county, table=TABLE, project=_project,
)  # fmt: skip

# Rules


def publish(change: Change) -> None:
    """Publish the county's next version; the old ones stay, and closures keep theirs."""
    if not change.created:
        raise Problem("wrong-state")
    codes = [
        path.partition("/")[2] for path in change.op.set if path.startswith("items/") and path.count("/") == 1
    ]
    if not codes or not all(change.op.set.get(f"items/{code}/label_zh") for code in codes):
        raise Problem("bad-value", "checklist-empty")
    version = current(change.journal.connection, change.journal.cell).version + 1
    change.merge()
    change.put("version", version)
    change.put("published_by", change.standing.user)


# Questions


@dataclass(frozen=True)
class Item:
    """One thing that a closure is checked for."""

    code: str
    label_zh: str
    label_en: str
    kinds: tuple[str, ...]
    mandatory: bool
    fault: str
    evidence: str

    def is_for(self, site: Record) -> bool:
        """Tell whether a site of this kind, licensed or not, is checked for it."""
        is_licensed = LICENSED in self.kinds and bool(site.text("licence_no"))
        return ALL in self.kinds or site.text("site_kind") in self.kinds or is_licensed


@dataclass(frozen=True)
class Checklist:
    """One version with its items, by code; `id` is empty for the one that every county begins with."""

    id: str
    version: int
    items: tuple[Item, ...]


@cache
def shipped() -> Checklist:
    """Return version 1, which every county begins with."""
    text = files("fieldsync.data").joinpath("checklists/closure_1.csv").read_text("utf-8")
    return Checklist("", 1, tuple(_item(row["code"], row) for row in csv.DictReader(text.splitlines())))


def _item(code: str, row: Any) -> Item:
    mandatory = row.get("mandatory") in (True, "1")
    texts = {name: str(row.get(name) or "") for name in ("label_zh", "label_en", "fault", "evidence")}
    return Item(code, kinds=tuple(str(row.get("kinds") or ALL).split()), mandatory=mandatory, **texts)


def of_body(checklist_id: str, body: Body) -> Checklist:
    """Return the version that a record holds."""
    items = []
    for code in _codes(body):
        row = f"items/{code}/"
        items.append(_item(code, {path.removeprefix(row): body[path] for path in body if path.startswith(row)}))
    return Checklist(checklist_id, int(body.get("version") or 0), tuple(items))


def _codes(body: Body) -> list[str]:
    """Return the codes of the items that are there."""
    return sorted(path[6:] for path in body if path.startswith("items/") and path.count("/") == 1)


def published(connection: Any, cell: str) -> list[Checklist]:
    """Return a county's own versions, newest first."""
    statement = (
        "SELECT c.id, r.body FROM checklist AS c JOIN record AS r ON r.cell = c.cell AND r.id = c.id"
        " WHERE c.cell = :cell ORDER BY c.version DESC"
    )
    rows = database.rows(connection, statement, cell=cell)
    return [of_body(row[0], orjson.loads(row[1])) for row in rows]


def current(connection: Any, cell: str) -> Checklist:
    """Return the version that new closures of a county get."""
    return next(iter(published(connection, cell)), shipped())
