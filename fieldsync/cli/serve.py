"""`fieldsync serve`: the server, in this process and, on PostgreSQL, in as many as are asked for."""

import gc
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from fieldsync import create_app
from fieldsync.cli import https, notify, plain, roster
from fieldsync.cli.https import Https
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.cli.tls import shown_address, tell
from fieldsync.monitoring import logs
from fieldsync.monitoring.meters import SEVERAL

_PAGES = (
    ("/", "县级页面", "pages of the county"),
    ("/phone.html", "手机应用", "the phone's app"),
    ("/api/docs", "接口说明", "description of the API"),
)


class Server(BaseApplication):
    """Gunicorn with threads, set up here instead of in a file of its own."""

    def __init__(self, instance: Instance, options: dict[str, Any]) -> None:
        self.instance, self.options = instance, options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's settings."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application; each worker makes its own, so that nothing open crosses the fork."""
        logs.write()
        app = create_app(self.instance.folder)
        # A push makes a hundred thousand short-lived objects; looking through all that lives after
        # every 700 of them costs a seventh of its time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        notify.in_background(app)
        return app


@dataclass(frozen=True)
class Address:
    """Where to listen: with HTTPS also where plain HTTP leads over to it (0: nowhere)."""

    host: str
    port: int
    https: Https | None = None
    plain_port: int = 0

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        scheme = "https" if self.https else "http"
        here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
        shown = here.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"{scheme}://{shown}:{self.port}"


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="In each process.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--tls", is_flag=True, help="HTTPS with the certificate of `fieldsync tls`, made if missing.")
@click.option("--cert", type=_FILE, help="HTTPS with a certificate of your own (PEM, with its chain).")
@click.option("--key", type=_FILE, help="The key of --cert, where it is not in the same file.")
@click.option(
    "--plain-port",
    type=click.IntRange(0, 65535),
    help="Where plain HTTP leads over to HTTPS; 0 for nowhere.  [default: the next port, with --tls]",
)
@pass_instance
def serve(
    instance: Instance, host: str, port: int, threads: int, workers: int, tls: bool, cert: Path | None,
    key: Path | None, plain_port: int | None,
) -> None:  # fmt: skip
    """Serve phones, console and API until Ctrl-C."""
    if workers > 1 and instance.is_sqlite():
        raise mistake(
            "SQLite 只用一个进程；多个进程须用 PostgreSQL", "several processes need PostgreSQL, not SQLite"
        )
    if workers > 1:
        _add_up(instance.folder.resolve() / "metrics")
    found = https.chosen(instance.folder.resolve(), tls, cert, key)
    beside = _plain_port(port, tls) if plain_port is None else plain_port
    address = Address(host, port, found, beside if found else 0)
    for each in filter(None, (port, address.plain_port)):
        _check_address(host, each)
    with instance.open(make=True) as app:
        is_empty = not roster.cells()
        routes = app.url_map.bind("localhost")
        pages = [page for page in _PAGES if routes.test(page[0], "GET")]
    if address.plain_port:
        plain.start(instance.folder.resolve(), host, address.plain_port, port)
    Server(instance, _options(address, threads, workers, lambda _: _greet(address, pages, is_empty))).run()


def _add_up(folder: Path) -> None:
    """Have the counters of several workers add up in a folder, which begins empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[SEVERAL] = str(folder)


def _plain_port(port: int, tls: bool) -> int:
    """Return where plain HTTP is answered if nobody says: 80 beside 443, else the next port; with --tls alone."""
    return 0 if not tls else 80 if port == 443 else min(port + 1, 65535)


def _check_address(host: str, port: int) -> None:
    """Tell at once where the address cannot be had, instead of trying for a while."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise mistake(
            f"不能在 {host}:{port} 上监听：{error.strerror}", f"cannot listen on {host}:{port}: {error.strerror}"
        ) from None


def _options(address: Address, threads: int, workers: int, greet: Any) -> dict[str, Any]:
    host, port = address.host, address.port
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "bind": bind, "worker_class": "gthread", "workers": workers, "threads": threads, "loglevel": "warning",
        "graceful_timeout": 30, "keepalive": 15, "when_ready": greet, "control_socket_disable": True,
    } | (address.https.options() if address.https else {})  # fmt: skip


def _greet(address: Address, pages: list[tuple[str, str, str]], is_empty: bool) -> None:
    """Print where to click, once the server listens."""
    say("FieldSync 已启动，按 Ctrl-C 停止", "FieldSync is running, Ctrl-C stops it")
    for path, zh, en in pages:
        click.echo(f"  {address.url}{path}  ", nl=False)
        say(zh, en)
    if address.https and address.https.tls and address.plain_port:
        tell(address.https.tls, shown_address(address.host), address.plain_port)
    if is_empty:
        say(
            "还没有用户：fieldsync demo 建立示范县，或 fieldsync user add 添加管理员",
            "nobody can sign in yet: `fieldsync demo` or `fieldsync user add`",
        )
