"""Signing in and out, and the choice of language."""

from flask import Blueprint, render_template, url_for
from flask import redirect as go
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from fieldsync.api.doors import PUBLIC, SIGNED_IN, allow
from fieldsync.api.limits import limiter, sign_in_limit
from fieldsync.console.doors import User, explained, given, local, typed
from fieldsync.domain import accounts
from fieldsync.errors import Problem

bp = Blueprint("session", __name__)


@bp.get("/sign-in")
@allow(PUBLIC)
def sign_in() -> str:
    """Ask for name and password."""
    return render_template("session/sign_in.html", to=given("to"))


@bp.post("/sign-in")
@allow(PUBLIC)
@limiter.limit(sign_in_limit)
def enter() -> ResponseReturnValue:
    """Open a session at this screen."""
    try:
        cell, person_id, _name = accounts.check_password(typed("username"), typed("password"))
    except Problem as problem:
        page = render_template("session/sign_in.html", to=typed("to"), problem=explained(problem))
        return page, problem.status
    token, _expires = accounts.open_session(cell, person_id, "")
    # Whatever the cookie held before, only the language goes over into the session.
    language = cookie.get("language")
    cookie.clear()
    cookie.update({"language": language} if language else {})
    cookie.permanent = True
    login_user(User(token, accounts.session(token)))
    return go(local(typed("to")))


@bp.post("/sign-out")
@allow(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End the session, here and on the server."""
    accounts.close_session(current_user.token)
    language = cookie.get("language")
    cookie.clear()
    cookie.update({"language": language} if language else {})
    return go(url_for(".sign_in"))


@bp.get("/elsewhere")
@allow(SIGNED_IN)
def elsewhere() -> ResponseReturnValue:
    """Tell somebody of a township that this console is the county's."""
    return render_template("session/elsewhere.html"), 403


@bp.get("/language/<any(zh, en):language>")
@allow(PUBLIC)
def speak(language: str) -> ResponseReturnValue:
    """Go on in another language; the choice stays with the session."""
    cookie["language"] = language
    return go(local(given("to")))
