"""Health, numbers and logs of a running server, as an operator's tools see them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from api.servers import Server
from county import FAST, County

from fieldsync.db import db

TOKEN = {"Authorization": "Bearer let-me-see"}
SECRET = "张三丰在后山"
NOWHERE = "0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10"


def numbers(client, **headers) -> dict[str, float]:
    """Return {name and labels: value} of /metrics."""
    answer = client.get("/metrics", headers=TOKEN | headers)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_health_answers_without_asking_the_database(app):
    Path(app.instance_path, "fieldsync.db").unlink()
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readiness_names_what_cannot_be_used(make_app):
    app = make_app()
    assert app.test_client().get("/readyz").status_code == 200
    shutil.rmtree(app.config["BLOBS_DIR"])
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["failing"]) == (503, ["files"])
    app = make_app("full", MIN_FREE_BYTES=1 << 62)
    assert app.test_client().get("/readyz").json["failing"] == ["space"]


def test_readiness_fails_with_the_database(make_app):
    app = make_app()
    with app.app_context():
        db.engine.dispose()
    for file in Path(app.instance_path).glob("fieldsync.db*"):
        file.unlink()
    Path(app.instance_path, "fieldsync.db").write_bytes(b"no database at all" * 100)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["failing"]) == (503, ["database"])


@pytest.mark.parametrize(
    ("setting", "headers", "status"), [("", TOKEN, 404), ("let-me-see", {}, 401), ("another", TOKEN, 401)]
)
def test_numbers_are_for_whoever_has_the_token(make_app, setting, headers, status):
    app = make_app(METRICS_TOKEN=setting)
    assert app.test_client().get("/metrics", headers=headers).status_code == status


@pytest.fixture
def watched(make_app):
    return County(make_app(METRICS_TOKEN="let-me-see"))


def test_numbers_count_pushes_and_tell_what_waits(watched):
    client = watched.app.test_client()
    phone, other = watched.inspector(), watched.inspector()
    site = phone.site(name=SECRET)
    phone.sync()
    other.pull()
    for each, words in ((phone, "one"), (other, "two")):
        each.edit(site, remark=words)
        each.push()
    phone.inspect(NOWHERE)
    phone.push()
    found = numbers(client)
    assert found["fieldsync_pushes_total"] == 4
    assert found['fieldsync_operations_total{status="applied"}'] == 2
    assert found['fieldsync_operations_total{status="conflict"}'] == 1
    assert found['fieldsync_operations_total{status="held"}'] == 1
    assert found['fieldsync_conflicts_open{cell="350899"}'] == 1
    assert found['fieldsync_held{cell="350899"}'] == 1
    assert found['fieldsync_feed_lag_seconds{cell="350899"}'] < 60
    assert found['fieldsync_request_seconds_count{endpoint="sync.push",status="2xx"}'] == 4


def test_numbers_of_several_processes_add_up(tmp_path):
    count = (
        "from fieldsync.monitoring.meters import Meters; it = Meters(); it.uploaded(7); print(it.text().decode())"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", count], env=environment, capture_output=True, check=True)
    assert "fieldsync_upload_bytes_total 14.0" in done.stdout.decode()


@pytest.fixture
def serving(tmp_path):
    """`fieldsync serve` over a county with a phone; ends with the test."""
    server = Server(tmp_path / "instance")
    marker = tmp_path / "pause"
    environment = os.environ | {f"FIELDSYNC_{name}": str(value) for name, value in FAST.items()}
    environment["FIELDSYNC_TEST_PAUSE"] = f"before_commit:{marker}"
    command = [sys.executable, "-m", "fieldsync.cli", "--instance", str(server.folder), "serve"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(server.port)], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    until(lambda: _answers(server.port))
    yield server, process, marker
    process.kill()
    process.wait()


def until(holds) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_stopped_server_finishes_what_it_began_and_its_log_names_operations_but_no_contents(serving, tmp_path):
    server, process, marker = serving
    phone = server.county.inspector()
    phone.site(name=SECRET)
    phone.inspect(NOWHERE, remark=SECRET)
    stray = phone.outbox[-1]["op"]
    marker.touch()
    pushing = threading.Thread(target=phone.push)
    pushing.start()
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    marker.unlink()
    pushing.join()
    assert phone.outbox == []
    assert process.wait(30) == 0
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert SECRET not in text
    assert "inspector1" not in text
    assert {line["endpoint"] for line in lines if line["event"] == "request"} >= {"sync.push", "session.sign_in"}
    held = [line for line in lines if line["event"] == "operation"]
    assert [(line["status"], line["why"]) for line in held] == [("held", "no-record")]
    assert held[0]["op"] == stray
