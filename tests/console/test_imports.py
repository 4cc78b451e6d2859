"""Existing lists of sites: recognised, judged row by row, taken in once."""

import io
import zipfile

import pytest
from click.testing import CliRunner
from county import CELL, OTHER_CELL, T1, T2
from openpyxl import Workbook

from console.desk import Desk, text
from fieldsync.cli import main
from fieldsync.domain import divisions, site_lists
from fieldsync.geo.datums import Unfit
from fieldsync.lists import sheets

HEAD = ["序号", "名称（俗称）", "乡镇", "类型", "矿种", "经度", "纬度", "违法类型", "发现时间", "备注"]
GOOD = ["1", "石门坑", T1, "露天采场", "建筑石料", "117.451", "26.121", "无证非法、证照不齐", "2026-03-01", "旧表"]


@pytest.fixture(autouse=True)
def towns(county):
    with county.app.app_context():
        named = [(T1, "前山镇"), (T2, "后山乡")]
        divisions.load_all(
            county.engine, [{"code": c, "name": n, "level": "township", "parent_code": CELL} for c, n in named]
        )


def xlsx(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(*rows: list, encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


def send(desk: Desk, content: bytes, status: int = 302, name: str = "台账.xlsx") -> tuple[str, str]:
    """Upload a list; return the address of its page and the page."""
    form = desk.form("/console/imports", "")
    data = form.fields | {"file": (io.BytesIO(content), name)}
    answer = desk.client.post("/console/imports", data=data)
    assert answer.status_code == status, text(answer.text)[:500]
    if status != 302:
        return "", answer.text
    return answer.headers["Location"], desk.get(answer.headers["Location"])


def judge(desk: Desk, path: str, datum: str = "cgcs2000", **columns: str) -> str:
    return desk.submit(path, "map", datum=datum, **columns)


def listed(county) -> list[dict]:
    return [r["body"] for r in county.screen().get("sites")["records"]]


@pytest.mark.parametrize("make", [xlsx, csv, lambda *rows: csv(*rows, encoding="gb18030")])
def test_a_list_is_recognised_and_taken_in_once(county, desk, make):
    content = make(
        ["示范县非法采矿点台账"],
        HEAD,
        GOOD,
        ["2", "下坑", "后山", "采砂点", "河砂", "117°27′00″", "26.2", "", "", ""],
    )
    path, page = send(desk, content)
    assert "没有说明坐标系" in page
    page = judge(desk, path)
    assert "可以导入 2" in text(page)
    page = desk.submit(path, "take", 200)
    assert "已导入 2" in text(page)
    bodies = {body["name"]: body for body in listed(county)}
    stone = bodies["石门坑"]
    assert (stone["town_code"], stone["site_kind"], stone["mineral_code"]) == (T1, "open_pit", "building_stone")
    assert (stone["lon"], stone["lat"], stone["coord_source"]) == (117.451, 26.121, "legacy")
    assert stone["violations/unlicensed"] is stone["violations/incomplete_permits"] is True
    assert stone["county/found_at"].startswith("2026-03-01T00:00")
    assert (bodies["下坑"]["lon"], bodies["下坑"]["town_code"]) == (117.45, T2)
    assert stone["dossier_no"] == f"{CELL}-101-{stone['dossier_no'].split('-')[2]}-0001"
    again, page = send(desk, content)
    assert again == path
    assert "此前已导入 2" in text(page)
    assert len(listed(county)) == 2
    assert county.screen().get("conflicts")["records"] == []


def test_refused_rows_are_explained_by_cell(desk):
    rest = [""] * 5
    bad = [
        ["", "", T1, "硐", "煤", *rest], ["", "甲", "不存在镇", "硐", "煤", *rest],
        ["", "乙", T1, "飞机", "煤", *rest],
        ["", "丙", T1, "硐", "煤", "2774500", "39501500", "", "", ""], ["", "丁", T1, "硐", "煤", "117.4", "46.1"],
        ["", "戊", T1, "硐", "煤", "117.4"], ["", "己", T1, "硐", "煤", "", "", "", "2026-13-45"],
        ["", "=HYPERLINK(1)", T1, "硐", "煤", *rest],
    ]  # fmt: skip
    path, _page = send(desk, xlsx(HEAD, *bad))
    said = text(judge(desk, path))
    for word in (
        "不能导入 8", "缺少名称", "C3 本县没有乡镇“不存在镇”", "D4 “飞机”不在可选项中",
        "F5 不是以度为单位的经纬度",
        "G6 不在福建范围内", "经度、纬度缺一个", "I8 “2026-13-45”不是日期", "B9 这是公式，请粘贴为数值",
    ):  # fmt: skip
        assert word in said, word
    assert 'value="take"' not in judge(desk, path)


def test_other_datums_are_kept_as_written(county, desk):
    path, _page = send(desk, xlsx(HEAD, [*GOOD[:5], "39501500.00", "2774500.00", "", "", ""]))
    judge(desk, path, "xian80")
    desk.submit(path, "take", 200)
    (body,) = listed(county)
    assert body["raw_coord"] == "西安80：39501500.00，2774500.00"
    assert "lon" not in body


def test_likely_duplicates_wait_for_a_decision(county, desk, stage):
    near = ["1", "无名硐", T1, "硐", "煤", "117.4568", "26.1240", "", "", ""]
    same = ["2", "下坑采砂点", T2, "采砂点", "河砂", "", "", "", "", ""]
    twice = ["3", "无名硐", T1, "硐", "煤", "", "", "", "", ""]
    path, _page = send(desk, xlsx(HEAD, near, same, twice))
    said = text(judge(desk, path))
    assert "疑似重复，请确认 3" in said
    for word in ("老鹰硐 相距 ", "下坑采砂点 本乡镇有同名站点", "第 2 行 无名硐 本乡镇有同名站点"):
        assert word in said, word
    before = len(listed(county))
    page = text(desk.submit(path, "take", 200, wanted="2"))
    assert "已导入 1" in page
    assert "未导入(疑似重复) 2" in page
    assert len(listed(county)) == before + 1


def test_how_columns_are_understood_is_remembered(desk):
    head = ["矿点", *HEAD[2:5]]
    path, _page = send(desk, xlsx(head, ["甲", *GOOD[2:5]]))
    judge(desk, path, **{"column/0": "name"})
    other, page = send(desk, xlsx(head, ["乙", *GOOD[2:5]]))
    assert other != path
    assert "可以导入 1" in text(page)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "文件里没有内容"), (b"PK\x03\x04broken", "可能已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "另存为 .xlsx"),
        (b"\xff\xfe\x00\x00", "既不是"), ("甲,乙\n1,2".encode(), "没有找到表头"),
        (("名称,乡镇\n" + "甲,乙\n" * 40).encode(), "一次最多导入 20 行"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_told(county, desk, content, why):
    county.app.config["LIST_MAX_ROWS"] = 20
    assert why in text(send(desk, content, 400)[1])


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "_MOST_UNPACKED", 1000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 100_000)
    with pytest.raises(Unfit, match="过大"):
        sheets.read(out.getvalue(), site_lists.is_label, 10)


def test_only_people_of_the_county_who_open_dossiers(county, desk):
    path, _page = send(desk, xlsx(HEAD, GOOD))
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    outsider.get(path, 404)
    outsider.get(f"/console/imports/{'0' * 64}", 404)
    outsider.get("/console/imports/..%2f..%2fpasswd", 404)
    own = outsider.form("/console/imports", "").fields
    assert outsider.client.post(path, data=own | {"verb": "take"}).status_code == 404
    Desk(county, county.person("leader")).get("/console/imports", 403)
    township = Desk(county, county.person("manager", f"t-{T1}"))
    assert township.client.get("/console/imports").headers["Location"].endswith("/console/elsewhere")
    assert listed(county) == []


def test_too_large_a_file_is_refused(county, desk):
    county.app.config["LIST_MAX_BYTES"] = 1000
    send(desk, xlsx(HEAD, GOOD), 413)


def test_the_command_takes_a_list_in_once_and_says_what_it_refuses(county, tmp_path):
    county.person("reviewer")
    path = tmp_path / "list.csv"
    path.write_bytes(csv(HEAD, GOOD, ["2", "", T1, "硐", "煤", "", "", "", "", ""], encoding="gb18030"))
    arguments = ["--instance", county.app.instance_path, "--lang", "en", "import", "sites", str(path)]
    dry = CliRunner().invoke(main, [*arguments, "--datum", "wgs84", "--dry-run"])
    assert "Can be taken in: 1 rows" in dry.output, dry.output
    assert listed(county) == []
    done = CliRunner().invoke(main, [*arguments, "--datum", "wgs84"])
    assert done.exit_code == 1
    assert "Name is missing" in done.output
    assert "Taken in: 1 rows" in done.output
    # The datum is remembered with the columns.
    assert "Taken in before: 1 rows" in CliRunner().invoke(main, arguments).output
    assert [body["name"] for body in listed(county)] == ["石门坑"]
