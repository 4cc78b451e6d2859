"""Problems on their way out: RFC 9457 for programs, a plain page for people; headers for all."""

import logging

import orjson
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from fieldsync import language
from fieldsync.errors import PROBLEMS, Problem

log = logging.getLogger(__name__)

_BY_STATUS = {
    400: "bad-json", 401: "not-signed-in", 403: "not-allowed", 404: "not-found",
    405: "no-such-method",
    413: "too-large", 415: "bad-type", 416: "bad-range", 422: "bad-value", 429: "too-many", 503: "busy",
}  # fmt: skip
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'self'"
)


def init(app: Flask) -> None:
    """Answer every failure with a problem, and every answer with the headers of a careful site."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_headers)


def _problem(problem: Problem) -> Response:
    """Return the answer for a problem of the catalogue."""
    body = problem.as_json("zh" if language.is_chinese() else "en")
    if request.path.startswith("/api"):
        response = Response(orjson.dumps(body), problem.status, mimetype="application/problem+json")
    else:
        response = Response(render_template("problem.html", problem=body), problem.status)
    if problem.status in (429, 503):
        response.headers["Retry-After"] = "2" if problem.status == 503 else "60"
    if problem.status == 401 and request.path.startswith("/api"):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http(error: HTTPException) -> Response:
    """Return the answer for what the framework refused."""
    if error.code is not None and 300 <= error.code < 400:
        return Response(error.get_body(), error.code, error.get_headers())
    code = error.code or 500
    # What the schemas refused comes with the places and the reasons.
    messages = (getattr(error, "data", None) or {}).get("messages")
    return _problem(
        Problem(
            _BY_STATUS.get(code, "bad-json" if code < 500 else "server-error"),
            **({"errors": messages} if messages else {}),
        )
    )


def _unexpected(error: Exception) -> Response:
    """Log what nobody foresaw and answer without its innards."""
    log.error("unhandled %s on %s %s", type(error).__name__, request.method, request.path, exc_info=error)
    return _problem(Problem("server-error"))


def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    if request.path.startswith("/api"):
        response.headers["Cache-Control"] = "no-store"
    return response


def names() -> list[str]:
    """Return the names of all problems."""
    return list(PROBLEMS)
