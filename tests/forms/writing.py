"""Forms written shortly, as tests need them."""

from fieldsync.actions import REGISTRY
from fieldsync.domain import forms
from fieldsync.forms.mistakes import FormRefused
from fieldsync.forms.sheets import Sheets

LISTS = """
list_name,name,label,label::English (en),province
yn,y,是,Yes,
yn,n,否,No,
city,fz,福州,Fuzhou,fj
"""
SETTINGS = "form_id,version,form_title,form_title_en,noun\ntest,1,测试,Test,inspection"


def sheet(text: str) -> list[list[str]]:
    """Return rows of a comma-separated sheet; `;` stands for a comma within a cell."""
    return [[cell.replace(";", ",") for cell in line.split(",")] for line in text.strip().splitlines()]


def sheets(survey: str, choices: str = LISTS, settings: str = SETTINGS) -> Sheets:
    """Return the three sheets of a form."""
    return {"survey": sheet(survey), "choices": sheet(choices), "settings": sheet(settings)}


def markdown(given: Sheets) -> str:
    """Return sheets as Markdown tables."""
    lines = []
    for name, rows in given.items():
        lines.append(f"| {name} |")
        lines += ["| | " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def compiled(survey: str, **more: str) -> dict:
    """Return the compiled form of a survey sheet."""
    return forms.compiled(markdown(sheets(survey, **more)), REGISTRY.nouns).form


def mistakes(survey: str, **more: str) -> dict[str, str]:
    """Return what is wrong with a survey sheet: cell to English message; nothing if nothing is."""
    try:
        compiled(survey, **more)
    except FormRefused as refused:
        return {found.cell: found.en for found in refused.mistakes}
    return {}
