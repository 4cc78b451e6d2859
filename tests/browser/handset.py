"""A phone in a test's hand: a browser with a profile of its own, the app in it, one person who works with it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from county import PASSWORD, County

from fieldsync.demo import pictures
from fieldsync.domain import accounts

PLACE = {"latitude": 26.05, "longitude": 117.6, "accuracy": 6}


class Handset:
    """A phone; `start` opens its browser, `url` is where it finds the server."""

    def __init__(self, county: County, start: Callable, url: str, login: str, name: str = "phone"):
        self.county, self._start, self.url, self.login, self.name = county, start, url, login, name
        self.complaints: list[str] = []
        self.open()

    def open(self) -> None:
        """Open the browser with the profile as it was left."""
        self.context = self._start(self.name, base_url=self.url, geolocation=PLACE)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def enrol(self) -> "Handset":
        """Enrol by the county's code, sign in, and wait for the first sync."""
        cell, person = self.county.person_id(self.login)
        with self.county.app.app_context():
            code = accounts.issue_code(cell, person)
        self.page.goto(f"/phone.html#enrol={code}")
        self.page.click("text=检查并注册")
        self.page.wait_for_selector("#login")
        self.sign_in()
        return self

    def sign_in(self, login: str = "") -> None:
        """Sign in at the page that is shown."""
        self.page.fill("#login", login or self.login)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.until("document.querySelector('.status')?.textContent === '已同步'")

    def go(self, address: str) -> None:
        """Go to a page of the app and wait until it is drawn, and no later one comes behind it."""
        for _ in range(5):
            self.until("document.querySelector('main')")
            if not self.page.evaluate("location.hash").startswith(address):
                move = "(address) => { document.querySelector('main').id = 'old'; location.hash = address; }"
                self.page.evaluate(move, address)
            self.until("document.querySelector('main')?.id === 'main'")
            time.sleep(0.15)
            if self.page.evaluate("location.hash").startswith(address):
                return
        raise AssertionError(f"never stays at {address}")

    def until(self, condition: str, seconds: float = 20) -> Any:
        """Ask the page until a condition holds; return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                if found := self.page.evaluate(condition):
                    return found
            time.sleep(0.05)
        raise AssertionError(f"never came: {condition}\n{self.page.inner_text('body')[:800]}")

    def sees(self, words: str, seconds: float = 20) -> None:
        """Wait for words on the screen."""
        self.until(f"document.body.innerText.includes({words!r})", seconds)

    def choose(self, path: str, label: str) -> None:
        """Choose an answer, whether it lies open or in a list."""
        question = self.page.locator(f"[data-path='{path}']")
        question.wait_for()
        if not question.locator(f"text='{label}'").count():
            question.locator("button.field").first.click()
        self.page.locator(f"dialog >> text='{label}'").or_(question.locator(f"text='{label}'")).first.click()

    def offline(self, is_offline: bool = True) -> None:
        """Leave the network, or come back to it."""
        self.context.set_offline(is_offline)

    def sync(self) -> None:
        """Send now and wait until everything is there."""
        self.go("#/outbox")
        self.page.click("text=现在上传")
        self.sees("全部已上传", 40)

    def kept(self, store: str) -> list:
        """Return all values of a store of the person's database, as they lie on the disk."""
        return self.page.evaluate(
            """async (name) => {
              const all = await indexedDB.databases();
              const mine = all.map((db) => db.name).find((it) => it.startsWith("fieldsync-"));
              const opening = indexedDB.open(mine);
              const db = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
              const found = await new Promise((done) => {
                const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => done(r.result);
              });
              db.close();
              return found.map((it) => (it instanceof ArrayBuffer ? it.byteLength : it));
            }""",
            store,
        )

    def kill(self) -> None:
        """Kill the browser as a flat battery does."""
        lock = os.readlink(Path(self.context._profile) / "SingletonLock")
        os.kill(int(lock.rpartition("-")[2]), signal.SIGKILL)
        with contextlib.suppress(Exception):
            self.context.close()

    def restart(self) -> None:
        """Kill the browser and start it again."""
        self.kill()
        self.open()
        self.page.goto("/phone.html")
        self.until("document.querySelector('#main') && document.querySelector('.bar')")


def photo(folder: Path, name: str, colour: str, size: tuple[int, int] = (640, 480), noise: int = 0) -> Path:
    """Return a JPEG file as a camera may write it; `noise` bytes make it as heavy as wanted."""
    from PIL import Image

    path = folder / f"{name}.jpg"
    Image.new("RGB", size, colour).save(path, quality=80)
    if noise:
        path.write_bytes(path.read_bytes() + os.urandom(noise))
    return path


def placed_photo(folder: Path, name: str, _colour: str = "") -> Path:
    """Return a JPEG file as a camera writes it that knows where it is."""
    path = folder / f"{name}.jpg"
    shot = pictures.Shot(datetime.now(UTC), PLACE["latitude"], PLACE["longitude"])
    path.write_bytes(pictures.jpeg(shot, Random(name)))
    return path


def take_photo(phone: Handset, path: Path, button: str = "text=拍照") -> None:
    """Press the button and let the camera give this file."""
    with phone.page.expect_file_chooser() as chooser:
        phone.page.click(button)
    chooser.value.set_files(path)
