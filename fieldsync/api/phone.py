"""What a phone's program needs before anybody signs in: the catalogue of nouns, words and settings."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from fieldsync.actions import ACTIONS, REGISTRY
from fieldsync.api.doors import PUBLIC, allow
from fieldsync.domain.guards import SIGNED
from fieldsync.domain.lifecycle import TRANSITIONS
from fieldsync.fields import Choices, Field

bp = Blueprint("phone", __name__, url_prefix="/phone")

# What phones work with; a noun that this server does not have yet is left out.
NOUNS = (
    "site", "inspection", "photo", "patrol_task", "request", "conflict", "receipt", "patrol_track", "form",
)  # fmt: skip
# What phones only show, and which fields of it.
SHOWN = {
    "closure": ("closure_doc_no", "closure_date", "executed_on", "conclusion"),
    "rectification": ("fault", "status"),
    "dossier_signature": ("role",),
}
SETTINGS = (
    "CONTACTS", "COUNTY_DUTY_PHONE", "PHOTO_SITE_WARN_M", "PHOTO_SITE_REASON_M", "FIX_MAX_AGE_S",
    "FIX_ACCURACY_WARN_M", "MIN_PHOTOS", "TRACK_INTERVAL_S", "TRACK_DAYS", "SITE_DUPLICATE_RADIUS_M",
    "PHONE_LOCK_DAYS", "UNSYNCED_WARN_H", "PREVIEW_PX", "OUT_REMIND_MIN", "WRITEOFF_YEARS",
)  # fmt: skip


def init(app: Flask) -> None:
    """Add the phone's own addresses to `app`."""
    app.register_blueprint(bp)
    app.extensions["catalogue"] = cache(lambda: orjson.dumps(catalogue(app.config)))


@bp.get("/catalogue.json")
@allow(PUBLIC)
def catalogue_json() -> Response:
    """Return the catalogue; it holds nothing of anybody and changes with version and settings alone."""
    made: Callable[[], bytes] = current_app.extensions["catalogue"]
    response = Response(made(), mimetype="application/json")
    response.set_etag(hashlib.sha256(made()).hexdigest()[:16])
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


def catalogue(config: Any) -> dict[str, Any]:
    """Return {nouns, choices, transitions, signed, settings}; a list of choices stands once."""
    lists: dict[str, Choices] = {}
    nouns = {name: _noun(name, lists) for name in (*NOUNS, *SHOWN) if name in REGISTRY.nouns}
    return {
        "nouns": nouns,
        "choices": {name: _words(choices) for name, choices in lists.items()},
        "transitions": [[was, to, who] for (was, to), who in TRANSITIONS.items()],
        # What three people vouch for with a signature: a phone can tell whether it changed since.
        "signed": sorted(SIGNED),
        "settings": {name: config[name] for name in SETTINGS},
    }


def _noun(name: str, lists: dict[str, Choices]) -> dict[str, Any]:
    noun = REGISTRY.nouns[name]
    fields = [field for field in noun.fields.declared if name not in SHOWN or field.path in SHOWN[name]]
    return {
        "labels": noun.labels,
        "fields": {field.path: _field(name, field, lists) for field in fields},
        "actions": [a.name for a in ACTIONS if a.noun == name and a.phone and a.who],
    }


def _field(noun: str, field: Field, lists: dict[str, Choices]) -> dict[str, Any]:
    """Return what a phone must know of a field; what is not said is not so."""
    told: dict[str, Any] = {"labels": field.labels, "kind": field.kind, "policy": field.policy}
    if field.choices:
        same = (name for name, choices in lists.items() if choices == field.choices)
        told["choices"] = next(same, f"{noun}.{field.path.partition('/')[0]}")
        lists.setdefault(told["choices"], field.choices)
    told |= {"unit": field.unit} if field.unit else {}
    told |= {"required": True} if field.required else {}
    bounds = {"most": field.most, "least": field.least}
    return told | {name: bound for name, bound in bounds.items() if bound is not None}


def _words(choices: Choices) -> dict[str, tuple[str, str]]:
    return dict(choices)
