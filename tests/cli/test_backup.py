"""Backup, restore and the drill, as an operator gives them; nothing that was damaged gets in."""

import shutil
import tarfile
import threading
from pathlib import Path

import postgres
import pyrage
import pytest
from cli.shell import Shell
from county import FAST, County

from fieldsync import create_app
from fieldsync.db import db


@pytest.fixture
def living(tmp_path):
    """An instance with a county at work: (shell, county, phone, site)."""
    folder = tmp_path / "instance"
    app = create_app(folder, **FAST)
    county = County(app)
    phone = county.inspector()
    site = phone.site(name="老鹰硐", town_code="350899101", site_kind="adit", mineral_code="coal")
    photo = b"not a picture, but bytes to keep " * 3000
    phone.photograph(site, photo)
    phone.sync()
    phone.upload(photo)
    yield Shell(folder), county, phone, site
    app.extensions["darkroom"].decoder.close()
    with app.app_context():
        db.engine.dispose()


def names(file: Path) -> list[str]:
    with tarfile.open(file) as archive:
        return archive.getnames()


def test_a_backup_restores_records_files_and_keys(living, tmp_path):
    shell, _county, phone, site = living
    file, other = tmp_path / "it.tar", Shell(tmp_path / "other")
    shell.ok("backup", str(file))
    assert {"instance/secret_key", "database", "manifest.json"} < set(names(file))
    said = other.ok("restore", str(file))
    assert "everything agrees" in said
    assert (other.folder / "secret_key").read_text() == (shell.folder / "secret_key").read_text()
    restored = create_app(other.folder, **FAST)
    again = County(restored)
    phone.wire = again.wire
    assert phone.records("site").keys() == {site}
    versions = phone.ask("GET", f"/api/v1/sites/{site}/versions")["versions"]
    first = phone.ask("GET", f"/api/v1/sites/{site}?at={versions[0]['rev']}")
    assert first["body"]["name"] == "老鹰硐"
    phone.pull()
    restored.extensions["darkroom"].decoder.close()


def test_a_backup_of_a_server_at_work_is_of_one_moment(living, tmp_path):
    shell, _county, phone, _site = living
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            phone.site(name="又一硐", town_code="350899101", site_kind="adit", mineral_code="coal")
            phone.push()

    working = threading.Thread(target=work)
    working.start()
    try:
        for n in range(3):
            shell.ok("backup", str(tmp_path / f"{n}.tar"))
    finally:
        over.set()
        working.join()
    for n in range(3):
        assert "everything agrees" in Shell(tmp_path / f"restored{n}").ok("restore", str(tmp_path / f"{n}.tar"))


def test_an_encrypted_backup_needs_its_key(living, tmp_path, monkeypatch):
    shell, *_ = living
    key, file = pyrage.x25519.Identity.generate(), tmp_path / "it.tar.age"
    monkeypatch.setenv("FIELDSYNC_BACKUP_RECIPIENT", str(key.to_public()))
    shell.ok("backup", str(file))
    monkeypatch.delenv("FIELDSYNC_BACKUP_RECIPIENT")
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert "--identity is needed" in Shell(tmp_path / "a").fails("restore", str(file))
    keys = tmp_path / "key.txt"
    keys.write_text(str(pyrage.x25519.Identity.generate()))
    assert "cannot be decrypted" in Shell(tmp_path / "b").fails("restore", str(file), "--identity", str(keys))
    keys.write_text(f"# created: today\n{key}\n")
    assert "everything agrees" in Shell(tmp_path / "c").ok("restore", str(file), "--identity", str(keys))


def test_a_wrong_recipient_leaves_no_file(living, tmp_path, monkeypatch):
    shell, *_ = living
    monkeypatch.setenv("FIELDSYNC_BACKUP_RECIPIENT", "age1nonsense")
    assert "no public key of age" in shell.fails("backup", str(tmp_path / "it.tar"))
    assert list(tmp_path.glob("it.tar*")) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "more"])
def test_a_damaged_backup_is_refused_and_puts_nothing_in_place(living, tmp_path, damage):
    shell, *_ = living
    file, other = tmp_path / "it.tar", Shell(tmp_path / "other")
    shell.ok("backup", str(file))
    content = bytearray(file.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    elif damage == "empty":
        content.clear()
    file.write_bytes(content)
    if damage == "more":
        with tarfile.open(file, "a") as archive:
            archive.add(__file__, arcname="instance/../../elsewhere")
    said = other.fails("restore", str(file))
    assert "backup" in said
    assert not other.folder.exists()
    assert not (tmp_path / "elsewhere").exists()


def test_restore_never_overwrites(living, tmp_path):
    shell, *_ = living
    file = tmp_path / "it.tar"
    shell.ok("backup", str(file))
    assert "is not empty" in shell.fails("restore", str(file))


def test_the_drill_brings_everything_back_and_changes_nothing(living):
    shell, *_ = living
    before = shell.sql("SELECT cell, seq, chain FROM head")
    said = shell.ok("drill")
    assert "of 30 operations acknowledged after the backup 30 came back after the restore; 0 findings" in said
    assert shell.sql("SELECT cell, seq, chain FROM head") == before


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="PostgreSQL's client is not installed")
def test_a_backup_of_postgresql(tmp_path, monkeypatch):
    with postgres.running() as cluster:
        one, two = cluster.database(), cluster.database()
        monkeypatch.setenv("FIELDSYNC_DATABASE_URL", one)
        folder = tmp_path / "instance"
        app = create_app(folder, **FAST)
        phone = County(app).inspector()
        phone.site(name="老鹰硐", town_code="350899101", site_kind="adit", mineral_code="coal")
        phone.sync()
        Shell(folder).ok("backup", str(tmp_path / "it.tar"))
        monkeypatch.setenv("FIELDSYNC_DATABASE_URL", two)
        assert "everything agrees" in Shell(tmp_path / "other").ok("restore", str(tmp_path / "it.tar"))
        app.extensions["darkroom"].decoder.close()
        with app.app_context():
            db.engine.dispose()
