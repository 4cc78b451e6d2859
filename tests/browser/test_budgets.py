"""What the app weighs and how soon it is there: the budgets of the phone's design, measured on a slow phone."""

import gzip
import re
from pathlib import Path

import pytest
from county import T1

STATIC = Path(__file__).parents[2] / "static"
IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*"(\.[^"]+)"|^\} from "(\.[^"]+)"', re.MULTILINE)
KIB = 1024


def closure(*starts: str) -> set[Path]:
    """Return the files that modules import without being asked again."""
    found: set[Path] = set()
    waiting = [STATIC / start for start in starts]
    while waiting:
        path = waiting.pop().resolve()
        if path in found:
            continue
        found.add(path)
        waiting += [path.parent / (one or other) for one, other in IMPORT.findall(path.read_text("utf-8"))]
    return found


def weight(files: set[Path]) -> float:
    """Return KiB after gzip, each file by itself as it travels."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) / KIB


def test_what_opens_the_app_fits_into_forty_kibibytes():
    styles = {STATIC / "phone.html", STATIC / "phone.css", STATIC / "phone" / "pages.css"}
    start = closure("phone/main.js", "phone/pages/today.js") | styles
    everything = {path for path in STATIC.rglob("*.js") if not {"vendor", "map", "desk"} & set(path.parts)}
    everything |= styles | {STATIC / "sw.js"}
    print(f"start {weight(start):.1f} KiB in {len(start)} files, all pages {weight(everything):.1f} KiB")
    assert weight(start) <= 40
    assert weight(everything) <= 110


@pytest.mark.parametrize(("sites", "limit_ms"), [(200, 1500), (2000, 2500)])
def test_an_offline_start_on_a_slow_phone_shows_the_list_in_time(county, forms, handset, sites, limit_ms):
    scripted = county.inspector()
    for n in range(sites):
        place = {"lon": 117.5 + n % 50 / 500, "lat": 26 + n // 50 / 500}
        scripted.site(town_code=T1, name=f"{n}号硐", site_kind="adit", mineral_code="coal", **place)
    scripted.push()
    phone = handset()
    phone.until("navigator.serviceWorker.controller !== null || location.reload()")
    phone.offline()
    browser = phone.context.new_cdp_session(phone.page)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    took = []
    for _ in range(3):
        phone.page.goto("/phone.html#/sites")
        phone.page.reload()
        took.append(phone.until("document.querySelector('.cells a.cell') && performance.now()", 30))
    print(
        f"{sites} sites: usable after {min(took):.0f} ms at a quarter of the speed (of {[round(t) for t in took]})"
    )
    assert min(took) <= limit_ms
