"""The phone's map in a real browser: with a pack of the county's own picture, and without any."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from county import T1
from PIL import Image

from fieldsync.cli import main

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "static/vendor/leaflet.js").exists(), reason="the npm packages of the map are not installed"
)
BUDGET = 60 * 1024
LON, LAT = 117.42, 25.29
RED, BLUE = (190, 40, 40), (40, 40, 190)
SITES = [
    {"id": "a", "name": "老鹰硐", "lat": LAT, "lon": LON, "status": "registered", "chosen": True},
    {"id": "b", "name": "二号井", "lat": LAT + 0.02, "lon": LON + 0.01, "status": "written_off"},
    {"id": "c", "name": "采坑", "lat": LAT - 0.01, "lon": LON - 0.03, "status": "lead"},
    {"id": "d", "name": "东坡", "lat": LAT - 0.02, "lon": LON + 0.03, "status": "closing"},
]
OUTLINE = {
    "type": "Polygon",
    "coordinates": [[[117.3, 25.2], [117.5, 25.2], [117.5, 25.4], [117.3, 25.4], [117.3, 25.2]]],
}
OPEN = """async (sites) => {
  const { createMap } = await import("/static/phone/map/map.js");
  const box = document.createElement("div");
  box.className = "map";
  document.getElementById("app").replaceWith(box);
  window.opened = [];
  window.chart = await createMap(box, { onSite: (id) => window.opened.push(id) });
  window.chart.setSites(sites);
  window.chart.fit();
}"""


@pytest.fixture
def page(url, open_phone) -> Iterator:
    """A phone's window on the app's page under its policy, without the app; complaints fail the test."""
    complaints: list[str] = []
    context = open_phone(
        base_url=url, reduced_motion="reduce", service_workers="block", viewport={"width": 390, "height": 700},
        device_scale_factor=1,
    )  # fmt: skip
    window = context.new_page()
    window.route("**/phone/main.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.goto("/phone.html")
    yield window
    assert complaints == []


def seen(page, x: int, y: int) -> tuple[int, ...]:
    """Return the colour at a place that is counted from the middle of the map."""
    box = page.locator(".map-box").bounding_box()
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.getpixel((box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y))


def is_near(colour: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(one - two) < 30 for one, two in zip(colour, other, strict=True))


def wait(page, expression: str) -> None:
    """Poll: waiting inside of the page needs eval, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


@pytest.fixture
def pack(app, county, tmp_path) -> str:
    """A pack of a picture, red in the west and blue in the east; returns the token of somebody of the county."""
    phone = county.inspector(T1)
    picture = Image.new("RGB", (600, 600), RED)
    picture.paste(BLUE, (300, 0, 600, 600))
    picture.save(tmp_path / "map.png")
    edges = {"west": LON - 0.01, "south": LAT - 0.01, "east": LON + 0.01, "north": LAT + 0.01}
    options = [word for name, edge in edges.items() for word in (f"--{name}", str(edge))]
    command = ["--instance", app.instance_path, "mappack", str(tmp_path / "map.png"), "--name", "own", *options]
    done = CliRunner().invoke(main, [*command, "--datum", "cgcs2000"])
    assert done.exit_code == 0, done.output
    return phone.token


def test_tiles_of_a_pack_are_shown_where_they_belong(page, pack):
    page.evaluate(OPEN, SITES[:1])
    assert not is_near(seen(page, -100, 100), RED)
    page.evaluate(
        """async (token) => {
          const headers = { Authorization: `Bearer ${token}` };
          const { packs } = await (await fetch("/api/v1/map_packs", { headers })).json();
          const answer = await fetch(`/api/v1/map_packs/${packs[0].name}`, { headers });
          await chart.setPack(await answer.arrayBuffer());
        }""",
        pack,
    )
    wait(page, "document.querySelectorAll('.leaflet-tile-loaded').length >= 4")
    page.wait_for_timeout(400)
    assert is_near(seen(page, -100, 100), RED)
    assert is_near(seen(page, 60, 100), BLUE)
    page.evaluate("chart.setPack(null)")
    assert not is_near(seen(page, -100, 100), RED)


def test_nothing_leaves_the_origin_and_all_of_it_is_small(page, url):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(OPEN, SITES)
    page.evaluate("chart.setPack(new ArrayBuffer(0)).catch(() => null)")
    loaded = {address for address in asked if not address.startswith(("blob:", "data:"))}
    assert all(address.startswith(f"{url}/static/") for address in loaded), loaded
    # What the shell has loaded before anybody opens the map.
    shell = {f"{url}/static/{name}" for name in ("lib/html.js", "lib/language.js", "icons/192.png")}
    files = [ROOT / address.removeprefix(f"{url}/") for address in loaded - shell]
    assert {"leaflet.js", "pmtiles.js", "map.js", "map.css", "geo.js"} <= {file.name for file in files}
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= BUDGET


