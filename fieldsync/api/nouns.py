"""The endpoints that every noun has, made from its declaration (sync.md section 3, The rest)."""

from typing import Any

import orjson
from flask import Response
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.api.doors import (
    SIGNED_IN,
    allow,
    cell_of,
    engine,
    find,
    if_match,
    me,
    operation_id,
    standing,
)  # fmt: skip
from fieldsync.api.schemas import Change, Edit, Listing, Query, Record, Versions, VersionsQuery
from fieldsync.domain import devices, people
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync import history
from fieldsync.sync.nouns import Action, Noun
from fieldsync.sync.operations import Outcome

_MEMBERS = (
    "SELECT r.id, r.type, r.rev, r.home, r.body FROM record AS r WHERE r.cell = :cell AND r.type = :type"
    " AND r.id > :after AND NOT r.voided AND {condition} ORDER BY r.id LIMIT :limit"
)
_IN_SCOPES = (
    "EXISTS (SELECT 1 FROM {keys} CROSS JOIN feed AS f WHERE f.cell = r.cell AND f.scope = keys.value"
    " AND f.record_id = r.id AND f.out = '')"
)
_EVERYTHING = "1 = 1"
# The verbs that have a form of their own: create by POST, edit by PATCH.
_CREATING = ("create", "submit", "add", "make", "begin", "sign", "publish")


def blueprint(noun: Noun, actions: list[Action]) -> Blueprint:
    """Return list, read, create, edit, verbs and versions of one noun."""
    blp = Blueprint(noun.plural, __name__, url_prefix=f"/api/v1/{noun.plural}", description=" ".join(noun.labels))
    _reads(blp, noun)
    verbs = {action.verb: action for action in actions if action.who and action.verb != "view"}
    for verb in _CREATING:
        if verb in verbs:
            _creates(blp, noun, verbs.pop(verb))
            break
    if "edit" in verbs:
        _edits(blp, noun, verbs.pop("edit"))
    for action in verbs.values():
        _acts(blp, noun, action)
    return blp


def _reads(blp: Blueprint, noun: Noun) -> None:
    @blp.route("", endpoint="list")
    @allow(SIGNED_IN)
    @blp.arguments(Query, location="query")
    @blp.response(200, Listing)
    def list_records(query: dict[str, Any]) -> Response:
        return _json(_list(noun, query["limit"], query["after"]))

    @blp.route("/<uuid:record_id>", endpoint="read")
    @allow(SIGNED_IN)
    @blp.response(200, Record)
    def read_record(record_id: Any) -> Response:
        with db.reading() as connection:
            return _record(find(connection, noun, str(record_id)))

    @blp.route("/<uuid:record_id>/versions", endpoint="versions")
    @allow(SIGNED_IN)
    @blp.arguments(VersionsQuery, location="query")
    @blp.response(200, Versions)
    def read_versions(query: dict[str, Any], record_id: Any) -> Response:
        with db.reading() as connection:
            row = find(connection, noun, str(record_id))
            if not query["at"]:
                return _json({"versions": _named(connection, history.versions(connection, cell_of(noun), row[0]))})
            found = history.body_at(connection, cell_of(noun), row[0], query["at"])
        if found is None:
            raise Problem("not-found")
        return _json({"id": row[0], "type": row[1], "rev": found[0], "body": found[1]})


