"""Table 2, what was done: closures, cases, fines, appraisals, and measures on persons."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from fieldsync.domain import cases
from fieldsync.domain.person_measures import GOVERNMENT_DISCIPLINE_SINCE
from fieldsync.reports import facts
from fieldsync.reports.entries import Entry
from fieldsync.reports.parameters import Parameters
from fieldsync.reports.table1 import survivor_of

_DISCIPLINE = ("party_discipline", "administrative_discipline", "government_discipline")


def entries(connection: Connection, cell: str, asked: Parameters) -> Iterator[Entry]:
    """Yield what a county's records add to the table."""
    yield from _closures(connection, cell, asked)
    filed = {case.id: case for case in facts.records(connection, cell, "case", asked.cutoff)}
    for case in filed.values():
        yield from _of_case(case, asked)
    for appraisal in facts.records(connection, cell, "damage_appraisal", asked.cutoff):
        place = _place(filed, appraisal)
        if place and asked.holds(appraisal.day("issued_at")):
            yield Entry("damage_appraisals", place, appraisal.id, cell, "damage_appraisal", appraisal.id)
    for measure in facts.records(connection, cell, "person_measure", asked.cutoff):
        place = _place(filed, measure)
        if place and asked.holds(measure.day("decided_at")):
            for column in _columns(measure, asked):
                yield Entry(column, place, _person(measure), cell, "person_measure", measure.id)


def _closures(connection: Connection, cell: str, asked: Parameters) -> Iterator[Entry]:
    """Yield sites that were closed in the period, also where they are open again."""
    known = facts.sites(connection, cell, asked.cutoff)
    for site in known.values():
        survivor = survivor_of(known, site)
        if not survivor.voided and any(closure.is_in(asked) for closure in site.closures):
            yield Entry("closed", survivor.county, survivor.id, cell, "site", survivor.id)


def _of_case(case: facts.Known, asked: Parameters) -> Iterator[Entry]:
    """Yield a case as filed, and its money: as decided, or each payment as paid."""

    def entry(column: str, key: str, amount: int = 1) -> Entry:
        place = case.text("act_county_code") or case.cell
        return Entry(column, place, key, case.cell, "case", case.id, amount)

    if asked.holds(case.day("filed_at")):
        yield entry("cases_filed", case.id)
    if asked.fine_basis == "decided":
        if asked.holds(case.day("decided_at")):
            yield entry("fines_wan_yuan", case.id, cases.decided_fen(case.body))
        return
    for row in cases.rows(case.body, "payments"):
        amount: Any = case.body.get(f"{row}/amount")
        if type(amount) is int and asked.holds(case.day(f"{row}/date")):
            yield entry("fines_wan_yuan", f"{case.id} {row}", amount)


def _place(filed: dict[str, facts.Known], record: facts.Known) -> str:
    """Return the county of the act: the case's, else the record's own; none where the case does not count."""
    if not record.parent:
        return record.text("act_county_code") or record.cell
    case = filed.get(record.parent)
    return "" if case is None else case.text("act_county_code") or case.cell


def _columns(measure: facts.Known, asked: Parameters) -> Iterator[str]:
    """Yield the columns that a measure counts in."""
    kind = measure.text("type")
    if kind == "admin_detention":
        yield "admin_detained"
    elif kind == "criminal_detention":
        yield "crim_detained"
    elif kind == asked.liability_basis:
        yield "prosecuted"
    elif kind in _DISCIPLINE:
        since = GOVERNMENT_DISCIPLINE_SINCE if kind == "government_discipline" else ""
        if measure.day("decided_at") >= since:
            yield "disciplined"


def _person(measure: facts.Known) -> str:
    """Return what makes a person one: the number, else the name."""
    number = measure.text("id_no").strip().upper()
    return number or f"name {measure.text('name').strip()}"
