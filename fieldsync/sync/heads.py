"""Heads as the wire writes them, and whether a head that a phone remembers is of this history."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from fieldsync import db

COMMON = "common"
_START = "0" * 16


def current(connection: Connection, cells: Iterable[str]) -> dict[str, str]:
    """Return `seq.chain` of each cell that has a head."""
    found = {}
    for cell in cells:
        row = db.row(connection, "SELECT seq, chain FROM head WHERE cell = :cell", cell=cell)
        if row is not None:
            found[cell] = f"{row[0]}.{row[1]}"
    return found


def diverged(connection: Connection, seen: Mapping[str, str]) -> list[str]:
    """Return the cells whose remembered head this server never answered: it was restored meanwhile."""
    return [cell for cell, head in seen.items() if not _known(connection, cell, head)]


def _known(connection: Connection, cell: str, head: str) -> bool:
    seq, _, chain = head.partition(".")
    if not seq.isdecimal() or len(seq) > 18:
        return False
    if seq == "0":
        return chain == _START
    row = db.row(
        connection, "SELECT chain FROM operation WHERE cell = :cell AND seq = :seq", cell=cell, seq=int(seq)
    )
    return row is not None and row[0] == chain


def is_cell(connection: Connection, cell: str) -> bool:
    """Tell whether this server has the cell."""
    return db.row(connection, "SELECT 1 FROM head WHERE cell = :cell", cell=cell) is not None