def _named(connection: Any, versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return versions with the names of those of the asking person's county; of devices only at the desk."""
    cell = me().actor.cell
    names = people.names(connection, cell)
    phones = devices.names(connection, cell) if standing().side == "county" else {}
    for version in versions:
        known = {"by_name": names.get(version["by"]), "device_name": phones.get(version["device"])}
        version |= {key: name for key, name in known.items() if name}
    return versions


def _creates(blp: Blueprint, noun: Noun, action: Action) -> None:
    @blp.route("", methods=["POST"], endpoint=action.verb)
    @allow(SIGNED_IN)
    @blp.arguments(Edit)
    @blp.response(201, Change)
    def create(given: dict[str, Any]) -> ResponseReturnValue:
        record_id = given.get("id") or new_id()
        parent = given.get("parent") or {}
        outcome = engine().perform(
            me().actor, action.name, record_id, op=operation_id(), set_=_paths(given),
            parent=parent.get("id", "") if isinstance(parent, dict) else "",
        )  # fmt: skip
        return _changed(noun, record_id, outcome, 201)


def _edits(blp: Blueprint, noun: Noun, action: Action) -> None:
    @blp.route("/<uuid:record_id>", methods=["PATCH"], endpoint="edit")
    @allow(SIGNED_IN)
    @blp.arguments(Edit)
    @blp.response(200, Change)
    def edit(given: dict[str, Any], record_id: Any) -> ResponseReturnValue:
        paths = _paths(given) if "set" in given else given
        if not paths:
            raise Problem("bad-value", "empty")
        outcome = engine().perform(
            me().actor, action.name, str(record_id), op=operation_id(), set_=paths, base=if_match()
        )
        return _changed(noun, str(record_id), outcome, 200)


def _acts(blp: Blueprint, noun: Noun, action: Action) -> None:
    @blp.route(f"/<uuid:record_id>/{action.verb}", methods=["POST"], endpoint=action.verb)
    @allow(SIGNED_IN)
    @blp.arguments(Edit)
    @blp.response(200, Change)
    @blp.doc(summary=(action.rule.__doc__ or "").split("\n")[0])
    def act(given: dict[str, Any], record_id: Any) -> ResponseReturnValue:
        more = {name: given.pop(name) for name in ("reason", "choose", "value") if name in given}
        paths = _paths(given) if "set" in given else given
        outcome = engine().perform(
            me().actor, action.name, str(record_id), op=operation_id(), set_=paths,
            base=if_match(action.strict), **more,
        )  # fmt: skip
        return _changed(noun, str(record_id), outcome, 200)


def _paths(given: dict[str, Any]) -> dict[str, Any]:
    paths = given.get("set", {})
    if not isinstance(paths, dict):
        raise Problem("bad-value", "type")
    return paths


def _list(noun: Noun, limit: int, after: str) -> dict[str, Any]:
    """Return a page of what the person may see: {records, next}."""
    now = standing()
    condition, scopes = _EVERYTHING, "[]"
    if noun.home({}, "", "") != "common" and not any(s.startswith("c-") for s in now.scopes):
        condition = _IN_SCOPES.format(keys=db.keys("scopes"))
        scopes = orjson.dumps([*now.scopes, f"u-{now.user}"]).decode()
    with db.reading() as connection:
        rows = db.rows(
            connection, _MEMBERS.format(condition=condition), cell=cell_of(noun), type=noun.name,
            after=after, limit=limit + 1, **({"scopes": scopes} if condition is not _EVERYTHING else {}),
        )  # fmt: skip
    page = list(rows)[:limit]
    records = [
        {"id": row[0], "type": row[1], "rev": row[2], "scope": row[3], "body": orjson.Fragment(row[4])}
        for row in page
    ]
    return {"records": records, "next": page[-1][0] if len(list(rows)) > limit else None}


def _changed(noun: Noun, record_id: str, outcome: Outcome, status: int) -> ResponseReturnValue:
    """Return {id, rev, fields, body, ...} after a change."""
    with db.reading() as connection:
        row = find(connection, noun, record_id)
    line = {
        "id": row[0], "rev": row[2], "status": outcome.status, "fields": outcome.fields,
        "conflicts": outcome.conflicts, "issues": outcome.issues, "why": outcome.why, "scope": row[3],
        "body": orjson.Fragment(row[4]),
    }  # fmt: skip
    response = _json(line, status)
    response.headers["ETag"] = f'"{row[2]}"'
    return response


def _record(row: Any) -> Response:
    line = {
        "id": row[0], "type": row[1], "rev": row[2], "scope": row[3], "voided": bool(row[6]),
        "body": orjson.Fragment(row[4]),
    }  # fmt: skip
    response = _json(line)
    response.headers["ETag"] = f'"{row[2]}"'
    return response


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, mimetype="application/json")
