"""The description of this API: for programs at /api/v1/openapi.json, for people at /api/docs."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
from flask import Flask, Response, current_app, render_template
from flask_smorest import Api, Blueprint

from fieldsync import language
from fieldsync.actions import ACTIONS, NOUNS
from fieldsync.api import openapi
from fieldsync.api.doors import PUBLIC, allow
from fieldsync.domain.people import ROLES
from fieldsync.errors import PROBLEMS
from fieldsync.fields import Field
from fieldsync.sync.nouns import Action, Noun

# Who owns a field, in words (sync.md section 4).
POLICIES: dict[str, tuple[str, str]] = {
    "township": ("乡镇所有；县级的值成为建议", "The township's; the county's value becomes a proposal"),
    "county": ("县级所有；乡镇的值成为建议", "The county's; the township's value becomes a proposal"),
    "review": ("双方共有；相撞时由人裁定", "Both sides'; a collision is kept for a person"),
    "add": ("标记；添加胜过删除", "A marker; adding wins over removing"),
    "confirm": ("乡镇填写，县级确认后归县级", "The township's until the county has confirmed it"),
    "once": ("只能填写一次", "Set once, then fixed"),
    "server": ("由服务器填写", "Only the server sets it"),
}
KINDS: dict[str, tuple[str, str]] = {
    "text": ("文字", "text"), "number": ("数字", "number"), "integer": ("整数", "integer"),
    "boolean": ("是/否", "yes or no"), "marker": ("标记 true", "marker true"), "choice": ("选项", "choice"),
    "date": ("日期", "date"), "time": ("时间", "time with zone"), "any": ("任意", "any"),
    "code": ("代码", "code"), "ref": ("记录编号", "id of a record"), "sha256": ("SHA-256", "SHA-256 in hex"),
    "town": ("乡镇代码", "township, 9 digits"), "money": ("金额(分)", "money in fen"),
    "id_no": ("公民身份号码", "citizen's number"),
}  # fmt: skip

blp = Blueprint("describe", __name__, description="接口说明 Description")


class ProblemApi(Api):
    """The framework's API without its own shape of errors: `fieldsync.problems` answers them all."""

    def _register_error_handlers(self) -> None:
        """Register nothing."""


def init(app: Flask, api: Api) -> None:
    """Add the schemas of all nouns and the security scheme to the description."""
    for name, schema in openapi.components(NOUNS).items():
        api.spec.components.schema(name, schema)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    api.spec.options["info"] = {"description": __doc__}
    app.extensions["description"] = cache(lambda: openapi.complete(api.spec.to_dict(), NOUNS))


def description() -> dict[str, Any]:
    """Return the description of the present application; made once."""
    made: dict[str, Any] = current_app.extensions["description"]()
    return made


@blp.route("/api/v1/openapi.json")
@allow(PUBLIC)
@blp.response(200, content_type="application/json")
def openapi_json() -> Response:
    """Return the description of this API in OpenAPI 3.1."""
    return Response(orjson.dumps(description()), mimetype="application/json")


@blp.route("/api/docs")
@allow(PUBLIC)
@blp.response(200, content_type="text/html")
def docs() -> Response:
    """Return the description as a page; it needs neither scripts nor anything from elsewhere."""
    pick = language.pick
    page = render_template(
        "docs.html", zh=language.is_chinese(), pick=pick, nouns=[_chapter(noun) for noun in NOUNS],
        general=[_endpoint(*found) for found in _endpoints("")], policies=POLICIES,
        problems=[(name, *of) for name, of in PROBLEMS.items()],
        roles={role: pick(labels) for role, labels in ROLES.items()}, version=description()["info"]["version"],
    )  # fmt: skip
    return Response(page, mimetype="text/html")


def _chapter(noun: Noun) -> dict[str, Any]:
    """Return what the page says of a noun: its fields, its actions, its endpoints."""
    return {
        "noun": noun,
        "label": language.pick(noun.labels),
        "fields": [_row(field) for field in noun.fields.declared],
        "actions": [_action(action) for action in ACTIONS if action.noun == noun.name],
        "endpoints": [_endpoint(*found) for found in _endpoints(noun.plural)],
    }


def _row(field: Field) -> dict[str, Any]:
    """Return one line of the table of fields."""
    bounds = f"≤ {field.most:g}" if field.most is not None else ""
    if field.least is not None:
        bounds = f"{field.least:g} – {field.most:g}" if field.most is not None else f"≥ {field.least:g}"
    if field.kind == "text" and field.most is not None:
        bounds = f"≤ {field.most:g} {language.pick(('字', 'characters'))}"
    return {
        "path": field.path, "labels": field.labels, "kind": language.pick(KINDS[field.kind]), "unit": field.unit,
        "bounds": bounds, "policy": field.policy, "words": language.pick(POLICIES[field.policy]),
        "required": field.required,
        "choices": [(choice, language.pick(labels)) for choice, labels in (field.choices or {}).items()],
    }  # fmt: skip


def _action(action: Action) -> dict[str, Any]:
    who = [role for role in ROLES if role in action.who]
    return {"action": action, "who": who, "says": (action.rule.__doc__ or "").strip().split("\n")[0]}


def _endpoints(plural: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of the endpoints of one noun, or (empty) of what is no noun's."""
    plurals = {noun.plural for noun in NOUNS}
    for path, methods in description()["paths"].items():
        first = path.removeprefix("/api/v1/").split("/")[0]
        if first == plural if plural else first not in plurals:
            yield from ((method, path, told) for method, told in methods.items() if method != "parameters")


def _endpoint(method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    headers = [p["name"] for p in told.get("parameters", []) if p.get("in") == "header" and p.get("required")]
    return {
        "method": method.upper(), "path": path, "summary": told.get("summary", ""), "headers": headers,
        # Every endpoint may answer 400, 500 and 503: the page says so once.
        "statuses": [status for status in told["responses"] if status not in ("400", "500", "503")],
    }  # fmt: skip
