"""The strongest test: records that add up to the notice's tables print as the notice did."""

import csv
import io
import json
from importlib.resources import files
from zipfile import ZipFile

import pytest
from conftest import close
from county import FAST
from demo.shell import fieldsync
from docx import Document
from openpyxl import load_workbook

from fieldsync import create_app, db
from fieldsync.demo import build, county, province
from fieldsync.reports import counting, layout, parameters

PERIOD = ["--from", province.DATE_FROM, "--to", province.DATE_TO]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("province")
    result = fieldsync(made, "demo", "province")
    assert result.exit_code == 0, result.output
    assert "sheng10" in result.output
    return made


@pytest.fixture(scope="module")
def app(folder):
    app = create_app(folder, **FAST)
    yield app
    close(app)


@pytest.fixture(scope="module")
def count(app):
    def ask(table: int, unit: str = parameters.PROVINCE, **given) -> counting.Report:
        asked = {"from": province.DATE_FROM, "to": province.DATE_TO, "unit": unit} | given
        engine = app.extensions["darkroom"].engine
        with app.app_context(), db.reading() as connection:
            known = parameters.read(table, asked, app.config, engine.now())
            return counting.count(connection, known, counting.cells(connection))

    return ask


def printed(table: int) -> dict[str, str]:
    text = (files("fieldsync") / "data/notice/printed.csv").read_text("utf-8")
    return {row["unit"]: row["numbers"] for row in csv.DictReader(text.splitlines()) if row["table"] == str(table)}


def values(report: counting.Report, code: str) -> dict[str, int]:
    row = report.total if code == "350000" else report.row(code)
    return {column.name: row.value(column) for column in report.columns}


def test_table_2_cell_by_cell(count):
    report, cells = count(2), 0
    for code, figures in province.figures("table2").items():
        for column, value in values(report, code).items():
            assert value == figures[column], (code, column)
            cells += 1
    assert cells == 11 * 8


def test_table_1_totals_and_the_certain_cells(count):
    report, certain = count(1), 0
    for code, figures in province.figures("table1").items():
        for column, value in values(report, code).items():
            if column not in figures["uncertain"].split():
                assert value == figures[column], (code, column)
                certain += code != "350000"
    assert certain == 78


@pytest.mark.parametrize("table", [1, 2])
def test_every_row_prints_the_numbers_of_the_notice_in_its_order(count, table):
    report = count(table)
    found = {row.name: " ".join(filter(None, layout.texts(report, row))) for row in layout.lines(report)}
    assert found == printed(table)
    assert list(found) == list(printed(table))
    assert "0" not in {text for row in layout.lines(report) for text in layout.texts(report, row)}


def test_nothing_was_known_before_it_was_entered(count):
    for table in (1, 2):
        assert not any(values(count(table, cutoff="2012-05-31"), "350000").values())
    assert not any(values(count(2, cutoff="2012-07-31"), "350000")[name] for name in ("closed",))
    assert values(count(2, cutoff="2012-07-31"), "350000")["cases_filed"] == 619


def test_each_county_prints_its_own_row(count):
    for made in province.counties():
        for table in (1, 2):
            report = count(table, made.code)
            assert values(report, made.code) == values(count(table), made.unit)
            assert report.synthetic


def test_every_number_opens_as_many_records(count):
    report = count(1)
    for row in layout.lines(report):
        for column in report.columns:
            assert len(row.records.get(column.name, [])) == row.value(column)


def test_the_province_says_that_it_is_invented(count, app):
    report = count(1)
    assert "演示数据" in layout.title(report)[0]
    assert layout.SYNTHETIC in layout.footer(report)
    assert all(made.code[4:] in ("97", "98") for made in province.counties())


# Files


def ask(folder, *arguments) -> str:
    result = fieldsync(folder, "report", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_csv_opens_in_excel_with_blanks_and_parameters(folder, tmp_path):
    file = tmp_path / "t.csv"
    ask(folder, "2", *PERIOD, "-o", str(file))
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[1][:2] == ["单位", "取缔关闭（个）"]
    assert lines[2] == ["全省", "1556", "619", "1969", "206", "44", "232", "131", "73"]
    assert lines[4] == ["厦门", "37", "37", "", "", "", "", "", ""]
    footer = "\n".join(line[0] for line in lines[13:])
    for word in ("2012-05-01 至 2012-11-28", "截止：", "已实施关闭", "按处罚决定", "移送审查起诉", "虚构"):
        assert word in footer, word


def test_json_keeps_zeros_and_fen(folder, tmp_path):
    file = tmp_path / "t.json"
    ask(folder, "2", *PERIOD, "--format", "json", "--unit", "350800", "-o", str(file))
    told = json.loads(file.read_bytes())
    assert told["total"]["name"] == "龙岩"
    assert told["total"]["fen"] == {"fines_wan_yuan": 499_000_000}
    assert {row["name"] for row in told["rows"]} >= {"新罗区", "永定区", "辛示范县"}
    assert told["parameters"]["fine_basis"] == "decided"
    assert told["synthetic"] is True


def test_excel_and_word_have_the_layout_and_the_fonts(folder, tmp_path):
    sheet_file, page_file = tmp_path / "t.xlsx", tmp_path / "t.docx"
    ask(folder, "1", *PERIOD, "--format", "xlsx", "-o", str(sheet_file))
    ask(folder, "1", *PERIOD, "--format", "docx", "-o", str(page_file))
    sheet = load_workbook(sheet_file).active
    assert [cell.value for cell in sheet[3]] == ["全省", 1576, 423, 327, 46, 2, 34, 107, 1, 17, 28, 3]
    assert sheet["C13"].value is None
    assert (sheet["A1"].font.name, sheet["B3"].font.name) == ("宋体", "仿宋")
    table = Document(str(page_file)).tables[0]
    assert [cell.text for cell in table.rows[3].cells] == [
        "厦门",
        "37",
        "1",
        "37",
        "",
        "",
        "",
        "37",
        "",
        "",
        "",
        "",
    ]
    assert 'w:eastAsia="仿宋"' in ZipFile(page_file).read("word/document.xml").decode()


@pytest.mark.parametrize("wrong", [["--from", "2012-06-31"], ["--from", "2013-01-01", "--to", "2012-01-01"],
                                   ["--cutoff", "yesterday"]])  # fmt: skip
def test_days_that_are_none_are_refused_in_words(folder, wrong):
    result = fieldsync(folder, "report", "1", *wrong)
    assert result.exit_code == 1
    assert "2026-10-03" in result.output


# The command


def test_it_is_not_made_twice(folder):
    result = fieldsync(folder, "demo", "province")
    assert result.exit_code == 1
    assert "already" in result.output


def test_it_leaves_other_data_alone(tmp_path):
    fieldsync(tmp_path, "user", "add", "chen", "--name", "陈", "--role", "admin", "--cell", "350803")
    assert fieldsync(tmp_path, "demo", "province").exit_code == 1


def test_nothing_is_wrong_with_it(folder):
    result = fieldsync(folder, "check")
    assert result.exit_code == 0, result.output


def test_it_leaves_nothing_to_decide_at_any_desk(app):
    with app.app_context(), db.reading() as connection:
        assert db.row(connection, "SELECT count(*) FROM conflict")[0] == 0


def test_it_keeps_out_of_the_way_of_the_demonstration_county(app):
    assert county.CELL not in {made.code for made in province.counties()}
    with app.app_context():
        assert build.state() is build.State.EMPTY
