"""Every page of the phone in every theme: no violation of accessibility, no sideways scrolling, large targets."""

import os
from pathlib import Path

import pytest
from browser.axe import prepare, violations

from fieldsync.ids import new_id

SHOTS = os.environ.get("FIELDSYNC_SHOTS", "")
SMALL = """[...document.querySelectorAll('main a, main button, main input, .tabs a')]
  .filter((it) => !/radio|checkbox/.test(it.type))
  .filter((it) => it.offsetParent && !it.closest('.map') && (it.offsetHeight < 44 || it.offsetWidth < 44))
  .map((it) => it.outerHTML.slice(0, 120))"""


@pytest.fixture
def stage(county, forms, handset):
    """A phone with everything on it that pages can show."""
    other = county.inspector()
    place = {"lon": 117.6, "lat": 26.05}
    site = other.site(
        town_code="350899101", name="后山硐", site_kind="adit", mineral_code="coal", remark="低", **place
    )
    other.site(
        town_code="350899101", name="大岭采石场", site_kind="open_pit", mineral_code="building_stone", **place
    )
    visit = other.inspect(site, activity="none", seal_state="damaged", started_at="2026-11-20T01:00:00.000Z")
    other.push()
    manager = county.phone(county.person("manager", "t-350899101"))
    task = {"town_code": "350899101", "title": "雨后巡查", "task_date": "2026-11-20", f"sites/{site}": True}
    manager.create("patrol_task.create", task)
    manager.push()
    phone = handset()
    phone.go(f"#/edit/{site}/remark")
    phone.page.fill("[data-path=remark] textarea", "乡镇：有裂缝")
    county.screen().patch(f"sites/{site}", remark="县里：已处理")
    phone.page.click("button:has-text('保存')")
    phone.until("location.hash.startsWith('#/site/')")
    phone.sync()
    phone.go(f"#/start/{site}")
    phone.page.click("text=关闭硐口巡查")
    phone.until("location.hash.startsWith('#/inspect/')")
    draft = phone.page.evaluate("location.hash")
    addresses = {
        "today": "#/today", "sites": "#/sites", "site": f"#/site/{site}", "start": f"#/start/{site}",
        "inspect": draft, "edit": f"#/edit/{site}/remark", "history": f"#/history/site/{site}",
        "closing": f"#/closing/{site}",
        "visit": f"#/visit/{visit}", "newsite": "#/newsite", "relapse": f"#/relapse/{site}/told",
        "track": "#/track", "conflicts": "#/conflicts", "outbox": "#/outbox", "settings": "#/settings",
        "map": "#/map", "check": "#/check", "signin": "#/signin", "enrol": "#/enrol",
    }  # fmt: skip
    return phone, addresses


@pytest.mark.parametrize("theme", ["light", "dark", "sun"])
def test_every_page_is_accessible(stage, theme):
    phone, addresses = stage
    phone.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    prepare(phone.page)
    found = {}
    for name, address in addresses.items():
        phone.go(address)
        phone.page.wait_for_timeout(200)
        if wrong := violations(phone.page):
            found[name] = wrong
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            phone.page.screenshot(path=f"{SHOTS}/{name}-{theme}.png")
    assert found == {}
    assert phone.complaints == []


def test_every_page_fits_a_small_screen_with_huge_letters_and_gloves(stage):
    phone, addresses = stage
    phone.page.set_viewport_size({"width": 320, "height": 640})
    wide, small = {}, {}
    for size in ("normal", "huge"):
        phone.page.evaluate(f"document.documentElement.dataset.size = '{size}'")
        for name, address in addresses.items():
            phone.go(address)
            phone.page.wait_for_timeout(100)
            if phone.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide[name, size] = phone.page.evaluate("document.documentElement.scrollWidth")
            if tiny := phone.page.evaluate(SMALL):
                small[name] = tiny
    assert (wide, small) == ({}, {})


def test_every_page_speaks_english_where_it_is_wanted(stage):
    phone, addresses = stage
    phone.go("#/settings")
    phone.page.click("label:has-text('English')")
    phone.sees("Text size")
    phone.page.reload()
    phone.until("document.querySelector('main')")
    own = (
        "[...document.querySelectorAll('.bar, .tabs, .buttons, .title, .label')].map((it) => it.innerText).join()"
    )
    for address in addresses.values():
        phone.go(address)
        chinese = [c for c in phone.page.evaluate(own) if "一" <= c <= "鿿"]
        assert set(chinese) <= set("后山硐大岭采石场雨后巡查中文强乡镇有裂缝云溪"), (address, "".join(chinese))


def test_an_unknown_record_is_told_in_words(handset):
    phone = handset()
    told = {
        "site": "手机里没有这个站点", "visit": "手机里没有这份记录", "inspect": "这份草稿已提交或已删除",
        "photo": "没有这张照片",
    }  # fmt: skip
    for page, words in told.items():
        phone.go(f"#/{page}/{new_id()}")
        phone.sees(words)
    assert phone.complaints == []
