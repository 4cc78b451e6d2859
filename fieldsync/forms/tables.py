"""Rows of a sheet by their headings, in two languages; every cell knows where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyxform import aliases

from fieldsync.forms.mistakes import Mistake
from fieldsync.forms.sheets import place

# What pyxform calls a column -> what it is called here.
_TARGETS = {
    ("bind", "readonly"): "read_only", ("bind", "relevant"): "relevant", ("bind", "required"): "required",
    ("bind", "constraint"): "constraint", ("bind", "jr:constraintMsg"): "constraint_message",
    ("bind", "jr:requiredMsg"): "required_message", ("bind", "calculate"): "calculation",
    ("control", "appearance"): "appearance", ("control", "jr:count"): "repeat_count",
    "label": "label", "type": "type", "name": "name",
}  # fmt: skip
SPOKEN = ("label", "hint", "constraint_message", "required_message")
KNOWN = {
    "survey": {
        "type", "name", *SPOKEN, "relevant", "constraint", "required", "calculation", "read_only", "appearance",
        "default", "choice_filter", "parameters", "repeat_count", "trigger", "carry", "role", "most",
    },
    "choices": {"list_name", "name", "label"},
    "settings": {"form_id", "version", "form_title", "form_title_en", "noun", "default_language", "style"},
}  # fmt: skip
# Columns that only FieldSync knows: other tools pass them by.
OWN = {"survey": {"carry", "role", "most"}, "settings": {"form_title_en", "noun"}}
_CHINESE = re.compile(r"中文|汉语|chinese|\((zh|cn)\b|^zh\b", re.IGNORECASE)
_ENGLISH = re.compile(r"英文|英语|english|\(en\b|^en\b", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row: texts by column, and in two languages by spoken column."""

    table: "Table"
    number: int
    cells: list[str]

    def text(self, column: str) -> str:
        """Return a cell's text; empty where there is none."""
        at = self.table.columns.get((column, None))
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    def spoken(self, column: str) -> list[tuple[str, str]] | None:
        """Return [(Chinese, where), (English, where)] of a column; None where nothing is written."""
        found = {}
        for language in (0, 1, None):
            at = self.table.columns.get((column, language))
            if at is not None and at < len(self.cells) and self.cells[at]:
                found[language] = (self.cells[at], place(self.table.sheet, self.number, at + 1))
        if not found:
            return None
        any_of = next(iter(found.values()))
        return [found.get(language) or found.get(None) or any_of for language in (0, 1)]

    def where(self, column: str) -> str:
        """Return the place of a cell, or of the row where it has no such column."""
        found = [at for (name, _), at in self.table.columns.items() if name == column]
        return place(self.table.sheet, self.number, found[0] + 1) if found else f"{self.table.sheet}!{self.number}"


class Table:
    """A sheet with its headings understood; `warnings` tells of columns that are passed by."""

    def __init__(self, sheet: str, rows: list[list[str]]):
        self.sheet, self._rows = sheet, rows[1:]
        self.columns: dict[tuple[str, int | None], int] = {}
        # Further columns of the choices, for their filters.
        self.more: dict[str, int] = {}
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        for at, heading in enumerate(rows[0] if rows else []):
            if heading:
                self._learn(at, heading)

    def _learn(self, at: int, heading: str) -> None:
        """Note what the column number `at` holds."""
        where = place(self.sheet, 1, at + 1)
        name, _, language = re.sub(r"^bind::?|^body::?", "", heading.strip(), flags=re.IGNORECASE).partition("::")
        if not language and name.partition(":")[0].strip().lower() in SPOKEN:
            name, _, language = name.partition(":")
        column = self._column(name)
        key = (column, _language(language) if language and column in SPOKEN else None)
        if column not in KNOWN[self.sheet] or (language and key[1] is None):
            self._pass_by(at, heading, where)
        elif key in self.columns:
            self.mistakes.append(Mistake(where, f"列“{heading}”重复", f"the column `{heading}` comes twice"))
        else:
            self.columns[key] = at

    def _column(self, name: str) -> str:
        plain = re.sub(r"[ _]+", "_", name.strip().lower())
        if self.sheet == "choices":
            return {"list": "list_name", "value": "name", "caption": "label"}.get(plain, plain)
        if self.sheet == "settings":
            return plain
        target = aliases.survey_header.get(plain, plain)
        return _TARGETS.get(target, plain)

    def _pass_by(self, at: int, heading: str, where: str) -> None:
        if self.sheet == "choices" and "::" not in heading:
            self.more[heading.strip()] = at
        else:
            self.warnings.append(Mistake(where, f"列“{heading}”不使用", f"the column `{heading}` is not used"))

    def rows(self) -> Iterator[Row]:
        """Yield the rows in which something is written."""
        for number, cells in enumerate(self._rows, 2):
            if any(cells):
                yield Row(self, number, cells)


def _language(name: str) -> int | None:
    """Return 0 for Chinese, 1 for English, None for another language."""
    return 0 if _CHINESE.search(name.strip()) else 1 if _ENGLISH.search(name.strip()) else None
