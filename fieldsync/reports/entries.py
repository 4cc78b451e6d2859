"""What a table adds up: one entry for each thing that a column counts, with the record behind it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Entry:
    """Something counted: column, county (its code then), what makes it one of a kind, amount, record."""

    column: str
    county: str
    # Entries of one unit and column with the same key count once.
    key: str
    cell: str
    noun: str
    record_id: str
    # Fen where the column sums money.
    amount: int = 1
