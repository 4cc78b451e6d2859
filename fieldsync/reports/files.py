"""A table as a file: CSV for Excel, JSON, an Excel sheet, a Word page in the notice's fonts."""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from fieldsync.reports import layout
from fieldsync.reports.counting import Report, as_json

_SONG, _FANGSONG = "宋体", "仿宋"


def to_csv(report: Report) -> bytes:
    """Return the table as CSV with a byte order mark, which Excel needs; the parameters below it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([layout.title(report)[0]])
    writer.writerow([label[0] for label in layout.heading(report)])
    writer.writerows([row.name, *layout.texts(report, row)] for row in layout.lines(report))
    writer.writerows([line[0]] for line in layout.footer(report))
    return out.getvalue().encode("utf-8-sig")


def to_json(report: Report) -> bytes:
    """Return the table as JSON, with zeros as zeros."""
    return orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2)


# Excel


def to_xlsx(report: Report) -> bytes:
    """Return the table as an Excel sheet that prints on one A4 page across."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = f"表{report.asked.table}"
    heading = [label[0] for label in layout.heading(report)]
    sheet.append([layout.title(report)[0]])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heading))
    sheet.append(heading)
    for row in layout.lines(report):
        sheet.append([row.name, *(row.value(column) or None for column in report.columns)])
    _style(sheet, len(heading))
    for line in layout.footer(report):
        sheet.append([line[0]])
        sheet.cell(sheet.max_row, 1).font = Font(name=_FANGSONG, size=10)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _style(sheet: Any, width: int) -> None:
    """Give the sheet its fonts, lines, widths and page."""
    thin = Side(style="thin")
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.font = Font(name=_FANGSONG, size=11)
            cell.border = Border(thin, thin, thin, thin)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for cell in sheet[2]:
        cell.font = Font(name=_SONG, size=11, bold=True)
    sheet["A1"].font = Font(name=_SONG, size=16, bold=True)
    sheet["A1"].alignment = Alignment(horizontal="center")
    for number in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 12
    sheet.freeze_panes = "B3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.print_title_rows = "1:2"


# Word


def to_docx(report: Report) -> bytes:
    """Return the table as a Word page, A4 across."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(20))
    above = document.add_paragraph()
    above.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(above, layout.title(report)[0], _SONG, 16, bold=True)
    heading = [label[0] for label in layout.heading(report)]
    table = document.add_table(rows=0, cols=len(heading), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _row(table, heading, _SONG, bold=True)
    for row in layout.lines(report):
        _row(table, [row.name, *layout.texts(report, row)], _FANGSONG)
    for line in layout.footer(report):
        _write(document.add_paragraph(), line[0], _FANGSONG, 10)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _row(table: Any, texts: list[str], font: str, bold: bool = False) -> None:
    for cell, text in zip(table.add_row().cells, texts, strict=True):
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(cell.paragraphs[0], text, font, 11, bold)


def _write(paragraph: Any, text: str, font: str, size: int, bold: bool = False) -> None:
    """Write text in a font by name: Word keeps another name for East Asian characters."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


# format: what writes it, media type
FORMATS: dict[str, tuple[Callable[[Report], bytes], str]] = {
    "json": (to_json, "application/json"),
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (to_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
