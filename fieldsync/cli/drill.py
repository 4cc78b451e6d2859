"""`fieldsync drill`: backup, work, restore; phones give back what they had been promised (sync.md, I21)."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import Flask

from fieldsync import backup, create_app
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.cli.upkeep import findings
from fieldsync.db import db
from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import Application
from fieldsync.domain import accounts
from fieldsync.ids import new_id
from fieldsync.sync import actors, audit

PHONES, SITES = 2, 5
_PASSWORD = "nobody-else-signs-in-here"  # noqa: S105


@dataclass(frozen=True)
class Done:
    """What a drill found: operations answered with 200 after the backup, and how many of them are there again."""

    promised: int
    returned: int
    findings: int

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is missing and nothing is wrong."""
        return self.promised == self.returned and not self.findings


@click.command()
@pass_instance
def drill(instance: Instance) -> None:
    """Prove on a copy that a restored server gets back from phones what it had promised them.

    Backs this instance up, restores it aside, lets two phones work, restores once more from before that work, and
    lets the phones sync. Nothing of the instance changes. Needs SQLite.
    """
    instance.expect()
    settings = instance.settings()
    if not settings["DATABASE_URL"].startswith("sqlite"):
        raise mistake("演练只支持 SQLite", "the drill works on SQLite alone")
    with tempfile.TemporaryDirectory(prefix="fieldsync-drill-") as folder:
        done = play(instance.folder.resolve(), settings, Path(folder))
    say(
        f"备份后确认的 {done.promised} 项操作，恢复后找回 {done.returned} 项；核对不符 {done.findings} 处",
        f"of {done.promised} operations acknowledged after the backup {done.returned} came back after the restore;"
        f" {done.findings} findings",
    )
    if not done.is_good:
        raise mistake("演练失败", "the drill failed")


def play(instance: Path, settings: Mapping[str, Any], folder: Path) -> Done:
    """Play the drill on copies of an instance, all of them below `folder`."""
    first = _copy(instance, settings, folder, "first")
    with _opened(first) as app:
        phones = [_phone(app, number) for number in range(PHONES)]
        before = {op for phone in phones for op in phone.journal}
        second = _copy(first, app.config, folder, "second")
        for phone in phones:
            _work(phone)
        # One has seen what it was promised, the other was only told so.
        phones[0].pull()
        promised = {op for phone in phones for op in phone.journal} - before
    with _opened(second) as app:
        for phone in phones:
            phone.wire = Application(app)
            phone.sync()
            phone.sync()
        returned = [r for phone in phones for r in phone.receipts(*promised) if r["status"] == "applied"]
        return Done(len(promised), len(returned), len(list(findings(app))))


def _copy(instance: Path, settings: Mapping[str, Any], folder: Path, name: str) -> Path:
    """Back an instance up and restore it as another one; return the other's folder."""
    file, unpacked, target = folder / f"{name}.tar", folder / f"{name}-unpacked", folder / name
    backup.write(file, instance, {**settings, "BACKUP_RECIPIENT": ""})
    backup.read(file, unpacked)
    backup.place(unpacked, target, lambda: _apart(target))
    return target


def _apart(folder: Path) -> dict[str, Any]:
    """Return settings that keep an instance's database and files in its own folder, whatever its own say."""
    return {"DATABASE_URL": f"sqlite:///{folder / 'fieldsync.db'}", "BLOBS_DIR": str(folder / "blobs")}


@contextmanager
def _opened(folder: Path) -> Iterator[Flask]:
    app = create_app(folder, **_apart(folder))
    with app.app_context():
        yield app
        app.extensions["darkroom"].decoder.close()
        db.engine.dispose()


def _phone(app: Flask, number: int) -> Phone:
    """Hire somebody for the drill and hand him a phone."""
    engine = app.extensions["darkroom"].engine
    with db.engine.connect() as connection:
        cell = next(cell for cell in audit.cells(connection) if cell != "common")
    person, login = new_id(), f"drill-{new_id()}"
    role = {"role": "inspector", "scope": f"t-{cell}999"}
    fields = {"name": f"演练{number}", "login": login, "roles/drill": True}
    fields |= {f"roles/drill/{name}": value for name, value in role.items()}
    engine.perform(actors.system(cell), "person.create", person, op=new_id(), set_=fields)
    accounts.set_password(cell, person, login, _PASSWORD)
    phone = Phone(Application(app))
    phone.enrol(accounts.issue_code(cell, person))
    phone.sign_in(login, _PASSWORD)
    phone.pull()
    return phone


def _work(phone: Phone) -> None:
    """Open dossiers and write into them, and hand it all in."""
    for number in range(SITES):
        site = phone.site(
            name=f"演练{number}", town_code=f"{phone.cell}999", site_kind="adit", mineral_code="coal"
        )
        phone.edit(site, remark=f"第{number}次")
        phone.inspect(site, activity="none")
    phone.push()
