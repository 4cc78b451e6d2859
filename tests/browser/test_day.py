"""A whole day: forty sites and a hundred and fifty photos without a signal, and home over a bad line."""

import time

import pytest
from county import T1

SITES, PHOTOS, PHOTO_BYTES = 40, 150, 100_000
CUTS = 11
# What a person does at one site, by the screen's own buttons; the camera gives pictures that are all different.
VISIT = """async ([site, count, size]) => {
  const until = async (find) => {
    for (let n = 0; n < 400; n++) {
      const found = find();
      if (found) return found;
      await new Promise((done) => setTimeout(done, 15));
    }
    throw new Error(`never came: ${find}\\n${document.body.innerText.slice(0, 500)}`);
  };
  const said = (words, within = document) =>
    [...within.querySelectorAll("button, label, a")]
      .find((it) => it.offsetParent && it.innerText.trim() === words);
  const press = async (words, within) => (await until(() => said(words, within && within()))).click();
  HTMLInputElement.prototype.click = function () {
    const bytes = new Uint8Array(size);
    for (let n = 20; n < size; n += 50000) crypto.getRandomValues(bytes.subarray(n, Math.min(n + 50000, size)));
    bytes.set([0xff, 0xd8, 0xff, 0xe0]);
    const given = new DataTransfer();
    given.items.add(new File([bytes], "camera.jpg", { type: "image/jpeg" }));
    this.files = given.files;
    this.dispatchEvent(new Event("change"));
  };
  const question = (path) => document.querySelector(`[data-path='${path}']`);
  location.hash = `#/start/${site}`;
  await press("关闭硐口巡查");
  await until(() => question("seal_state"));
  await press("定位", () => question("position"));
  await press("就用这个位置");
  for (let n = 0; n < count; n++) {
    const path = n ? "answers/photo_opening" : "answers/photo_overview";
    await press("拍照", () => question(path));
    await until(() => question(path).querySelectorAll(".grid a").length === Math.max(1, n));
  }
  for (const path of ["seal_state", "fence_state", "sign_state"]) await press("完好", () => question(path));
  await press("签不了字，原因…", () => question("signatures"));
  await press("有危险", () => document.querySelector("dialog"));
  await press("提交");
  await until(() => location.hash === "#/today");
}"""


@pytest.fixture
def sites(county) -> list[str]:
    """Forty closed adits around the phone."""
    scripted = county.inspector()
    made = [
        scripted.site(
            town_code=T1, name=f"{n}号硐", site_kind="adit", mineral_code="coal", lon=117.6 + n % 7 / 9000,
            lat=26.05 + n // 7 / 9000,
        )
        for n in range(SITES)
    ]  # fmt: skip
    scripted.push()
    return made


def records(county) -> tuple[int, int, int]:
    """Return how many inspections and photos the server has, and how many photos with their bytes."""
    with county.app.app_context():
        from fieldsync import db

        with db.reading() as connection:
            ask = "SELECT (SELECT count(*) FROM inspection), count(*), coalesce(sum(have), 0) FROM photo"
            return tuple(db.row(connection, ask))


def wait(county, wanted, seconds: float) -> float:
    """Return the seconds until the server has what is wanted."""
    began = time.monotonic()
    while not wanted(records(county)):
        assert time.monotonic() - began < seconds, records(county)
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_day_of_forty_sites_and_the_evening_after(county, forms, sites, handset, line):
    phone = handset()
    phone.sync()
    line.is_dead = True
    line.cut()
    per_site = [PHOTOS // SITES + (n < PHOTOS % SITES) for n in range(SITES)]
    for n, (site, count) in enumerate(zip(sites, per_site, strict=True)):
        phone.context.set_geolocation({"latitude": 26.05 + n / 1e6, "longitude": 117.6, "accuracy": 6})
        phone.page.evaluate(VISIT, [site, count, PHOTO_BYTES])
    phone.restart()
    assert len(phone.kept("photos")) == PHOTOS
    assert records(county) == (0, 0, 0)

    line.rate, line.loss, line.is_dead = 8_000, 0.05, False
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    safe = wait(county, lambda found: found[:2] == (SITES, PHOTOS), 120)

    line.rate, line.loss = 0, 0
    time.sleep(1)
    before = line.up
    already = records(county)[2]
    needed = (PHOTOS - already) * PHOTO_BYTES
    line.cut_at = [before + needed * (n + 1) // (CUTS + 2) for n in range(CUTS)]
    took = wait(county, lambda found: found[2] == PHOTOS, 300)
    ratio = (line.up - before) / needed
    print(f"records safe after {safe:.0f} s at 64 kbit/s with 5 % loss")
    print(f"{PHOTOS - already} photos over a line cut {line.cuts} times in {took:.0f} s")
    print(f"bytes sent over bytes needed {ratio:.3f}")
    assert line.cuts == CUTS
    assert ratio <= 1.03
    phone.sees("全部已上传" if phone.page.evaluate("location.hash") == "#/outbox" else "已同步", 60)
    assert {op["status"] for op in phone.kept("ops")} == {"applied"}
    assert county.screen().get("conflicts")["records"] == []
    assert phone.complaints == []
