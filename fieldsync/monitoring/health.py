"""`/healthz`: the process answers. `/readyz`: it can also do its work; for proxies and supervisors."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from fieldsync import db

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Return 200 while the process answers at all; touches neither database nor files."""
    return _answer([])


@bp.get("/readyz")
def ready() -> Response:
    """Return 200 if database and files can be used, else 503 and which of them cannot."""
    return _answer(list(_failing()))


def _answer(failing: list[str]) -> Response:
    response = jsonify({"status": "failing", "failing": failing} if failing else {"status": "ok"})
    response.status_code = 503 if failing else 200
    response.headers["Cache-Control"] = "no-store"
    return response


def _failing() -> Iterator[str]:
    """Yield the names of what cannot be used: `database`, `files`, `space`."""
    try:
        with db.reading() as connection:
            db.rows(connection, "SELECT cell, seq FROM head")
    except SQLAlchemyError:
        yield "database"
    files = Path(current_app.config["BLOBS_DIR"])
    if not os.access(files, os.W_OK | os.X_OK):
        yield "files"
    elif shutil.disk_usage(files).free < int(current_app.config["MIN_FREE_BYTES"]):
        yield "space"
