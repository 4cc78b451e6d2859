"""A real server and a real browser for tests of pages."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"))
            # Flask-Compress leaves it to the interpreter to close the static files that it compressed.
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture
def url(app) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def playwright() -> Iterator:
    """Playwright, where it is installed."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as running:
        yield running


@pytest.fixture
def open_phone(playwright, tmp_path: Path) -> Iterator[Callable]:
    """Start a browser whose profile lies in a folder, as a phone keeps it: killed and started again it is the same."""
    contexts = []

    def start(name: str = "phone", **more):
        options = PHONE | {"permissions": ["geolocation"]} | more
        flags = [*FLAGS, *options.pop("flags", [])]
        contexts.append(
            playwright.chromium.launch_persistent_context(
                str(tmp_path / name), executable_path=CHROMIUM, args=flags, **options
            )
        )
        return contexts[-1]

    yield start
    for context in contexts:
        context.close()
