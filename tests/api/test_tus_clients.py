"""Stock clients of tus against a real server: tuspy, and tus-js-client where Node can be had."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from county import OTHER_CELL, T2
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

HERE = Path(__file__).parent
JS = HERE.parent / "js"
MODULES = HERE.parents[1] / "node_modules"
SIZE = 700_000


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stored(server, content: bytes) -> bool:
    return server.app.extensions["darkroom"].blobs.verify(sha(content))


def uploader(server, token: str, content: bytes, sha256: str = "", **more):
    client = TusClient(f"{server.url}/api/v1/uploads", headers={"Authorization": f"Bearer {token}"})
    metadata = {"sha256": sha256 or sha(content), "filename": "照片.jpg"}
    given = {"chunk_size": 100_000, "retries": 20, "retry_delay": 0.2} | more
    return client.uploader(file_stream=io.BytesIO(content), metadata=metadata, **given)


@pytest.fixture(scope="module")
def token(server) -> str:
    return server.county.inspector().token


@pytest.mark.parametrize("more", [{}, {"upload_checksum": True}, {"chunk_size": 10_000_000}])
def test_tuspy(server, token, more):
    content = os.urandom(SIZE)
    client = uploader(server, token, content, **more)
    client.upload()
    assert client.offset == SIZE
    assert stored(server, content)


def test_tuspy_resumes_where_it_stopped(server, token):
    content = os.urandom(SIZE)
    first = uploader(server, token, content)
    first.upload(stop_at=300_000)
    second = uploader(server, token, content, url=first.url)
    assert second.offset == 300_000
    second.upload()
    assert stored(server, content)


def test_tuspy_with_what_the_county_knows_already(server, token):
    content = os.urandom(SIZE)
    uploader(server, token, content).upload()
    for other in (token, server.county.inspector(T2).token):
        client = uploader(server, other, content)
        client.upload_chunk()
        assert client.offset == SIZE


def test_tuspy_of_another_county_uploads_it_all(server, token):
    content = os.urandom(SIZE)
    uploader(server, token, content).upload()
    client = uploader(server, server.county.screen(cell=OTHER_CELL).phone.token, content)
    client.upload_chunk()
    assert client.offset == 100_000
    client.upload()
    assert client.offset == SIZE


def test_tuspy_with_an_empty_file(server, token):
    uploader(server, token, b"").upload()
    assert stored(server, b"")


def test_tuspy_hears_of_a_wrong_hash(server, token):
    content = os.urandom(1000)
    client = uploader(server, token, content, sha256=sha(b"something else"), retries=0)
    with pytest.raises(TusCommunicationError) as failed:
        client.upload()
    assert failed.value.status_code == 422
    with pytest.raises(TusCommunicationError) as gone:
        client.get_offset()
    assert gone.value.status_code == 410


def test_tuspy_survives_a_server_that_is_killed_in_the_middle(server, token):
    content = os.urandom(SIZE)
    client = uploader(server, token, content, chunk_size=50_000)
    client.upload(stop_at=150_000)
    server.kill()
    restart = threading.Timer(0.3, server.start)
    restart.start()
    client.upload()
    restart.join()
    assert client.offset == SIZE
    assert stored(server, content)


# tus-js-client


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return the folder of installed npm packages; skipped where set-up could not have them."""
    if not shutil.which("node") or not (MODULES / "tus-js-client").is_dir():
        pytest.skip("node or the npm packages of the tests are not installed")
    return MODULES.parent


def javascript(server, token, modules, *files: Path, **options) -> list[dict]:
    command = ["node", str(JS / "tus_client.mjs"), str(modules), f"{server.url}/api/v1/uploads", token]
    run = subprocess.run(
        [*command, json.dumps(options), *map(str, files)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def in_file(folder: Path, content: bytes) -> Path:
    path = folder / f"{sha(content)[:8]}.jpg"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunkSize": 100_000},
        {"uploadDataDuringCreation": True},
        {"uploadDataDuringCreation": True, "chunkSize": 100_000},
        {"overridePatchMethod": True, "chunkSize": 300_000},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_javascript(server, token, modules, tmp_path, options):
    content = os.urandom(SIZE)
    # The second time the county knows it: complete at once, and the client is content with that.
    for answer in javascript(server, token, modules, *[in_file(tmp_path, content)] * 2, **options):
        assert answer.get("url", "").startswith(server.url), answer
        assert all(status < 300 for _, status in answer["requests"])
    assert stored(server, content)


def test_javascript_with_an_empty_file(server, token, modules, tmp_path):
    (answer,) = javascript(server, token, modules, in_file(tmp_path, b""))
    assert "url" in answer, answer


def test_javascript_survives_a_server_that_is_killed_in_the_middle(server, token, modules, tmp_path):
    content = os.urandom(3_000_000)
    command = [
        "node", str(JS / "tus_client.mjs"), str(modules), f"{server.url}/api/v1/uploads", token,
        json.dumps({"chunkSize": 20_000}), str(in_file(tmp_path, content)),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"TELL_PROGRESS": "1"}
    ) as client:
        while int(client.stderr.readline() or 3_000_000) < 1_000_000:
            pass
        server.kill()
        time.sleep(0.2)
        server.start()
        out, err = client.communicate(timeout=60)
    answer = json.loads(out)
    assert "url" in answer, (answer, err[-300:])
    assert any(method == "HEAD" for method, _ in answer["requests"])
    assert stored(server, content)
