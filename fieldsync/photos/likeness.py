"""How alike two pictures are: dHash-64, as 16 hexadecimal digits."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray

NEAR = 10


def distance(one: str, other: str) -> int:
    """How many of the 64 bits differ; up to 10 is worth a second look."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def near(one: str, others: NDArray[numpy.uint64], limit: int = NEAR) -> list[int]:
    """Places in `others` (hashes as 64-bit integers) at most `limit` bits away, nearest first."""
    apart = numpy.bitwise_count(others ^ numpy.uint64(int(one, 16)))
    places = numpy.flatnonzero(apart <= limit)
    return [int(place) for place in places[numpy.argsort(apart[places], kind="stable")]]
