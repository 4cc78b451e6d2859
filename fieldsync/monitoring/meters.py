"""What is counted while the server runs."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

# The variable by which the library is told of a folder where several processes add up.
SEVERAL = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10)


class Meters:
    """Counters and durations of one application."""

    def __init__(self) -> None:
        # The library looks for SEVERAL when it is imported, which is before `serve` knows how many there will be.
        values.ValueClass = values.get_value_class()
        own = self._registry = CollectorRegistry()
        self._requests = Histogram(
            "fieldsync_request_seconds",
            "Duration of requests",
            ("endpoint", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self._pushes = Counter("fieldsync_pushes", "Pushes answered with 200", registry=own)
        self._outcomes = Counter(
            "fieldsync_operations", "Operations pushed, by outcome", ("status",), registry=own
        )
        self._uploads = Counter("fieldsync_uploads", "Files that arrived whole", registry=own)
        self._bytes = Counter("fieldsync_upload_bytes", "Bytes of files that arrived whole", registry=own)

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Measure a request by its endpoint; addresses hold ids and are left out."""
        self._requests.labels(endpoint, f"{status // 100}xx").observe(seconds)

    def pushed(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Count one push and the outcomes of its operations."""
        self._pushes.inc()
        for result in results:
            self._outcomes.labels(result["status"]).inc()

    def uploaded(self, size: int) -> None:
        """Count a file that arrived whole."""
        self._uploads.inc()
        self._bytes.inc(size)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format, of all workers where there are several."""
        if SEVERAL not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)
