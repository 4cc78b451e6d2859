"""One dossier as a Word file for the archive: values, visits, history, and its photos with what proves them."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Names that are on every office PC in China; Word falls back by itself where they are not.
_SONG, _FANGSONG = "宋体", "仿宋"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Plate:
    """A photo on its page: its title, the lines below it, and the picture (JPEG) where there is one."""

    title: str
    lines: Pairs
    picture: bytes | None


@dataclass(frozen=True)
class Paper:
    """All that is printed: heading, parts with label and text, lists with a heading row, photos, the footer."""

    title: str
    parts: Sequence[tuple[str, Pairs]]
    lists: Sequence[tuple[str, Sequence[Sequence[str]]]] = ()
    photos_title: str = ""
    no_picture: str = ""
    photos: Iterable[Plate] = ()
    footer: Sequence[str] = ()


def to_docx(paper: Paper) -> bytes:
    """Return the dossier as a Word file, A4."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(22))
    _line(document, paper.title, _SONG, 18, centred=True)
    for title, pairs in paper.parts:
        _line(document, title, _SONG, 13)
        _table(document, [[label, text] for label, text in pairs], (Mm(45), Mm(121)))
    for title, rows in paper.lists:
        _line(document, title, _SONG, 13)
        _table(document, rows)
    _footer(section, paper.footer)
    _photos(document, paper)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _photos(document: Any, paper: Paper) -> None:
    """Put each photo with its lines onto a page of its own."""
    for number, plate in enumerate(paper.photos, 1):
        document.add_page_break()
        _line(document, f"{paper.photos_title} {number}　{plate.title}", _SONG, 13)
        try:
            if plate.picture is None:
                _line(document, paper.no_picture, _FANGSONG, 11)
            else:
                document.add_picture(io.BytesIO(plate.picture), width=Mm(150))
        except UnrecognizedImageError:
            _line(document, paper.no_picture, _FANGSONG, 11)
        _table(document, [[label, text] for label, text in plate.lines], (Mm(45), Mm(121)))


def _table(document: Any, rows: Sequence[Sequence[str]], widths: Sequence[Any] = ()) -> None:
    if not rows:
        return
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    # One look at all cells: asking a table for each row anew takes minutes for a long history.
    cells = iter(table._cells)
    for row in rows:
        for column, text in enumerate(row):
            cell = next(cells)
            _write(cell.paragraphs[0], text, _FANGSONG, 10.5)
            if widths:
                cell.width = widths[column]


def _line(document: Any, text: str, font: str, size: float, centred: bool = False) -> None:
    paragraph = document.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph, text, font, size, bold=font == _SONG)


def _footer(section: Any, lines: Sequence[str]) -> None:
    _write(section.footer.paragraphs[0], "　".join(lines), _FANGSONG, 8)


def _write(paragraph: Any, text: str, font: str, size: float, bold: bool = False) -> None:
    """Write text in a font by name: Word keeps another name for East Asian characters."""
    run = paragraph.add_run(_UNPRINTABLE.sub("", text))
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
