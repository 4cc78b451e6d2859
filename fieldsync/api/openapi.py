"""The description of the API in OpenAPI 3.1, made from the declarations of nouns, actions and problems."""

from typing import Any

from fieldsync.actions import ACTIONS
from fieldsync.api import tus
from fieldsync.errors import PROBLEMS
from fieldsync.fields import JSON_TYPES, Field
from fieldsync.sync.nouns import Action, Noun

Spec = dict[str, Any]

_ALWAYS: tuple[str, ...] = ("bad-json", "bad-value", "server-error", "busy")
_INSIDE: tuple[str, ...] = ("not-signed-in", "device-revoked", "not-allowed")
_WRITE = ("bad-path", "op-id-reuse", "id-taken", "wrong-state", "too-large", "bad-type")
_STRICT = ("precondition-required", "precondition-failed")
_UPLOAD = (
    "gone", "offset-mismatch", "bad-version", "too-large", "bad-type", "hash-mismatch", "checksum-mismatch",
)  # fmt: skip
_SIGN_IN = {("post", "/api/v1/session"), ("post", "/api/v1/devices/enrol")}
_PUBLIC = _SIGN_IN | {
    ("get", "/api/v1/openapi.json"), ("get", "/api/docs"), ("options", "/api/v1/uploads"),
}  # fmt: skip
_REF = "#/components/schemas/"


def _header(name: str, text: str, required: bool = False, **schema: Any) -> Spec:
    return {
        "in": "header", "name": name, "description": text, "required": required,
        "schema": {"type": "string"} | schema,
    }  # fmt: skip


def _query(name: str, text: str, **schema: Any) -> Spec:
    return {"in": "query", "name": name, "description": text, "schema": {"type": "string"} | schema}


_OPERATION_ID = _header("Operation-Id", "A UUID in lower case that makes a retry safe.", format="uuid")
_IF_MATCH = _header("If-Match", 'The revision that was on the screen, such as `"9-77c1a2b3c4d5e6f7"`.', True)
_TUS = _header("Tus-Resumable", "The version of the protocol.", True, enum=[tus.VERSION])
_CHECKSUM = _header("Upload-Checksum", "`sha1` or `sha256`, a space, and the digest of this piece in base64.")
_WAITING = _header("Fieldsync-Waiting", "Operations and photos that still wait on the phone, such as `12,3`.")
_METADATA = _header("Upload-Metadata", "tus metadata; `sha256` (hex, as base64) is required.", True)

# What the frameworks cannot know: method and path to further parameters.
_PARAMETERS: dict[tuple[str, str], list[Spec]] = {
    ("post", "/api/v1/sync/push"): [
        _query("dry_run", "`1` answers the same and changes nothing.", enum=["1"]),
        _header("Content-Encoding", "The body may be compressed.", enum=["gzip", "zstd"]), _WAITING,
    ],
    ("get", "/api/v1/sync/pull"): [_WAITING],
    ("get", "/api/v1/sync/receipts"): [_query("op", "Ids of operations with commas between, at most 500.")],
    ("get", "/api/v1/sync/verify"): [_query("scope", "One of the scopes of the session.")],
    ("get", "/api/v1/photos/{photo_id}/preview"): [
        _query("px", "The longest side in pixels.", enum=["512", "1600"], default="512")
    ],
    ("post", "/api/v1/uploads"): [
        _TUS, _header("Upload-Length", "Bytes of the whole file.", True, pattern="^[0-9]+$"), _METADATA, _CHECKSUM,
    ],
    ("head", "/api/v1/uploads/{upload_id}"): [_TUS],
    ("patch", "/api/v1/uploads/{upload_id}"): [
        _TUS, _header("Upload-Offset", "Where these bytes begin.", True, pattern="^[0-9]+$"), _CHECKSUM,
    ],
    ("delete", "/api/v1/uploads/{upload_id}"): [_TUS],
    ("post", "/api/v1/uploads/{upload_id}"): [
        _TUS, _header("X-HTTP-Method-Override", "What is meant.", True, enum=["HEAD", "PATCH", "DELETE"]),
    ],
}  # fmt: skip
_BYTES = {"content": {tus.BYTES: {"schema": {"type": "string", "format": "binary"}}}}
_BODIES: dict[tuple[str, str], Spec] = {
    ("post", "/api/v1/sync/push"): {
        "required": True, "content": {"application/json": {"schema": {"$ref": f"{_REF}push"}}},
    },
    ("post", "/api/v1/uploads"): _BYTES | {"description": "The first bytes (creation-with-upload), or nothing."},
    ("patch", "/api/v1/uploads/{upload_id}"): _BYTES | {"required": True},
    ("put", "/api/v1/people/{person_id}/password"): {
        "required": True,
        "content": {"application/json": {"schema": {
            "type": "object", "required": ["password"],
            "properties": {"password": {"type": "string", "minLength": 8, "maxLength": 256}},
        }}},
    },
}  # fmt: skip


