"""`fieldsync serve`: the server, in this process and, on PostgreSQL, in as many as are asked for."""

import gc
import socket
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.engine import make_url

from fieldsync import create_app
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say

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
        app = create_app(self.instance.folder)
        # A push makes a hundred thousand short-lived objects; looking through all that lives after
        # every 700 of them costs a seventh of its time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        return app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="In each process.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@pass_instance
def serve(instance: Instance, host: str, port: int, threads: int, workers: int) -> None:
    """Serve phones, console and API until Ctrl-C."""
    if workers > 1 and make_url(instance.settings()["DATABASE_URL"]).get_backend_name() == "sqlite":
        raise mistake(
            "SQLite 只用一个进程；多个进程须用 PostgreSQL", "several processes need PostgreSQL, not SQLite"
        )
    _check_address(host, port)
    with instance.open(make=True) as app:
        is_empty = not roster.cells()
        routes = app.url_map.bind("localhost")
        pages = [page for page in _PAGES if routes.test(page[0], "GET")]
    Server(instance, _options(host, port, threads, workers, lambda _: _greet(host, port, pages, is_empty))).run()


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


def _options(host: str, port: int, threads: int, workers: int, greet: Any) -> dict[str, Any]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "bind": bind, "worker_class": "gthread", "workers": workers, "threads": threads, "loglevel": "warning",
        "graceful_timeout": 30, "keepalive": 15, "when_ready": greet, "control_socket_disable": True,
    }  # fmt: skip


def _greet(host: str, port: int, pages: list[tuple[str, str, str]], is_empty: bool) -> None:
    """Print where to click, once the server listens."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    say("FieldSync 已启动，按 Ctrl-C 停止", "FieldSync is running, Ctrl-C stops it")
    for path, zh, en in pages:
        click.echo(f"  http://{shown}:{port}{path}  ", nl=False)
        say(zh, en)
    if is_empty:
        say(
            "还没有用户：fieldsync demo 建立示范县，或 fieldsync user add 添加管理员",
            "nobody can sign in yet: `fieldsync demo` or `fieldsync user add`",
        )
