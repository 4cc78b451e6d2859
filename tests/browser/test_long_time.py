"""What comes over weeks: a server that is restored, a phone that nobody used, work that waits for days."""

import sqlite3
import time
from pathlib import Path

import pytest
from browser.test_nothing_lost import fill_new_site, hand_in, names
from county import PASSWORD

DAY_MS = 86_400_000
# Opens a database, lets CHANGE work on what it holds, and writes it back.
SHIFT = """async (by) => {
  const name = (await indexedDB.databases()).map((it) => it.name).find((it) => it.startsWith(PREFIX));
  const opening = indexedDB.open(name);
  const open = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const tx = open.transaction(STORE, "readwrite");
  const where = tx.objectStore(STORE);
  await new Promise((done) => {
    const reading = where.openCursor(KEY);
    reading.onsuccess = () => {
      const cursor = reading.result;
      if (!cursor) return;
      const it = cursor.value;
      CHANGE;
      cursor.update(it);
      cursor.continue();
    };
    tx.oncomplete = done;
  });
  open.close();
}"""


def shift(phone, prefix: str, store: str, key: str, by: int, change: str) -> None:
    """Change what lies in the phone's database, as time would have."""
    script = SHIFT
    for name, value in (("PREFIX", repr(prefix)), ("STORE", repr(store)), ("KEY", key), ("CHANGE", change)):
        script = script.replace(name, value)
    phone.page.evaluate(script, by)


@pytest.mark.sqlite
def test_a_restored_server_gets_back_what_phones_had_been_promised(county, app, handset):
    phone = handset()
    file = Path(app.instance_path) / "fieldsync.db"
    with sqlite3.connect(file) as live, sqlite3.connect(file.with_suffix(".backup")) as copy:
        live.backup(copy)
    fill_new_site(phone, "备份之后的硐")
    hand_in(phone)
    phone.sync()
    assert names(county) == ["备份之后的硐"]
    with sqlite3.connect(file.with_suffix(".backup")) as copy, sqlite3.connect(file, timeout=30) as live:
        copy.backup(live)
    assert names(county) == []
    phone.page.click("text=现在上传")
    end = time.monotonic() + 20
    while names(county) != ["备份之后的硐"]:
        assert time.monotonic() < end
        time.sleep(0.2)
    phone.sync()
    assert {op["status"] for op in phone.kept("ops")} == {"applied"}


def test_a_phone_without_contact_is_locked_and_keeps_its_work(county, handset):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "久放的硐")
    hand_in(phone)
    ago = "for (const person of Object.values(it)) person.contact -= by"
    shift(phone, "fieldsync", "meta", "IDBKeyRange.only('people')", 31 * DAY_MS, ago)
    phone.page.reload()
    phone.sees("已 30 天未联网")
    assert "久放的硐" not in phone.page.inner_text("body")
    phone.offline(False)
    phone.page.fill("#password", PASSWORD)
    phone.page.click("button[type=submit]")
    phone.until("document.querySelector('.status')?.textContent === '已同步'")
    phone.sync()
    assert names(county) == ["久放的硐"]


def test_work_that_waits_too_long_is_called_out(handset):
    phone = handset()
    phone.offline()
    fill_new_site(phone, "等待的硐")
    hand_in(phone)
    assert "请尽快连上网络" not in phone.page.inner_text("body")
    ago = "it.content.at = new Date(Date.parse(it.content.at) - by).toISOString()"
    shift(phone, "fieldsync-", "ops", "null", DAY_MS + 60_000, ago)
    phone.page.reload()
    phone.sees("请尽快连上网络")
