"""Writes form_vectors.json: what Python and JavaScript must answer alike; every expected value is written by hand.

Run `python tests/vectors/make_form_vectors.py` after a change; the tests compare the file with `text()`. Only the
compiled trees come from FieldSync's compiler: JavaScript has none.
"""

import json
from pathlib import Path
from typing import Any

from form_cases import OFFERED, PRINTED, cases
from form_expressions import OVER_CREW, OVER_FULL, OVER_NOTHING
from form_given import CREW, FORM, FULL, NOW, R2

from fieldsync.actions import REGISTRY
from fieldsync.domain.photos import ROLES
from fieldsync.forms import drafts, sheets, tables
from fieldsync.forms.expressions import parse
from fieldsync.forms.scopes import FormScope, Names
from fieldsync.forms.xlsform import compile_form

TARGET = Path(__file__).with_name("form_vectors.json")


def form() -> dict[str, Any]:
    """Return the compiled form of all vectors."""
    return compile_form(FORM, {name: noun.fields for name, noun in REGISTRY.nouns.items()}, ROLES).form


def expressions() -> list[dict[str, Any]]:
    """Return {text, tree, answers, row, value} for every line of the tables."""
    grid = sheets.read(FORM)
    survey = drafts.Survey(
        list(tables.Table("survey", grid["survey"]).rows()), REGISTRY.nouns["inspection"].fields
    )
    names = Names(survey.every, form()["choices"], ["city"])
    inside = next(draft for draft in survey.every if draft.name == "who")
    found = []
    for table, answers in ((OVER_FULL, "full"), (OVER_NOTHING, "nothing"), (OVER_CREW, "crew")):
        for line in table.strip().splitlines():
            source, _, value = line.rpartition(" => ")
            row = R2 if source.startswith("@") else ""
            scope = FormScope(names, inside if row else survey.tops[0], "calculation")
            tree = parse(source.removeprefix("@ "), scope)
            found.append(
                {"text": source, "tree": tree, "answers": answers, "row": row, "value": json.loads(value)}
            )
    return found


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "form": form(),
        "now": NOW,
        "answers": {"full": FULL, "nothing": {}, "crew": CREW},
        "expressions": expressions(),
        "cases": [
            dict(zip(("note", "answers", "context", "then", "hidden", "problems"), case, strict=True))
            for case in cases()
        ],
        "printed": [list(row) for row in PRINTED],
        "offered": [list(row) for row in OFFERED],
    }


def text() -> str:
    """Return the file: one vector a line, so that a change reads as one line of a diff."""
    sections = []
    for name, content in vectors().items():
        rows = content if isinstance(content, list) else None
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows or ())
        sections.append(
            f'"{name}": [\n{lines}\n]' if rows else f'"{name}": {json.dumps(content, ensure_ascii=False)}'
        )
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
