"""The whole suite on PostgreSQL: every instance folder gets a database of its own there, instead of a file."""

import re
from pathlib import Path
from typing import Any

from postgres import Server
from sqlalchemy.engine import make_url

from fieldsync import create_app, settings
from fieldsync.db import db

# So many databases stay: those of a whole run would fill the disk.
KEPT = 20
_LINE = 'DATABASE_URL = "{url}"  # of {folder}\n'
_OURS = re.compile(r'^DATABASE_URL = "([^"]+)"  # of (.+)$', re.MULTILINE)


class Elsewhere:
    """Writes into the settings of every instance folder where on `server` its database is."""

    def __init__(self, server: Server, folder: Path):
        self.server = server
        self._load = settings.load
        # The address of each folder's database, the one that was used last at the end.
        self._known: dict[Path, str] = {}
        self._template = self._prepared(folder)

    def install(self) -> None:
        """From now on whoever reads the settings of a folder finds its database's address there."""
        settings.load = self._settled

    def remove(self) -> None:
        """Leave the settings alone again."""
        settings.load = self._load

    def _prepared(self, folder: Path) -> str:
        """Return the name of a database with all tables and nothing in them: copying it is fast."""
        url = self.server.database()
        app = create_app(folder / "template", DATABASE_URL=url)
        app.extensions["darkroom"].decoder.close()
        with app.app_context():
            db.engine.dispose()
        return _name(url)

    def _settled(self, instance: Path, given: dict[str, Any] | None = None) -> dict[str, Any]:
        if not (given or {}).get("DATABASE_URL"):
            self._settle(instance)
        return self._load(instance, given)

    def _settle(self, folder: Path) -> None:
        """Have the folder name its own database: a new one, or for a copied folder a copy."""
        config = folder / "config.py"
        text = config.read_text() if config.exists() else ""
        found = _OURS.search(text)
        if found and found[2] == str(folder):
            self._use(folder, found[1])
        elif found:
            self._use(Path(found[2]), found[1])
            url = self.server.database(_name(found[1]))
            config.write_text(_OURS.sub(_LINE.format(url=url, folder=folder).strip(), text))
            self._use(folder, url)
        elif "DATABASE_URL" not in text:
            is_new = not (folder / "secret_key").exists()
            url = "" if is_new else self._known.get(folder, "")
            folder.mkdir(parents=True, exist_ok=True)
            self._use(folder, url or self.server.database(self._template))
            config.write_text(text + "\n" + _LINE.format(url=self._known[folder], folder=folder))

    def _use(self, folder: Path, url: str) -> None:
        self._known.pop(folder, None)
        self._known[folder] = url
        while len(self._known) > KEPT:
            oldest = next(iter(self._known))
            self.server.drop(_name(self._known.pop(oldest)))


def _name(url: str) -> str:
    return str(make_url(url).database)
