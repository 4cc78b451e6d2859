"""FieldSync: patrols, dossiers and evidence against illegal mining, offline first and without loss."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_compress import Compress

from fieldsync import api, console, db, https, language, monitoring, problems, schema, settings, shell
from fieldsync.actions import REGISTRY
from fieldsync.blobs import Blobs
from fieldsync.domain.darkroom import Darkroom
from fieldsync.photos.decoder import Decoder
from fieldsync.sync.push import Engine

__version__ = "0.1.0"


def create_app(instance: str | Path = "instance", **given: Any) -> Flask:
    """Return the application over one instance folder; `given` settings win over all others.

    Raises `schema.WrongSchema` where the database is of another version.
    """
    app = bare_app(instance, **given)
    with app.app_context():
        schema.prepare()
    engine = Engine(REGISTRY, app.config)
    decoder = Decoder(timeout=app.config["DECODER_TIMEOUT_S"])
    app.extensions["darkroom"] = Darkroom(engine, Blobs(Path(app.config["BLOBS_DIR"])), decoder)
    monitoring.init(app)
    language.init(app)
    problems.init(app)
    api.init(app)
    console.init(app)
    shell.init(app)
    https.init(app)
    Compress(app)
    return app


def bare_app(instance: str | Path = "instance", **given: Any) -> Flask:
    """Return an application that has settings and a database, and nothing that needs its tables."""
    folder = Path(instance).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    app = Flask(
        "fieldsync",
        instance_path=str(folder),
        static_folder=str(_static()),
        template_folder=str(_templates()),
    )
    app.config.update(settings.load(folder, given))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    db.init(app)
    return app


def _static() -> Path:
    """Return the folder of the phone's and the console's files, beside the package."""
    return Path(__file__).parent.parent / "static"


def _templates() -> Path:
    return Path(__file__).parent / "templates"
