"""The case register: cases, what hangs on them, and incidents of illegal trade; for the county only."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import engine, me
from fieldsync.console import display, doors, inputs, words
from fieldsync.domain import cases, damage_appraisals, person_measures, sites, trade_incidents
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync.nouns import Noun
from fieldsync.sync.records import Record

bp = Blueprint("cases", __name__, url_prefix="/cases")

# What hangs on a case, or stands alone beside it.
SMALL: dict[str, Noun] = {
    noun.name: noun for noun in (person_measures.NOUN, damage_appraisals.NOUN, trade_incidents.NOUN)
}


@bp.get("")
def listing() -> str:
    """List cases by number or cause, the latest first."""
    text, voided = doors.given("q"), doors.given("voided") == "1"
    found = doors.paged(
        lambda connection, limit, offset: cases.listing(connection, me().actor.cell, text, voided, limit, offset)
    )
    return render_template("cases/list.html", **found, text=text, voided=voided)


@bp.get("/others")
def others() -> str:
    """List what belongs to no case: incidents of trade, and measures and appraisals that stand alone."""
    cell = me().actor.cell
    found = doors.paged(lambda connection, limit, offset: trade_incidents.listing(connection, cell, limit, offset))
    with db.reading() as connection:
        alone = _hanging(connection, "")
    return render_template("cases/others.html", **found, alone=alone)


# A case


@bp.get("/new")
def new() -> str:
    """Show the form of a new case."""
    return _form(cases.NOUN)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Enter a case."""
    return _create(cases.NOUN)


@bp.get("/<uuid:record_id>")
def show(record_id: Any) -> str:
    """Show a case with what hangs on it."""
    return _page(cases.NOUN, record_id)


@bp.post("/<uuid:record_id>")
def act(record_id: Any) -> ResponseReturnValue:
    """Change or void a case: on the revision on the screen."""
    return _act(cases.NOUN, record_id)


# What hangs on it


@bp.get("/add/<noun>")
def new_record(noun: str) -> str:
    """Show the form of a new measure, appraisal or incident; `case` names the case."""
    return _form(_small(noun), doors.given("case"))


@bp.post("/add/<noun>")
def create_record(noun: str) -> ResponseReturnValue:
    """Enter a measure, an appraisal or an incident."""
    return _create(_small(noun), doors.typed("case"))


@bp.get("/records/<noun>/<uuid:record_id>")
def record(noun: str, record_id: Any) -> str:
    """Show a measure, an appraisal or an incident."""
    return _page(_small(noun), record_id)


@bp.post("/records/<noun>/<uuid:record_id>")
def act_on_record(noun: str, record_id: Any) -> ResponseReturnValue:
    """Change or void one: on the revision on the screen."""
    return _act(_small(noun), record_id)


def _small(name: str) -> Noun:
    if name not in SMALL:
        raise Problem("not-found")
    return SMALL[name]


def address(noun: Noun, record_id: str) -> str:
    """Return where a record of the register is shown."""
    if noun is cases.NOUN:
        return url_for("console.cases.show", record_id=record_id)
    return url_for("console.cases.record", noun=noun.name, record_id=record_id)


def _form(noun: Noun, case: str = "", problem: dict[str, Any] | None = None) -> str:
    """Return the empty form of a noun."""
    body = {"act_county_code": me().actor.cell} if noun in (cases.NOUN, trade_incidents.NOUN) else {}
    title = None
    if case:
        with db.reading() as connection:
            title = doors.load(connection, cases.NOUN, case).text("case_no")
    return render_template(
        "cases/form.html", noun=noun, case=case, case_no=title, problem=problem, **_parts(noun, body)
    )


def _parts(noun: Noun, body: dict[str, Any]) -> dict[str, Any]:
    """Return the controls of a form."""
    fields = noun.fields
    return {
        "controls": inputs.controls(fields, body), "ticks": inputs.ticks(fields, body),
        "groups": inputs.rows(fields, body), "has_sites": fields.find("site_ids/x") is not None,
    }  # fmt: skip


