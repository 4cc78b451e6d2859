"""The command line: what each command does, and what it says to mistakes."""

import hashlib
import io
import json
import os
import shutil
import socket
import sqlite3
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from fieldsync import create_app, db
from fieldsync.cli import main, serve
from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import Offline
from fieldsync.domain import accounts
from fieldsync.errors import Problem
from fieldsync.ids import new_id

CELL, TOWN, OTHER_TOWN = "350803", "350803001", "350803101"
FAST = {"FIELDSYNC_ARGON2_TIME_COST": "1", "FIELDSYNC_ARGON2_MEMORY_KIB": "64"}


class Shell:
    """Runs commands on one instance."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, *arguments: str, **more) -> Result:
        return CliRunner().invoke(main, ["--instance", str(self.folder), *arguments], **more)

    def ok(self, *arguments: str, **more) -> str:
        result = self(*arguments, **more)
        assert result.exit_code == 0, result.output
        return result.output

    def fails(self, *arguments: str, **more) -> str:
        """Return the words of a failure: never a traceback."""
        result = self(*arguments, **more)
        assert result.exit_code in (1, 2), result.output
        assert isinstance(result.exception, SystemExit)
        return result.output

    def sql(self, statement: str) -> list:
        with sqlite3.connect(self.folder / "fieldsync.db") as connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Shell:
    for name, value in FAST.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FIELDSYNC_INSTANCE", raising=False)
    return Shell(tmp_path / "instance")


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """An instance with an admin and an inspector of one county."""
    shell = Shell(tmp_path_factory.mktemp("staffed") / "instance")
    with patch.dict(os.environ, FAST):
        shell.ok("user", "add", "admin", "--name", "管理", "--role", "admin", "--cell", CELL)
        shell.ok("user", "add", "walker", "--name", "巡查", "--town", TOWN)
    return shell.folder


@pytest.fixture
def staffed(shell, template) -> Shell:
    """A copy of that instance."""
    shutil.copytree(template, shell.folder)
    return shell


def password_in(output: str) -> str:
    return output.rsplit(": ", 1)[1].strip(" )\n")


def check(shell: Shell, login: str, password: str):
    app = create_app(shell.folder)
    with app.app_context():
        try:
            return accounts.check_password(login, password)
        finally:
            db.db.engine.dispose()


# People


def test_the_first_admin_of_a_county_can_sign_in(shell):
    output = shell.ok("user", "add", "chen", "--name", "陈", "--role", "admin", "--cell", CELL)
    assert check(shell, "chen", password_in(output))[0] == CELL


def test_a_password_can_be_asked_for(shell):
    shell.ok(
        "user", "add", "c", "--name", "陈", "--role", "admin", "--cell", CELL, "--ask", input="long-enough\n" * 2
    )
    assert check(shell, "c", "long-enough")


def test_a_short_password_is_refused(shell):
    said = shell.fails(
        "user", "add", "c", "--name", "陈", "--role", "admin", "--cell", CELL, "--ask", input="short\nshort\n"
    )
    assert "at least 8" in said
    assert shell.sql("SELECT * FROM account") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x", "--name", "X", "--role", "admin", "--cell", "999999"), "no county 999999"),
        (("x", "--name", "X", "--role", "admin", "--cell", "350822"), "350803"),
        (("x", "--name", "X", "--role", "admin"), "--cell"),
        (("x", "--name", "X", "--role", "inspector", "--cell", CELL), "--town"),
        (("x", "--name", "X", "--role", "reviewer", "--town", TOWN), "takes no --town"),
        (("x", "--name", "X", "--town", "350803999"), "no township 350803999"),
        (("x", "--name", "X", "--role", "king", "--cell", CELL), "king"),
        (("x",), "--name"),
    ],
)
def test_mistakes_about_people_are_told(shell, arguments, words):
    assert words in shell.fails("user", "add", *arguments)


def test_a_user_name_is_taken_once(staffed):
    assert "taken" in staffed.fails("user", "add", "admin", "--name", "X", "--role", "admin")


def test_the_list_shows_roles(staffed):
    output = staffed.ok("user", "list")
    assert f"t-{TOWN}" in output
    assert f"c-{CELL}" in output


def test_a_new_password_ends_the_old_one(staffed):
    new = password_in(staffed.ok("user", "password", "walker"))
    assert check(staffed, "walker", new)
    newer = password_in(staffed.ok("user", "password", "walker"))
    with pytest.raises(Problem):
        check(staffed, "walker", new)
    assert check(staffed, "walker", newer)


def test_nobody_is_nobody(staffed):
    for arguments in (
        ("user", "password", "nobody"),
        ("user", "deactivate", "nobody"),
        ("device", "code", "nobody"),
    ):
        assert "no user nobody" in staffed.fails(*arguments)


def test_a_closed_account_is_closed(staffed):
    password = password_in(staffed.ok("user", "password", "walker"))
    staffed.ok("user", "deactivate", "walker")
    with pytest.raises(Problem, match="inactive"):
        check(staffed, "walker", password)
    assert "already" in staffed.fails("user", "deactivate", "walker")
    assert "closed" in staffed.fails("device", "code", "walker")


def test_an_inspector_gets_other_townships(staffed):
    staffed.ok("user", "reassign", "walker", OTHER_TOWN)
    output = staffed.ok("user", "list")
    assert f"t-{OTHER_TOWN}" in output
    assert f"t-{TOWN}" not in output
    assert "no township" in staffed.fails("user", "reassign", "walker", "350899101")


# Phones


def enrol(shell: Shell, code: str) -> str:
    app = create_app(shell.folder)
    with app.app_context():
        engine = app.extensions["darkroom"].engine
        device = accounts.enrol(engine, code, Phone(Offline()).jwk, "手机", "script/1")
        db.db.engine.dispose()
    return device


def test_a_phone_comes_in_and_goes_out(staffed):
    output = staffed.ok("device", "code", "walker", "--url", "https://example.org")
    assert "█" in output or "▀" in output
    device = enrol(staffed, password_in(output))
    assert device in staffed.ok("device", "list")
    staffed.ok("device", "revoke", device[:8], "--reason", "丢失", "--erase", "now")
    assert "revoked" in staffed.ok("device", "list")
    assert "begin with" in staffed.fails("device", "revoke", "zzz", "--reason", "x")


# Photos


def test_photo_inspect_answers_for_whatever_there_is(shell, tmp_path):
    (tmp_path / "a.txt").write_text("no photo")
    files = [str(tmp_path / "a.txt"), str(tmp_path), str(tmp_path / "missing.jpg"), "/dev/null"]
    lines = shell.ok("photo", "inspect", *files).splitlines()
    assert [json.loads(line)["file"] for line in lines] == files
    assert not shell.folder.exists()


# Upkeep


def edit_once(shell: Shell) -> str:
    """Let the inspector open a dossier; return its id."""
    site = new_id()
    fields = {"name": "老鹰硐", "site_kind": "adit", "town_code": TOWN, "mineral_code": "coal"}
    ops = [{"op": new_id(), "cell": CELL, "action": "site.create", "id": site, "set": fields}]
    (shell.folder / "out.json").write_text(json.dumps({"login": "walker", "device": "", "ops": ops}))
    assert "applied" in shell.ok("import", "outbox", str(shell.folder / "out.json"))
    return site


def test_check_finds_nothing_in_a_sound_instance(staffed):
    edit_once(staffed)
    assert "everything agrees" in staffed.ok("check")


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE digest SET n = n + 1", "what=digest"),
        ("UPDATE operation SET content = '{}'", "what=content"),
        ("UPDATE record SET body = '{}' WHERE type = 'site'", "what=revision"),
        ("UPDATE head SET chain = '0000000000000000'", "what=head"),
        ("DELETE FROM version WHERE record_id IN (SELECT id FROM site)", "what=history"),
    ],
)
def test_check_finds_what_somebody_changed_behind_its_back(staffed, statement, what):
    edit_once(staffed)
    staffed.sql(statement)
    assert what in staffed.fails("check")


def test_check_finds_spoilt_and_missing_files(staffed):
    good = staffed.folder / "blobs" / "ab" / ("ab" + "0" * 62)
    good.parent.mkdir(parents=True)
    good.write_bytes(b"other bytes")
    staffed.sql(
        "INSERT INTO photo (cell, id, parent_id, sha256, have, voided)"
        f" VALUES ('{CELL}', 'p', 's', '{'cd' + '0' * 62}', 1, 0)"
    )
    said = staffed.fails("check")
    assert "what=spoilt-file" in said
    assert "what=missing-file" in said


def test_reindex_fills_what_was_lost(staffed):
    site = edit_once(staffed)
    staffed.sql("DELETE FROM site")
    staffed.ok("reindex")
    assert staffed.sql("SELECT id FROM site") == [(site,)]
    assert "everything agrees" in staffed.ok("check")


def test_prune_forgets_tombstones_and_expired_uploads(staffed):
    site = edit_once(staffed)
    staffed.sql(f"UPDATE feed SET out = 'voided' WHERE record_id = '{site}'")
    partial = staffed.folder / "blobs" / "partial" / "u1"
    partial.write_bytes(b"half")
    staffed.sql(
        "INSERT INTO upload (cell, id, person_id, sha256, size, metadata, expires_at, state)"
        f" VALUES ('{CELL}', 'u1', 'p', '{'a' * 64}', 9, '', '2020-01-01', 'open')"
    )
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert "1 tombstones, 1 uploads" in staffed.ok("prune", "--before", tomorrow)
    assert not partial.exists()
    assert "what" not in staffed.ok("prune", "--before", tomorrow)


def test_prune_wants_a_day(staffed):
    assert "yesterday" in staffed.fails("prune", "--before", "yesterday")


# Work of those who are gone


def test_the_outbox_of_a_closed_account_waits_on_the_desk(staffed):
    edit_once(staffed)
    staffed.ok("user", "deactivate", "walker")
    op = {
        "op": new_id(),
        "cell": CELL,
        "action": "site.create",
        "id": new_id(),
        "set": {"name": "x", "town_code": TOWN},
    }
    file = staffed.folder / "late.json"
    file.write_text(json.dumps({"login": "walker", "ops": [op]}))
    assert "inactive-author" in staffed.ok("import", "outbox", str(file))
    assert "inactive-author" in staffed.ok("import", "outbox", str(file))


def test_a_phones_export_with_its_files(staffed):
    points = b"[1, 26.1, 117.4, 8]\n"
    sha256, track = hashlib.sha256(points).hexdigest(), new_id()
    fields = {"town_code": TOWN, "sha256": sha256, "size": len(points)}
    op = {"op": new_id(), "cell": CELL, "action": "patrol_track.begin", "id": track, "set": fields}
    box = json.dumps({"login": "walker", "ops": [op], "tracks": [{"id": track, "sha256": sha256}]}).encode()
    file = staffed.folder / "export.tar"
    with tarfile.open(file, "w") as archive:
        for name, content in (("outbox.json", box), (f"files/{sha256}", points), ("[/red]\x1b", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    said = staffed.ok("import", "outbox", str(file))
    assert "applied" in said
    assert "Stored" in said
    assert "Not part of a phone's export" in said
    assert "The county has it already" in staffed.ok("import", "outbox", str(file))
    assert "everything agrees" in staffed.ok("check")


def test_prune_deletes_the_points_of_old_tracks_and_keeps_their_records(staffed, monkeypatch):
    test_a_phones_export_with_its_files(staffed)
    ((sha256, body),) = staffed.sql("SELECT t.sha256, r.body FROM patrol_track t JOIN record r ON r.id = t.id")
    stored = staffed.folder / "blobs" / sha256[:2] / sha256
    assert "points of 0 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    assert stored.exists()
    monkeypatch.setenv("FIELDSYNC_TRACK_DAYS", "0")
    assert "points of 1 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    assert not stored.exists()
    assert staffed.sql("SELECT * FROM file") == []
    ((after,),) = staffed.sql("SELECT r.body FROM patrol_track t JOIN record r ON r.id = t.id")
    erased = json.loads(after)
    assert erased.pop("points_erased_at")
    assert erased == json.loads(body)
    assert "points of 0 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    # A phone that brings them once more brings them in vain.
    staffed.ok("import", "outbox", str(staffed.folder / "export.tar"))
    staffed.ok("prune", "--before", "2026-01-01")
    assert not stored.exists()
    assert "everything agrees" in staffed.ok("check")


@pytest.mark.parametrize("content", ["", "[]", '{"ops": []}', '{"login": "walker", "ops": {}}', "\xff"])
def test_what_is_no_outbox_is_refused(staffed, content):
    file = staffed.folder / "bad.json"
    file.write_bytes(content.encode("latin-1"))
    assert "not an exported outbox" in staffed.fails("import", "outbox", str(file))


# Mistakes of an operator


@pytest.mark.parametrize(
    "command", [("check",), ("reindex",), ("user", "list"), ("prune", "--before", "2026-01-01")]
)
def test_there_must_be_an_instance(shell, command):
    assert "no instance" in shell.fails(*command)
    assert not shell.folder.exists()


def test_the_language_can_be_chosen(shell):
    assert "实例" not in shell.fails("--lang", "en", "check")
    assert "instance in" not in shell.fails("--lang", "zh", "check")


def test_a_mistake_in_the_settings_is_told(staffed, monkeypatch):
    (staffed.folder / "config.py").write_text("MIN_PHOTOS = = 3\n")
    assert "settings cannot be read" in staffed.fails("check")
    (staffed.folder / "config.py").unlink()
    monkeypatch.setenv("FIELDSYNC_MIN_PHOTOS", "three")
    assert "settings cannot be read" in staffed.fails("user", "list")


def test_a_database_that_is_none_is_told(shell):
    shell.folder.mkdir()
    (shell.folder / "fieldsync.db").write_bytes(b"this is no database at all" * 100)
    assert "database cannot be used" in shell.fails("check")
    (shell.folder / "config.py").write_text("DATABASE_URL = 'oracle://nowhere'\n")
    assert "database cannot be used" in shell.fails("check")


def test_an_instance_that_is_a_file_is_told(shell, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in CliRunner().invoke(main, ["--instance", str(tmp_path / "file"), "check"]).output


# Serving


class FakeServer:
    """Stands in for gunicorn: remembers how it was set up and says hello."""

    def __init__(self, instance, options):
        FakeServer.options = options

    def run(self):
        FakeServer.options["when_ready"](None)


def test_serve_says_where_to_click(staffed, monkeypatch):
    monkeypatch.setattr(serve, "Server", FakeServer)
    output = staffed.ok("serve", "--port", "8999", "--threads", "3")
    assert "http://127.0.0.1:8999/api/docs" in output
    assert (FakeServer.options["workers"], FakeServer.options["threads"]) == (1, 3)
    assert "nobody" not in output


def test_serve_says_that_nobody_can_sign_in_yet(shell, monkeypatch):
    monkeypatch.setattr(serve, "Server", FakeServer)
    assert "nobody can sign in" in shell.ok("serve", "--port", "8998")


def test_sqlite_has_one_process(staffed):
    assert "PostgreSQL" in staffed.fails("serve", "--workers", "2")


def test_an_address_that_is_taken_is_told_at_once(staffed):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "cannot listen" in staffed.fails("serve", "--port", port)
    assert "cannot listen" in staffed.fails("serve", "--host", "no.such.host.invalid")
