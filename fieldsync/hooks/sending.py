"""One POST to one address that was checked: no redirects, no proxies, and not for longer than it may take."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from fieldsync.hooks import addresses
from fieldsync.hooks.addresses import Network, NotAllowed


class Failed(Exception):
    """A message was not taken; `why` is a code, `status` the answer's, if there was one."""

    def __init__(self, why: str, status: int = 0):
        super().__init__(f"{why} {status}" if status else why)
        self.why, self.status = why, status


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked up already; the name goes into the header alone."""

    def __init__(self, host: str, port: int, address: str, seconds: float):
        super().__init__(host, port, timeout=seconds)
        self.address = address

    def connect(self) -> None:
        """Connect to the address."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Tls(_Plain):
    default_port = 443

    def connect(self) -> None:
        """Connect, and have the host prove its name."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def post(
    url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network], seconds: float = 10
) -> int:
    """Return the status (2xx) with which a message was taken; raise Failed for everything else."""
    try:
        target = addresses.parse(url)
        address = addresses.choose(target, allowed)
    except NotAllowed:
        raise Failed("address") from None
    except (OSError, UnicodeError):
        raise Failed("unknown-host") from None
    kind = _Tls if target.scheme == "https" else _Plain
    status = _ask(kind(target.host, target.port, address, seconds), target.path, body, headers, seconds)
    if not 200 <= status < 300:
        raise Failed("redirect" if 300 <= status < 400 else "status", status)
    return status


def _ask(connection: _Plain, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """Return the status of the answer; nothing else of it is read."""
    # A timeout of the socket starts anew with every byte that drips in: this one does not.
    late = threading.Event()
    watch = threading.Timer(seconds, _cut, [connection, late])
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, body, dict(headers) | {"Content-Type": "application/json"})
        return connection.getresponse().status
    except ssl.SSLError:
        raise Failed("tls") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        is_late = isinstance(error, TimeoutError) or late.is_set()
        raise Failed("timeout" if is_late else "connection") from None
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: _Plain, late: threading.Event) -> None:
    late.set()
    # It may have ended by itself just now.
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
