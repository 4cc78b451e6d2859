"""What leaves the house: the register in three formats, a dossier for the archive, its originals."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from county import OTHER_CELL, T1
from docx import Document
from openpyxl import load_workbook
from PIL import Image

from console.desk import Desk
from fieldsync import db


def get(desk: Desk, path: str) -> bytes:
    answer = desk.client.get(path, buffered=True)
    assert answer.status_code == 200, answer.text[:300]
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.data


def looks(county, photo: str) -> list[str]:
    statement = "SELECT content FROM operation WHERE action = 'photo.view' AND record_id = :id ORDER BY seq"
    with county.app.app_context(), db.reading() as connection:
        return [json.loads(row[0])["set"]["what"] for row in db.rows(connection, statement, id=photo)]


def test_the_register_as_csv_opens_in_excel(desk, stage):
    content = get(desk, "/console/sites/export.csv?q=lyd")
    assert content.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    told = dict(zip(heading, row, strict=True))
    assert (told["名称(俗称)"], told["矿种"], told["违法类型"]) == ("老鹰硐", "煤", "无证非法")
    assert (told["经度"], told["复燃次数"]) == ("117.4567891", "0")


def test_the_register_as_excel_runs_no_formula(county, desk):
    evil = {"name": '=HYPERLINK("http://x")', "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}
    county.screen().post("sites", set=evil)
    sheet = load_workbook(io.BytesIO(get(desk, "/console/sites/export.xlsx"))).active
    assert sheet["B1"].value == "名称(俗称)"
    assert sheet["B2"].value == evil["name"]
    assert sheet["B2"].data_type == "s"
    assert "'=HYPERLINK" in get(desk, "/console/sites/export.csv").decode("utf-8-sig")


def test_the_register_as_geojson_says_its_datum(desk, stage):
    told = json.loads(get(desk, "/console/sites/export.geojson"))
    assert "CGCS2000" in told["datum"]
    places = {f["properties"]["name"]: f["geometry"] for f in told["features"]}
    assert places["老鹰硐"]["coordinates"] == [117.4567891, 26.1234567]
    assert places["下坑采砂点"] is None


def test_a_dossier_for_the_archive_holds_values_history_and_photos(county, desk, stage):
    before = looks(county, stage.photo)
    document = Document(io.BytesIO(get(desk, f"/console/sites/{stage.site}/dossier.docx")))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    sha256 = county.screen().get(f"photos/{stage.photo}")["body"]["sha256"]
    for word in ("老鹰硐", "县级复核：已封堵", "张某", sha256, "签封", "照片位置"):
        assert any(word in text for text in cells), word
    assert len(document.inline_shapes) == 2
    assert "依据版本" in document.sections[0].footer.paragraphs[0].text
    fonts = {run.font.name for p in document.paragraphs for run in p.runs if run.text.strip()}
    assert fonts == {"宋体"}
    assert looks(county, stage.photo) == [*before, "preview-1600"]


def test_photos_of_the_paper_are_marked_copies(county, desk, stage):
    """Their files say on themselves when, where and by whom; original and previews are as they were."""
    blobs = county.app.extensions["darkroom"].blobs
    sha256 = county.screen().get(f"photos/{stage.photo}")["body"]["sha256"]
    kept = {path: path.read_bytes() for path in (blobs.path(sha256), blobs.preview(sha256, 1600))}
    content = get(desk, f"/console/sites/{stage.site}/dossier.docx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        copies = [archive.read(name) for name in archive.namelist() if name.startswith("word/media/")]
    assert len(copies) == 2
    assert not set(copies) & set(kept.values())
    with Image.open(blobs.preview(sha256, 1600)) as preview:
        sizes = [preview.size]
    for copy in copies:
        with Image.open(io.BytesIO(copy)) as image:
            sizes.append(image.size)
            foot = image.convert("L").crop((0, image.height - 20, image.width, image.height))
            assert foot.getextrema()[0] < 90, "a dark band"
    assert sizes[0] in sizes[1:]
    assert {path: path.read_bytes() for path in kept} == kept


def test_the_originals_are_the_very_bytes_and_each_look_is_noted(county, desk, stage):
    with zipfile.ZipFile(io.BytesIO(get(desk, f"/console/sites/{stage.site}/originals.zip"))) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("list.csv").decode("utf-8-sig"))))
        assert len(rows) == 2
        for row in rows:
            assert hashlib.sha256(archive.read(row["文件"])).hexdigest() == row["SHA-256"]
    assert looks(county, stage.photo)[-1] == "original"


@pytest.mark.parametrize("what", ["dossier.docx", "originals.zip"])
def test_another_county_gets_nothing_and_no_look_is_noted(county, stage, what):
    outsider = Desk(county, county.person("admin", cell=OTHER_CELL))
    outsider.get(f"/console/sites/{stage.site}/{what}", 404)
    assert looks(county, stage.photo) == []
    for form in ("csv", "xlsx", "geojson"):
        content = get(outsider, f"/console/sites/export.{form}")
        assert "老鹰硐".encode() not in content
        if form == "xlsx":
            assert load_workbook(io.BytesIO(content)).active.max_row == 1


def test_a_dossier_without_photos_has_no_zip(county, desk):
    set_ = {"name": "空", "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}
    site = county.screen().post("sites", set=set_)["id"]
    desk.get(f"/console/sites/{site}/originals.zip", 404)
    get(desk, f"/console/sites/{site}/dossier.docx")


def test_there_are_no_other_formats(desk):
    desk.get("/console/sites/export.exe", 404)
