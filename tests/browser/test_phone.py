"""A working day on the phone, as an inspector has it: without a signal, by touch, in Chinese."""

import re
import time

import pytest
from browser.handset import photo, take_photo

SITE = {
    "town_code": "350899101", "name": "后山硐", "site_kind": "adit", "mineral_code": "coal",
    "lon": 117.6, "lat": 26.05, "remark": "低",
}  # fmt: skip


@pytest.fixture
def site(county) -> str:
    """A dossier of township 1."""
    phone = county.inspector()
    made = phone.site(**SITE)
    phone.push()
    return made


def sign(phone) -> None:
    """Sign on the screen as the person at work."""
    phone.page.click("[data-path=signatures] button:has-text('签字')")
    pad = phone.page.wait_for_selector("dialog canvas").bounding_box()
    phone.page.mouse.move(pad["x"] + 40, pad["y"] + 40)
    phone.page.mouse.down()
    phone.page.mouse.move(pad["x"] + 200, pad["y"] + 90, steps=6)
    phone.page.mouse.up()
    phone.page.click("dialog >> .button.primary")


def visit_closed_adit(phone, site: str, folder, camera=photo, **states: str) -> None:
    """File the visit of a minute: two photos (of a plain camera), three states, a signature."""
    phone.go(f"#/start/{site}")
    phone.page.click("text=关闭硐口巡查")
    phone.until("document.querySelector('[data-path=seal_state]')")
    phone.page.click("[data-path=position] button:has-text('定位')")
    phone.page.click("text=就用这个位置")
    for question, colour in (("answers/photo_overview", "green"), ("answers/photo_opening", "brown")):
        take_photo(phone, camera(folder, colour, colour), f"[data-path='{question}'] >> text=拍照")
        phone.until(f"document.querySelector(`[data-path='{question}'] .grid`)")
    for path in ("seal_state", "fence_state", "sign_state"):
        phone.choose(path, states.get(path, "完好"))
    sign(phone)


def hand_in(county, phone, site: str, folder):
    """File a visit that arrives; return a screen of the county and the visit on it."""
    visit_closed_adit(phone, site, folder)
    phone.page.click("button:has-text('提交')")
    phone.sees("可以去下一处了")
    phone.sync()
    screen = county.screen()
    [visit] = screen.get("inspections")["records"]
    return screen, visit


def test_a_visit_of_a_minute_without_a_signal(county, forms, site, handset, tmp_path):
    phone = handset()
    phone.offline()
    phone.page.reload()
    phone.sees("离我最近")
    phone.page.click("text=后山硐")
    phone.page.click("main >> text='巡查'")
    visit_closed_adit(phone, site, tmp_path)
    phone.page.click("button:has-text('提交')")
    phone.sees("已保存在手机，等待上传。可以去下一处了。")
    phone.restart()
    phone.offline(False)
    phone.sync()
    [visit] = county.screen().get("inspections")["records"]
    body = visit["body"]
    assert (body["activity"], body["seal_state"], body["form"], body["lat"]) == (
        "none",
        "intact",
        "closed_adit@1",
        26.05,
    )
    assert body["site_id"] == site
    assert [path for path in body if path.endswith("/strokes")]
    photos = county.screen().get("photos")["records"]
    assert {p["body"]["role"] for p in photos} == {"overview", "opening"}
    assert {p["body"]["claim_verdict"] for p in photos} == {"valid"}
    assert phone.complaints == []


def test_a_returned_record_opens_at_the_field_that_was_wrong(county, forms, site, handset, tmp_path):
    phone = handset()
    screen, visit = hand_in(county, phone, site, tmp_path)
    screen.act(
        f"inspections/{visit['id']}/return",
        reason="围栏看不清", set={"review_fields/fence_state": "照片里围栏已倒"},
    )  # fmt: skip
    phone.sync()
    phone.go("#/today")
    phone.sees("围栏看不清")
    phone.page.click("a.cell:has-text('围栏看不清')")
    phone.page.click("text=改正并重新提交")
    phone.sees("照片里围栏已倒")
    assert phone.until(
        "document.querySelector('[data-path=fence_state]').getBoundingClientRect().top < innerHeight"
    )
    phone.choose("fence_state", "损坏")
    phone.page.fill("[data-path=remark] textarea", "东侧倒了两米")
    phone.page.click("button:has-text('重新提交')")
    phone.sync()
    body = screen.get(f"inspections/{visit['id']}")["body"]
    assert (body["state"], body["fence_state"], body["remark"]) == ("resubmitted", "damaged", "东侧倒了两米")


