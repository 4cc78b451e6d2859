"""Compiles an XLSForm into the JSON that phones render and both evaluators run; docs/forms.md tells people how."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from fieldsync.fields import Fields
from fieldsync.forms.choices import read_lists, used_lists
from fieldsync.forms.drafts import Draft, Survey
from fieldsync.forms.mistakes import FormRefused, Mistake
from fieldsync.forms.questions import Questions
from fieldsync.forms.scopes import Names, in_order, longest_chain
from fieldsync.forms.sheets import Sheets, read
from fieldsync.forms.tables import OWN, Row, Table

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_MOST_VERSION = 2**31 - 1
# Questions that depend on each other in a row: a phone's stack must bear them.
_MOST_LINKS = 300


@dataclass
class Compiled:
    """A form that can be run, the sheets that it was made of, and what its author should know."""

    form: dict[str, Any]
    sheets: Sheets
    warnings: list[Mistake] = field(default_factory=list)


def compile_form(source: bytes | str, nouns: Mapping[str, Fields], roles: Collection[str] = ()) -> Compiled:
    """Compile a workbook (bytes) or Markdown tables (text); raise FormRefused with all that is wrong.

    `nouns`: the fields that questions may fill, by the noun that the settings name; `site` among them gives
    what is prefilled. `roles`: the roles that a photo may have.
    """
    sheets = read(source)
    tables = {name: Table(name, sheets.get(name, [])) for name in ("survey", "choices", "settings")}
    mistakes = [found for table in tables.values() for found in table.mistakes]
    head = _head(tables["settings"], nouns, mistakes)
    rows = list(tables["survey"].rows())
    survey = Survey(rows, nouns.get(head["noun"], Fields(())))
    lists = read_lists(tables["choices"], mistakes)
    names = Names(survey.every, lists, tables["choices"].more)
    questions = Questions(names, nouns.get("site", Fields(())), roles)
    items = [questions.item(draft) for draft in survey.tops]
    mistakes += survey.mistakes + questions.mistakes
    if not survey.tops:
        mistakes.append(Mistake("survey", "没有问题", "there are no questions"))
    order = _order(survey.every, questions, mistakes)
    if mistakes:
        raise FormRefused(_sorted(mistakes))
    warnings = [found for table in tables.values() for found in table.warnings] + survey.warnings
    warnings += questions.warnings
    _ask_pyxform(sheets)
    form = head | {"items": items, "choices": used_lists(lists, questions.used, questions.read_columns)}
    if order != sorted(order):
        form["order"] = order
    return Compiled(form, sheets, _sorted(warnings))


def _head(table: Table, nouns: Mapping[str, Fields], mistakes: list[Mistake]) -> dict[str, Any]:
    """Return name, version, noun and titles from the settings."""
    row = next(table.rows(), Row(table, 2, []))
    name, version, noun = row.text("form_id"), row.text("version"), row.text("noun") or "inspection"
    if not _NAME.fullmatch(name):
        mistakes.append(
            Mistake(row.where("form_id"), "form_id 须为小写字母开头的名称", "form_id must be a name in lower case")
        )
    if not (version.isdecimal() and version.isascii() and 0 < int(version[:12]) <= _MOST_VERSION):
        mistakes.append(
            Mistake(row.where("version"), "version 须为正整数", "version must be a whole number above 0")
        )
        version = "0"
    if noun not in nouns:
        mistakes.append(
            Mistake(row.where("noun"), f"没有 {noun} 这类记录", f"there are no records of kind {noun}")
        )
    title = row.text("form_title")
    if not title:
        mistakes.append(Mistake(row.where("form_title"), "缺少 form_title", "form_title is missing"))
    titles = [title, row.text("form_title_en") or title]
    return {"name": name, "version": int(version[:12]), "noun": noun, "titles": titles}


def _order(drafts: list[Draft], questions: Questions, mistakes: list[Mistake]) -> list[int]:
    """Return the order in which items are reckoned; what depends on itself is a mistake."""
    places = {id(draft): place for place, draft in enumerate(drafts)}
    needs = {
        places[id(draft)]: {
            places[id(other)]
            for other in [*questions.needs.get(id(draft), []), *([draft.parent] if draft.parent else [])]
        }
        for draft in drafts
    }
    order, circle = in_order(needs)
    for place in circle:
        row = drafts[place].row
        column = "calculation" if row.text("calculation") else "relevant"
        mistakes.append(Mistake(row.where(column), "循环引用：结果取决于它自己", "a circle: it depends on itself"))
    if longest_chain(order, needs) > _MOST_LINKS:
        mistakes.append(
            Mistake("survey", "一题取决于一题的链条过长", "too long a chain of questions depend on each other")
        )
    return order


def _sorted(found: list[Mistake]) -> list[Mistake]:
    """Return mistakes by sheet and row, each once."""
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.cell.partition("!")[0] != "survey", _row_of(one.cell))
    )


def _row_of(cell: str) -> int:
    found = re.search(r"(\d+)$", cell)
    return int(found[1]) if found else 0


def _ask_pyxform(sheets: Sheets) -> None:
    """Raise FormRefused where the tools of the rest of the world could not read this form."""
    try:
        convert(xlsform=_for_others(sheets), validate=False)
    except PyXFormError as error:
        raise FormRefused([_told(str(error))]) from None
    except Exception as error:  # what pyxform does not foresee it answers with any exception
        raise FormRefused([_told(f"{type(error).__name__}: {error}")]) from None


def _told(message: str) -> Mistake:
    found = _ROW.search(message)
    plain = _ROW.sub("", message).strip()[:500]
    return Mistake(f"survey!{found[1]}" if found else "", f"不符合 XLSForm 标准：{plain}", f"XLSForm: {plain}")


def _for_others(sheets: Sheets) -> dict[str, Any]:
    """Return the sheets as pyxform takes them, without the columns that are only ours."""
    given: dict[str, Any] = {"sheet_names": list(sheets)}
    for name, (heads, *rows) in sheets.items():
        kept = [(at, head) for at, head in enumerate(heads) if head and head.lower() not in OWN.get(name, ())]
        given[name] = [{head: row[at] for at, head in kept if at < len(row) and row[at]} for row in rows]
        given[f"{name}_header"] = [{head: None for _, head in kept}]
    return given
