"""The decoder outlives whatever a photo does to its child."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from fieldsync.photos.decoder import Decoder

from . import makers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as one:
        yield one


@pytest.fixture
def photo(tmp_path):
    return makers.write(tmp_path, "a.jpg", makers.jpeg(makers.tiff(makers.NANPING)))


def test_reads_a_photo(decoder, photo, tmp_path):
    reading = decoder.read(photo, tmp_path)
    assert reading.facts.lat == pytest.approx(makers.LAT)
    assert (sorted(reading.previews), len(reading.dhash), reading.flags) == ([512, 1600], 16, ())
    assert all(path.is_file() for path in reading.previews.values())


def test_flags_of_facts_and_pixels_come_together(decoder, tmp_path):
    content = makers.jpeg(makers.tiff(first={0x10F: "vivo"}), image=makers.picture((600, 600)))
    reading = decoder.read(makers.write(tmp_path, "b.jpg", content[:-300]), tmp_path)
    assert reading.flags == ("gps_missing", "truncated")


@pytest.mark.parametrize("name", ["none.jpg", "."])
def test_what_is_no_file(decoder, name, tmp_path):
    assert decoder.read(tmp_path / name, tmp_path).flags == ("unreadable_file",)


def test_the_child_stays_warm(decoder, photo, tmp_path):
    decoder.read(photo, tmp_path)
    pid = decoder._child.pid
    decoder.read(photo, tmp_path)
    assert decoder._child.pid == pid


def test_threads_take_turns(decoder, tmp_path):
    photos = []
    for degrees in range(1, 9):
        block = makers.tiff(makers.NANPING | {2: [float(degrees), 0, 0]})
        photos.append(makers.write(tmp_path, f"{degrees}.jpg", makers.jpeg(block)))
    found = {}
    threads = [
        threading.Thread(target=lambda one=one: found.update({one.stem: decoder.read(one, tmp_path).facts.lat}))
        for one in photos
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {str(degrees): float(degrees) for degrees in range(1, 9)}


def test_renewed_after_its_jobs(photo, tmp_path):
    with Decoder(jobs=2) as decoder:
        pids = []
        for _ in range(3):
            decoder.read(photo, tmp_path)
            pids.append(decoder._child.pid)
    assert pids[0] == pids[1] != pids[2]


def test_a_child_that_hangs_is_killed(photo, tmp_path):
    with Decoder(timeout=0.3) as decoder:
        decoder.warm()
        pid = decoder._child.pid
        os.kill(pid, signal.SIGSTOP)
        (tmp_path / f".a.512.jpg.{pid}.part").touch()
        assert decoder.read(photo, tmp_path).flags == ("decoder_timeout",)
        assert not list(tmp_path.glob(".*.part"))
        assert decoder.read(photo, tmp_path).facts.lat == pytest.approx(makers.LAT)


def test_a_child_that_dies_at_work(photo, tmp_path):
    with Decoder() as decoder:
        decoder.warm()
        os.kill(decoder._child.pid, signal.SIGSTOP)
        timer = threading.Timer(0.2, os.kill, (decoder._child.pid, signal.SIGKILL))
        timer.start()
        reading = decoder.read(photo, tmp_path)
        timer.join()
        assert (reading.flags, reading.facts.flags) == (("decoder_died",), ("decoder_died",))
        assert decoder.read(photo, tmp_path).flags == ()


def test_a_child_that_died_in_its_sleep_costs_nothing(photo, tmp_path):
    with Decoder() as decoder:
        decoder.warm()
        decoder._child.kill()
        decoder._child.wait()
        assert decoder.read(photo, tmp_path).flags == ()


def test_memory_is_limited(photo, tmp_path):
    large = makers.write(
        tmp_path, "large.png", makers.saved("PNG", makers.picture((6000, 5000)), compress_level=1)
    )
    with Decoder(memory=120 << 20) as decoder:
        reading = decoder.read(large, tmp_path)
        assert set(reading.flags) & {"unreadable_pixels", "decoder_died"}
        assert decoder.read(photo, tmp_path).facts.lat == pytest.approx(makers.LAT)


def test_a_child_that_cannot_even_start(photo, tmp_path, monkeypatch):
    monkeypatch.setattr("fieldsync.photos.decoder.BOOT", "raise SystemExit(1)")
    with Decoder() as decoder:
        assert decoder.read(photo, tmp_path).flags == ("decoder_died",)


def test_secrets_stay_with_the_parent(photo, tmp_path, monkeypatch):
    monkeypatch.setenv("FIELDSYNC_SECRET_KEY", "hush")
    with Decoder() as decoder:
        decoder.warm()
        environment = Path(f"/proc/{decoder._child.pid}/environ")
        if not environment.exists():
            pytest.skip("no /proc here")
        assert b"hush" not in environment.read_bytes()


def test_no_orphan_is_left():
    script = f"""
        import os, sys
        sys.path.insert(0, {str(ROOT)!r})
        from fieldsync.photos.decoder import Decoder
        decoder = Decoder()
        decoder.warm()
        print(decoder._child.pid, flush=True)
        os._exit(1)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    for _ in range(100):
        if not _alive(pid):
            return
        time.sleep(0.02)
    pytest.fail("the child outlived its parent")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
