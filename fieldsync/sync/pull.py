"""State out: the feed of a person's scopes, page by page (sync.md section 3, Pull)."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from fieldsync import db
from fieldsync.sync import heads
from fieldsync.sync.canonical import ZERO_SUM

_PAGE = (
    "SELECT f.seq, f.record_id, f.out, r.type, r.rev, r.parent_id, r.body FROM feed AS f"
    " JOIN record AS r ON r.cell = f.cell AND r.id = f.record_id"
    " WHERE f.cell = :cell AND f.scope = :scope AND f.seq > :pos ORDER BY f.seq LIMIT :limit"
)
_HEAD = "SELECT seq, chain, horizon FROM head WHERE cell = :cell"
_DIGEST = "SELECT n, sum FROM digest WHERE cell = :cell AND scope = :scope"


@dataclass
class Page:
    """One answer under way: where each scope stands, how much may still be sent."""

    connection: Connection
    cell: str
    scopes: Sequence[str]
    limit: int
    max_bytes: int
    seen: Mapping[str, str] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    reset: list[str] = field(default_factory=list)
    more: bool = False

    def lines(self, cursor: str) -> Iterator[bytes]:
        """Yield the NDJSON lines of a page: header, records, trailer."""
        known = read_cursor(cursor)
        heads_now = {cell: self._head(cell) for cell in dict.fromkeys(map(self._cell_of, self.scopes))}
        diverged = heads.diverged(self.connection, {c: h for c, h in self.seen.items() if c in heads_now})
        # A phone that heard of the restore by a push remembers the new head, but its cursor is of the old history.
        forked = {*diverged, *heads.diverged(self.connection, cursor_heads(cursor))}
        for scope in self.scopes:
            self._start(scope, known.get(scope), heads_now, forked)
        yield line({"scopes": list(self.scopes), "reset": self.reset, "diverged": diverged})
        for index, scope in enumerate(self.scopes):
            yield from self._records(index, scope)
        yield line(self._trailer({cell: f"{h[0]}.{h[1]}" for cell, h in heads_now.items()}))

    def _cell_of(self, scope: str) -> str:
        return heads.COMMON if scope == heads.COMMON else self.cell

    def _head(self, cell: str) -> tuple[int, str, int]:
        row = db.row(self.connection, _HEAD, cell=cell)
        return (0, "0" * 16, 0) if row is None else (row[0], row[1], row[2])

    def _start(
        self, scope: str, known: tuple[int, int] | None, heads_now: dict[str, Any], forked: set[str]
    ) -> None:
        """Set where a scope goes on: at its cursor, or from zero where that cannot be trusted."""
        cell = self._cell_of(scope)
        seq, _, horizon = heads_now[cell]
        if known is None:
            self.places[scope] = (0, seq)
        elif cell in forked or max(known) < horizon:
            self.places[scope] = (0, seq)
            self.reset.append(scope)
        else:
            self.places[scope] = known

    def _records(self, index: int, scope: str) -> Iterator[bytes]:
        """Yield the lines of one scope, as long as the page has room."""
        if self.more:
            return
        pos, floor = self.places[scope]
        rows = db.rows(
            self.connection, _PAGE, cell=self._cell_of(scope), scope=scope, pos=pos, limit=self.limit + 1
        )
        for seq, record_id, out, kind, rev, parent, body in rows:
            if self.limit <= 0 or self.max_bytes <= 0:
                self.more = True
                return
            text = _remove(index, record_id, out, rev) if out else _put(index, record_id, kind, rev, parent, body)
            self.limit -= 1
            self.max_bytes -= len(text)
            self.places[scope] = (seq, floor)
            yield text

    def _trailer(self, head: dict[str, str]) -> dict[str, Any]:
        return {
            "cursor": write_cursor(self.places, head),
            "more": self.more,
            "head": head,
            "digest": {scope: self.digest(scope) for scope in self.scopes},
        }

    def digest(self, scope: str) -> dict[str, Any]:
        """Return how many live members a scope has and the sum of their hashes."""
        row = db.row(self.connection, _DIGEST, cell=self._cell_of(scope), scope=scope)
        return {"n": row[0], "sum": row[1]} if row else {"n": 0, "sum": ZERO_SUM}


def members(connection: Connection, cell: str, scope: str) -> Iterator[Any]:
    """Yield id and rev of every live member of a scope, in the order of the feed."""
    yield from db.rows(
        connection,
        "SELECT f.record_id, r.rev FROM feed AS f JOIN record AS r ON r.cell = f.cell AND r.id = f.record_id"
        " WHERE f.cell = :cell AND f.scope = :scope AND f.out = '' ORDER BY f.seq",
        cell=heads.COMMON if scope == heads.COMMON else cell,
        scope=scope,
    )


def read_cursor(cursor: str) -> dict[str, tuple[int, int]]:
    """Return {scope: (pos, floor)}; a cursor that is not ours counts as none."""
    return {
        scope: (place[0], place[1])
        for scope, place in _unpack(cursor).items()
        if isinstance(place, list) and len(place) == 2 and all(map(_is_seq, place))
    }


def cursor_heads(cursor: str) -> dict[str, str]:
    """Return the head of each cell that the cursor's page was read at."""
    told = _unpack(cursor).get("head")
    return {c: head for c, head in told.items() if type(head) is str} if isinstance(told, dict) else {}


def _unpack(cursor: str) -> dict[str, Any]:
    try:
        stored = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, UnicodeError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _is_seq(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def write_cursor(places: Mapping[str, tuple[int, int]], head: Mapping[str, str]) -> str:
    """Return the opaque cursor of these places at these heads."""
    stored = {scope: list(place) for scope, place in places.items()} | {"head": dict(head)}
    return base64.urlsafe_b64encode(orjson.dumps(stored)).decode()


def line(value: Any) -> bytes:
    """Return one line of JSON."""
    return orjson.dumps(value) + b"\n"


def _put(index: int, record_id: str, kind: str, rev: str, parent: str, body: str) -> bytes:
    """Return the line of a record; its body is spliced in as it is stored, never parsed."""
    above = f'"parent":"{parent}",' if parent else ""
    return f'{{"s":{index},"id":"{record_id}","type":"{kind}","rev":"{rev}",{above}"body":{body}}}\n'.encode()


def _remove(index: int, record_id: str, out: str, rev: str) -> bytes:
    revision = f',"rev":"{rev}"' if out == "voided" else ""
    return f'{{"s":{index},"id":"{record_id}","out":"{out}"{revision}}}\n'.encode()
