"""The desk in a browser, over one demonstration county: the mouse, the keyboard, and every page by axe."""

import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import orjson
import pytest
from browser.axe import prepare, violations
from browser.conftest import CHROMIUM, FLAGS
from conftest import close
from county import FAST
from werkzeug.serving import make_server

from fieldsync import create_app, db
from fieldsync.demo import build
from fieldsync.demo.county import PASSWORD
from fieldsync.ids import new_id

OFFICE = {"width": 1366, "height": 768}
FOCUSED = (
    "wanted => [getComputedStyle(document.activeElement).outlineStyle, document.activeElement.matches(wanted)]"
)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d")
# What is no page of the desk: files, pictures, and what leaves it or its language.
NO_PAGE = re.compile(r"\.(csv|xlsx|docx|zip|geojson|jpg)$|/(preview|original|language)\b|^(?!/console)")
# Whatever reaches out of its card or of the window, and does not scroll in a box of its own.
TOO_WIDE = """() => [...document.querySelectorAll("main *")].filter((each) => {
  const box = each.closest(".card")?.getBoundingClientRect() || {right: innerWidth};
  const own = each.getBoundingClientRect();
  const [most, hidden] = [Math.min(box.right, innerWidth), each.closest(".scroller, details:not([open])")];
  return own.width && own.right > most + 1 && !hidden;
}).slice(0, 3).map((each) => each.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """The demonstration county, small."""
    app = create_app(tmp_path_factory.mktemp("desk"), **FAST)
    with app.app_context():
        made = build.make(app.extensions["darkroom"], 80)
    made.app = app
    yield made
    close(app)


@pytest.fixture(scope="module")
def sit_down(stage) -> Iterator[Callable]:
    """Seat people at office screens, each in a browser context of his own, in Chinese."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    server = make_server("127.0.0.1", 0, stage.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def seat(login: str):
            where = f"http://127.0.0.1:{server.port}"
            context = browser.new_context(viewport=OFFICE, locale="zh-CN", base_url=where)
            page = context.new_page()
            page.complaints = []
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
            page.goto("/console/")
            page.fill("#username", login)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_selector(".who form")
            return page

        yield seat
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()


def wait_for(page, script: str) -> None:
    """Wait until a script is true; the pages' own policy forbids Playwright's way of waiting."""
    for _ in range(200):
        if page.evaluate(script):
            return
        page.wait_for_timeout(25)
    raise AssertionError(script)


# The calendar


def card(page, task: str):
    return page.locator(f"[data-task='{task}']")


def open_task(stage, page, town: str = "350899101") -> str:
    """Open the month of a task that has not ended; return its id."""
    statement = "SELECT id, task_date FROM patrol_task WHERE home = :home AND status = 'assigned'"
    with stage.app.app_context(), db.reading() as connection:
        task, day = db.row(connection, statement, home=f"t-{town}")
    # High enough for the whole month: nothing scrolls while the mouse holds a task.
    page.set_viewport_size(OFFICE | {"height": 1300})
    page.goto(f"/console/patrol_tasks?month={day[:7]}")
    return task


def body(stage, task: str) -> dict:
    with stage.app.app_context(), db.reading() as connection:
        return orjson.loads(db.row(connection, "SELECT body FROM record WHERE id = :id", id=task)[0])


def drag(page, task: str, target: str) -> None:
    """Drag a task onto a day or a person, and wait for the answer."""
    card(page, task).drag_to(page.locator(target), target_position={"x": 12, "y": 12})
    wait_for(page, "!document.querySelector('.moving')")


def test_a_task_is_dragged_to_another_day_and_another_person(stage, sit_down):
    page = sit_down("zhen1")
    task = open_task(stage, page)
    day = body(stage, task)["task_date"]
    other = f"{day[:8]}{'11' if day[8:] != '11' else '12'}"
    drag(page, task, f"td[data-day='{other}']")
    assert card(page, task).evaluate("task => task.parentElement.dataset.day") == other
    assert body(stage, task)["task_date"] == other
    assert "已办理" in page.inner_text(".results")
    colleague = stage.people["xuncha1b"]
    drag(page, task, f"li[data-person='{colleague}']")
    found = {path for path in body(stage, task) if path.startswith("assignees/")}
    assert found == {f"assignees/{colleague}"}
    assert page.complaints == []


