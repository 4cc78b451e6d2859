"""Files from outside: what is no form, what is too large, what would become too large."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from fieldsync.actions import REGISTRY
from fieldsync.domain import forms
from fieldsync.forms.mistakes import FormRefused
from fieldsync.forms.sheets import read, to_workbook
from forms.writing import sheets

GOOD = sheets("type,name,label\ntext,a,甲", choices="list_name,name,label\nyn,y,是")


def told(content: bytes | str) -> list[tuple[str, str]]:
    with pytest.raises(FormRefused) as refused:
        forms.compiled(content, REGISTRY.nouns)
    return [(found.cell, found.en) for found in refused.value.mistakes]


def book(**rows: list[list]) -> bytes:
    made, out = Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for name, given in rows.items():
        sheet = made.create_sheet(name)
        for row in given:
            sheet.append(row)
    made.save(out)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """Return an archive with parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(key, old.read(name)))
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"form", b"\0" * 1000, to_workbook(GOOD)[:500]])
def test_what_is_no_workbook(content):
    assert "Excel" in told(content)[0][1]


@pytest.mark.parametrize("part", ["workbook", "sheet1"])
@pytest.mark.parametrize("content", [b"", b"<", b"<x/>", b"\xff\xfe" * 50])
def test_damage_inside_is_told(part, content):
    assert told(repacked(to_workbook(GOOD), **{part: content}))


def test_an_entity_bomb_is_not_set_off():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "a" * 10}">' for n in range(12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><worksheet>&e11;</worksheet>'
    begun = time.perf_counter()
    assert told(repacked(to_workbook(GOOD), sheet1=bomb.encode())) == [
        ("", "this is not a readable Excel file (.xlsx)")
    ]
    assert time.perf_counter() - begun < 1


def test_an_archive_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    bomb = repacked(to_workbook(GOOD), sheet1=b"<worksheet>" + b" " * 40_000_000)
    assert len(bomb) < 100_000
    begun = time.perf_counter()
    assert told(bomb) == [("", "the file becomes too large when it is unpacked")]
    assert time.perf_counter() - begun < 1


def test_a_file_that_is_large_itself():
    assert told(b"PK" + b"\0" * 3_000_000) == [("", "the file is too large")]


def test_too_many_rows():
    rows = [["text", f"q{at}", "题"] for at in range(10_000)]
    assert ("survey!1501", "there are more than 1500 rows") in told(
        book(survey=[["type", "name", "label"], *rows])
    )


def test_rows_far_down_do_not_cost_their_distance():
    content = to_workbook(GOOD)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2"', b'<row r="1048576"').replace(b'r="A2"', b'r="A1048576"')
    begun = time.perf_counter()
    assert told(repacked(content, sheet1=far))
    assert time.perf_counter() - begun < 2


def test_too_many_columns_and_too_much_text():
    found = told(
        book(survey=[["type", "name", "label", *[f"c{at}" for at in range(100)]], ["text", "a", "x" * 5000]])
    )
    assert {cell for cell, _ in found} == {"survey!BI1", "survey!C2"}


def test_formulas_are_told_by_cell():
    found = told(book(survey=[["type", "name", "label"], ["text", "a", '="甲"&"乙"']]))
    assert found == [("survey!C2", "a formula: copy the cell and paste it as a value")]


def test_cells_are_read_as_people_see_them():
    content = book(
        survey=[["type", "name", "label", "required", "most"], ["text", "a", " 甲 ", True, 5.0], [None] * 5],
        settings=[["form_id", "version", "form_title"], ["f", 2026100301, "题"]],
    )
    assert read(content)["survey"] == [
        ["type", "name", "label", "required", "most"],
        ["text", "a", "甲", "TRUE", "5"],
    ]
    assert forms.compiled(content, REGISTRY.nouns).form["version"] == 2026100301


def test_what_looks_like_a_formula_in_a_text_stays_text():
    given = GOOD | {"survey": [*GOOD["survey"], ["note", "b", "=1+1"]]}
    assert read(to_workbook(given)) == given


def test_control_characters_are_told():
    found = told("| survey |\n| | type | name | label |\n| | text | a | 甲\x07 |")
    assert ("survey!C2", "the cell holds control characters") in found


def test_nothing_of_a_form():
    assert told("# Title\n\nNo table.") == [("survey", "there is no survey sheet, or it is empty")]
    assert told(book(other=[["a"]])) == [("survey", "there is no survey sheet, or it is empty")]


def test_many_questions_compile_in_time():
    rows = [["text", f"q{at}", "题", f"${{q{at - 1}}} != ''" if at % 2 else ""] for at in range(1, 1400)]
    content = book(
        survey=[["type", "name", "label", "relevant"], ["text", "q0", "题", ""], *rows],
        settings=[["form_id", "version", "form_title"], ["f", 1, "题"]],
    )
    begun = time.perf_counter()
    assert len(forms.compiled(content, REGISTRY.nouns).form["items"]) == 1400
    assert time.perf_counter() - begun < 10
