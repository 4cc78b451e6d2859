"""Sign-in, sign-out and enrolment of phones (sync.md section 3)."""

import io
from typing import Any

import segno
from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.api import schemas
from fieldsync.api.doors import PUBLIC, SIGNED_IN, allow, engine, find, me, standing
from fieldsync.api.limits import limiter, sign_in_limit
from fieldsync.domain import accounts, people
from fieldsync.errors import Problem
from fieldsync.sync.canonical import is_text

blp = Blueprint("session", __name__, url_prefix="/api/v1", description="登录与设备 Sign-in and devices")


@blp.route("/session", methods=["POST"])
@allow(PUBLIC)
@limiter.limit(sign_in_limit)
@blp.arguments(schemas.SignIn)
@blp.response(200, schemas.SessionAnswer)
def sign_in(given: dict[str, str]) -> dict[str, Any]:
    """Open a session; a phone names its enrolled device."""
    cell, person_id, name = accounts.check_password(given["username"], given["password"])
    token, expires = accounts.open_session(cell, person_id, given["device"])
    now = engine().actor(cell, person_id).now(engine().now())
    user = {
        "id": person_id,
        "name": name,
        "cell": cell,
        "side": now.side,
        "roles": sorted({r for r, _ in now.held}),
    }
    return {"token": token, "expires": expires, "user": user, "scopes": pull_scopes(cell, now)}


@blp.route("/session", methods=["GET"], endpoint="read")
@allow(SIGNED_IN)
@blp.response(200, schemas.SessionAnswer)
def read() -> dict[str, Any]:
    """Tell who is signed in and what he may pull."""
    actor, now = me().actor, standing()
    user = {"id": actor.user, "name": me().name, "cell": actor.cell, "side": now.side,
            "roles": sorted({role for role, _ in now.held})}  # fmt: skip
    return {"user": user, "scopes": pull_scopes(actor.cell, now)}


@blp.route("/session", methods=["DELETE"], endpoint="close")
@allow(SIGNED_IN)
@blp.response(204)
def sign_out() -> None:
    """Revoke the token of this session."""
    accounts.close_session(request.headers["Authorization"].partition(" ")[2].strip())


def pull_scopes(cell: str, now: Any) -> list[str]:
    """Return the scopes that a person pulls: his roles', the reference data, his own."""
    return [*now.scopes, "common", f"u-{now.user}"]


@blp.route("/devices/enrol", methods=["POST"])
@allow(PUBLIC)
@limiter.limit(sign_in_limit)
@blp.arguments(schemas.Enrolment)
@blp.response(200, schemas.Device)
def enrol(given: dict[str, Any]) -> dict[str, str]:
    """Enrol a phone with a one-time code and the public half of its key."""
    device = accounts.enrol(engine(), given["code"], given["public_key"], given["name"], given["app"])
    return {"device": device}


@blp.route("/people/<uuid:person_id>/enrolment", methods=["POST"])
@allow(SIGNED_IN)
@blp.response(201)
def issue_code(person_id: Any) -> dict[str, str]:
    """Make a one-time code for a person's phone; shown once."""
    _check_admin(str(person_id))
    return {"code": accounts.issue_code(me().actor.cell, str(person_id))}


@blp.route("/people/<uuid:person_id>/enrolment.svg", methods=["POST"])
@allow(SIGNED_IN)
@blp.response(201, content_type="image/svg+xml")
def issue_picture(person_id: Any) -> ResponseReturnValue:
    """Make a one-time code and return it as a QR picture that the phone's camera reads."""
    _check_admin(str(person_id))
    code = accounts.issue_code(me().actor.cell, str(person_id))
    return Response(picture(request.host_url, code), 201, mimetype="image/svg+xml")


def picture(host_url: str, code: str) -> bytes:
    """Return the QR picture (SVG) of an enrolment code: the address of the app with the code behind it."""
    out = io.BytesIO()
    segno.make(f"{host_url}phone.html#enrol={code}", error="m").save(out, kind="svg", scale=6, border=4)
    return out.getvalue()


@blp.route("/people/<uuid:person_id>/password", methods=["PUT"])
@allow(SIGNED_IN)
@blp.response(204)
def set_password(person_id: Any) -> None:
    """Give a person a new password and end his sessions."""
    _check_admin(str(person_id))
    given = request.get_json(silent=True) or {}
    password = given.get("password") if isinstance(given, dict) else None
    if type(password) is not str or not 8 <= len(password) <= 256 or not is_text(password):
        raise Problem("bad-value", "password")
    cell = me().actor.cell
    with db.reading() as connection:
        login = db.row(
            connection,
            "SELECT login FROM person WHERE cell = :cell AND id = :id",
            cell=cell,
            id=str(person_id),
        )[0]
    if not login:
        raise Problem("bad-value", "login")
    accounts.set_password(cell, str(person_id), login, password)
    accounts.close_sessions(cell, str(person_id))


def _check_admin(person_id: str) -> None:
    with db.reading() as connection:
        row = find(connection, people.NOUN, person_id)
    if not standing().covers(row[3], {"admin"}):
        raise Problem("not-allowed")
