"""Every setting and its default; `instance/config.py` and FIELDSYNC_* environment variables override."""

import json
import os
from pathlib import Path
from typing import Any

DEFAULTS: dict[str, Any] = {
    # Where things are kept. An empty string means: inside the instance folder.
    "DATABASE_URL": "",
    "BLOBS_DIR": "",
    "SECRET_KEY": "",
    # Public key of age that backups are encrypted for; empty: they are not encrypted.
    "BACKUP_RECIPIENT": "",
    # Languages, first one first.
    "LANGUAGES": ["zh_Hans", "en"],
    "TIMEZONE": "Asia/Shanghai",
    # Where people reach this server, for links that leave it: https://fieldsync.example.gov.cn
    "PUBLIC_URL": "",
    # Webhooks: inner networks that they may reach besides the internet, and seconds before each further attempt.
    "WEBHOOK_NETWORKS": [],
    "WEBHOOK_WAITS": [5, 60, 300, 1800, 7200, 18_000, 36_000, 72_000, 86_400],
    # Sessions and devices.
    "TOKEN_DAYS": 60,
    "CONSOLE_HOURS": 12,
    "ENROLMENT_HOURS": 72,
    "SIGN_IN_LIMIT": "10 per minute; 60 per hour",
    "ARGON2_TIME_COST": 3,
    "ARGON2_MEMORY_KIB": 65536,
    "COOKIE_SECURE": False,
    "TRUSTED_PROXIES": 0,
    # Limits of one push (sync.md section 3).
    "MAX_OPERATION_BYTES": 256_000,
    "MAX_PUSH_OPERATIONS": 500,
    "MAX_PUSH_BYTES": 2_000_000,
    "MAX_OPERATION_DEPTH": 16,
    "MAX_OPERATION_PATHS": 2_000,
    # Pulls.
    "PULL_LIMIT": 2_000,
    "PULL_MAX_BYTES": 4_000_000,
    # Seconds that a writer waits for its turn before it answers 503.
    "WRITER_WAIT_S": 5.0,
    # Uploads.
    "MAX_UPLOAD_BYTES": 64_000_000,
    "UPLOAD_HOURS": 24 * 14,
    # Seconds of silence after which an upload's connection is given up; what arrived stays.
    "UPLOAD_IDLE_S": 30.0,
    "DECODER_TIMEOUT_S": 20.0,
    # A phone's emergency export, taken in at the desk.
    "IMPORT_MAX_BYTES": 2_000_000_000,
    # An existing list of sites, and a batch of pictures taken in at the desk.
    "LIST_MAX_BYTES": 10_000_000,
    "LIST_MAX_ROWS": 5_000,
    "PICTURES_MAX_BYTES": 500_000_000,
    # Rules of the work (domain.md section 9).
    "MIN_PHOTOS": 2,
    "TRACK_DAYS": 365,
    "DEVICE_SILENT_DAYS": 7,
    "DOSSIER_STALE_DAYS": 90,
    "RELAPSE_CONFIRM_H": 24,
    "ACCEPTANCE_DEPARTMENTS": 2,
    "RECTIFICATION_DAYS": 30,
    "WRITEOFF_YEARS": 5,
    # Metres from the site within which a fix or a track says that somebody was there.
    "VISIT_DISTANCE_M": 300,
    # Days between two visits, by class of site; a plan may shorten them.
    "PATROL_CYCLE_DAYS": {"coal_closed_adit": 7, "key_area": 15, "noncoal": 30, "after_writeoff": 180},
    # Sites of one person's round of one day, at most.
    "PATROL_SITES_PER_DAY": 12,
    # First and last day (a year before them or none), and what is noted on tasks of these days.
    "PATROL_SHIFTS": [
        ["10-01", "10-07", "国庆值班"],
        ["2027-02-05", "2027-02-12", "春节值班"],
        ["2028-01-25", "2028-02-01", "春节值班"],
        ["2029-02-12", "2029-02-19", "春节值班"],
    ],
    # How three columns of the tables are understood (docs/reports.md).
    "CLOSED_BASIS": "executed",
    "FINE_BASIS": "decided",
    "LIABILITY_BASIS": "transferred_for_prosecution",
    # What phones are told in their catalogue.
    "CONTACTS": [
        ["公安报警", "Police", "110"],
        ["医疗急救", "Ambulance", "120"],
        ["自然资源违法举报", "Natural resources hotline", "12336"],
    ],
    "COUNTY_DUTY_PHONE": "",
    "PHOTO_SITE_WARN_M": 100,
    "PHOTO_SITE_REASON_M": 300,
    "FIX_MAX_AGE_S": 120,
    "FIX_ACCURACY_WARN_M": 50,
    "TRACK_INTERVAL_S": 15,
    "SITE_DUPLICATE_RADIUS_M": 150,
    # How far from a site a camera's or drone's picture may have been taken to be proposed for it.
    "PICTURE_SITE_M": 300,
    # Days within which the four timely things are done: found, appraised, handled, closed.
    "TIMELY_FOUND_DAYS": 3,
    "TIMELY_APPRAISED_DAYS": 30,
    "TIMELY_HANDLED_DAYS": 90,
    "TIMELY_CLOSED_DAYS": 7,
    "PHONE_LOCK_DAYS": 30,
    "UNSYNCED_WARN_H": 24,
    "PREVIEW_PX": 1600,
    # A font file with Chinese characters, for the lines on copies of photos; empty: one of the system's.
    "WATERMARK_FONT": "",
    "OUT_REMIND_MIN": 30,
    # Watching the server: who may read /metrics (empty: nobody), what is not worth a line of log,
    # and how much room the folder of files must have for /readyz to say yes.
    "METRICS_TOKEN": "",
    "QUIET_ENDPOINTS": ["static", "health.alive", "health.ready", "metrics.page"],
    "MIN_FREE_BYTES": 200_000_000,
}

