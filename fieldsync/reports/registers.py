"""The register of dossiers as a file: CSV for Excel, an Excel sheet, GeoJSON; from plain rows of texts."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

_A4 = 9
# What a spreadsheet program would run.
_FORMULA = ("=", "+", "-", "@", "\t")
DATUM = "WGS-84 / CGCS2000 (EPSG:4326 / EPSG:4490), [lon, lat], degrees"


@dataclass(frozen=True)
class Register:
    """A list of dossiers: its title, the columns' labels, and rows of values; `places` has (lon, lat) or None."""

    title: str
    labels: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    places: Sequence[tuple[float, float] | None]
    ids: Sequence[str]


def to_csv(register: Register) -> bytes:
    """Return CSV with a byte order mark, which Excel needs; an apostrophe before what looks like a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(register.labels)
    writer.writerows([_harmless(value) for value in row] for row in register.rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def to_xlsx(register: Register) -> bytes:
    """Return an Excel sheet with its heading fixed; texts stay texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(register.title[:31])
    sheet.freeze_panes = "C2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    heading = [WriteOnlyCell(sheet, label) for label in register.labels]
    for cell in heading:
        cell.font = Font(name="宋体", bold=True)
    sheet.append(heading)
    for row in register.rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """Return what a cell holds; a text is never taken for a formula."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not text.startswith(_FORMULA):
        return text or None
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def to_geojson(register: Register) -> bytes:
    """Return GeoJSON; sites without a position have no geometry. The datum is said in it."""
    features = [
        {
            "type": "Feature",
            "id": site_id,
            "geometry": {"type": "Point", "coordinates": list(place)} if place else None,
            "properties": dict(zip(register.names, row, strict=True)),
        }
        for site_id, place, row in zip(register.ids, register.places, register.rows, strict=True)
    ]
    whole = {"type": "FeatureCollection", "name": register.title, "datum": DATUM, "features": features}
    return orjson.dumps(whole)


# format: what writes it, media type
FORMATS = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": (to_geojson, "application/geo+json"),
}
