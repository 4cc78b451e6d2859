"""The story keeps its promises against a real server, and notices one that does not keep them."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random

import pytest
from serving import serving

from demo.shell import fieldsync
from fieldsync import create_app, db
from fieldsync.demo import pictures
from fieldsync.demo.story import server
from fieldsync.sync import change
from fieldsync.sync.push import Engine


@contextmanager
def gunicorn(folder) -> Iterator[str]:
    """Serve an instance as an operator does."""
    port = server.free_port()
    command = [sys.executable, "-m", "fieldsync.cli", "--instance", str(folder), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 30
            while not server.answers(url) and time.monotonic() < deadline:
                time.sleep(0.1)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert url in process.stdout.read()


@contextmanager
def inside(folder) -> Iterator[str]:
    """Serve an instance in this process, where a test can sabotage it."""
    app = create_app(folder)
    try:
        with serving(app, server.free_port()) as port:
            yield f"http://127.0.0.1:{port}"
    finally:
        app.extensions["darkroom"].decoder.close()
        with app.app_context():
            db.db.engine.dispose()


@pytest.fixture
def album(tmp_path):
    """A folder with two photos and something that is none."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name, gps in (("here.jpg", "full"), ("nowhere.jpg", "none")):
        shot = pictures.Shot(datetime.now(UTC), 26.1, 117.4, gps)
        (folder / name).write_bytes(pictures.jpeg(shot, Random(name)))
    (folder / "broken.png").write_bytes(b"not a picture")
    (folder / "notes.txt").write_text("none")
    return folder


def test_every_promise_is_kept_twice_against_one_server(copied, album):
    with gunicorn(copied()) as url:
        first = fieldsync(album, "demo", "story", "--url", url, "--photos", str(album))
        second = fieldsync(album, "demo", "story", "--url", url, "--lang", "en", "--seed", "7")
    assert first.exit_code == 0, first.output
    assert "✗" not in first.output
    assert "here.jpg  26.100000,117.400000" in first.output
    assert "nowhere.jpg  -" in first.output
    assert "notes.txt" not in first.output
    assert second.exit_code == 0, second.output
    assert "promises kept" in second.output
    assert "承诺" not in second.output


def forget(engine, actor, body, dry_run=False):
    """Answer that all was applied, and let go of the edits."""
    kept = [op for op in body["ops"] if op["action"] != "site.edit"]
    answer = push(engine, actor, body | {"ops": kept}, dry_run)
    told = {result["op"]: result for result in answer["results"]}
    lie = {"status": "applied", "issues": []}
    return answer | {"results": [told.get(op["op"], lie | {"op": op["op"]}) for op in body["ops"]]}


push = Engine.push


@pytest.mark.parametrize(
    ("target", "name", "wrong"),
    [
        (Engine, "push", forget),
        # Last writer wins.
        (change, "merge", lambda *_, **__: "applied"),
    ],
)
def test_a_server_that_breaks_its_promises_is_found_out(copied, monkeypatch, tmp_path, target, name, wrong):
    monkeypatch.setattr(target, name, wrong)
    with inside(copied()) as url:
        result = fieldsync(tmp_path, "demo", "story", "--url", url)
    assert result.exit_code == 1
    assert "✗" in result.output


def test_it_says_where_no_server_is(tmp_path):
    result = fieldsync(tmp_path, "demo", "story", "--url", f"http://127.0.0.1:{server.free_port()}")
    assert result.exit_code == 1
    assert "no FieldSync answers" in result.output


def test_it_says_that_a_server_has_no_demonstration(cheap, tmp_path):
    with inside(tmp_path / "empty") as url:
        result = fieldsync(tmp_path, "demo", "story", "--url", url)
    assert result.exit_code == 1
    assert "fieldsync demo" in result.output


def test_it_starts_a_server_of_its_own_where_none_runs(monkeypatch, copied):
    folder, started = copied(), []

    @contextmanager
    def own() -> Iterator[str]:
        started.append(True)
        with inside(folder) as url:
            yield url

    monkeypatch.setattr(server, "own", own)
    with server.found(None, f"http://127.0.0.1:{server.free_port()}") as url:
        assert server.answers(url)
    assert started
