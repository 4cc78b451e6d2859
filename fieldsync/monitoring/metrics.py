"""`/metrics` in the text format of Prometheus: numbers of whole counties, never of a person or a site.

Counters and durations are of this server since its start; gauges are read from the database when asked for.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.monitoring.meters import Meters

bp = Blueprint("metrics", __name__)


def init(app: Flask) -> None:
    """Give `app` its meters."""
    app.extensions["meters"] = Meters()


def meters() -> Meters:
    """Return the meters of the running application."""
    found: Meters = current_app.extensions["meters"]
    return found


@bp.get("/metrics")
def page() -> Response:
    """Return all numbers to whoever has METRICS_TOKEN; without that setting there is no such page."""
    token = str(current_app.config["METRICS_TOKEN"])
    if not token:
        raise Problem("not-found")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise Problem("not-signed-in")
    return Response(meters().text() + _waiting(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _waiting() -> bytes:
    """Return the gauges in the same format."""
    registry = CollectorRegistry()
    registry.register(_Gauges())
    return generate_latest(registry)


class _Gauges:
    """What waits, for each county."""

    def collect(self) -> Iterator[Metric]:
        """Yield one gauge after the other, each with a value for every county that has one."""
        with db.reading() as connection:
            for name, words, statement in _BY_COUNTY:
                yield _gauge(name, words, db.rows(connection, statement))
            seen = db.rows(connection, "SELECT cell, min(last_seen_at) FROM contact GROUP BY cell")
        now = current_app.extensions["darkroom"].engine.now()
        ages = ((cell, (now - datetime.fromisoformat(at)).total_seconds()) for cell, at in seen)
        yield _gauge("feed_lag_seconds", "Since the last contact with the phone that was away longest", ages)


def _gauge(name: str, words: str, values: Any) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"fieldsync_{name}", words, labels=["cell"])
    for cell, value in values:
        gauge.add_metric([cell], float(value))
    return gauge


_BY_COUNTY = (
    ("head", "Sequence of the last change", "SELECT cell, seq FROM head"),
    ("held", "Operations that wait for the desk",
     "SELECT cell, count(*) FROM receipt WHERE status = 'held' GROUP BY cell"),
    ("conflicts_open", "Conflicts that wait for a person",
     "SELECT cell, count(*) FROM conflict WHERE status = 'open' GROUP BY cell"),
    ("phones_waiting", "Operations and photos that phones said still wait on them",
     "SELECT cell, sum(coalesce(operations, 0) + coalesce(photos, 0)) FROM contact GROUP BY cell"),
)  # fmt: skip
