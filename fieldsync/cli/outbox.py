"""`fieldsync import`: work that could not come in by itself."""

from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.domain import exports
from fieldsync.errors import Problem


@click.group(name="import")
def import_() -> None:
    """Take in files."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_instance
def outbox(instance: Instance, file: Path) -> None:
    """Take in what a phone exported: outbox.json, or a tar file of it and the photos and tracks.

    The operations count as their author's. Those of a closed account or a revoked phone wait on the desk.
    """
    with instance.open() as app, file.open("rb") as source:
        try:
            taken = exports.take_in(darkroom(app), source)
        except Problem as problem:
            if problem.reason == "export":
                raise mistake(f"{file} 不是导出的待发件", f"{file} is not an exported outbox") from None
            raise
    headers = (("操作", "operation"), ("结果", "status"), ("原因", "why"))
    table(headers, [(escape(str(r["op"])), r["status"], _why(r)) for r in taken.ops])
    if taken.files:
        rows = [(escape(name), words(*exports.FILES[state])) for name, state in taken.files]
        table((("文件", "file"), ("结果", "status")), rows)
    say(f"共 {len(taken.ops)} 项", f"{len(taken.ops)} operations")


def _why(result: dict[str, Any]) -> str:
    if "problem" in result:
        return str(result["problem"]["title"])
    return result["why"] if type(result.get("why")) is str else ""