# Answers that shrink, and how: zstd first (a tenth of the time of gzip), then what older clients know.
_COMPRESSION = {
    "COMPRESS_MIMETYPES": [
        "application/json", "application/x-ndjson", "application/problem+json", "text/html", "text/css",
        "text/javascript", "image/svg+xml",
    ],
    "COMPRESS_ALGORITHM": ["zstd", "br", "gzip"],
    "COMPRESS_ZSTD_LEVEL": 1,
    "COMPRESS_BR_LEVEL": 4,
}  # fmt: skip

# Names that the libraries know these settings by.
_LIBRARY = {
    "SQLALCHEMY_DATABASE_URI": "DATABASE_URL",
    "BABEL_DEFAULT_TIMEZONE": "TIMEZONE",
    "SESSION_COOKIE_SECURE": "COOKIE_SECURE",
}


def load(instance: Path, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all settings: defaults, then instance/config.py, then FIELDSYNC_*, then `given`."""
    settings = dict(DEFAULTS)
    settings.update(_from_file(instance / "config.py"))
    settings.update(_from_environment())
    settings.update(given or {})
    settings["DATABASE_URL"] = settings["DATABASE_URL"] or f"sqlite:///{instance / 'fieldsync.db'}"
    settings["BLOBS_DIR"] = settings["BLOBS_DIR"] or str(instance / "blobs")
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or _own_secret(instance / "secret_key")
    return settings | _COMPRESSION | {name: settings[source] for name, source in _LIBRARY.items()}


def _from_file(path: Path) -> dict[str, Any]:
    """Return the upper-case names of a Python file, or nothing where there is none."""
    if not path.exists():
        return {}
    names: dict[str, Any] = {}
    # The file is the operator's own, as Flask's own instance/config.py is.
    exec(compile(path.read_text("utf-8"), str(path), "exec"), names)  # noqa: S102
    return {name: value for name, value in names.items() if name.isupper()}


def _from_environment() -> dict[str, Any]:
    """Return the settings that FIELDSYNC_<NAME> gives, read as the type of their default."""
    found = {}
    for name, default in DEFAULTS.items():
        text = os.environ.get(f"FIELDSYNC_{name}")
        if text is not None:
            found[name] = text if isinstance(default, str) else json.loads(_plain(text, default))
    return found


def _plain(text: str, default: Any) -> str:
    """Return the text as JSON writes it: people write True as well as true."""
    return text.lower() if isinstance(default, bool) else text


def _own_secret(path: Path) -> str:
    """Return the secret that signs console sessions; made once, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(os.urandom(32).hex())
    return path.read_text()
