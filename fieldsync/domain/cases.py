"""Cases: from filing to the penalty and its payment; the county's alone (domain.md sections 3.4, 4.4 and 4.7)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Index, Integer, String

from fieldsync import db as database
from fieldsync.db import db
from fieldsync.domain import homes, register
from fieldsync.domain.words import MINERALS, VIOLATIONS, Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields
from fieldsync.sync.records import Record

# Words

ORIGINS: Words = {
    "patrol": ("巡查", "Patrol"),
    "tip": ("举报", "Tip"),
    "satellite": ("卫片", "Satellite"),
    "transfer": ("移送", "Transfer"),
    "superior": ("上级交办", "Superior"),
}
CONDITIONS: Words = {
    "actor": ("有明确的行为人", "Identified actor"),
    "facts": ("有违法事实", "Facts that breach the law"),
    "liability": ("依法应追究责任", "Liability under the law"),
    "jurisdiction": ("属本机关管辖", "Own jurisdiction"),
    "in_time": ("在追诉时效内", "Within limitation"),
}
CLOSE_MODES: Words = {
    "paid": ("执行完毕", "Carried out"),
    "court": ("法院强制执行", "Enforced by the court"),
    "transferred": ("移送", "Transferred"),
    "withdrawn": ("撤案", "Withdrawn"),
    "terminated": ("终止", "Terminated"),
    "no_penalty": ("不予处罚", "No penalty"),
    "other": ("其他", "Other"),
}
UNITS: Words = {"t": ("吨", "t"), "m3": ("立方米", "m³")}

# Fields

FIELDS = own_fields(
    Field("case_no", ("案件编号", "Case number"), "text", "server", most=40),
    Field("cause", ("案由", "Cause"), "text", "county", required=True, most=100),
    Field("body", ("立案机关", "Filing body"), "text", "county", required=True, most=60),
    Field("origin", ("线索来源", "Origin"), "choice", "county", choices=ORIGINS),
    Field("act_county_code", ("违法行为发生地", "Place of the act"), "code", "county", required=True),
    Field("act_from", ("违法行为起", "Act from"), "date", "county"),
    Field("act_to", ("违法行为止", "Act to"), "date", "county"),
    Field("mineral_code", ("涉案矿种", "Mineral"), "choice", "county", choices=MINERALS),
    Field("filing_five/*", ("立案条件", "Condition of filing"), "marker", "county", choices=CONDITIONS),
    Field("filed_at", ("立案日期", "Filed on"), "date", "county"),
    Field("approver", ("立案审批人", "Approved by"), "text", "county", most=60),
    # Who has the case on his desk; he is told when it comes to him.
    Field("handler", ("经办人", "Handled by"), "ref", "county"),
    Field("officers/*", ("承办人", "Officer"), "marker", "county"),
    Field("officers/*/name", ("姓名", "Name"), "text", "county", most=60),
    Field("officers/*/cert_no", ("执法证号", "Certificate"), "text", "county", most=40),
    Field("parties/*", ("当事人", "Party"), "marker", "county"),
    Field("parties/*/name", ("姓名或名称", "Name"), "text", "county", most=60),
    Field("parties/*/id_no", ("证件号码", "Id number"), "id_no", "county"),
    Field("site_ids/*", ("涉案站点", "Site"), "marker", "county"),
    Field("violations/*", ("违法类型", "Violation"), "marker", "county", choices=VIOLATIONS),
    Field("law_version", ("适用法律版本", "Law applied"), "text", "county", most=100),
    Field("stop_notice_no", ("责令停止文号", "Stop notice"), "text", "county", most=60),
    Field("stop_notice_on", ("责令停止日期", "Stop notice on"), "date", "county"),
    Field("quantity", ("开采数量", "Quantity"), "number", "county", least=0),
    Field("quantity_unit", ("数量单位", "Unit"), "choice", "county", choices=UNITS),
    Field("product_value", ("矿产品价值", "Value of the product"), "money", "county", "元", least=0),
    Field("destroyed_value", ("破坏价值", "Destroyed value"), "money", "county", "元", least=0),
    Field("illegal_gains", ("违法所得", "Illegal gains"), "money", "county", "元", least=0),
    Field("notice_at", ("告知日期", "Party told on"), "date", "county"),
    Field("decision_no", ("处罚决定文号", "Decision"), "text", "county", most=60),
    Field("decided_at", ("处罚决定日期", "Decided on"), "date", "county"),
    Field("fine", ("罚款", "Fine"), "money", "county", "元", least=0),
    Field("confiscated_gains", ("没收违法所得", "Confiscated gains"), "money", "county", "元", least=0),
    Field("proceeds", ("没收物变价款", "Proceeds of confiscated goods"), "money", "county", "元", least=0),
    Field("surcharge", ("加处罚款", "Surcharge"), "money", "county", "元", least=0),
    Field("served_at", ("送达日期", "Served on"), "date", "county"),
    Field("payments/*", ("缴款", "Payment"), "marker", "county"),
    Field("payments/*/date", ("缴款日期", "Paid on"), "date", "county"),
    Field("payments/*/amount", ("金额", "Amount"), "money", "county", "元", least=0),
    Field("payments/*/voucher", ("票据号", "Voucher"), "text", "county", most=60),
    Field("court_applied_at", ("申请法院执行日期", "Court applied to on"), "date", "county"),
    Field("closed_at", ("结案日期", "Closed on"), "date", "county"),
    Field("close_mode", ("结案方式", "How closed"), "choice", "county", choices=CLOSE_MODES),
    Field("remark", ("备注", "Remark"), "text", "county", most=500),
)

# Projection

TABLE = db.Table(
    "case",
    Column("cell", String(12), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("case_no", String(40), nullable=False),
    Column("cause", String(100), nullable=False),
    Column("act_county_code", String(12), nullable=False),
    Column("filed_at", String(10), nullable=False),
    Column("decided_at", String(10), nullable=False),
    Column("closed_at", String(10), nullable=False),
    Column("voided", Integer, nullable=False),
    Index("case_number", "cell", "case_no"),
)


def _project(case: Record) -> tuple[Any, ...]:
    return (
        case.text("case_no"), case.text("cause")[:100], case.text("act_county_code")[:12],
        case.text("filed_at")[:10], case.text("decided_at")[:10], case.text("closed_at")[:10], int(case.voided),
    )  # fmt: skip


NOUN = Noun(
    "case", "cases", ("案件", "Case"), FIELDS, home=homes.county, table=TABLE, project=_project, salted=True
)

# Rules


def create(change: Change) -> None:
    """Enter a case; the server numbers it (county, AJ, year, four digits)."""
    change.merge()
    if change.created:
        cell, year = change.journal.cell, change.journal.now.year
        change.put("case_no", f"{cell}-AJ-{year}-{change.journal.number(f'case-{year}'):04d}")
        change.put("created_by", change.standing.user)
    _warn(change)


def edit(change: Change) -> None:
    """Change a case."""
    change.merge()
    _warn(change)


def void(change: Change) -> None:
    """Take a case out of use, and what hangs on it, unless others changed it since the base."""
    change.void_merged()


def _warn(change: Change) -> None:
    for code, path in flaws(change.record.body):
        change.issue(code, path)


# Questions


def flaws(body: Body) -> Iterator[tuple[str, str]]:
    """Yield (code, path) of what does not fit together; none of it stops the work."""
    filed, decided, closed = (_text(body, path) for path in ("filed_at", "decided_at", "closed_at"))
    if filed:
        yield from _flaws_of_filing(body)
    if decided and (not filed or decided < filed):
        yield "decided-before-filing", "decided_at"
    if closed and filed and closed < filed:
        yield "closed-before-filing", "closed_at"
    due = decided_fen(body) + _fen(body, "surcharge")
    if paid_fen(body) > due:
        yield "paid-too-much", "payments"
    if closed and body.get("close_mode") in (None, "paid") and paid_fen(body) < due:
        yield "not-paid", "close_mode"


def _flaws_of_filing(body: Body) -> Iterator[tuple[str, str]]:
    """Yield what a filed case lacks: five conditions, two officers, a site, a party; the approver apart."""
    if not all(body.get(f"filing_five/{condition}") is True for condition in CONDITIONS):
        yield "conditions", "filing_five"
    names = {_text(body, f"{row}/name") for row in rows(body, "officers")}
    if len(names) < 2:
        yield "two-officers", "officers"
    for group in ("site_ids", "parties"):
        if not rows(body, group):
            yield "required", group
    if _text(body, "approver") in names - {""}:
        yield "own-approval", "approver"


def rows(body: Body, group: str) -> list[str]:
    """Return the paths of the rows of a group that are there."""
    return sorted(p for p, v in body.items() if v is True and p.startswith(f"{group}/") and p.count("/") == 1)


def decided_fen(body: Body) -> int:
    """Return what was decided in fen: fine, confiscated gains, and proceeds of confiscated goods."""
    return sum(_fen(body, path) for path in ("fine", "confiscated_gains", "proceeds"))


def paid_fen(body: Body) -> int:
    """Return what was paid so far, in fen."""
    return sum(_fen(body, f"{row}/amount") for row in rows(body, "payments"))


def _fen(body: Body, path: str) -> int:
    value = body.get(path)
    return value if type(value) is int else 0


def _text(body: Body, path: str) -> str:
    value = body.get(path)
    return value if type(value) is str else ""


_LISTING = (
    'SELECT id, case_no, cause, act_county_code, filed_at, decided_at, closed_at, voided FROM "case"'
    " WHERE cell = :cell AND voided = :voided AND (lower(cause) LIKE :like ESCAPE '!'"
    " OR lower(case_no) LIKE :like ESCAPE '!') ORDER BY case_no DESC, id LIMIT :limit OFFSET :offset"
)


def listing(
    connection: Any, cell: str, text: str = "", voided: bool = False, limit: int = 50, offset: int = 0
) -> list[Any]:
    """Return a page of cases whose number or cause holds `text`, the latest first."""
    like = f"%{register.plain(text.lower())}%"
    found = database.rows(
        connection, _LISTING, cell=cell, like=like, voided=int(voided), limit=limit, offset=offset
    )
    return list(found)


# Of each noun that hangs on cases: those of one case.
_OF_CASE = {
    "damage_appraisal": "SELECT id FROM damage_appraisal WHERE cell = :cell AND case_id = :case_id AND voided = 0"
    " ORDER BY issued_at, id LIMIT 1000",
    "person_measure": "SELECT id FROM person_measure WHERE cell = :cell AND case_id = :case_id AND voided = 0"
    " ORDER BY decided_at, id LIMIT 1000",
}


def hanging(connection: Any, cell: str, kind: str, case_id: str) -> list[str]:
    """Return the ids of what hangs on a case (empty: of those without one), in order of their days.

    `kind` is `damage_appraisal` or `person_measure`.
    """
    rows = database.rows(connection, _OF_CASE[kind], cell=cell, case_id=case_id)
    return [row[0] for row in rows]


def site_by_number(connection: Any, cell: str, number: str) -> str:
    """Return the id of the site with a dossier number, or an empty string."""
    row = database.row(
        connection,
        "SELECT id FROM site WHERE cell = :cell AND dossier_no = :number AND voided = 0 ORDER BY id",
        cell=cell,
        number=number,
    )
    return str(row[0]) if row else ""
