"""Nothing that was saved on a phone is lost or doubled: each way in which phones, lines and people fail."""

import hashlib
import shutil
import subprocess
import sys
import time

import pytest
from browser.handset import photo, take_photo
from county import PASSWORD

from fieldsync.domain import accounts

NEW = "button:has-text('建立档案')"


def fill_new_site(phone, name: str) -> None:
    """Fill in a new dossier up to its button."""
    phone.go("#/newsite")
    phone.until("location.hash.startsWith('#/newsite/') && document.querySelector('#main input.field')")
    phone.page.fill("[data-path=name] input", name)
    phone.choose("site_kind", "硐")
    phone.choose("mineral_code", "煤")
    phone.page.click("[data-path=position] button:has-text('定位')")
    phone.page.click("text=就用这个位置")


def hand_in(phone) -> None:
    """Press the button below a new dossier, and wait until it is kept and shown."""
    phone.page.click(NEW)
    phone.sees("已保存在手机，等待上传")
    phone.until("location.hash.startsWith('#/site/')")


def names(county) -> list[str]:
    """Return the names of all dossiers that the server has."""
    return [record["body"]["name"] for record in county.screen().get("sites")["records"]]


def test_a_key_stroke_survives_a_kill(handset):
    phone = handset()
    phone.go("#/newsite")
    phone.until("document.querySelector('[data-path=name] input')")
    phone.page.type("[data-path=name] input", "乌石岭新硐")
    time.sleep(0.25)
    phone.restart()
    phone.sees("乌石岭新硐")
    phone.page.click("text=乌石岭新硐")
    phone.until("document.querySelector('[data-path=name] input')?.value === '乌石岭新硐'")


def test_a_new_dossier_made_offline_arrives_once(county, handset):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "无名硐")
    hand_in(phone)
    phone.restart()
    phone.offline(False)
    phone.sync()
    assert names(county) == ["无名硐"]
    assert phone.complaints == []


@pytest.mark.parametrize("after_ms", [0, 30, 90, 250, 700])
def test_a_kill_while_a_photo_is_stored_loses_no_photo_that_was_called_saved(handset, tmp_path, after_ms):
    phone = handset()
    phone.go("#/newsite")
    phone.until("location.hash.startsWith('#/newsite/')")
    take_photo(phone, photo(tmp_path, "one", "green", noise=3_000_000))
    time.sleep(after_ms / 1000)
    said = "照片已保存在手机" in phone.page.inner_text("main")
    phone.restart()
    photos, sizes = phone.kept("photos"), phone.kept("bytes")
    assert len(photos) == 1 or not said
    assert all(photo["size"] in sizes for photo in photos)


def test_a_kill_in_mid_upload_goes_on_where_the_line_broke(county, handset, line, tmp_path):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "照片硐")
    path = photo(tmp_path, "heavy", "brown", noise=1_500_000)
    take_photo(phone, path)
    phone.sees("照片已保存在手机")
    hand_in(phone)
    line.rate, before = 400_000, line.up
    phone.offline(False)
    phone.until("true")
    while line.up - before < 700_000:
        time.sleep(0.02)
    phone.restart()
    line.rate = 0
    phone.sync()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    stored = county.app.extensions["darkroom"].blobs.path(sha256)
    assert stored.read_bytes() == path.read_bytes()
    needed = path.stat().st_size
    # What was under way when the battery died goes again, and the overhead of the rest.
    assert line.up - before < needed * 1.25
    [record] = county.screen().get("photos")["records"]
    assert record["body"]["claim_verdict"] == "valid"
    assert record["body"]["geo_lat"] == 26.05