def test_a_drop_that_fails_says_why_and_puts_the_task_back(stage, sit_down):
    page = sit_down("zhen1")
    task = open_task(stage, page)
    day = body(stage, task)["task_date"]
    other = f"{day[:8]}{'20' if day[8:] != '20' else '21'}"
    home = f"td[data-day='{day}'] [data-task='{task}']"
    page.context.set_offline(True)
    drag(page, task, f"td[data-day='{other}']")
    assert page.locator(home).count() == 1
    assert "服务器没有答复" in page.inner_text("#said")
    assert "任务已放回原处" in page.inner_text("#said")
    page.context.set_offline(False)
    # Meanwhile the county changed it: this screen has not seen that.
    with stage.app.app_context():
        reviewer = stage.engine.actor("350899", stage.people["shenhe1"])
        stage.engine.perform(reviewer, "patrol_task.edit", task, op=new_id(), set_={"note": "带无人机"})
    drag(page, task, f"td[data-day='{other}']")
    assert "记录已被他人更改" in page.inner_text(".results")
    assert page.locator(home).count() == 1
    assert body(stage, task)["task_date"] == day
    drag(page, task, f"td[data-day='{other}']")
    assert body(stage, task)["task_date"] == other, "seen now, it goes through"


# The wide table


def test_table_1_scrolls_in_its_own_box_and_prints_across(sit_down):
    page = sit_down("shenhe1")
    page.goto("/console/reports?from=2012-05-01&to=2026-12-31")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 800, "height": 600})
    left, moved = page.evaluate("""() => {
      const box = document.querySelector(".scroller"), unit = box.querySelector("tbody th");
      const before = unit.getBoundingClientRect().left;
      box.scrollLeft = 200;
      return [box.scrollLeft, unit.getBoundingClientRect().left - before];
    }""")
    assert (left, moved) == (200, 0), "the units stay where they are"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for name, across in (("A4", 842), ("A3", 1190)):
        printed = page.pdf(format=name, prefer_css_page_size=True)
        (box,) = set(re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", printed))
        assert abs(float(box[0]) - across) < 3, (name, box)
        assert len(re.findall(rb"/Type ?/Page\b", printed)) == 1


# All pages


def shape(address: str) -> str:
    """Return what pages have in common whose addresses differ in a record, a day or a filter alone."""
    return ID.sub("...", urlsplit(address).path)


def walk(page, seen: dict[str, str], look: Callable) -> None:
    """Open one page of each shape that links lead to and that was not seen before; look at each."""
    waiting = ["/console/"]
    while waiting:
        address = waiting.pop(0)
        if shape(address) in seen:
            continue
        assert page.goto(address).status == 200, address
        here, new = urlsplit(page.url).path, shape(page.url) not in seen
        seen |= {shape(address): address, shape(page.url): page.url}
        if new:
            look(shape(page.url))
        links = page.eval_on_selector_all("a[href]", "links => links.map((a) => a.getAttribute('href'))")
        links = [here + link if link.startswith("?") else link for link in links]
        waiting += [link for link in links if not NO_PAGE.search(urlsplit(link).path)]


def test_every_page_is_usable_by_everybody_and_fits(sit_down):
    found: dict[str, list] = {}

    def look(name: str) -> None:
        prepare(page)
        single = [] if page.locator("h1").count() == 1 else ["no h1, or several"]
        found[name] = [*page.evaluate(TOO_WIDE), *single, *violations(page)]

    seen: dict[str, str] = {"/console/": ""}
    for login in ("shenhe1", "admin", "zhen1"):
        page = sit_down(login)
        del seen["/console/"]
        walk(page, seen, look)
        assert page.complaints == []
        if login == "shenhe1":
            page.goto("/console/reports?table=2")
            look("table 2")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) > 50, sorted(found)


def test_english_words_fit_too(sit_down):
    page = sit_down("admin")
    page.goto("/console/language/en?to=/console/")
    found: dict[str, list] = {}
    walk(page, {}, lambda name: found.update({name: page.evaluate(TOO_WIDE)}))
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def tab_to(page, selector: str, most: int = 120) -> None:
    """Press Tab until something is focused; each stop must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        style, there = page.evaluate(FOCUSED, selector)
        assert style != "none", page.evaluate("document.activeElement.outerHTML")[:200]
        if there:
            return
    raise AssertionError(f"{selector} is not reached")


def test_one_review_by_keyboard_alone(sit_down):
    page = sit_down("shenhe1")
    page.goto("/console/inspections?claim=free&state=submitted")
    tab_to(page, ".skip", 1)
    page.keyboard.press("Enter")
    tab_to(page, "tbody a")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 .state")
    tab_to(page, "button[value=begin_review]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash")
    assert "审核中" in page.inner_text("h1")
    tab_to(page, "#return_reason")
    page.keyboard.type("照片看不清")
    tab_to(page, "details > summary", 1)
    page.keyboard.press("Enter")
    tab_to(page, "#c1", 1)
    page.keyboard.type("请核对")
    tab_to(page, "button[value=return]")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('退回')")
    assert "照片看不清" in page.inner_text("aside")
    assert "请核对" in page.inner_text(".pairs")
    assert page.complaints == []
