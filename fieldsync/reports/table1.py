"""Table 1, what was found: sites with a confirmed violation of each type, and incidents of illegal trade."""

from collections.abc import Iterator

from sqlalchemy import Connection

from fieldsync.reports import facts
from fieldsync.reports.columns import COLUMNS
from fieldsync.reports.entries import Entry
from fieldsync.reports.parameters import Parameters

# Types of violations that have a column of their own; incidents are counted from their records.
_TYPES = {column.name for column in COLUMNS[1]} - {"illegal_trade"}


def entries(connection: Connection, cell: str, asked: Parameters) -> Iterator[Entry]:
    """Yield what a county's records add to the table."""
    known = facts.sites(connection, cell, asked.cutoff)
    for site in known.values():
        survivor = survivor_of(known, site)
        if survivor.voided or survivor.dismissed:
            continue
        for kind, received_at in site.violations.items():
            if kind in _TYPES and asked.holds_moment(received_at):
                yield Entry(kind, survivor.county, survivor.id, cell, "site", survivor.id)
    for incident in facts.records(connection, cell, "trade_incident", asked.cutoff):
        if asked.holds(incident.day("confirmed_at")):
            place = incident.text("act_county_code") or cell
            yield Entry("illegal_trade", place, incident.id, cell, "trade_incident", incident.id)


def survivor_of(known: dict[str, facts.Site], site: facts.Site) -> facts.Site:
    """Return the dossier that a site was merged into, in the end; itself where it was not."""
    passed = {site.id}
    while site.merged_into and site.merged_into not in passed:
        passed.add(site.merged_into)
        # A survivor in which nothing counts of its own still lies where its duplicate does.
        site = known.get(site.merged_into) or facts.Site(site.cell, site.merged_into, site.county)
    return site
