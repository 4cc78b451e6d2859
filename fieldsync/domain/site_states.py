"""What of a dossier counts in the tables, from when on: one row for each time that it changed.

Tables are drawn up as of a moment. A dossier has hundreds of versions, most of them visits; the few that matter
to a count lie here, so that no table reads a history.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Column, Connection, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.sync.conflicts import is_confirmed
from fieldsync.sync.records import Meta, Record

# Carried out, up to standard or not; and those of them that were found to be.
_CLOSED = ("closed_pending", "rectifying")
_ACCEPTED = ("accepted", "monitoring", "writeoff_requested", "written_off")

TABLE = db.Table(
    "site_state",
    Column("cell", String(12), primary_key=True),
    Column("site_id", String(36), primary_key=True),
    # The site's count of changes when it became so.
    Column("n", Integer, primary_key=True),
    Column("received_at", String(40), nullable=False),
    Column("county", String(12), nullable=False),
    # open, closed, accepted, dismissed or merged
    Column("phase", String(12), nullable=False),
    # Confirmed by the county; with spaces between.
    Column("violations", String(600), nullable=False),
    Column("closed_on", String(10), nullable=False),
    Column("accepted_on", String(10), nullable=False),
    Column("merged_into", String(36), nullable=False),
    Column("voided", Integer, nullable=False),
)


class State(NamedTuple):
    """What of a dossier counts, in the order of the table's columns."""

    county: str
    phase: str
    violations: str
    closed_on: str
    accepted_on: str
    merged_into: str
    voided: int

    @property
    def is_plain(self) -> bool:
        """Whether nothing in it counts."""
        return self.phase in ("open", "dismissed") and not self.violations and not self.merged_into


def state_of(site: Record) -> State:
    """Return what of a dossier counts now."""
    types = sorted(t for t in site.rows("violations") if is_confirmed(site, f"violations/{t}"))
    return State(
        site.text("town_code")[:6], _phase(site.text("lifecycle_status")), " ".join(types)[:600],
        site.text("closure_date")[:10], site.text("accepted_at")[:10], site.text("merged_into")[:36],
        int(site.get("voided_at") is not None),
    )  # fmt: skip


def _phase(status: str) -> str:
    if status in _CLOSED:
        return "closed"
    if status in _ACCEPTED:
        return "accepted"
    return status if status in ("dismissed", "merged") else "open"


# Keeping

_LAST = (
    "SELECT s.site_id, s.county, s.phase, s.violations, s.closed_on, s.accepted_on, s.merged_into, s.voided"
    " FROM {keys} CROSS JOIN site_state AS s WHERE s.cell = :cell AND s.site_id = keys.value"
    " ORDER BY s.site_id, s.n"
)


def fill(connection: Connection, cell: str, records: Sequence[Record]) -> None:
    """Add a row for each dossier of `records` that counts otherwise than before."""
    sites = {record.id: record for record in records if record.type == "site" and record.n}
    if not sites:
        return
    last = _last(connection, cell, list(sites))
    rows: list[tuple[Any, ...]] = []
    if _is_begun(connection, cell):
        for site in sites.values():
            rows += _news(connection, site, last.get(site.id))
    else:
        # The table is new, or was emptied to be filled again: what was is in the versions.
        for site in sites.values():
            rows += _from_versions(connection, site)
        rows.append((cell, "", 0, "", *State("", "", "", "", "", "", 0)))
    database.upsert(connection, TABLE, rows)


def _is_begun(connection: Connection, cell: str) -> bool:
    statement = "SELECT 1 FROM site_state WHERE cell = :cell AND site_id = '' AND n = 0"
    return database.row(connection, statement, cell=cell) is not None


def _last(connection: Connection, cell: str, ids: list[str]) -> Mapping[str, State]:
    """Return the last state that was kept of each dossier."""
    statement = _LAST.format(keys=database.keys("ids"))
    found = database.rows(connection, statement, cell=cell, ids=orjson.dumps(ids).decode())
    return {row[0]: State(*row[1:]) for row in found}


def _news(connection: Connection, site: Record, last: State | None) -> list[tuple[Any, ...]]:
    """Return the row of a dossier's present state, where it is another than the last one."""
    state = state_of(site)
    if state == last or (last is None and state.is_plain):
        return []
    row = database.row(
        connection,
        "SELECT received_at FROM version WHERE cell = :cell AND record_id = :id AND n = :n",
        cell=site.cell, id=site.id, n=site.n,
    )  # fmt: skip
    return [(site.cell, site.id, site.n, row[0], *state)]


def _from_versions(connection: Connection, site: Record) -> list[tuple[Any, ...]]:
    """Return the rows of all states that a dossier was in."""
    was, last, rows = Record(site.cell, "site", site.id), None, []
    for n, received_at, side, patch in database.rows(
        connection,
        "SELECT v.n, v.received_at, o.side, v.patch FROM version AS v"
        " LEFT JOIN operation AS o ON o.cell = v.cell AND o.op = v.op AND o.copy = 0"
        " WHERE v.cell = :cell AND v.record_id = :id ORDER BY v.n",
        cell=site.cell, id=site.id,
    ):  # fmt: skip
        _replay(was.body, was.meta, n, side or "", orjson.loads(patch))
        state = state_of(was)
        if state != last and not (last is None and state.is_plain):
            rows.append((site.cell, site.id, n, received_at, *state))
            last = state
    return rows


def _replay(body: dict[str, Any], meta: Meta, n: int, side: str, patch: dict[str, list[Any]]) -> None:
    """Bring `body` and its provenance to the version `n`."""
    for path, (_old, new) in patch.items():
        if new is None:
            body.pop(path, None)
        else:
            body[path] = new
        meta.paths[path] = n
    meta.writes[str(n)] = ["", side, ""]


# Questions


def known(connection: Connection, cell: str, cutoff: str) -> list[Any]:
    """Return the states that were known at `cutoff`, by dossier and in their order."""
    found = database.rows(
        connection,
        "SELECT site_id, received_at, county, phase, violations, closed_on, accepted_on, merged_into, voided"
        " FROM site_state WHERE cell = :cell AND site_id <> '' AND received_at <= :cutoff ORDER BY site_id, n",
        cell=cell, cutoff=cutoff,
    )  # fmt: skip
    return list(found)
