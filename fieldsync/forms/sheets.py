"""The sheets of a form as plain rows of text, out of Excel or Markdown and back, within bounds."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from fieldsync.forms.mistakes import FormRefused, Mistake

# name: rows, each a list of texts; the first row holds the headings
Sheets = dict[str, list[list[str]]]

MOST_ROWS = {"survey": 1500, "choices": 6000, "settings": 20}
_MOST_BYTES, _MOST_UNPACKED, _MOST_PARTS = 2_000_000, 24_000_000, 400
_MOST_COLUMNS, _MOST_LETTERS = 60, 4000
_PIPE = re.compile(r"(?<!\\)\|")


def read(source: bytes | str) -> Sheets:
    """Return the sheets of a workbook (bytes) or of Markdown tables (text); raise FormRefused."""
    sheets = _of_markdown(source) if isinstance(source, str) else _of_workbook(source)
    mistakes = [found for name, rows in sheets.items() for found in _oversized(name, rows)]
    if not sheets.get("survey"):
        mistakes.append(
            Mistake("survey", "没有 survey 工作表，或其中没有内容", "there is no survey sheet, or it is empty")
        )
    if mistakes:
        raise FormRefused(mistakes)
    return sheets


def _oversized(name: str, rows: list[list[str]]) -> Iterator[Mistake]:
    if len(rows) > MOST_ROWS[name]:
        most = MOST_ROWS[name]
        yield Mistake(f"{name}!{most + 1}", f"行数超过 {most}", f"there are more than {most} rows")
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row, 1):
            if len(cell) > _MOST_LETTERS:
                yield Mistake(place(name, number, column), "单元格内容过长", "the cell holds too much text")
            if ILLEGAL_CHARACTERS_RE.search(cell):
                yield Mistake(place(name, number, column), "含有控制字符", "the cell holds control characters")
        if len(row) > _MOST_COLUMNS:
            yield Mistake(place(name, number, len(row)), "列数过多", "there are too many columns")


def place(sheet: str, row: int, column: int) -> str:
    """Return a place as people find it in Excel: `survey!F12`."""
    return f"{sheet}!{get_column_letter(column)}{row}"


def _refused(zh: str, en: str) -> FormRefused:
    return FormRefused([Mistake("", zh, en)])


# Excel


def _of_workbook(content: bytes) -> Sheets:
    _check_size(content)
    try:
        # Formulas are read as formulas: what Excel last reckoned may be missing or out of date.
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except Exception:  # whatever a damaged archive makes the library raise
        raise _refused("这不是能读取的 Excel 文件 (.xlsx)", "this is not a readable Excel file (.xlsx)") from None
    try:
        return _sheets_of(book)
    except FormRefused:
        raise
    except Exception:  # damage further in
        raise _refused("Excel 文件已损坏", "the Excel file is damaged") from None
    finally:
        book.close()


def _sheets_of(book: Any) -> Sheets:
    """Return the rows of the known sheets; formulas are refused by cell."""
    formulas: list[Mistake] = []
    sheets: Sheets = {}
    for name in book.sheetnames:
        known = name.strip().lower()
        if known in MOST_ROWS and known not in sheets:
            sheets[known] = _rows(book[name], known, formulas)
    if formulas:
        raise FormRefused(formulas[:50])
    return sheets


def _check_size(content: bytes) -> None:
    """Refuse an archive that is large, or would become large."""
    if len(content) > _MOST_BYTES:
        raise _refused("文件过大", "the file is too large")
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _refused("这不是 Excel 文件 (.xlsx)", "this is not an Excel file (.xlsx)") from None
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise _refused("文件解开后过大", "the file becomes too large when it is unpacked")


def _rows(sheet: Any, name: str, formulas: list[Mistake]) -> list[list[str]]:
    """Return the rows of a sheet without empty ones at its end, at most one more than allowed."""
    rows: list[list[str]] = []
    if not hasattr(sheet, "iter_rows"):
        return rows
    last = 0
    for number, cells in enumerate(sheet.iter_rows(max_row=MOST_ROWS[name] + 1, max_col=_MOST_COLUMNS + 1), 1):
        row = [_written(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        last = number if row else last
        rows.append(row)
        for column, cell in enumerate(cells, 1):
            if cell.data_type == "f":
                formulas.append(_formula(place(name, number, column)))
    return rows[:last]


def _formula(where: str) -> Mistake:
    return Mistake(where, "不能用公式，请粘贴为数值", "a formula: copy the cell and paste it as a value")


def _written(cell: Any) -> str:
    """Return a cell as a person reads it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return str(value).replace("\xa0", " ").strip()


def to_workbook(sheets: Sheets) -> bytes:
    """Return an .xlsx of the sheets: headings frozen, every cell text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value:
                    cell = sheet.cell(number, column, value)
                    # What begins with `=` stays text.
                    cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# Markdown: `| survey |` begins a sheet, rows below it begin with an empty cell


def _of_markdown(source: str) -> Sheets:
    sheets: Sheets = {}
    rows: list[list[str]] = []
    for line in source.splitlines():
        line = line.strip()
        if not line.startswith("|") or not line.endswith("|"):
            continue
        first, *cells = [cell.strip().replace("\\|", "|") for cell in _PIPE.split(line[1:-1])]
        if first.lower() in MOST_ROWS:
            rows = sheets.setdefault(first.lower(), [])
        elif not first and not set("".join(cells)) <= set("-: "):
            while cells and not cells[-1]:
                cells.pop()
            rows.append(cells)
    return sheets
