"""How `fieldsync serve` speaks HTTPS: which certificate, and patience with dead lines."""

import errno
import logging
import math
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldsync.cli.output import mistake
from fieldsync.tls import names
from fieldsync.tls.certificates import NotPermitted, Tls, ensure

log = logging.getLogger(__name__)

_DAY_S = 24 * 3600.0
# A phone that lost its signal says no goodbye: what it holds of the server it gives back after this.
_HANDSHAKE_S, _SILENCE_S = 10.0, 60.0


class _Line(ssl.SSLSocket):
    """A TLS connection that does not wait for ever: each holds one of the server's threads."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands within seconds, or take the line for cut."""
        self.settimeout(_HANDSHAKE_S)
        with _cut_if_silent():
            super().do_handshake(block)
        self.settimeout(_SILENCE_S)

    def setblocking(self, flag: bool) -> None:
        """Wait, but not for ever; or not at all."""
        self.settimeout(_SILENCE_S if flag else 0.0)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read; a line that stays silent is a cut one."""
        with _cut_if_silent():
            return super().recv(buflen, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Write; a line that takes nothing any more is a cut one."""
        with _cut_if_silent():
            super().sendall(data, flags)


@contextmanager
def _cut_if_silent() -> Iterator[None]:
    """Let a silence be what the server passes over without a word in the log: a line cut by its other end."""
    try:
        yield
    except TimeoutError:
        raise ConnectionResetError(errno.ECONNRESET, "the line is silent") from None


@dataclass
class Https:
    """The certificate to serve with: the county's own, or (with `tls`) the local authority's, renewed in time."""

    cert: Path
    key: Path | None = None
    tls: Tls | None = None
    _made: tuple[Any, ssl.SSLContext] | None = None
    _looked: float = -math.inf
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def options(self) -> dict[str, Any]:
        """Return gunicorn's settings."""
        key = {"keyfile": str(self.key)} if self.key else {}
        return {"certfile": str(self.cert), "ssl_context": lambda _config, _make: self.context()} | key

    def context(self) -> ssl.SSLContext:
        """Return what connections are made with: kept, so that phones resume, until the certificate changes."""
        with self._turn:
            try:
                self._renew()
                stamp = [path.stat().st_mtime_ns for path in (self.cert, self.key) if path]
                if self._made is None or self._made[0] != stamp:
                    self._made = stamp, self._load()
            except (OSError, NotPermitted) as error:
                # Half a renewal, a full disk: what was good a moment ago still is.
                if self._made is None:
                    raise
                log.warning("the certificate cannot be renewed: %s", error)
            return self._made[1]

    def _renew(self) -> None:
        """See to the local certificate once a day."""
        if self.tls is not None and time.monotonic() - self._looked > _DAY_S:
            self._looked = time.monotonic()
            ensure(self.tls, names.of_machine())

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        context.sslsocket_class = _Line
        return context


def chosen(instance: Path, tls: bool, cert: Path | None, key: Path | None) -> Https | None:
    """Return how to serve HTTPS, or None for plain HTTP; what cannot be served with is told at once."""
    if tls and cert:
        raise mistake("--tls 与 --cert 不能同时使用", "--tls and --cert exclude each other")
    if key and not cert:
        raise mistake("--key 须与 --cert 同用", "--key goes with --cert")
    if not tls and cert is None:
        return None
    found = _local(Tls(instance / "tls")) if cert is None else Https(cert, key)
    try:
        found.context()
    except (ssl.SSLError, OSError) as error:
        raise mistake(f"证书无法使用：{error}", f"the certificate cannot be used: {error}") from None
    return found


def _local(tls: Tls) -> Https:
    see_to(tls)
    return Https(tls.server, tls=tls)


def see_to(tls: Tls, extra: tuple[str, ...] = ()) -> bool:
    """Make or renew the local certificate where that is needed; tell whether it was."""
    try:
        return ensure(tls, names.of_machine(), extra)
    except NotPermitted as refused:
        listed = "、".join(refused.args)
        raise mistake(
            f"现有的本地证书机构不能为 {listed} 签发；用 --new-authority 重建，所有手机须重新信任",
            f"the present authority may not vouch for {listed}; --new-authority makes another one, which all"
            " phones have to trust anew",
        ) from None
