"""docs/forms.md cannot fall behind: its example compiles, and what it names there is."""

import re
from pathlib import Path

from fieldsync.actions import REGISTRY
from fieldsync.domain import forms
from fieldsync.domain.photos import ROLES
from fieldsync.forms.drafts import KINDS
from fieldsync.forms.evaluate import Plan
from fieldsync.forms.expressions import FUNCTIONS
from fieldsync.forms.sheets import MOST_ROWS
from fieldsync.forms.tables import KNOWN

TEXT = (Path(__file__).parents[2] / "docs" / "forms.md").read_text("utf-8")


def example() -> str:
    """Return the worked example as the Markdown that FieldSync reads."""
    part = TEXT.split("## A worked example")[1].split("\n## ")[0]
    lines = []
    for line in part.splitlines():
        name = re.match(r"`(survey|choices|settings)`,", line)
        if name:
            lines.append(f"| {name[1]} |")
        elif line.startswith("|"):
            lines.append("| " + line)
    return "\n".join(lines)


def test_the_example_compiles_and_works():
    plan = Plan(forms.compiled(example(), REGISTRY.nouns).form)
    answers = {"activity": "none", "answers/wells/a": True, "answers/wells/a/owner": "张三",
               "answers/wells/a/colour": "red"}  # fmt: skip
    found = plan.evaluate(answers, {"now": "2026-10-03T10:00:00+08:00"})
    assert found["answers"]["answers/strange_wells"] == 1
    assert "answers/warn" not in found["hidden"]
    assert found["problems"] == []


def test_every_function_type_column_and_role_is_named():
    for name in FUNCTIONS:
        assert f"{name}(" in TEXT, name
    for kind in set(KINDS) - {"string", "int", "datetime", "date time", "gps", "location", "photo", "trigger"}:
        assert re.search(rf"`{kind}\b|`dateTime`", TEXT), kind
    for column in KNOWN["survey"] - {"type", "name", "repeat_count", "trigger"}:
        assert f"`{column}`" in TEXT, column
    for role in ROLES:
        assert f"`{role}`" in TEXT, role


def test_bounds_are_the_ones_in_force():
    assert f"{MOST_ROWS['survey']:,} questions, {MOST_ROWS['choices']:,} choices" in TEXT
