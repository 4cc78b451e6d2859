"""The phone app's shell: its page, and the worker with the list of every file and its hash."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import orjson
from flask import Blueprint, Flask, Response, current_app, send_from_directory

bp = Blueprint("shell", __name__)

# The strictest that still shows own previews; maps and photos are blobs.
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
PATTERNS = (
    "phone.css",
    "phone/**/*.js",
    "phone/**/*.css",
    "lib/*.js",
    "icons/*.png",
    "manifest.webmanifest",
    "vendor/*.js",
)


def init(app: Flask) -> None:
    """Add the page and the worker to `app`."""
    app.register_blueprint(bp)


@bp.get("/phone.html")
@bp.get("/phone")
def page() -> Response:
    """Return the one page of the app."""
    response = send_from_directory(_static(), "phone.html", max_age=0)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = "geolocation=(self), camera=(self), screen-wake-lock=(self)"
    return response


@bp.get("/sw.js")
def worker() -> Response:
    """Return the worker, with version and hashes of the files as they are on the disk now."""
    files = dict(hashes())
    listed = orjson.dumps(files, option=orjson.OPT_SORT_KEYS)
    version = hashlib.sha256(listed + _script()).hexdigest()[:16]
    script = f'const VERSION = "{version}";\nconst FILES = {listed.decode()};\n'.encode() + _script()
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def hashes() -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 (hex) of every file that the app needs without a network."""
    static = _static()
    yield "/phone.html", _hash((static / "phone.html").read_bytes())
    yield "/phone/catalogue.json", _hash(current_app.extensions["catalogue"]())
    for pattern in PATTERNS:
        for path in sorted(static.glob(pattern)):
            if path.is_file():
                yield f"/static/{path.relative_to(static).as_posix()}", _hash(path.read_bytes())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _script() -> bytes:
    return (_static() / "sw.js").read_bytes()


def _static() -> Path:
    return Path(str(current_app.static_folder))
