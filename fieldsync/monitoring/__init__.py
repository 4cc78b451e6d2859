"""What an operator sees of a running server: is it well, how much is done, what was logged."""

from flask import Flask

from fieldsync.monitoring import health, logs, metrics


def init(app: Flask) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`; count every request, and note each in the log."""
    app.register_blueprint(health.bp)
    app.register_blueprint(metrics.bp)
    metrics.init(app)
    logs.init(app)