def components(nouns: tuple[Noun, ...]) -> dict[str, Spec]:
    """Return the schemas of all nouns, of a problem and of a push, by name."""
    found = {"problem": problem(), "push": push()}
    for noun in nouns:
        found |= {f"{noun.name}.body": body(noun), f"{noun.name}.set": settable(noun)}
        record = {"type": "object", "properties": {"body": {"$ref": f"{_REF}{noun.name}.body"}}}
        found[noun.name] = {"allOf": [{"$ref": f"{_REF}Record"}, record]}
        records = {"type": "array", "items": {"$ref": f"{_REF}{noun.name}"}}
        found[f"{noun.name}.page"] = {
            "type": "object",
            "properties": {"records": records, "next": {"type": ["string", "null"]}},
            "required": ["records", "next"],
        }
    return found


def body(noun: Noun) -> Spec:
    """Return the JSON Schema of a noun's body, from its fields."""
    return _of_fields(noun, noun.fields.declared) | {"required": list(noun.fields.required)}


def settable(noun: Noun) -> Spec:
    """Return the JSON Schema of what may be set; null clears a path, and no path is required for an edit."""
    given = _of_fields(noun, (f for f in noun.fields.declared if f.policy != "server"))
    for paths in (given["properties"], given["patternProperties"]):
        for schema in paths.values():
            if "type" in schema:
                schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
    return given


def _of_fields(noun: Noun, fields: Any) -> Spec:
    fields = list(fields)
    return {
        "type": "object",
        "title": noun.labels[0],
        "description": noun.labels[1],
        "properties": {f.path: describe(f) for f in fields if "*" not in f.path},
        "patternProperties": {_pattern(f.path): describe(f) for f in fields if "*" in f.path},
    }


def describe(field: Field) -> Spec:
    """Return the JSON Schema of one field: title, type, choices, bounds, and who owns it."""
    schema: Spec = {
        "title": field.labels[0],
        "description": field.labels[1] + (f" ({field.unit})" if field.unit else ""),
        "x-policy": field.policy,
        "readOnly": field.policy == "server",
    }
    if field.kind != "any":
        schema["type"] = JSON_TYPES.get(field.kind, "string")
    if field.kind in ("date", "time", "ref"):
        schema["format"] = {"date": "date", "time": "date-time", "ref": "uuid"}[field.kind]
    if field.choices:
        schema["x-labels"] = {choice: list(labels) for choice, labels in field.choices.items()}
    if field.choices and field.kind == "choice":
        schema["enum"] = list(field.choices)
    if field.most is not None:
        schema["maxLength" if schema.get("type") == "string" else "maximum"] = field.most
    return schema | ({"minimum": field.least} if field.least is not None else {})


def _pattern(path: str) -> str:
    """Return the pattern of a path with `*` for row ids and `**` for whatever lies below."""
    return "^" + path.replace("**", ".+").replace("*", "[0-9A-Za-z_-]+") + "$"


