"""A real server and a real browser for tests of pages."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.handset import Handset
from browser.line import Line
from county import PASSWORD, T1
from serving import serving

from fieldsync.actions import REGISTRY
from fieldsync.domain.forms import load_all as load_forms

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PHONE = {
    "viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai",
    "has_touch": True, "is_mobile": True,
}  # fmt: skip


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"))
            # Flask-Compress leaves it to the interpreter to close the static files that it compressed.
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture
def url(app) -> Iterator[str]:
    """The application on a port of its own."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def playwright() -> Iterator:
    """Playwright, where it is installed."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright) -> Iterator:
    """One browser for the module; each person has a context of his own in it."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield running
    running.close()


@pytest.fixture
def open_phone(playwright, tmp_path: Path) -> Iterator[Callable]:
    """Start a browser whose profile lies in a folder, as a phone keeps it: started again it is the same."""
    contexts = []

    def start(name: str = "phone", **more):
        options = PHONE | {"permissions": ["geolocation"]} | more
        flags = [*FLAGS, *options.pop("flags", [])]
        profile = str(tmp_path / name)
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=flags, **options
        )
        context._profile = profile
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        with contextlib.suppress(Exception):
            context.close()


@pytest.fixture
def line(url) -> Iterator[Line]:
    """A line to the server that the test can spoil."""
    made = Line(int(url.rpartition(":")[2]))
    yield made
    made.close()


@pytest.fixture
def handset(county, open_phone, line) -> Callable[..., Handset]:
    """Hand an inspector of township 1 an enrolled phone, or start one for somebody by name."""

    def make(login: str = "", name: str = "phone", enrol: bool = True) -> Handset:
        made = Handset(county, open_phone, line.url, login or county.person("inspector", f"t-{T1}"), name)
        return made.enrol() if enrol else made

    return make


@pytest.fixture
def seat(browser, url) -> Iterator[Callable]:
    """Seat people at office screens, each in a browser context of his own; `complaints` keeps what pages throw."""
    contexts = []

    def sit(login: str):
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=url)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/console/")
        page.fill("#username", login)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector(".who form")
        return page

    yield sit
    for context in contexts:
        context.close()


@pytest.fixture
def forms(county) -> None:
    """The shipped forms, published."""
    with county.app.app_context():
        assert load_forms(county.engine, REGISTRY.nouns)


@pytest.fixture
def app(make_app):
    """An application that takes a point of a track at every step."""
    return make_app(TRACK_INTERVAL_S=0.2)
