"""Lines that break in the middle: what arrived counts, and nothing else is told (sync.md, scenario 11)."""

import hashlib
import os
import socket
import struct
import threading
import time

import pytest

from fieldsync.demo.phone import Refused

from .servers import Server
from .test_uploads import announce, checksum, sha

TUS = {"Tus_Resumable": "1.0.0"}
SIZE = 1_000_000


@pytest.fixture(scope="module")
def phone(server):
    return server.county.inspector()


def begin(phone, content: bytes) -> str:
    metadata = announce(sha(content))
    given = TUS | {"Upload_Length": str(len(content)), "Upload_Metadata": metadata}
    answer = phone.send("POST", "/api/v1/uploads", **given)
    return answer.headers["location"]


def offset(phone, where: str) -> int:
    return int(phone.send("HEAD", where, **TUS).headers["upload-offset"])


def send(phone, where: str, start: int, content: bytes, **headers: str) -> int:
    kind = {"Content_Type": "application/offset+octet-stream", "Upload_Offset": str(start)}
    return int(phone.send("PATCH", where, content, **TUS | kind | headers).headers["upload-offset"])


def patch(server: Server, phone, where: str, start: int, length: int, body: bytes, more: str = ""):
    """Announce `length` bytes at `start`, send only `body`, and return the open line."""
    head = (
        f"PATCH {where} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {phone.token}\nTus-Resumable: 1.0.0\n"
        f"Content-Type: application/offset+octet-stream\nUpload-Offset: {start}\nContent-Length: {length}\n{more}"
    )
    return server.raw(head, body)


def hang_up(line: socket.socket, rudely: bool) -> None:
    """Close a line, politely (FIN) or as a phone in a tunnel would at last (RST)."""
    if rudely:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def settled(phone, where: str, at_least: int) -> int:
    """Return the offset once the server has taken in what arrived."""
    deadline = time.monotonic() + 5
    while (found := offset(phone, where)) < at_least and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("rudely", [False, True], ids=["politely", "rudely"])
@pytest.mark.parametrize("arrived", [1, 1000, 65_536, 300_001, SIZE - 1])
def test_a_cut_in_the_middle_of_a_piece(server, phone, rudely, arrived):
    content = os.urandom(SIZE)
    where = begin(phone, content)
    line = patch(server, phone, where, 0, SIZE, content[:arrived])
    time.sleep(0.15)
    hang_up(line, rudely)
    found = settled(phone, where, arrived)
    # After a rude end the server in front may keep back a last kilobyte; never more than was sent is told.
    assert arrived - (1024 if rudely else 0) <= found <= arrived
    on_disk = server.app.extensions["darkroom"].blobs.partial / where.rpartition("/")[2]
    assert on_disk.read_bytes() == content[:found]
    assert send(phone, where, found, content[found:]) == SIZE
    assert server.app.extensions["darkroom"].blobs.verify(sha(content))


def test_a_cut_in_a_piece_with_a_checksum_forgets_that_piece_alone(server, phone):
    content = os.urandom(300_000)
    where = begin(phone, content)
    send(phone, where, 0, content[:100_000], Upload_Checksum=checksum(content[:100_000]))
    more = f"Upload-Checksum: {checksum(content[100_000:])}\n"
    line = patch(server, phone, where, 100_000, 200_000, content[100_000:150_000], more)
    time.sleep(0.15)
    hang_up(line, rudely=False)
    assert settled(phone, where, 100_000) == 100_000
    assert send(phone, where, 100_000, content[100_000:]) == 300_000


def test_a_new_connection_takes_over_from_one_that_fell_silent(server, phone):
    """The phone went from one cell tower to the next: the old line is never closed, and never speaks again."""
    content = os.urandom(SIZE)
    where = begin(phone, content)
    silent = patch(server, phone, where, 0, SIZE, content[:400_000])
    time.sleep(0.15)
    began = time.monotonic()
    found = offset(phone, where)
    assert time.monotonic() - began < 3
    assert found == 400_000
    assert send(phone, where, found, content[found:]) == SIZE
    assert b"204" in silent.recv(1000).split(b"\r\n")[0]
    silent.close()


