"""OpenAPI 3.1 at /api/v1/openapi.json and a page to read it, made from the declarations."""

from typing import Any

import orjson
from flask import Flask, Response, render_template
from flask_smorest import Api

from fieldsync.actions import ACTIONS, NOUNS
from fieldsync.api.doors import PUBLIC, allow
from fieldsync.errors import PROBLEMS
from fieldsync.fields import JSON_TYPES, Field
from fieldsync.sync.nouns import Noun


def init(app: Flask, api: Api) -> None:
    """Add the description's two endpoints and the schemas of all nouns."""
    for noun in NOUNS:
        api.spec.components.schema(f"{noun.name}.body", component(noun))
    api.spec.components.schema("problem", problem())
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]

    @app.get("/api/v1/openapi.json")
    @allow(PUBLIC)
    def openapi() -> Response:
        """Return the description of this API."""
        return Response(orjson.dumps(api.spec.to_dict()), mimetype="application/json")

    @app.get("/api/docs")
    @allow(PUBLIC)
    def docs() -> str:
        """Return the description as a page; it needs nothing from elsewhere."""
        return render_template(
            "docs.html", spec=api.spec.to_dict(), nouns=NOUNS, actions=ACTIONS, problems=PROBLEMS
        )


def component(noun: Noun) -> dict[str, Any]:
    """Return the JSON Schema of a noun's body, from its fields."""
    exact = {f.path: describe(f) for f in noun.fields.declared if "*" not in f.path}
    patterns = {_pattern(f.path): describe(f) for f in noun.fields.declared if "*" in f.path}
    return {
        "type": "object",
        "title": noun.labels[0],
        "description": noun.labels[1],
        "properties": exact,
        "patternProperties": patterns,
        "required": list(noun.fields.required),
    }


def describe(field: Field) -> dict[str, Any]:
    """Return the JSON Schema of one field: title, type, choices, bounds, and who owns it."""
    schema: dict[str, Any] = {
        "title": field.labels[0],
        "description": field.labels[1] + (f" ({field.unit})" if field.unit else ""),
        "x-policy": field.policy,
        "readOnly": field.policy == "server",
    }
    if field.kind != "any":
        schema["type"] = JSON_TYPES.get(field.kind, "string")
    if field.choices and field.kind == "choice":
        schema["enum"] = list(field.choices)
    bounds = ("maxLength",) if schema.get("type") == "string" else ("maximum",)
    schema |= {name: field.most for name in bounds if field.most is not None}
    return schema | ({"minimum": field.least} if field.least is not None else {})


def _pattern(path: str) -> str:
    """Return the pattern of a path with `*` for row ids and `**` for whatever lies below."""
    return "^" + path.replace("**", ".+").replace("*", "[0-9A-Za-z_-]+") + "$"


def problem() -> dict[str, Any]:
    """Return the JSON Schema of a problem (RFC 9457)."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": [f"/problems/{name}" for name in PROBLEMS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "reason": {"type": "string"},
        },
        "required": ["type", "title", "status"],
    }
