"""The command line: what each command does, and what it says to mistakes."""

import json
import socket

import pytest
from cli.shell import CELL, OTHER_TOWN, TOWN, Shell
from click.testing import CliRunner

from fieldsync import create_app, db
from fieldsync.cli import main, serve
from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import Offline
from fieldsync.domain import accounts
from fieldsync.errors import Problem


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


@pytest.mark.sqlite
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


@pytest.mark.sqlite
def test_sqlite_has_one_process(staffed):
    assert "PostgreSQL" in staffed.fails("serve", "--workers", "2")


def test_an_address_that_is_taken_is_told_at_once(staffed):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "cannot listen" in staffed.fails("serve", "--port", port)
    assert "cannot listen" in staffed.fails("serve", "--host", "no.such.host.invalid")