@pytest.fixture
def small(tmp_path):
    """A disk that is soon full."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk on this machine")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_phone_says_so_and_drops_nothing(small, handset, tmp_path):
    phone = handset(name="small/phone")
    phone.go("#/newsite")
    phone.until("document.querySelector('[data-path=name] input')")
    phone.page.fill("[data-path=name] input", "满了也在")
    phone.until("document.querySelector('[data-path=name] input').value === '满了也在'")
    time.sleep(0.3)
    filler = small / "filler"
    filler.write_bytes(b"0" * (shutil.disk_usage(small).free - 2_000_000))
    take_photo(phone, photo(tmp_path, "big", "red", noise=4_000_000))
    phone.sees("照片没有存上")
    filler.unlink()
    take_photo(phone, photo(tmp_path, "small", "red"))
    phone.sees("照片已保存在手机")
    phone.restart()
    phone.sees("满了也在")
    assert len(phone.kept("photos")) == 1


def test_two_tabs_send_each_thing_once(county, handset):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "甲硐")
    hand_in(phone)
    other = phone.context.new_page()
    phone.page, first = other, phone.page
    phone.page.goto("/phone.html")
    phone.until("document.querySelector('#main')")
    fill_new_site(phone, "乙硐")
    hand_in(phone)
    phone.offline(False)
    for page in (first, other):
        page.evaluate("dispatchEvent(new Event('online'))")
    phone.sync()
    assert sorted(names(county)) == ["乙硐", "甲硐"]
    assert [op["status"] for op in phone.kept("ops")] == ["applied", "applied"]


def test_a_portal_that_answers_everything_poisons_nothing(county, handset, line):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "门户硐")
    hand_in(phone)
    line.is_portal = True
    line.cut()
    phone.offline(False)
    phone.go("#/outbox")
    phone.page.click("text=现在上传")
    phone.sees("这个网络要求先登录")
    phone.page.evaluate(
        "navigator.serviceWorker.getRegistration('/phone').then((it) => it.update()).catch(() => {})"
    )
    phone.page.reload()
    phone.sees("1 项记录")
    line.is_portal = False
    line.cut()
    phone.sync()
    assert names(county) == ["门户硐"]


def test_work_goes_on_when_the_session_expired(county, handset):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "过期硐")
    hand_in(phone)
    with county.app.app_context():
        assert accounts.close_sessions(*county.person_id(phone.login))
    phone.offline(False)
    phone.go("#/outbox")
    phone.page.click("text=现在上传")
    phone.sees("登录已过期")
    assert names(county) == []
    phone.page.click(".banners >> text=登录")
    phone.until("document.querySelector('#password')")
    phone.page.fill("#password", PASSWORD)
    phone.page.click("button[type=submit]")
    phone.until("document.querySelector('.status')?.textContent === '已同步'")
    phone.sync()
    assert names(county) == ["过期硐"]


def test_the_next_person_on_the_phone_sends_his_own_work_and_no_other(county, handset):
    phone = handset()
    other = county.person("inspector", "t-350899101")
    phone.offline()
    fill_new_site(phone, "甲的硐")
    hand_in(phone)
    phone.go("#/settings")
    phone.page.click("text=退出登录")
    phone.sees("还有 1 项未上传")
    phone.page.click("dialog >> .button.primary")
    phone.until("document.querySelector('#login')")
    phone.offline(False)
    phone.sign_in(other)
    assert names(county) == []
    fill_new_site(phone, "乙的硐")
    hand_in(phone)
    phone.sync()
    assert names(county) == ["乙的硐"]
    phone.go("#/settings")
    phone.page.click("text=退出登录")
    phone.page.click("dialog >> .button.primary")
    phone.until("document.querySelector('#login')")
    phone.sign_in()
    phone.sync()
    by = {r["body"]["name"]: r["body"]["created_by"] for r in county.screen().get("sites")["records"]}
    assert by == {"甲的硐": county.person_id(phone.login)[1], "乙的硐": county.person_id(other)[1]}


@pytest.mark.parametrize("erase", ["after-drain", "now"])
def test_a_revoked_phone_hands_in_and_is_erased(county, handset, tmp_path, erase):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "上交硐")
    take_photo(phone, photo(tmp_path, "last", "blue"))
    phone.sees("照片已保存在手机")
    hand_in(phone)
    admin = county.screen("admin")
    [device] = admin.get("devices")["records"]
    admin.act(f"devices/{device['id']}/revoke", erase=erase, reason="换机")
    phone.offline(False)
    phone.sees("县里已停用本机，手机里的数据已清除", 40)
    left = phone.page.evaluate("indexedDB.databases().then((all) => all.map((it) => it.name))")
    assert left == []
    held = county.screen().get("held")["held"]
    assert len(held) == (2 if erase == "after-drain" else 0)
    assert {it["why"] for it in held} <= {"revoked-device"}


def test_an_update_waits_for_the_draft_and_keeps_it(county, handset):
    phone = handset()
    phone.until("navigator.serviceWorker.controller !== null")
    phone.go("#/newsite")
    phone.until("document.querySelector('[data-path=name] input')")
    phone.page.type("[data-path=name] input", "更新前")
    catalogue = county.app.extensions["catalogue"]
    county.app.extensions["catalogue"] = lambda: catalogue() + b" "
    phone.page.evaluate(
        "navigator.serviceWorker.getRegistration('/phone').then((it) => it.update()).then(() => 1)"
    )
    phone.sees("有新版本")
    assert phone.page.input_value("[data-path=name] input") == "更新前"
    phone.page.type("[data-path=name] input", "后")
    phone.page.click(".banners button:has-text('更新')")
    phone.until("fetch('/phone/catalogue.json').then((it) => it.text()).then((it) => it.endsWith(' '))")
    phone.until("document.querySelector('[data-path=name] input')?.value === '更新前后'")


def test_a_broken_phones_work_is_carried_over_as_one_file(county, handset, tmp_path):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "抢救硐")
    path = photo(tmp_path, "rescued", "gray", noise=20_000)
    take_photo(phone, path)
    phone.sees("照片已保存在手机")
    hand_in(phone)
    phone.go("#/outbox")
    with phone.page.expect_download() as download:
        phone.page.click("text=导出全部")
    file = tmp_path / "export.tar"
    download.value.save_as(file)
    instance = county.app.instance_path
    command = [sys.executable, "-m", "fieldsync.cli", "--instance", instance, "import", "outbox", str(file)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert names(county) == ["抢救硐"]
    [record] = county.screen().get("photos")["records"]
    assert record["body"]["have"] is True
    assert record["body"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    phone.offline(False)
    phone.sync()
    assert names(county) == ["抢救硐"]
    assert len(county.screen().get("photos")["records"]) == 1


def test_what_is_saved_while_files_are_on_their_way_goes_out_right_after(county, handset, tmp_path):
    scripted = county.inspector()
    site = scripted.site(town_code="350899101", name="后山硐", site_kind="adit", mineral_code="coal")
    scripted.push()
    phone, held = handset(), []
    # The first file keeps the phone busy.
    phone.context.route("**/api/v1/uploads*", lambda route: route.continue_() if held else held.append(route))
    phone.go(f"#/site/{site}")
    take_photo(phone, photo(tmp_path, "road", "gray"))
    while not held:
        phone.page.wait_for_timeout(50)
    phone.go(f"#/edit/{site}/remark")
    phone.page.fill("[data-path=remark] textarea", "便道塌了")
    phone.page.click("button:has-text('保存')")
    phone.until("location.hash.startsWith('#/site/')")
    held[0].continue_()
    phone.go("#/outbox")
    phone.sees("全部已上传", 20)
    assert county.screen().get(f"sites/{site}")["body"]["remark"] == "便道塌了"
