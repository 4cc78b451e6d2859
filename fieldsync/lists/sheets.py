"""A table out of an Excel or CSV file: texts by row and column, within bounds; formulas are never evaluated."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from fieldsync.geo.datums import Unfit

MOST_COLUMNS = 60
_MOST_TEXT = 2_000
# What an Excel file may unpack to: a file of some megabytes can hold gigabytes of nothing.
_MOST_UNPACKED = 200_000_000
_HEADING_WITHIN = 10
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """A table: the labels of its columns, and its rows as (number in the file, texts)."""

    labels: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(content: bytes, is_label: Callable[[str], bool], most_rows: int) -> Sheet:
    """Return the table of a file; the row with the most known labels among the first is its heading.

    Raises Unfit, in words, where the file cannot be read or is too large.
    """
    lines = list(_numbered(_excel(content) if content[:2] == b"PK" else _csv(content), most_rows))
    if not lines:
        raise Unfit("文件里没有内容", "the file is empty")
    top = max(lines[:_HEADING_WITHIN], key=lambda line: sum(map(is_label, line[1])))
    if not any(map(is_label, top[1])):
        raise Unfit("没有找到表头（如：名称、乡镇、矿种）", "no heading was found (such as 名称, 乡镇, 矿种)")
    width = max(i for i, text in enumerate(top[1], 1) if text)
    rows = [(number, _wide(texts, width)) for number, texts in lines if number > top[0]]
    return Sheet(_wide(top[1], width), tuple(rows))


def cell_name(row: int, column: int) -> str:
    """Return what Excel calls a cell: row 5, column 2 (from 0) is C5."""
    return f"{get_column_letter(column + 1)}{row}"


def is_formula(text: str) -> bool:
    """Tell whether a text is a formula, which nobody evaluates here."""
    return text.startswith("=")


def _wide(texts: Sequence[str], width: int) -> tuple[str, ...]:
    return tuple([*texts, *[""] * width][:width])


def _numbered(rows: Iterable[Sequence[Any]], most: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows that hold anything, with their numbers from 1."""
    kept = 0
    for number, row in enumerate(rows, 1):
        texts = tuple(_text(value) for value in row[:MOST_COLUMNS])
        if any(texts):
            kept += 1
            if kept > most + _HEADING_WITHIN:
                raise Unfit(
                    f"一次最多导入 {most} 行，请分成几个文件", f"at most {most} rows at once: split the file"
                )
            yield number, texts


def _text(value: Any) -> str:
    """Return a cell as text; a number without trailing zeros, a time as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\x00", "").strip()[:_MOST_TEXT]


def _excel(content: bytes) -> Iterator[Sequence[Any]]:
    """Yield the rows of the first visible sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _MOST_UNPACKED:
                raise Unfit("Excel 文件展开后过大", "the Excel file unpacks to too much")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        yield from shown[0].iter_rows(values_only=True, max_col=MOST_COLUMNS)
        book.close()
    except Unfit:
        raise
    except Exception:  # whatever a damaged file makes the library do
        raise Unfit("Excel 文件无法读取，可能已损坏", "the Excel file cannot be read") from None


def _csv(content: bytes) -> Iterator[Sequence[str]]:
    if content[:4] == _OLD_EXCEL:
        raise Unfit("这是旧的 .xls 文件，请另存为 .xlsx", "this is an old .xls file: save it as .xlsx")
    text = _decoded(content)
    first = "\n".join(text.splitlines()[:_HEADING_WITHIN])
    comma = max(",\t;，", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=comma)
    except csv.Error:
        raise Unfit("CSV 文件无法读取", "the CSV file cannot be read") from None


def _decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8 or GB18030, whichever fits."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unfit(
        "文件既不是 .xlsx，也不是 UTF-8 或 GB18030 的 CSV",
        "the file is neither .xlsx nor a CSV in UTF-8 or GB18030",
    )
