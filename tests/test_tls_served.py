"""`fieldsync serve --tls` in a process of its own: lines that are kept, sessions resumed, uploads taken up."""

import base64
import hashlib
import http.client
import io
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from conftest import close
from county import FAST, County

from fieldsync import create_app


class Served:
    """`fieldsync serve --tls` in a process of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.app = create_app(folder, **FAST)
        self.county = County(self.app)
        self.port = free_port()
        self.plain_port = free_port()
        command = [
            sys.executable, "-m", "fieldsync.cli", "--instance", str(folder), "serve", "--tls",
            "--port", str(self.port), "--plain-port", str(self.plain_port),
        ]  # fmt: skip
        settings = {f"FIELDSYNC_{name}": str(value) for name, value in FAST.items()}
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            command, env=os.environ | settings, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self._wait()

    def _wait(self) -> None:
        for port in (self.port, self.plain_port):
            deadline = time.monotonic() + 30
            while not answers(port):
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)

    def line(self) -> http.client.HTTPSConnection:
        trusted = ssl.create_default_context(cafile=self.folder / "tls" / "authority.crt")
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=trusted, timeout=20)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()
        close(self.app)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.end()
    # What answered plain HTTP ends with the server.
    deadline = time.monotonic() + 10
    while answers(made.plain_port):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "Traceback" not in (made.folder / "log").read_text()


def test_a_line_is_kept_for_more_requests(served):
    with closing(served.line()) as line:
        for _ in range(3):
            line.request("GET", "/console/sign-in")
            answer = line.getresponse()
            assert answer.status == 200
            assert "Secure" in answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"] is None
            answer.read()
            before = line.sock
        assert line.sock is before


def test_phones_that_come_again_resume_their_session(served):
    trusted = ssl.create_default_context(cafile=served.folder / "tls" / "authority.crt")
    session, reused = None, []
    for _ in range(2):
        raw = socket.create_connection(("127.0.0.1", served.port))
        with trusted.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as line:
            line.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while line.recv(65536):
                pass
            session = line.session
            reused.append(line.session_reused)
    assert reused == [False, True]


def test_plain_http_leads_over_to_a_real_server(served):
    with closing(http.client.HTTPConnection("127.0.0.1", served.plain_port, timeout=10)) as line:
        line.request("GET", "/phone.html")
        answer = line.getresponse()
        assert answer.headers["Location"] == f"https://127.0.0.1:{served.port}/phone.html"


def tus(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"} | {
        name.replace("_", "-"): value for name, value in more.items()
    }


def begin(line, token: str, content: bytes) -> str:
    digest = base64.b64encode(hashlib.sha256(content).hexdigest().encode()).decode()
    headers = tus(token, Upload_Length=str(len(content)), Upload_Metadata=f"sha256 {digest}")
    line.request("POST", "/api/v1/uploads", headers=headers | {"Content-Length": "0"})
    answer = line.getresponse()
    answer.read()
    assert answer.status == 201
    return answer.headers["Location"]


def patch(line, token: str, place: str, offset: int, content: bytes) -> int:
    headers = tus(token, Upload_Offset=str(offset), Content_Type="application/offset+octet-stream")
    line.request("PATCH", place, io.BytesIO(content), headers | {"Content-Length": str(len(content))})
    answer = line.getresponse()
    answer.read()
    assert answer.status == 204, answer.status
    return int(answer.headers["Upload-Offset"])


def stored(served, content: bytes) -> bool:
    return served.app.extensions["darkroom"].blobs.verify(hashlib.sha256(content).hexdigest())


def test_a_large_upload(served):
    token, content = served.county.inspector().token, os.urandom(30_000_000)
    with closing(served.line()) as line:
        place = begin(line, token, content)
        assert patch(line, token, place, 0, content) == len(content)
    assert stored(served, content)


def test_an_upload_whose_line_is_lost_is_taken_up_where_it_stood(served):
    """The server ends the old line in mid-flow; what still stood in it enciphered never becomes the photo."""
    token, content = served.county.inspector().token, os.urandom(40_000_000)
    with closing(served.line()) as line, closing(served.line()) as other:
        place = begin(line, token, content)
        draft = served.app.extensions["darkroom"].blobs
        sender = threading.Thread(target=send_until_cut, args=(line, token, place, content))
        sender.start()
        while draft.offset(place.rpartition("/")[2]) < 1_000_000:
            time.sleep(0.005)
        other.request("HEAD", place, headers=tus(token))
        answer = other.getresponse()
        answer.read()
        offset = int(answer.headers["Upload-Offset"])
        sender.join()
        assert 1_000_000 <= offset < len(content)
        assert patch(other, token, place, offset, content[offset:]) == len(content)
    assert stored(served, content)


def send_until_cut(line, token: str, place: str, content: bytes) -> None:
    with suppress(OSError, http.client.HTTPException):
        patch(line, token, place, 0, content)
    line.close()
