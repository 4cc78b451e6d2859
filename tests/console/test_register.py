"""The register: found by whatever people call a place, filtered, ordered, counted and drawn."""

import re

import pytest
from county import OTHER_CELL, T1, T2

from console.desk import Desk, text
from fieldsync.domain import divisions
from fieldsync.domain.pinyin import searchable


def names(page: str) -> list[str]:
    return re.findall(r"<td><bdi>(.*?)</bdi></td>", page)


@pytest.mark.parametrize(
    "asked", ["老鹰", "laoying", "lyd", "LAO ying", "前山", "qianshan", "qsc", "gpj", "101-2026-0001"]
)
def test_a_site_is_found_by_name_number_place_village_and_pinyin(desk, stage, asked):
    assert names(desk.get("/console/sites?q=" + asked)) == ["老鹰硐"]


def test_pinyin_knows_how_places_are_read():
    assert searchable("长汀") == "长汀 changting ct"
    assert searchable("", "A硐") == "a硐 adong ad"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (f"town={T2}", {"下坑采砂点"}), ("status=verifying", {"下坑采砂点"}), ("kind=adit", {"老鹰硐"}),
        ("mineral=coal", {"老鹰硐"}), ("violation=unlicensed", {"老鹰硐"}), ("violation=illegal_power", set()),
        ("voided=1", {"误报点"}), ("relapses=1", set()), ("class=coal", set()), ("status=nonsense", set()),
        ("order=nonsense", {"老鹰硐", "下坑采砂点"}), ("q=%25", set()),
    ],
)  # fmt: skip
def test_filters(desk, stage, asked, found):
    assert set(names(desk.get(f"/console/sites?{asked}"))) == found


def test_class_and_relapses_are_filtered(county, desk, stage):
    county.screen().patch(f"sites/{stage.site}", patrol_class="general")
    assert names(desk.get("/console/sites?class=general")) == ["老鹰硐"]
    assert names(desk.get("/console/sites?class=key")) == []


def test_order_counts_and_pages(county, desk):
    screen = county.screen()
    for number in range(53):
        screen.post(
            "sites", set={"name": f"点{number:02}", "site_kind": "point", "town_code": T1, "mineral_code": "coal"}
        )
    first, second = desk.get("/console/sites?order=name"), desk.get("/console/sites?order=name&page=2")
    assert names(first)[:2] == ["点00", "点01"]
    assert names(second) == ["点50", "点51", "点52"]
    assert "共 53 宗" in text(first)
    assert "order=name" in re.findall(r'rel="next"|href="([^"]*page=2[^"]*)"', first)[0]


def test_the_map_shows_sites_and_outlines_without_tiles(county, desk, stage):
    page = desk.get("/console/sites")
    assert page.count("<circle") == 1
    assert f'href="/console/sites/{stage.site}"' in page.partition("<svg")[2].partition("</svg>")[0]
    ring = [[117.4, 26.1], [117.5, 26.1], [117.5, 26.2], [117.4, 26.1]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    with county.app.app_context():
        town = {"code": T1, "name": "一镇", "level": "township", "parent_code": T1[:6]}
        divisions.load_all(county.engine, [town])
        divisions.load_outlines(county.engine, {T1: shape}, [T1[:6]])
    assert desk.get("/console/sites").count("<path") == 1
    assert desk.get(f"/console/sites?town={T2}").count("<path") == 0


def test_many_sites_are_drawn_together(county, desk):
    with county.app.app_context():
        actor = county.engine.actor(*county.person_id(county.person("reviewer")))
        with county.engine.together(actor.cell) as together:
            for n in range(450):
                body = {"name": f"点{n}", "site_kind": "point", "town_code": T1, "mineral_code": "coal",
                        "lon": 117.0 + n % 20 / 100, "lat": 26 + n // 20 / 100}  # fmt: skip
                together.perform(actor, "site.create", f"0197aaaa-0000-7000-8000-{n:012}",
                                 op=f"0197aaab-0000-7000-8000-{n:012}", set_=body)  # fmt: skip
    page = desk.get("/console/sites")
    assert 20 < page.count("<circle") < 450
    assert "处站点" in page


def test_another_county_sees_neither_list_nor_map(county, stage):
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    page = outsider.get("/console/sites?q=lyd")
    assert names(page) == []
    assert "<svg" not in page
    for path in (f"/console/sites/{stage.site}/history", f"/console/sites/{stage.site}/at?at=2099-01-01"):
        outsider.get(path, 404)


def test_a_dossier_as_of_a_day_and_a_revision(county, desk, stage):
    path = f"/console/sites/{stage.site}"
    first = re.findall(r"at=(1-[0-9a-f]{16})", desk.get(path))[0]
    page = text(desk.get(f"{path}/at?at={first}"))
    assert "洞口有新渣" in page
    assert "县级复核" not in page
    assert "县级复核：已封堵" in text(desk.get(f"{path}/at?at=2099-01-01"))
    assert "县级复核：已封堵" in text(desk.get(f"{path}/at"))
    desk.get(f"{path}/at?at=1999-01-01", 404)
    desk.get(f"{path}/at?at=1-0000000000000000", 404)
    desk.get(f"{path}/at?at=2026-13-45T99:99", 400)


def test_all_values_and_the_difference_of_two_revisions(desk, stage):
    path = f"/console/sites/{stage.site}/history"
    page = desk.get(path)
    revs = re.findall(r'<option value="(\d+-[0-9a-f]{16})"', page.partition("</select>")[0])[::-1]
    assert re.search(r"备注 县级复核：已封堵 .* 洞口有新渣 ", text(page))
    between = text(desk.get(f"{path}?from={revs[-1]}&to={revs[0]}").partition("</ul>")[0])
    assert "洞口有新渣 → 县级复核：已封堵" in between
    assert "巡查等级" not in between
    desk.get(f"{path}?from=9-0000000000000000", 404)
