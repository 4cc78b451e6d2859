"""Who acts: a person's roles and scopes as of a head, and what they cover (sync.md section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from fieldsync import db
from fieldsync.sync.nouns import COUNTY_ROLES

SYSTEM = "system"
_TENURES = (
    "SELECT role, scope, since, until, valid_from, valid_to FROM tenure"
    " WHERE cell = :cell AND person_id = :person_id ORDER BY since"
)
# The work's days are China's (domain.md section 8, story 43).
_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Tenure:
    """One role in one scope, from sequence `since` until before `until`, and between two days."""

    role: str
    scope: str
    since: int
    until: int | None
    valid_from: str
    valid_to: str


@dataclass(frozen=True)
class Standing:
    """What a person was at a head: side, and pairs of role and scope."""

    user: str
    side: Literal["township", "county", "server"]
    held: tuple[tuple[str, str], ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of all roles, without doubles."""
        return tuple(dict.fromkeys(scope for _, scope in self.held))

    def covers(self, home: str, roles: Iterable[str] | None = None) -> bool:
        """Tell whether one of the roles (any, if none are named) reaches a record at `home`."""
        if self.user == SYSTEM:
            return True
        wanted = None if roles is None else frozenset(roles)
        held = [scope for role, scope in self.held if wanted is None or role in wanted]
        if home == f"u-{self.user}" or home == "common":
            return bool(held)
        # County staff reach whatever lies in their own cell; the cell itself is checked by the door.
        return home in held or any(scope.startswith("c-") for scope in held)


SYSTEM_STANDING = Standing(SYSTEM, "county", ())


@dataclass
class Actor:
    """A signed-in person on a device (empty for the console), with all his tenures."""

    user: str
    cell: str
    device: str = ""
    tenures: tuple[Tenure, ...] = ()
    active: bool = True
    device_revoked: bool = False
    _known: dict[int, Standing] = field(default_factory=dict)
    _today: tuple[datetime, Standing] | None = None

    def at(self, connection: Connection, head: int) -> Standing:
        """Return what the person was at `head`; before his first day, what he was on it."""
        if self.user == SYSTEM:
            return SYSTEM_STANDING
        if self.tenures:
            head = max(head, self.tenures[0].since)
        dated = any(t.valid_from or t.valid_to for t in self.tenures)
        # Between two changes of his tenures a person is the same; days are looked up head by head.
        moment = (
            head
            if dated
            else sum(t.since <= head for t in self.tenures)
            + sum(t.until is not None and t.until <= head for t in self.tenures)
        )
        if moment not in self._known:
            self._known[moment] = self._reckon(head, _day_of(connection, self.cell, head) if dated else "")
        return self._known[moment]

    def now(self, today: datetime) -> Standing:
        """Return what the person is today."""
        if self._today is None or self._today[0] is not today:
            self._today = (today, self._reckon(2**62, today.astimezone(_CHINA).date().isoformat()))
        return self._today[1]

    def _reckon(self, head: int, day: str) -> Standing:
        held = tuple(
            (t.role, t.scope)
            for t in self.tenures
            if t.since <= head
            and (t.until is None or head < t.until)
            and (not day or ((t.valid_from or day) <= day <= (t.valid_to or day)))
        )
        county = any(role in COUNTY_ROLES for role, _ in held)
        return Standing(self.user, "county" if county else "township", held)


def system(cell: str) -> Actor:
    """Return the actor of the server's own operations."""
    return Actor(SYSTEM, cell)


def load(connection: Connection, cell: str, user: str, device: str = "") -> Actor:
    """Return the actor with his tenures as the database has them."""
    rows = db.rows(connection, _TENURES, cell=cell, person_id=user)
    return Actor(user, cell, device, tuple(Tenure(*row) for row in rows))


def _day_of(connection: Connection, cell: str, head: int) -> str:
    """Return the day (in China) of the last operation received up to `head`."""
    row = db.row(
        connection,
        "SELECT received_at FROM operation WHERE cell = :cell AND seq <= :head ORDER BY seq DESC LIMIT 1",
        cell=cell,
        head=head,
    )
    moment = datetime.fromisoformat(row[0]) if row else datetime.now(UTC)
    return moment.astimezone(_CHINA).date().isoformat()