def _create(noun: Noun, case: str = "") -> ResponseReturnValue:
    record_id = doors.typed("id") or new_id()
    try:
        outcome = engine().perform(
            me().actor, f"{noun.name}.create", record_id, op=doors.typed("op") or new_id(), parent=case,
            set_=inputs.changes(noun.fields, {}) | _sites(noun, {}),
        )  # fmt: skip
    except Problem as problem:
        return doors.again(problem, lambda **more: _form(noun, case, **more))
    return doors.done(address(noun, record_id), _told(outcome.issues))


def _act(noun: Noun, record_id: Any) -> ResponseReturnValue:
    verb = doors.verb("edit", "void")
    with db.reading() as connection:
        body = doors.load(connection, noun, record_id).body
    try:
        wish = inputs.changes(noun.fields, body) | _sites(noun, body) if verb == "edit" else None
        if verb == "edit" and not wish:
            raise Problem("bad-value", "empty")
        outcome = doors.perform(f"{noun.name}.{verb}", record_id, wish)
    except Problem as problem:
        return doors.again(problem, lambda **more: _page(noun, record_id, **more))
    return doors.done(address(noun, str(record_id)), _told(outcome.issues) if verb == "edit" else "")


def _told(issues: list[dict[str, Any]]) -> str:
    """Return what the server remarked, in words; nothing where all is well."""
    return "；".join(dict.fromkeys(words.word(words.ISSUES, issue["code"]) for issue in issues))


def _sites(noun: Noun, body: dict[str, Any]) -> dict[str, Any]:
    """Return the sites that a case newly names, by number, and those that were unticked."""
    if noun is not cases.NOUN:
        return {}
    wanted: dict[str, Any] = {path: None for path in cases.rows(body, "site_ids") if not doors.typed(f"t:{path}")}
    number = doors.typed("site_no")
    if number:
        with db.reading() as connection:
            site = cases.site_by_number(connection, me().actor.cell, number)
        if not site:
            raise Problem("bad-value", "choice")
        wanted[f"site_ids/{site}"] = True
    return wanted


def _page(noun: Noun, record_id: Any, problem: dict[str, Any] | None = None) -> str:
    """Return the page of a record of the register."""
    with db.reading() as connection:
        found = doors.load(connection, noun, record_id)
        versions = doors.versions(connection, found)
        hanging = _hanging(connection, found.id) if noun is cases.NOUN else []
        named = [(path, _site(connection, path)) for path in cases.rows(found.body, "site_ids")]
    flaws = cases.flaws(found.body) if noun is cases.NOUN else ()
    return render_template(
        "cases/show.html", record=found, noun=noun, problem=problem, versions=versions, fields=noun.fields,
        hanging=hanging, sites=named, title=_title(found), address=address(noun, found.id),
        flaws=[words.word(words.ISSUES, code) + _about(noun, path) for code, path in flaws],
        lines=[line for line in display.joined(noun.fields, display.lines(noun.fields, found.body))
               if not line.path.startswith("site_ids")],
        meanwhile=display.since(versions, doors.typed("rev")) if problem else [],
        decided=display.yuan(cases.decided_fen(found.body)), paid=display.yuan(cases.paid_fen(found.body)),
        **_parts(noun, found.body),
    )  # fmt: skip


def _about(noun: Noun, path: str) -> str:
    """Return which field a flaw is about."""
    spec = noun.fields.find(path) or noun.fields.find(f"{path}/x")
    return f"（{display.label(noun.fields, spec.path)}）" if spec is not None and "*" not in spec.path else ""


def _title(found: Record) -> str:
    return next((found.text(p) for p in ("case_no", "name", "no", "title") if found.text(p)), found.id[-8:])


def _site(connection: Any, path: str) -> str:
    site_id = path.partition("/")[2]
    return sites.name_of(connection, me().actor.cell, site_id) or site_id


def _hanging(connection: Any, case_id: str) -> list[tuple[Noun, list[Record]]]:
    """Return the measures and appraisals of a case, or (empty) those without one."""
    cell, found = me().actor.cell, []
    for module in (person_measures, damage_appraisals):
        ids = cases.hanging(connection, cell, module.NOUN.name, case_id)
        found.append((module.NOUN, [doors.load(connection, module.NOUN, one) for one in ids]))
    return found
