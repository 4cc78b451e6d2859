"""`fieldsync backup` and `restore`: one file that holds everything, and the way back."""

import tempfile
from pathlib import Path

import click

from fieldsync import backup as backups
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.cli.upkeep import findings

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@pass_instance
def backup(instance: Instance, file: Path) -> None:
    """Write everything into FILE, as it stands now; the server may run on meanwhile.

    Encrypted where the setting BACKUP_RECIPIENT names a public key of age. An existing FILE is replaced only once
    the new one is whole.
    """
    instance.expect()
    try:
        made = backups.write(file, instance.folder.resolve(), instance.settings())
    except backups.BadBackup as bad:
        raise mistake(bad.zh, bad.en) from None
    size, count = file.stat().st_size / 1e6, len(made["files"])
    say(f"备份完成：{count} 个文件，{size:.1f} MB", f"backed up: {count} files, {size:.1f} MB")
    _tell_heads(made)


@click.command()
@click.argument("file", type=_THERE)
@click.option("--identity", type=_THERE, help="File of an age key, where the backup is encrypted.")
@pass_instance
def restore(instance: Instance, file: Path, identity: Path | None) -> None:
    """Bring back what FILE holds, into an instance folder (and a database) in which nothing is yet.

    Every file is held against its SHA-256 before anything is put in place, and all of it checked afterwards.
    """
    folder = instance.folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise mistake(
            f"{folder} 不是空的：请移开，或另选一个目录", f"{folder} is not empty: move it away, or choose another"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="restoring-") as unpacked:
            made = backups.read(file, Path(unpacked), identity.read_text() if identity else "")
            backups.place(Path(unpacked), folder, instance.settings)
    except backups.BadBackup as bad:
        raise mistake(bad.zh, bad.en) from None
    say(f"已恢复 {made['made_at']} 的备份", f"restored the backup of {made['made_at']}")
    _tell_heads(made)
    instance.upgrade()
    with instance.open() as app:
        wrong = list(findings(app))
    for finding in wrong:
        click.echo("  ".join(f"{name}={value}" for name, value in finding.items()))
    if wrong:
        raise mistake(f"发现 {len(wrong)} 处不符", f"{len(wrong)} findings")
    say("全部相符；手机下次同步时会补回备份之后的内容", "everything agrees; phones give back what came after it")


def _tell_heads(made: backups.Manifest) -> None:
    for cell, head in made["heads"].items():
        click.echo(f"  {cell}  {head}")
