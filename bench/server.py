"""A server in a process tree of its own, and what that tree has used."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
FAST = {"FIELDSYNC_ARGON2_TIME_COST": "1", "FIELDSYNC_ARGON2_MEMORY_KIB": "64"}


class Server:
    """`fieldsync serve` over one instance folder."""

    def __init__(self, instance: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "fieldsync.cli", "--instance", str(instance),
                "serve", "--port", str(self.port),
            ],
            env=os.environ | FAST,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self._await()

    def _await(self) -> None:
        for _ in range(200):
            try:
                self.ask(http.client.HTTPConnection("127.0.0.1", self.port), "GET", "/api/v1/openapi.json")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection that stays open."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    @staticmethod
    def ask(
        connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"", token: str = ""
    ) -> tuple[int, bytes]:
        """Send one request; return status and body."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def cpu(self) -> float:
        """Return user and system seconds of the whole tree so far."""
        return sum(_cpu(pid) for pid in _tree(self.process.pid))

    def stop(self) -> None:
        """End the tree."""
        self.process.terminate()
        self.process.wait(20)


def _tree(root: int) -> list[int]:
    """Return a process and all below it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _cpu(pid: int) -> float:
    """Return seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS
