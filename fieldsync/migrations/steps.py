"""What migrations are made of: the types of columns, and tables made, made anew or widened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

_WIDE = sa.Text(collation="C")


def text(length: int = 0) -> TypeEngine[str]:
    """Return the type of a text, with the length that is meant; `db.py` says why PostgreSQL's has none."""
    return (sa.String(length) if length else sa.Text()).with_variant(_WIDE, "postgresql")


def integer() -> TypeEngine[int]:
    """Return the type of a whole number."""
    return sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def add(tables: sa.MetaData) -> None:
    """Make tables; one that is there already stays: before there were migrations, a start made what was new."""
    tables.create_all(op.get_bind())


def rebuild(tables: sa.MetaData) -> None:
    """Make projections anew, whatever they were; behind the last step `reindex` fills them from the records."""
    tables.drop_all(op.get_bind())
    tables.create_all(op.get_bind())


def has_index(table: str, name: str) -> bool:
    """Tell whether a table has an index of this name."""
    return any(index["name"] == name for index in sa.inspect(op.get_bind()).get_indexes(table))


def widen() -> None:
    """On PostgreSQL, take texts of any length in the order of their bytes, and integers of 64 bits."""
    if op.get_context().dialect.name != "postgresql":
        return
    found = sa.inspect(op.get_bind())
    for table in found.get_table_names():
        changes = [
            f'ALTER COLUMN "{column["name"]}" TYPE {_wide(column["type"])}'
            for column in found.get_columns(table)
            if isinstance(column["type"], sa.String | sa.Integer) and table != "alembic_version"
        ]
        if changes:
            op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')


def _wide(type_: sa.String | sa.Integer) -> str:
    return 'TEXT COLLATE "C"' if isinstance(type_, sa.String) else "BIGINT"
