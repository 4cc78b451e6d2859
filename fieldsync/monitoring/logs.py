"""One line of JSON for each request and for each operation that did not simply go through.

Personal data stays out of it: addresses are given as patterns, people and devices as ids, contents not at all.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request

from fieldsync.monitoring.metrics import meters

log: Any = structlog.get_logger("fieldsync")


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def write() -> None:
    """Write all logs of this process, the libraries' too, as lines of JSON to standard error."""
    handler = logging.StreamHandler()
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.dict_tracebacks,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=last))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def init(app: Flask) -> None:
    """Measure and note every request; what is noted goes where the process sends its logs (see `write`)."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    app.before_request(_start)
    app.after_request(_note)


def _start() -> None:
    g.started = time.perf_counter()


def _note(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    endpoint = request.endpoint or "none"
    meters().answered(endpoint, response.status_code, seconds)
    if endpoint not in current_app.config["QUIET_ENDPOINTS"]:
        log.info(
            "request", method=request.method, endpoint=endpoint, status=response.status_code,
            ms=round(seconds * 1000, 1), **_who(),
        )  # fmt: skip
    return response


def _who() -> dict[str, str]:
    """Return the ids of the asking person's county and device, and of the operation, where there are such."""
    session = g.get("session")
    found = {"cell": session.actor.cell, "device": session.actor.device} if session else {}
    found["op"] = g.get("op", "")
    return {name: value for name, value in found.items() if value}


def pushed(results: Iterable[Mapping[str, Any]]) -> None:
    """Count a push, and note each operation in it that was not simply applied."""
    results = list(results)
    meters().pushed(results)
    for result in results:
        if result["status"] != "applied":
            why = result.get("why")
            log.info(
                "operation", op=result["op"], status=result["status"], why=why if isinstance(why, str) else None
            )
