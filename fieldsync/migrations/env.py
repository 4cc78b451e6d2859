"""Runs migrations on the connection, and in the transaction, of whoever called Alembic."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, Column, Integer, String

from fieldsync.db import db


def _rendered(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Return the words of `columns.py` for a column's type in a migration that is being written."""
    if kind != "type" or not isinstance(item, String | Integer):
        return False
    autogen.imports.add("from fieldsync.migrations.steps import integer, text")
    if isinstance(item, String):
        return f"text({item.length or ''})"
    return "sa.BigInteger" if isinstance(item, BigInteger) else "integer()"


def _is_compared(item: Any, _name: str | None, kind: str, _reflected: bool, other: Any) -> bool:
    """Leave out what SQLite does not tell again: the direction in which an index sorts."""
    if kind != "index" or other is None or context.get_context().dialect.name != "sqlite":
        return True
    return all(isinstance(part, Column) for index in (item, other) for part in index.expressions)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    compare_type=True,
    include_object=_is_compared,
    # SQLite cannot alter a table: it is copied into a new one, inside the same transaction.
    render_as_batch=True,
    transactional_ddl=True,
    render_item=_rendered,
)
context.run_migrations()
