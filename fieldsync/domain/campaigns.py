"""Campaigns: 专项行动 with phases and targets; sites and closures are tagged with them (domain.md 1 row 22)."""

from typing import Any

from sqlalchemy import Column, Index, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes
from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Noun, own_fields
from fieldsync.sync.records import Record

# Words

STATUSES: Words = {
    "planned": ("计划", "Planned"),
    "running": ("进行中", "Running"),
    "acceptance": ("检查验收", "Acceptance"),
    "summarised": ("已总结", "Summarised"),
    "closed": ("已结束", "Closed"),
}

# Fields

FIELDS = own_fields(
    Field("name", ("名称", "Name"), "text", required=True, most=60),
    Field("doc_no", ("文号", "Document"), "text", most=60),
    Field("scope", ("范围", "Scope"), "text", most=300),
    Field("status", ("状态", "Status"), "choice", required=True, choices=STATUSES),
    Field("phases/*", ("阶段", "Phase"), "marker", "add"),
    Field("phases/*/name", ("名称", "Name"), "text", most=60),
    Field("phases/*/from", ("起", "From"), "date"),
    Field("phases/*/to", ("止", "To"), "date"),
    Field("phases/*/targets", ("目标", "Targets"), "text", most=300),
    # How many closures the campaign wants, to be held against those that were accepted.
    Field("closure_target", ("关闭目标数", "Closures wanted"), "integer", unit="个", least=0, most=100_000),
    Field("summary", ("总结", "Summary"), "text", most=2000),
)

# Projection

TABLE = db.Table(
    "campaign",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("status", String(12), nullable=False),
    Index("campaign_status", "cell", "status"),
)


def _project(campaign: Record) -> tuple[Any, ...]:
    return campaign.text("name")[:60], "voided" if campaign.voided else campaign.text("status")[:12]


NOUN = Noun(
    "campaign", "campaigns", ("专项行动", "Campaign"), FIELDS, home=homes.county, table=TABLE, project=_project
)

# Rules


def create(change: Change) -> None:
    """Plan a campaign."""
    change.merge()


def edit(change: Change) -> None:
    """Change a campaign: phases, targets, how far it is, its summary."""
    change.merge()


def void(change: Change) -> None:
    """Take a campaign back, unless others changed it since the base."""
    change.void_merged()


# Questions


def names(connection: Any, cell: str) -> dict[str, str]:
    """Return the names of a county's campaigns by id, the newest first."""
    statement = "SELECT id, name FROM campaign WHERE cell = :cell AND status <> 'voided' ORDER BY id DESC"
    return {row[0]: row[1] for row in database.rows(connection, statement, cell=cell)}


def listing(connection: Any, cell: str, limit: int, offset: int) -> list[Any]:
    """Return a page of campaigns with how many sites and accepted closures bear their tag, newest first."""
    statement = (
        "SELECT c.id, c.name, c.status,"
        " (SELECT count(*) FROM site AS s WHERE s.cell = c.cell AND s.campaign_id = c.id"
        " AND s.voided = 0) AS sites,"
        " (SELECT count(*) FROM closure AS k WHERE k.cell = c.cell AND k.campaign_id = c.id"
        " AND k.conclusion = 'pass') AS accepted"
        " FROM campaign AS c WHERE c.cell = :cell AND c.status <> 'voided'"
        " ORDER BY c.id DESC LIMIT :limit OFFSET :offset"
    )
    return list(database.rows(connection, statement, cell=cell, limit=limit, offset=offset))


def standing(connection: Any, cell: str, campaign_id: str) -> dict[str, int]:
    """Return how many sites of a campaign are in each status."""
    statement = (
        "SELECT status, count(*) FROM site WHERE cell = :cell AND campaign_id = :id AND voided = 0 GROUP BY status"
    )
    return {row[0]: row[1] for row in database.rows(connection, statement, cell=cell, id=campaign_id)}


def accepted(connection: Any, cell: str, campaign_id: str) -> int:
    """Return how many closures of a campaign were accepted."""
    statement = "SELECT count(*) FROM closure WHERE cell = :cell AND campaign_id = :id AND conclusion = 'pass'"
    return int(database.row(connection, statement, cell=cell, id=campaign_id)[0])
