"""The second engine, that of iPhones: worker, key, outbox and a start without a network, in WebKitGTK."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from county import PASSWORD, T1

from fieldsync.domain import accounts

PROGRAMS = {name: shutil.which(name) for name in ("WebKitWebDriver", "Xvfb")}
MISSING = [name for name, path in PROGRAMS.items() if path is None]
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
    # Selenium warns of its own ways.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:selenium"),
]


@pytest.fixture
def screen(monkeypatch) -> Iterator[None]:
    """A screen that nobody sees, with a number that is free."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [str(PROGRAMS["Xvfb"]), "-displayfd", str(writing), "-screen", "0", "480x900x24"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
    # As root in a container there is no other way; no page of strangers is opened.
    monkeypatch.setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
    yield
    server.terminate()
    server.wait()


@pytest.fixture
def browser(screen) -> Iterator:
    """WebKitGTK, driven by its own WebDriver."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    driver = webdriver.WebKitGTK(options=Options(), service=Service(str(PROGRAMS["WebKitWebDriver"])))
    driver.set_script_timeout(10)
    yield driver
    with contextlib.suppress(Exception):
        driver.quit()


def until(browser, condition: str, seconds: float = 30):
    """Ask the page until a condition holds; return its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if found := browser.execute_script(f"return {condition}"):
                return found
        time.sleep(0.1)
    raise AssertionError(f"never came: {condition}\n{browser.execute_script('return document.body.innerText')}")


def sees(browser, words: str) -> None:
    until(browser, f"document.body.innerText.includes('{words}')")


def click(browser, words: str) -> None:
    """Click the button that says this."""
    script = (
        "[...document.querySelectorAll('button, a')].find((it) => it.innerText.includes(arguments[0])).click()"
    )
    browser.execute_script(script, words)


def test_an_iphones_engine_keeps_works_and_sends(county, line, browser):
    login = county.person("inspector", f"t-{T1}")
    with county.app.app_context():
        code = accounts.issue_code(*county.person_id(login))
    browser.get(f"{line.url}/phone.html#enrol={code}")
    until(browser, "document.querySelector('#code')")
    click(browser, "检查并注册")
    until(browser, "document.querySelector('#login')")
    browser.execute_script(
        "document.querySelector('#login').value = arguments[0];"
        "document.querySelector('#password').value = arguments[1];",
        login, PASSWORD,
    )  # fmt: skip
    click(browser, "登录")
    until(browser, "document.querySelector('.status')?.textContent === '已同步'")
    browser.refresh()
    until(browser, "navigator.serviceWorker.controller !== null")
    line.is_dead = True
    line.cut()
    browser.refresh()
    sees(browser, "今日巡查")
    browser.execute_script("location.hash = '#/track'")
    until(browser, "document.querySelector('#note')")
    browser.execute_script("document.querySelector('#note').value = '后山'")
    click(browser, "开始巡查")
    sees(browser, "正在巡查")
    browser.refresh()
    sees(browser, "正在巡查")
    line.is_dead = False
    browser.execute_script("location.hash = '#/outbox'")
    until(browser, "document.body.innerText.includes('等待上传')")
    click(browser, "现在上传")
    sees(browser, "全部已上传")
    [track] = county.screen().get("patrol_tracks")["records"]
    assert track["body"]["area_note"] == "后山"
