"""Counts a table: entries into rows, each number with the records behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from fieldsync import db
from fieldsync.geo.divisions import PROVINCE, current_code, is_upper
from fieldsync.reports import table1, table2
from fieldsync.reports.columns import COLUMNS, TITLES, Column, wan
from fieldsync.reports.entries import Entry
from fieldsync.reports.parameters import Parameters
from fieldsync.reports.units import ORDER, OUTSIDE, Units, counties_of, is_city
from fieldsync.sync.heads import COMMON

_TABLES = {1: table1.entries, 2: table2.entries}


@dataclass
class Row:
    """One unit: what it is called, and by column what was counted (fen where the column is money)."""

    code: str
    name: str
    amounts: dict[str, int] = field(default_factory=dict)
    # column: [(cell, noun, id), ...]
    records: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def value(self, column: Column) -> int:
        """Return the number that is printed."""
        amount = self.amounts.get(column.name, 0)
        return wan(amount) if column.is_money else amount


@dataclass
class Report:
    """A table: what was asked, the total, its rows, and whether it holds invented places."""

    asked: Parameters
    total: Row
    rows: list[Row]
    synthetic: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table."""
        return COLUMNS[self.asked.table]

    @property
    def title(self) -> tuple[str, str]:
        """What the table is called, in Chinese and in English."""
        return TITLES[self.asked.table]

    def differing(self) -> dict[str, int]:
        """Return, for columns whose printed rows do not add up to the printed total, what they add up to."""
        sums = {column.name: sum(row.value(column) for row in self.rows) for column in self.columns}
        return {c.name: sums[c.name] for c in self.columns if self.rows and sums[c.name] != self.total.value(c)}

    def row(self, code: str) -> Row | None:
        """Return the row of a unit, the total included."""
        return next((row for row in (self.total, *self.rows) if row.code == code), None)


def cells(connection: Connection) -> list[str]:
    """Return the counties that this server holds."""
    rows = db.rows(connection, "SELECT cell FROM head WHERE cell <> :common ORDER BY cell", common=COMMON)
    return [row[0] for row in rows if not is_upper(row[0])]


def count(connection: Connection, asked: Parameters, among: Sequence[str], own: bool = False) -> Report:
    """Return the table that was asked for, from the records of the counties `among`.

    `own`: for a county of itself; acts in its records that lie elsewhere have rows of their own.
    """
    found = [entry for cell in among for entry in _TABLES[asked.table](connection, cell, asked)]
    unit = current_code(asked.unit)
    units = Units.of(connection, [unit, *(entry.county for entry in found)])
    current = {code: current_code(code) for code in {entry.county for entry in found}}
    entries = [(current[entry.county], entry) for entry in found]
    if asked.unit == PROVINCE:
        unit_of = {county: units.unit(county) for county in current.values()}
        rows = _rows(units, ORDER, [(unit_of[county], entry) for county, entry in entries])
        total = _sum(rows, PROVINCE, units.name(PROVINCE))
    elif own:
        rows = _rows(units, [unit], entries)
        total = _sum(rows, "", "合计")
    else:
        # A county, or 平潭 with whatever lies in it; for a city each of its counties.
        entries = [pair for pair in entries if unit in (pair[0], units.unit(pair[0]))]
        (total,) = _rows(units, [unit], [(unit, entry) for _county, entry in entries])
        rows = _rows(units, counties_of(unit), entries) if is_city(unit) else [total]
    return Report(asked, total, rows, any(map(units.is_invented, {county for county, _entry in entries})))


def _rows(units: Units, order: Sequence[str], entries: Iterable[tuple[str, Entry]]) -> list[Row]:
    """Return a row for each unit of `order`, and behind them for others in which something was counted."""
    kept: dict[str, dict[str, dict[str, Entry]]] = {code: {} for code in order}
    for code, entry in entries:
        kept.setdefault(code, {}).setdefault(entry.column, {}).setdefault(entry.key, entry)
    codes = [*order, *sorted(kept.keys() - set(order) - {OUTSIDE}), *({OUTSIDE} & kept.keys())]
    return [_row(code, units.name(code), kept[code]) for code in codes]


def _row(code: str, name: str, columns: dict[str, dict[str, Entry]]) -> Row:
    amounts = {column: sum(e.amount for e in entries.values()) for column, entries in columns.items()}
    records = {
        column: list(dict.fromkeys((e.cell, e.noun, e.record_id) for e in entries.values()))
        for column, entries in columns.items()
    }
    return Row(code, name, amounts, records)


def _sum(rows: list[Row], code: str, name: str) -> Row:
    """Return the sum of rows, unrounded."""
    total = Row(code, name)
    for row in rows:
        for column, amount in row.amounts.items():
            total.amounts[column] = total.amounts.get(column, 0) + amount
            total.records[column] = total.records.get(column, []) + row.records[column]
    return total


def as_json(report: Report) -> dict[str, Any]:
    """Return the table as JSON: printed values by row and column, exact fen where a column is money."""

    def line(row: Row) -> dict[str, Any]:
        values = {column.name: row.value(column) for column in report.columns}
        fen = {c.name: row.amounts.get(c.name, 0) for c in report.columns if c.is_money}
        return {"code": row.code, "name": row.name, "values": values} | ({"fen": fen} if fen else {})

    return {
        "table": report.asked.table, "title": report.title[0], "parameters": report.asked.as_json(),
        "columns": [{"name": c.name, "label": c.labels[0], "unit": c.unit[0]} for c in report.columns],
        "total": line(report.total), "rows": [line(row) for row in report.rows],
        "sums_of_printed_rows": report.differing(), "synthetic": report.synthetic,
    }  # fmt: skip
