"""The web console of the county."""

from flask import Flask


def init(app: Flask) -> None:
    """Add the pages to `app`."""
