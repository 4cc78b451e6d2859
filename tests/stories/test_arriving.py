"""Photos in any order, parallel senders, slow and killed writers, poisoned and huge batches."""

import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import stranger
import zstandard
from county import CELL, T1
from PIL import Image
from stories.fieldwork import ADIT, Team, refused

from fieldsync import db
from fieldsync.demo.phone import Phone


def picture(seed: int = 0, size: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (seed * 17 % 256, 120, 90)).save(out, "JPEG")
    # Bytes behind the picture's end are nobody's business, but they have to arrive.
    return out.getvalue() + os.urandom(max(0, size - len(out.getvalue())))


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have writers wait before their COMMIT as long as this file is there; it is gone at the end."""
    marker = tmp_path / "pause"
    marker.touch()
    monkeypatch.setenv("FIELDSYNC_TEST_PAUSE", f"before_commit:{marker}")
    try:
        yield marker
    finally:
        marker.unlink(missing_ok=True)


def push_body(phone: Phone, ops: list[dict]) -> bytes:
    return orjson.dumps({"app": "script/1", "protocol": 1, "seen": phone.seen, "ops": ops})


# Several at once


def test_03_the_same_batch_on_two_lines_at_once(team: Team):
    site = team.open(remark="m")
    for number in range(10):
        team.a.edit(site, remark=f"r{number}")
        team.a.inspect(site, activity="none", remark=f"visit {number}")
    body = push_body(team.a, team.a.outbox)
    head = int(team.head().partition(".")[0])
    with ThreadPoolExecutor(2) as lines:
        sent = [lines.submit(team.a.send, "POST", "/api/v1/sync/push", body) for _ in range(2)]
    one, two = (answer.result().json for answer in sent)
    assert one["results"] == two["results"]
    assert {r["status"] for r in one["results"]} == {"applied"}
    assert team.count("operation", "action IN ('site.edit', 'inspection.submit') AND copy = 0") == 20
    assert team.count("inspection") == 10
    assert int(team.head().partition(".")[0]) == head + 20
    team.check_same(team.a)


def test_24_a_slow_commit_holds_the_next_writer_and_no_reader_skips_it(team: Team, tmp_path, monkeypatch):
    site = team.open(team.b, team.r, remark="m", workers=1)
    slow, quick = team.a.edit(site, remark="slow"), team.b.edit(site, workers=2)
    before = team.head()
    with ThreadPoolExecutor(2) as hands, paused(tmp_path, monkeypatch) as marker:
        first = hands.submit(team.a.push)
        wait_for(lambda: stranger.is_held(stranger.url_of(team.county.app), CELL))
        second = hands.submit(team.b.push)
        for _ in range(5):
            team.r.pull()
            assert team.r.seen[CELL] == before
            assert team.r.base(site).body | {"remark": "m", "workers": 1} == team.r.base(site).body
            time.sleep(0.02)
        assert not second.done()
        marker.unlink()
        assert [first.result()[0]["status"], second.result()[0]["status"]] == ["applied", "applied"]
    order = [v["op"] for v in team.versions(site)][-2:]
    assert order == [slow["op"], quick["op"]]
    team.check_same(team.a, team.b, team.r)
    assert team.r.base(site).body | {"remark": "slow", "workers": 2} == team.r.base(site).body


def test_24_who_waits_too_long_is_told_to_come_again(team: Team, tmp_path, monkeypatch):
    site = team.open(team.b, remark="m", workers=1)
    team.a.edit(site, remark="slow")
    edit = team.b.edit(site, workers=2)
    monkeypatch.setitem(team.county.app.config, "WRITER_WAIT_S", 0.1)
    with ThreadPoolExecutor(1) as hands, paused(tmp_path, monkeypatch) as marker:
        first = hands.submit(team.a.push)
        wait_for(lambda: stranger.is_held(stranger.url_of(team.county.app), CELL))
        busy = refused(team.b.push)
        marker.unlink()
        first.result()
    assert busy.status == 503
    assert busy.problem["type"] == "/problems/busy"
    assert team.b.outbox == [edit]
    assert team.b.push()[0]["status"] == "applied"


def test_26_a_stranger_holds_the_lock(team: Team, monkeypatch):
    site = team.open(remark="m")
    edit = team.a.edit(site, remark="h")
    # A connection of another program that forgot to commit; SQLite's own wait is set when connecting.
    monkeypatch.setitem(team.county.app.config, "WRITER_WAIT_S", 0.2)
    with team.county.app.app_context():
        db.db.engine.dispose()
    with stranger.holding(stranger.url_of(team.county.app), CELL):
        answer = team.a.wire("POST", "/api/v1/sync/push", {"Authorization": f"Bearer {team.a.token}"},
                             push_body(team.a, team.a.outbox))  # fmt: skip
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert team.a.outbox == [edit]
        team.a.pull()
        assert team.a.base(site).body["remark"] == "m"
    assert team.a.push()[0]["status"] == "applied"


# Photos: no order between records and bytes


def test_10_the_inspection_and_its_photo_come_before_the_site(team: Team):
    team.screen.get("sites")
    phone, content = team.a, picture(1)
    site = phone.site(**ADIT, town_code=T1)
    visit = phone.inspect(site, activity="active")
    photo = phone.photograph(visit, content)
    phone.upload(content)
    first, *rest = list(phone.outbox)
    held = phone.push_once(rest)["results"]
    assert [(r["status"], r["why"]) for r in held] == [("held", "waits")] * 2
    assert phone.push_once([first])["results"][0]["status"] == "applied"
    assert [r["status"] for r in phone.receipts(*(op["op"] for op in rest))] == ["applied"] * 2
    phone.pull()
    assert phone.base(visit).body["state"] == "submitted"
    assert phone.base(photo).body["have"] is True
    assert phone.base(photo).body["claim_verdict"] == "valid"
    assert team.screen.act(f"inspections/{visit}/approve")["status"] == "applied"


def test_10_without_after_the_child_waits_for_its_record(team: Team):
    site = team.a.site(**ADIT, town_code=T1)
    team.a.inspect(site, activity="none")
    first, second = list(team.a.outbox)
    second.pop("after")
    (held,) = team.a.push_once([second])["results"]
    assert (held["status"], held["why"], held["on"]) == ("held", "no-record", [site])
    team.a.push_once([first])
    assert team.a.receipts(second["op"])[0]["status"] == "applied"
    team.check_same(team.a)


def test_11_the_bytes_come_last_and_in_pieces(team: Team):
    phone, content = team.a, picture(2, 5_000_000)
    visit = phone.inspect(team.open(), activity="none")
    photo = phone.photograph(visit, content)
    phone.sync()
    rev = phone.base(visit).rev
    assert phone.base(photo).body["have"] is False
    location = phone._begin(hashlib.sha256(content).hexdigest(), len(content)).partition("/api")[2]
    send = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream"}
    phone.send("PATCH", f"/api{location}", content[:3_000_000], Upload_Offset="0", **send)
    head = phone.send("HEAD", f"/api{location}", Tus_Resumable="1.0.0").headers
    assert (head["upload-offset"], head["upload-length"]) == ("3000000", "5000000")
    phone.pull()
    assert phone.base(photo).body["have"] is False
    pending = refused(lambda: team.screen.act(f"inspections/{visit}/approve"))
    assert pending.problem["reason"] == "photos-pending"
    phone.send("PATCH", f"/api{location}", content[3_000_000:], Upload_Offset="3000000", **send)
    phone.pull()
    assert phone.base(photo).body["have"] is True
    # Photos that arrive do not change the inspection's revision.
    assert phone.base(visit).rev == rev
    assert phone.send("GET", f"/api/v1/photos/{photo}/original").body == content


def test_11_wrong_bytes_are_gone_and_the_record_waits_for_others(team: Team):
    phone, content = team.a, picture(3)
    photo = phone.photograph(phone.inspect(team.open(), activity="none"), content)
    phone.sync()
    rev = phone.base(photo).rev
    location = "/api" + phone._begin(hashlib.sha256(content).hexdigest(), len(content)).partition("/api")[2]
    send = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream", "Upload_Offset": "0"}
    wrong = refused(lambda: phone.send("PATCH", location, bytes(len(content)), **send))
    assert (wrong.status, wrong.problem["type"]) == (422, "/problems/hash-mismatch")
    assert refused(lambda: phone.send("HEAD", location, Tus_Resumable="1.0.0")).status == 410
    phone.pull()
    assert (phone.base(photo).rev, phone.base(photo).body["have"]) == (rev, False)
    phone.upload(content)
    phone.pull()
    assert phone.base(photo).body["have"] is True


def test_overlap_02_08_photos_of_both_sides_and_the_same_photo_twice(team: Team):
    site = team.open(team.b, team.r)
    shots = [picture(number) for number in range(10, 14)]
    mine = [team.a.photograph(site, shot) for shot in shots[:3]]
    county = team.r.photograph(site, shots[3])
    twice = team.b.photograph(site, shots[0])
    for phone, contents in ((team.a, shots[:3]), (team.r, shots[3:]), (team.b, shots[:1])):
        phone.push()
        for content in contents:
            phone.upload(content)
    team.check_same(team.a, team.b, team.r)
    photos = team.a.records("photo")
    assert set(photos) == {*mine, county, twice}
    assert all(row.body["have"] is True for row in photos.values())
    assert photos[twice].body["sha256"] == photos[mine[0]].body["sha256"]
    assert team.count("file") == 4


# Poison, size, death


def test_45_four_poisoned_operations_do_not_cost_the_other_forty_six(team: Team):
    site = team.open(remark="m")
    ops = [team.a.do("inspection.submit", team.a.make_id(), {"activity": "none", "remark": f"第{number}条"},
                     parent={"id": site}) for number in range(50)]  # fmt: skip
    for op in ops:
        op.pop("after", None)
    ops[16]["set"]["remark"] = "a\0b"
    ops[22]["set"]["remark"] = "half \ud83d"
    ops[30]["set"]["lon"] = float("nan")
    deep: list = []
    for _ in range(40):
        deep = [deep]
    ops[39]["set"]["answers/q"] = deep
    body = json.dumps({"app": "script/1", "protocol": 1, "ops": ops}).encode()
    results = team.a.send("POST", "/api/v1/sync/push", body).json["results"]
    assert [r["op"] for r in results] == [op["op"] for op in ops]
    rejected = {i: r["problem"] for i, r in enumerate(results) if r["status"] != "applied"}
    assert {i: p["reason"] for i, p in rejected.items()} == {
        16: "nul", 22: "lone-surrogate", 30: "not-finite", 39: "depth",
    }  # fmt: skip
    assert {p["type"] for p in rejected.values()} == {"/problems/bad-value"}
    assert team.count("inspection") == 46
    # Kept, and to be had again in words that any program can read.
    kept = team.a.receipts(*(ops[i]["op"] for i in rejected))
    assert [r["status"] for r in kept] == ["rejected"] * 4
    marks = {16: "a\\u0000b", 22: "half \\ud83d", 30: '"lon": NaN', 39: "[" * 40}
    for receipt, index in zip(kept, rejected, strict=True):
        assert marks[index] in receipt["content"]
        assert ops[index]["id"] in receipt["content"]
    assert team.a.send("POST", "/api/v1/sync/push", body).json["results"] == results


CHILD = """
import sys
from fieldsync import create_app
folder, token, path, say = sys.argv[1:]
app = create_app(folder)
with open(path, "rb") as file:
    answer = app.test_client().post("/api/v1/sync/push", data=file.read(),
        headers={"Authorization": "Bearer " + token, "Content-Type": "application/json"})
