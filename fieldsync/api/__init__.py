"""REST under /api/v1: every endpoint names who may use it; what it takes and gives is in OpenAPI 3.1."""

from flask import Flask

from fieldsync.actions import ACTIONS, NOUNS
from fieldsync.api import (
    describe,
    doors,
    forms,
    held,
    map_packs,
    nouns,
    patrol_tracks,
    phone,
    photos,
    reports,
    session,
    sync,
    uploads,
)
from fieldsync.api.limits import limiter


def init(app: Flask) -> None:
    """Add the endpoints to `app`."""
    app.config.update(
        API_TITLE="FieldSync",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    limiter.init_app(app)
    doors.init(app)
    api = describe.ProblemApi(app)
    for noun in NOUNS:
        actions = [action for action in ACTIONS if action.noun == noun.name and noun.name != "receipt"]
        api.register_blueprint(nouns.blueprint(noun, actions))
    for module in (session, sync, uploads, photos, patrol_tracks, map_packs, forms, held, reports, describe):
        api.register_blueprint(module.blp)
    describe.init(app, api)
    phone.init(app)
