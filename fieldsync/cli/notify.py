"""`fieldsync notify`: sends what waits for webhooks; `serve` does the same beside its work."""

import logging
import threading
import time

import click
from flask import Flask

from fieldsync import db
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.domain import deliveries
from fieldsync.hooks import addresses, sending, signing

log = logging.getLogger(__name__)

# Seconds between two looks where nothing waits, and after something that should not happen.
_PAUSE, _LONG_PAUSE = 5.0, 60.0


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
@pass_instance
def notify(instance: Instance, once: bool) -> None:
    """Send what waits for webhooks, until Ctrl-C (docs/webhooks.md); beside a running `serve` it is not needed."""
    with instance.open() as app:
        try:
            addresses.networks(app.config["WEBHOOK_NETWORKS"])
        except ValueError as error:
            raise mistake(f"WEBHOOK_NETWORKS 有误：{error}", f"WEBHOOK_NETWORKS: {error}") from None
        while True:
            sent = send_due(app)
            if sent or once:
                say(f"已发送 {sent} 条", f"{sent} messages sent", quietly=True)
            if once:
                return
            time.sleep(_PAUSE)


def in_background(app: Flask) -> None:
    """Send in a thread of this process as long as it lives; what it leaves half done another one takes up."""
    threading.Thread(target=_keep_on, args=[app], daemon=True, name="webhooks").start()


def _keep_on(app: Flask) -> None:
    while True:
        try:
            with app.app_context():
                send_due(app)
            time.sleep(_PAUSE)
        except Exception:
            log.exception("webhooks wait, and are tried again")
            time.sleep(_LONG_PAUSE)


def send_due(app: Flask) -> int:
    """Draw what happened and send all that is due; return how many messages were taken."""
    with db.reading() as connection:
        cells = deliveries.cells(connection)
    return sum(_send_for(app, cell) for cell in cells)


def _send_for(app: Flask, cell: str) -> int:
    """Send what is due in one county."""
    engine, count = darkroom(app).engine, 0
    deliveries.draw(cell)
    while message := deliveries.claim(cell, engine.now()):
        count += _send(app, message)
    return count


def _send(app: Flask, message: deliveries.Message) -> bool:
    """Send one message and note what became of it."""
    engine, config = darkroom(app).engine, app.config
    body = message.body(config["PUBLIC_URL"])
    headers = signing.headers(message.secret, message.id, int(engine.now().timestamp()), body)
    try:
        allowed = addresses.networks(config["WEBHOOK_NETWORKS"])
        status = sending.post(message.url, body, headers, allowed)
    except sending.Failed as failure:
        deliveries.failed(message, failure.why, failure.status, engine.now(), config["WEBHOOK_WAITS"])
        return False
    deliveries.taken(message, status, engine.now())
    return True
