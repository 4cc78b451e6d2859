"""Fixtures: a clock that stands where a test puts it, and tables counted from what was entered by then."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from county import CELL
from flask import Flask

from fieldsync import db
from fieldsync.ids import new_id
from fieldsync.reports import counting, parameters
from fieldsync.sync import actors

WAY = ("verifying", "confirmed", "registered", "handling", "closing", "closed_pending")


@dataclass
class Desk:
    """A county desk in 2012: enters records at the hour that its clock shows."""

    app: Flask
    clock: datetime = field(default_factory=lambda: datetime(2012, 6, 1, 4, tzinfo=UTC))

    def at(self, text: str) -> "Desk":
        """Put the clock to a time of China, such as 2012-06-01T12:00."""
        self.clock = datetime.fromisoformat(text + ":00+08:00")
        return self

    def do(
        self, action: str, record: str = "", cell: str = CELL, base: str = "", parent: str = "", **given
    ) -> str:
        """Do one operation as the county; return the record's id."""
        record = record or new_id()
        more = {name: given.pop(name) for name in ("reason",) if name in given}
        fields = {name.replace("__", "/"): value for name, value in given.items()}
        engine = replace(self.app.extensions["darkroom"].engine, now=lambda: self.clock)
        with self.app.app_context():
            base = base or self.rev(cell, record) if action.split(".")[1] not in ("create",) else base
            engine.perform(
                actors.system(cell), action, record, op=new_id(), set_=fields, base=base, parent=parent, **more
            )
        return record

    def rev(self, cell: str, record: str) -> str:
        with db.reading() as connection:
            row = db.row(connection, "SELECT rev FROM record WHERE cell = :c AND id = :i", c=cell, i=record)
        return row[0] if row else ""

    def site(self, cell: str = CELL, town: str = "", **fields) -> str:
        given = {"name": "硐", "site_kind": "adit", "mineral_code": "coal", "town_code": town or f"{cell}101"}
        return self.do("site.create", cell=cell, **given | fields)

    def confirm(self, site: str, *kinds: str, cell: str = CELL) -> None:
        paths = {f"{before}violations__{kind}": True for kind in kinds for before in ("", "confirmed__")}
        self.do("site.edit", site, cell, **paths)

    def transit(self, site: str, *statuses: str, cell: str = CELL) -> None:
        for to in statuses:
            self.do("site.transit", site, cell, to=to, override=True, reason="测试")

    def close(self, site: str, cell: str = CELL, **fields) -> None:
        if fields:
            self.do("site.edit", site, cell, **fields)
        self.transit(site, *WAY, cell=cell)

    def case(self, cell: str = CELL, place: str = CELL, **fields) -> str:
        return self.do(
            "case.create", cell=cell, **{"cause": "案", "body": "局", "act_county_code": place} | fields
        )

    def measure(self, type_: str, day: str, case: str = "", cell: str = CELL, **fields) -> str:
        given = {"name": "示例", "type": type_, "authority": "机关", "decided_at": day}
        return self.do("person_measure.create", cell=cell, parent=case, **given | fields)

    def count(self, table: int, unit: str = "350000", **given) -> counting.Report:
        """Count a table for the year 2012, from all counties."""
        asked = {"from": "2012-01-01", "to": "2012-12-31", "unit": unit}
        asked |= {name.rstrip("_"): value for name, value in given.items()}
        with self.app.app_context(), db.reading() as connection:
            known = parameters.read(table, asked, self.app.config, datetime.now(UTC))
            return counting.count(connection, known, counting.cells(connection))

    def number(self, column: str, row: str = "", **given) -> int:
        """Return one printed number."""
        table = 1 if column in {c.name for c in counting.COLUMNS[1]} else 2
        report = self.count(table, **given)
        found = report.total if not row else report.row(row)
        return found.value(next(c for c in report.columns if c.name == column))


@pytest.fixture
def desk(app) -> Desk:
    return Desk(app)


@pytest.fixture
def counted(desk) -> Callable[..., int]:
    return desk.number
