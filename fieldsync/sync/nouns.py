"""What the engine must be told of a noun and of an action; `domain/` and `actions.py` fill it in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

from fieldsync.fields import Fields

if TYPE_CHECKING:
    from fieldsync.sync.change import Change
    from fieldsync.sync.records import Record

Body = Mapping[str, Any]
Rule = Callable[["Change"], None]

TOWNSHIP_ROLES = frozenset({"inspector", "manager"})
COUNTY_ROLES = frozenset({"reviewer", "leader", "department", "admin", "superior"})
ROLES = TOWNSHIP_ROLES | COUNTY_ROLES


def _inherit(_body: Body, parent_home: str, _cell: str) -> str:
    return parent_home


def _no_more(_record: "Record") -> tuple[str, ...]:
    return ()


def _always(_body: Body) -> bool:
    return True


@dataclass(frozen=True)
class Noun:
    """One kind of record.

    `home(body, parent_home, cell)` names the scope that owns a record (empty: cannot be told);
    `more(record)` the scopes it is in besides; `in_window(body)` whether phones still get it.
    `project(record)` gives the row of `table` behind cell and id, in column order.
    """

    name: str
    plural: str
    labels: tuple[str, str]
    fields: Fields
    home: Callable[[Body, str, str], str] = _inherit
    more: Callable[["Record"], tuple[str, ...]] = _no_more
    in_window: Callable[[Body], bool] = _always
    # Whether it leaves the feed together with its parent.
    follows: bool = True
    table: Table | None = None
    project: Callable[["Record"], tuple[Any, ...]] | None = None
    salted: bool = False


@dataclass(frozen=True)
class Action:
    """One `noun.verb`: its rule, who may, from where, and whether it needs the revision on the screen."""

    name: str
    rule: Rule
    who: frozenset[str]
    phone: bool = True
    strict: bool = False
    creates: bool = False

    @property
    def noun(self) -> str:
        """The noun's name."""
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        """The verb's name."""
        return self.name.partition(".")[2]


@dataclass(frozen=True)
class Reckoning:
    """Tables that are reckoned from several records, of whatever nouns.

    `fill(connection, cell, records)` is called with what changed, once the nouns' own columns are
    written, inside the same transaction.
    """

    tables: tuple[Table, ...]
    fill: Callable[[Connection, str, Sequence["Record"]], None]


@dataclass(frozen=True)
class Registry:
    """All nouns by name, all actions by name, and what is reckoned besides."""

    nouns: Mapping[str, Noun]
    actions: Mapping[str, Action]
    reckonings: tuple[Reckoning, ...] = ()


def own_fields(*fields: Any) -> Fields:
    """Return `fields` compiled for one noun."""
    return Fields(fields)