def problem() -> Spec:
    """Return the JSON Schema of a problem (RFC 9457)."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": [f"/problems/{name}" for name in PROBLEMS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "reason": {"type": "string", "description": "What exactly is wrong, as a code."},
            "errors": {"type": "object", "description": "Refused members of the request and why."},
        },
        "required": ["type", "title", "status"],
    }


def push() -> Spec:
    """Return the JSON Schema of a push and its operations."""
    text, paths = {"type": "string"}, {"type": "object", "description": "Flat paths and their values."}
    identity = {"type": "string", "format": "uuid"}
    operation = {
        "type": "object",
        "required": ["op", "cell", "action", "id"],
        "properties": {
            "op": identity, "cell": text, "head": {"type": "integer"}, "at": text | {"format": "date-time"},
            "action": text | {"enum": [action.name for action in ACTIONS if action.phone]}, "id": identity,
            "form": text, "parent": {"type": "object", "properties": {"id": identity}, "required": ["id"]},
            "after": {"type": "array", "items": identity}, "base": text, "set": paths, "from": paths,
            "reason": text, "choose": text, "value": {},
        },
    }  # fmt: skip
    seen = {"type": "object", "additionalProperties": text, "description": "The heads got last, by cell."}
    return {
        "type": "object",
        "required": ["ops"],
        "properties": {
            "app": text, "protocol": {"type": "integer"}, "sent_at": text, "seen": seen,
            "ops": {"type": "array", "items": operation, "maxItems": 500},
        },
    }  # fmt: skip


# Paths


def complete(spec: Spec, nouns: tuple[Noun, ...]) -> Spec:
    """Return a framework's description with what it cannot know: summaries, headers, bodies, problems."""
    plurals = {noun.plural: noun for noun in nouns}
    for path, methods in spec["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                _complete(told, method, path, plurals)
    return spec


def _complete(told: Spec, method: str, path: str, plurals: dict[str, Noun]) -> None:
    """Describe one endpoint."""
    key, names = (method, path), _ALWAYS
    told.setdefault("parameters", []).extend(_PARAMETERS.get(key, []))
    if key in _BODIES:
        told["requestBody"] = _BODIES[key]
    if key in _PUBLIC:
        told["security"] = []
    names += _INSIDE if key not in _PUBLIC else ("too-many", *_INSIDE) if key in _SIGN_IN else ()
    if "{" in path or path.endswith("verify"):
        names += ("not-found",)
    noun = None if key in _PUBLIC else plurals.get(path.removeprefix("/api/v1/").split("/")[0])
    if path.startswith("/api/v1/uploads") and method != "options":
        names += _UPLOAD
    elif noun is not None:
        names += _of_noun(told, method, path, noun)
    elif told.get("requestBody"):
        names += ("too-large", "bad-type")
    told["responses"] = _answers(told, names)


def _of_noun(told: Spec, method: str, path: str, noun: Noun) -> tuple[str, ...]:
    """Describe an endpoint of a noun; return the problems that it adds."""
    zh, en = noun.labels
    rest = path.removeprefix(f"/api/v1/{noun.plural}")
    verb = rest.rpartition("/")[2]
    action = next((a for a in ACTIONS if a.noun == noun.name and method == "post" and a.verb == verb), None)
    if rest == "" and method == "get":
        told["summary"] = f"List what one may see of: {en} ({zh})."
        _schema(told, "200", f"{noun.name}.page")
    elif rest.startswith("/{") and rest.count("/") == 1 and method == "get":
        told["summary"] = f"Return one record: {en} ({zh})."
        _schema(told, "200", noun.name)
    elif verb == "versions":
        told["summary"] = f"Return the history of a record, or the record as it was: {en} ({zh})."
    elif rest == "" and method == "post":
        action = next((a for a in ACTIONS if a.noun == noun.name and a.creates), None)
        told["requestBody"] = _edit(noun, creates=True)
        _schema(told, "201", "Change")
    elif method == "patch":
        action = next((a for a in ACTIONS if a.name == f"{noun.name}.edit"), None)
        told["requestBody"] = _edit(noun)
        told["parameters"].append(_IF_MATCH)
    if action is None:
        return ()
    return _of_action(told, action, method)


def _of_action(told: Spec, action: Action, method: str) -> tuple[str, ...]:
    told["summary"] = (action.rule.__doc__ or action.name).strip().split("\n")[0]
    told["x-action"] = action.name
    told["x-roles"] = sorted(action.who)
    told["parameters"].append(_OPERATION_ID)
    if action.strict:
        told["parameters"].append(_IF_MATCH)
    return (*_WRITE, *(_STRICT if action.strict or method == "patch" else ()))


def _edit(noun: Noun, creates: bool = False) -> Spec:
    """Return the body of a create or an edit."""
    identity = {"type": "string", "format": "uuid"}
    members: Spec = {"set": {"$ref": f"{_REF}{noun.name}.set"}}
    if creates:
        members |= {"id": identity, "parent": {"type": "object", "properties": {"id": identity}}}
    schema = {"type": "object", "properties": members, "required": [] if creates else ["set"]}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _schema(told: Spec, status: str, name: str) -> None:
    content = {"application/json": {"schema": {"$ref": f"{_REF}{name}"}}}
    told["responses"].setdefault(status, {"description": "OK"})["content"] = content


def _answers(told: Spec, names: tuple[str, ...]) -> Spec:
    """Return the good answers of an endpoint, and its problems by status."""
    good = {status: answer for status, answer in told["responses"].items() if status[0] in "23"}
    by_status: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        by_status.setdefault(str(PROBLEMS[name][0]), []).append(name)
    bad = {
        status: {
            "description": "; ".join(f"`{name}`: {PROBLEMS[name][2]}" for name in found),
            "content": {"application/problem+json": {"schema": {"$ref": f"{_REF}problem"}}},
        }
        for status, found in sorted(by_status.items())
    }
    return good | bad
