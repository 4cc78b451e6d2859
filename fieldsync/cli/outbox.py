"""`fieldsync import`: work that could not come in by itself."""

from pathlib import Path
from typing import Any

import click
import orjson

from fieldsync import db
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table
from fieldsync.sync.push import Engine

_BATCH = 250


@click.group(name="import")
def import_() -> None:
    """Take in files."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_instance
def outbox(instance: Instance, file: Path) -> None:
    """Take in the exported outbox of a phone: JSON {"login", "device", "ops"}.

    The operations count as their author's. Those of a closed account or a revoked phone wait on the desk.
    """
    given = _read(file)
    with instance.open() as app:
        results = _push(darkroom(app).engine, given)
    headers = (("操作", "operation"), ("结果", "status"), ("原因", "why"))
    table(headers, [(str(r["op"]), r["status"], _why(r)) for r in results])
    say(f"共 {len(results)} 项", f"{len(results)} operations")


def _read(file: Path) -> dict[str, Any]:
    try:
        given = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError:
        given = None
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("ops"), list)
        or type(given.get("login")) is not str
    ):
        raise mistake(f"{file} 不是导出的待发件", f"{file} is not an exported outbox")
    return given


def _push(engine: Engine, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Push the operations in batches as their author's; return the results."""
    person = roster.member(given["login"])
    actor = engine.actor(person.cell, person.id, str(given.get("device") or ""))
    actor.active, actor.device_revoked = person.is_active, _is_revoked(person.cell, actor.device)
    batches = [given["ops"][start : start + _BATCH] for start in range(0, len(given["ops"]), _BATCH)]
    return [result for ops in batches for result in engine.push(actor, {"ops": ops})["results"]]


def _is_revoked(cell: str, device: str) -> bool:
    with db.reading() as connection:
        row = db.row(
            connection, "SELECT revoked FROM device WHERE cell = :cell AND id = :id", cell=cell, id=device
        )
    return bool(row and row[0])


def _why(result: dict[str, Any]) -> str:
    if "problem" in result:
        return str(result["problem"]["title"])
    return result["why"] if type(result.get("why")) is str else ""
