"""What is wrong with a form, told to the person who wrote it: where, and why, in both languages."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mistake:
    """One thing that the compiler refuses or warns of; `cell` is a place such as `survey!F12`, or a sheet."""

    cell: str
    zh: str
    en: str

    def as_json(self) -> dict[str, Any]:
        """Return {cell, messages: [zh, en]}."""
        return {"cell": self.cell, "messages": [self.zh, self.en]}


class FormRefused(Exception):
    """A form that cannot be run; `mistakes` holds all that was found, not only the first."""

    def __init__(self, mistakes: list[Mistake]):
        super().__init__("; ".join(f"{found.cell}: {found.en}" for found in mistakes[:5]))
        self.mistakes = mistakes


class ExpressionRefused(Exception):
    """An expression that cannot be run, and why in both languages."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en