with open(say, "w") as file:
    file.write(str(answer.status_code))
sys.stdin.read()
"""


@pytest.mark.parametrize("moment", ["before COMMIT", "after COMMIT"])
def test_46_killed_around_the_commit(team: Team, tmp_path, moment: str):
    site = team.open(remark="m")
    edit = team.a.edit(site, remark="h")
    team.a.inspect(site, activity="none")
    (tmp_path / "body").write_bytes(push_body(team.a, team.a.outbox))
    pause, said = tmp_path / "pause", tmp_path / "said"
    environment = dict(os.environ)
    if moment == "before COMMIT":
        pause.touch()
        environment["FIELDSYNC_TEST_PAUSE"] = f"before_commit:{pause}"
    head = team.head()
    folder, address = Path(team.county.app.instance_path), stranger.url_of(team.county.app)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), team.a.token, str(tmp_path / "body"), str(said)],
        env=environment, stdin=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(lambda: said.exists() or (pause.exists() and stranger.is_held(address, CELL)))
        time.sleep(0.1)
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert (team.head() == head) == (moment == "before COMMIT")
    assert [r["status"] for r in team.a.push()] == ["applied", "applied"]
    assert team.writers(site, "remark")[1:] == [edit["op"]]
    assert team.count("inspection") == 1
    team.check_same(team.a)


def test_47_three_megabytes_are_halved_until_they_go_through(team: Team):
    site = team.open()
    for number in range(30):
        team.a.inspect(site, activity="none", answers__note=f"{number} " + "长" * 33_000)
    too_large = refused(lambda: team.a.push_once(team.a.outbox))
    assert (too_large.status, too_large.problem["type"]) == (413, "/problems/too-large")
    assert len(team.a.outbox) == 30
    assert [r["status"] for r in team.a.push()] == ["applied"] * 30
    assert team.count("inspection") == 30


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_47_a_compressed_batch_is_taken(team: Team, encoding: str):
    site = team.open(remark="m")
    team.a.edit(site, remark="很长" * 50)
    pack = {"gzip": gzip.compress, "zstd": zstandard.compress}[encoding]
    body = pack(push_body(team.a, team.a.outbox))
    answer = team.a.send("POST", "/api/v1/sync/push", body, Content_Encoding=encoding)
    assert answer.json["results"][0]["status"] == "applied"
    assert team.body(site)["remark"] == "很长" * 50
