"""What the server knew at a cut-off: dossiers from their kept states, other records from their versions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.domain import site_states
from fieldsync.reports.parameters import Parameters
from fieldsync.sync.history import replay

Body = dict[str, Any]


@dataclass(slots=True)
class Closure:
    """One time that a site was closed and accepted: the days that the county names, else when it was received."""

    closed: str
    accepted: str = ""

    def is_in(self, asked: Parameters) -> bool:
        """Tell whether it lies in the period, as closures are counted."""
        at = self.accepted if asked.closed_basis == "accepted" else self.closed
        return asked.holds(at) if len(at) == 10 else asked.holds_moment(at)


@dataclass(slots=True)
class Site:
    """A dossier at the cut-off: since when which violations are confirmed, and when it was closed."""

    cell: str
    id: str
    county: str = ""
    voided: bool = False
    dismissed: bool = False
    merged_into: str = ""
    # type: when the county's confirmation was received
    violations: dict[str, str] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    _is_closed: bool = False
    # The decision's day of an earlier closure, which a later one does not take for its own.
    _stale: str = ""

    def learn(self, row: Any) -> None:
        """Take in the next state."""
        _id, received_at, self.county, phase, violations, closed_on, accepted_on, self.merged_into, voided = row
        self.voided = bool(voided)
        since = self.violations
        self.violations = {kind: since.get(kind, received_at) for kind in violations.split()}
        if phase == "merged":
            return
        self.dismissed = phase == "dismissed"
        if phase not in ("closed", "accepted"):
            self._is_closed, self._stale = False, closed_on
            return
        if not self._is_closed:
            self._is_closed = True
            self.closures.append(Closure(received_at))
        last = self.closures[-1]
        if closed_on != self._stale and is_day(closed_on):
            last.closed = closed_on
        if phase == "accepted":
            last.accepted = accepted_on if is_day(accepted_on) else last.accepted or received_at


def is_day(text: Any) -> bool:
    """Tell whether a value is a day."""
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return len(text) == 10


def sites(connection: Connection, cell: str, cutoff: str) -> dict[str, Site]:
    """Return a county's dossiers in which anything ever counted, by id."""
    found = {}
    for site_id, rows in groupby(site_states.known(connection, cell, cutoff), itemgetter(0)):
        site = Site(cell, site_id)
        for row in rows:
            site.learn(row)
        found[site_id] = site
    return found


_RECORDS = (
    "SELECT r.id, r.parent_id, r.body, v.received_at FROM record AS r JOIN version AS v"
    " ON v.cell = r.cell AND v.record_id = r.id AND v.n = r.n WHERE r.cell = :cell AND r.type = :kind"
)
_VERSIONS = (
    "SELECT patch FROM version WHERE cell = :cell AND record_id = :id AND received_at <= :cutoff ORDER BY n"
)


@dataclass(frozen=True)
class Known:
    """A record as the server knew it at the cut-off."""

    cell: str
    id: str
    parent: str
    body: Body

    def day(self, path: str) -> str:
        """Return the day at `path`, or an empty string."""
        value = self.body.get(path)
        return str(value) if is_day(value) else ""

    def text(self, path: str) -> str:
        """Return the text at `path`, or an empty string."""
        value = self.body.get(path)
        return value if type(value) is str else ""


def records(connection: Connection, cell: str, kind: str, cutoff: str) -> Iterator[Known]:
    """Yield the live records of a kind; what changed after the cut-off as it was before."""
    for record_id, parent, text, received_at in db.rows(connection, _RECORDS, cell=cell, kind=kind):
        body: Body = {}
        if received_at <= cutoff:
            body = orjson.loads(text)
        else:
            for row in db.rows(connection, _VERSIONS, cell=cell, id=record_id, cutoff=cutoff):
                body = replay(body, orjson.loads(row[0]))
        if body and body.get("voided_at") is None:
            yield Known(cell, record_id, parent, body)