def test_a_silent_line_gives_its_upload_free_after_a_while(tmp_path):
    server = Server(tmp_path, UPLOAD_IDLE_S=0.5).start()
    try:
        phone = server.county.inspector()
        content = os.urandom(200_000)
        where = begin(phone, content)
        silent = patch(server, phone, where, 0, 200_000, content[:123_456])
        time.sleep(1.2)
        # No HEAD before: the line was given up by the clock alone.
        with pytest.raises(Refused) as refused:
            send(phone, where, 0, content)
        assert refused.value.status == 409
        assert 123_456 - 1024 <= offset(phone, where) <= 123_456
        silent.close()
    finally:
        server.kill()
        server.app.extensions["darkroom"].decoder.close()


def test_two_connections_bring_the_same_piece(server, phone):
    """One writes, the other is told to come back; nothing is mixed up."""
    content = os.urandom(SIZE)
    where = begin(phone, content)
    first = patch(server, phone, where, 0, SIZE, content[:200_000])
    time.sleep(0.15)
    with pytest.raises(Refused) as refused:
        send(phone, where, 0, content)
    assert refused.value.status == 503
    first.sendall(content[200_000:])
    assert b"204" in first.recv(1000).split(b"\r\n")[0]
    first.close()
    assert offset(phone, where) == SIZE
    assert server.app.extensions["darkroom"].blobs.verify(sha(content))


def test_many_connections_race_and_the_file_is_whole(server, phone):
    content = os.urandom(400_000)
    where = begin(phone, content)
    statuses: list[int] = []

    def race() -> None:
        for _ in range(200):
            try:
                start = offset(phone, where)
                if start == len(content):
                    return
                send(phone, where, start, content[start : start + 50_000])
            except Refused as refused:
                statuses.append(refused.status)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {409, 503}
    assert offset(phone, where) == len(content)
    assert server.app.extensions["darkroom"].blobs.verify(sha(content))


def test_termination_while_bytes_still_come(server, phone):
    content = os.urandom(SIZE)
    where = begin(phone, content)
    line = patch(server, phone, where, 0, SIZE, content[:300_000])
    time.sleep(0.1)
    assert phone.send("DELETE", where, **TUS).status == 204
    with pytest.raises(Refused) as refused:
        offset(phone, where)
    assert refused.value.status == 410
    line.close()


def test_kill_minus_nine_in_the_middle_and_resume(server, phone):
    content = os.urandom(SIZE)
    where = begin(phone, content)
    assert send(phone, where, 0, content[:300_000]) == 300_000
    line = patch(server, phone, where, 300_000, SIZE - 300_000, content[300_000:600_000])
    time.sleep(0.15)
    server.kill()
    line.close()
    server.start()
    found = offset(phone, where)
    # What was told before the end is there; what came after it may be.
    assert 300_000 <= found <= 600_000
    assert send(phone, where, found, content[found:]) == SIZE
    assert hashlib.sha256(content).hexdigest() in set(server.app.extensions["darkroom"].blobs.hashes())


def test_an_upload_in_chunks_without_a_length(server, phone):
    content = os.urandom(100_000)
    where = begin(phone, content)
    head = (
        f"PATCH {where} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {phone.token}\nTus-Resumable: 1.0.0\n"
        "Content-Type: application/offset+octet-stream\nUpload-Offset: 0\nTransfer-Encoding: chunked\n"
    )
    line = server.raw(head, b"%x\r\n" % 60_000 + content[:60_000] + b"\r\n")
    time.sleep(0.1)
    line.close()
    assert settled(phone, where, 60_000) == 60_000
    too_much = b"%x\r\n" % 50_000 + os.urandom(50_000) + b"\r\n0\r\n\r\n"
    line = server.raw(head.replace("Offset: 0", "Offset: 60000"), too_much)
    assert b"413" in line.recv(1000).split(b"\r\n")[0]
    line.close()
    found = offset(phone, where)
    assert found <= len(content)