def test_every_state_has_a_shape_and_a_sign_of_its_own(page):
    page.evaluate(OPEN, [site | {"chosen": False} for site in SITES])
    assert page.locator(".map-pin").count() == 4
    looks = page.evaluate(
        """[...document.querySelectorAll(".map-pin i")].map((pin) => {
          const style = getComputedStyle(pin);
          return [pin.textContent, style.clipPath + style.borderRadius + style.transform];
        })"""
    )
    assert len({sign for sign, _ in looks}) == 4
    assert len({shape for _, shape in looks}) == 4
    labels = {pin.get_attribute("aria-label") for pin in page.locator(".map-pin").all()}
    assert labels == {"老鹰硐，未关闭", "二号井，已关闭", "采坑，线索", "东坡，关闭中"}


def test_a_site_opens_by_tap_and_by_key(page):
    page.evaluate(OPEN, SITES)
    page.locator(".map-pin.chosen").click()
    assert page.evaluate("opened") == ["a"]
    page.locator(".map-pin.chosen").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("opened") == ["a", "a"]


def test_direction_and_distance_to_the_chosen_site(page):
    page.evaluate(OPEN, SITES)
    # 300 m south and 300 m west of it.
    fix = {"lat": LAT - 0.0027, "lon": LON - 0.00298, "accuracy": 12, "heading": 90}
    page.evaluate("(fix) => chart.setPosition(fix)", fix)
    assert page.inner_text(".map-readout") == "老鹰硐：东北 424 米"
    assert page.locator(".map-heading").is_visible()
    page.evaluate("(fix) => chart.setPosition(fix)", fix | {"heading": None})
    assert not page.locator(".map-heading").is_visible()
    page.evaluate("chart.setPosition(null)")
    assert not page.locator(".map-readout").is_visible()
    assert page.locator(".map-me").count() == 0


def test_without_a_chosen_site_the_nearest_is_told(page):
    page.evaluate(OPEN, [site | {"chosen": False} for site in SITES])
    page.evaluate("(fix) => chart.setPosition(fix)", {"lat": LAT - 0.019, "lon": LON + 0.03, "accuracy": 5})
    assert page.inner_text(".map-readout") == "东坡：南 111 米"


def test_the_tools_find_me_and_measure(page):
    page.evaluate(OPEN, SITES)
    page.click("text=定位")
    assert page.inner_text(".map-readout") == "还没有定位"
    page.evaluate("(fix) => chart.setPosition(fix)", {"lat": 26.0, "lon": 118.0, "accuracy": 5})
    page.click("text=定位")
    me, box = page.locator(".map-me").bounding_box(), page.locator(".map-box").bounding_box()
    assert abs(me["x"] + me["width"] / 2 - box["x"] - box["width"] / 2) < 3
    page.click("text=全部")
    assert page.locator("button", has_text="定位").get_attribute("aria-pressed") == "false"
    page.click("text=测距")
    for place in ({"x": 60, "y": 300}, {"x": 60, "y": 500}):
        page.locator(".map-box").click(position=place)
    assert page.inner_text(".map-readout").startswith("南 ")
    assert "共" in page.inner_text(".map-readout")
    page.locator(".map-box").focus()
    page.keyboard.press("Enter")
    assert page.inner_text(".map-readout").startswith("东北 ")
    page.click("text=测距")
    assert "共" not in page.inner_text(".map-readout")
    assert page.evaluate("opened") == []


def test_a_gap_of_the_way_stays_a_gap(page):
    page.evaluate(OPEN, SITES[:1])
    points = [{"at": at * 1000, "lat": LAT + 0.0015, "lon": LON + offset} for at, offset in
              ((0, -0.003), (15, -0.001), (600, 0.001), (615, 0.003))]  # fmt: skip
    plain = seen(page, 0, -75)
    page.evaluate("(points) => chart.setTrack(points)", points)
    page.wait_for_timeout(200)
    # 0.0015 degrees are 77 pixels here; the way goes from -140 to -47, then from 47 to 140.
    box = page.locator(".map-box").bounding_box()
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    middle = box["y"] + box["height"] / 2
    column = lambda x: {picture.getpixel((box["x"] + box["width"] / 2 + x, middle + y)) for y in range(-82, -72)}  # noqa: E731
    way = (160, 48, 140)
    assert way in column(-90)
    assert way in column(90)
    assert way not in column(0)
    assert plain in column(0)


def test_themes_and_accessibility(page):
    axe = ROOT / "node_modules/axe-core/axe.min.js"
    page.evaluate(OPEN, SITES)
    page.evaluate("(outline) => chart.setOutlines([outline])", OUTLINE)
    page.evaluate(
        "(fix) => chart.setPosition(fix)", {"lat": LAT, "lon": LON + 0.01, "accuracy": 30, "heading": 10}
    )
    for button in page.locator(".map-tools button").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 48
    if not axe.exists():
        pytest.skip("axe-core is not installed")
    page.evaluate(axe.read_text("utf-8"))
    for theme in ("light", "dark", "sun"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate("axe.run('.map').then((result) => result.violations)")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], theme


def test_leaving_takes_everything_away(page):
    page.evaluate(OPEN, SITES)
    page.evaluate("chart.destroy()")
    assert page.evaluate("document.querySelector('.map').children.length") == 0