def test_a_visit_is_withdrawn_corrected_and_a_wrong_photo_dropped(county, forms, site, handset, tmp_path):
    phone = handset()
    screen, visit = hand_in(county, phone, site, tmp_path)
    phone.go(f"#/visit/{visit['id']}")
    phone.page.click(".grid a >> nth=0")
    phone.page.click("text=删除照片")
    phone.page.click("dialog >> text=模糊")
    phone.sees("已保存在手机")
    phone.go(f"#/visit/{visit['id']}")
    phone.page.click("text='更正'")
    phone.choose("seal_state", "缺失")
    phone.page.fill("[data-path=remark] textarea", "封堵被扒开")
    phone.page.click("button:has-text('重新提交')")
    phone.page.click("dialog >> text=仍要提交")
    phone.until("location.hash === '#/today'")
    phone.sync()
    assert screen.get(f"inspections/{visit['id']}")["body"]["seal_state"] == "missing"
    assert len(screen.get("photos")["records"]) == 1
    phone.go(f"#/visit/{visit['id']}")
    phone.page.click("text='撤回'")
    phone.page.click("dialog >> text=填错站点")
    phone.sync()
    assert screen.get(f"inspections/{visit['id']}")["body"]["state"] == "withdrawn"


def test_a_relapse_is_one_tap_and_says_whom_to_call(county, handset):
    login = county.person("inspector", "t-350899101")
    scripted = county.inspector()
    made = scripted.site(**SITE)
    scripted.push()
    screen = county.screen()
    for to in (
        "verifying",
        "confirmed",
        "registered",
        "handling",
        "closing",
        "closed_pending",
        "accepted",
        "monitoring",
    ):
        screen.act(f"sites/{made}/transit", to=to, override=True, reason="历史档案补录")
    phone = handset(login)
    phone.offline()
    phone.go(f"#/site/{made}")
    phone.page.click("main >> text='复燃'")
    phone.sees("现在就打电话报告")
    assert phone.page.locator("a[href='tel:110']").count() == 1
    phone.restart()
    phone.offline(False)
    phone.sync()
    [request] = screen.get("requests")["records"]
    assert (request["body"]["to"], request["body"]["status"]) == ("relapsed", "pending")


def test_an_overtaken_edit_is_foretold_and_kept_beside_the_county_s(county, site, handset):
    phone = handset()
    phone.go(f"#/edit/{site}/remark")
    phone.page.fill("[data-path=remark] textarea", "乡镇：有裂缝")
    county.screen().patch(f"sites/{site}", remark="县里：已处理")
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    while "县里：已处理" not in str(phone.kept("rows")):
        time.sleep(0.1)
    phone.page.click("button:has-text('保存')")
    phone.sees("已改为“县里：已处理”")
    phone.sees("由县级决定")
    phone.page.click("text=仍提交我的值")
    phone.sync()
    phone.sees("备注 与他人不一致，待决定")
    assert county.screen().get(f"sites/{site}")["body"]["remark"] == "县里：已处理"
    phone.go("#/conflicts")
    phone.sees("乡镇：有裂缝")


def test_a_field_of_the_county_is_foretold_as_a_proposal(county, site, handset):
    phone = handset()
    phone.go(f"#/edit/{site}/patrol_class")
    phone.sees("您填的值将作为建议上报")
    phone.choose("patrol_class", "重点")
    phone.page.click("button:has-text('保存')")
    phone.sync()
    phone.sees("巡查等级 作为建议")


def test_a_patrol_is_recorded_only_while_it_runs(county, handset):
    phone = handset()
    phone.go("#/track")
    phone.page.click("label:has-text('独自一人')")
    phone.page.fill("#note", "后山一带")
    phone.page.click("button:has-text('开始巡查')")
    phone.sees("正在巡查")
    for n in range(3):
        phone.context.set_geolocation({"latitude": 26.05 + n * 0.001, "longitude": 117.6, "accuracy": 5})
        phone.until(f"document.querySelector('figcaption')?.textContent.includes('{n + 1} 个点') || {n} === 0")
        time.sleep(0.4)
    phone.page.click("button:has-text('口袋模式')")
    assert phone.page.locator(".pocket").count() == 1
    phone.page.keyboard.press("Enter")
    phone.page.click("button:has-text('结束巡查')")
    phone.sees("我的轨迹")
    phone.sync()
    [track] = county.screen().get("patrol_tracks")["records"]
    body = track["body"]
    assert (body["alone"], body["area_note"]) == (True, "后山一带")
    assert 200 < body["distance_m"] < 240
    assert not re.search("26\\.05", str(body))
    points = county.screen().phone.send("GET", f"/api/v1/patrol_tracks/{track['id']}/points").body
    assert len(points.splitlines()) == body["points"] >= 3


def test_who_is_out_is_reminded_and_the_township_sees_who_is_overdue(county, handset):
    phone = handset()
    phone.page.clock.install()
    phone.page.reload()
    phone.go("#/track")
    phone.page.click("label:has-text('1 小时')")
    phone.page.click("button:has-text('开始巡查')")
    phone.sees("正在巡查")
    phone.page.clock.fast_forward("31:00")
    phone.sees("快到返回时间了")
    phone.page.clock.fast_forward("30:00")
    phone.go("#/today")
    phone.sees("已过预计返回时间")
    [track] = county.screen().get("patrol_tracks")["records"]
    assert "ended_at" not in track["body"]
