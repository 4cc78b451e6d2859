"""The engine's tables. The cell stands first in every key (stack.md: ready for many machines)."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from fieldsync.db import db, sealed_tables

CELL = 12
ID = 36
SCOPE = 48
HASH = 16

head = db.Table(
    "head",
    Column("cell", String(CELL), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(HASH), nullable=False),
    # Tombstones up to this sequence were pruned.
    Column("horizon", BigInteger, nullable=False),
)

operation = db.Table(
    "operation",
    Column("cell", String(CELL), primary_key=True),
    Column("op", String(ID), primary_key=True),
    # 0 is the first content under this id; reused ids keep their other contents behind it.
    Column("copy", Integer, primary_key=True),
    # The head's sequence and chain right after it was first received.
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(HASH), nullable=False),
    Column("action", String(64), nullable=False),
    Column("record_id", String(ID), nullable=False),
    Column("author", String(ID), nullable=False),
    Column("device", String(ID), nullable=False),
    Column("side", String(8), nullable=False),
    Column("at", String(40), nullable=False),
    Column("received_at", String(40), nullable=False),
    Column("salt", String(32), nullable=False),
    Column("op_hash", String(64), nullable=False),
    # The status at first receipt is what the chain holds; the present one follows the outcome.
    Column("received_status", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    # [[id, rev], ...] as the chain link holds it.
    Column("changed", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("operation_seq", "cell", "seq"),
)

record = db.Table(
    "record",
    Column("cell", String(CELL), primary_key=True),
    Column("id", String(ID), primary_key=True),
    Column("type", String(32), nullable=False),
    Column("n", Integer, nullable=False),
    Column("rev", String(32), nullable=False),
    Column("home", String(SCOPE), nullable=False),
    # Space-separated: every scope whose feed has this record as `in`.
    Column("scopes", Text, nullable=False),
    # Space-separated: scopes it is lent to, beside its own.
    Column("lent", Text, nullable=False),
    Column("parent_id", String(ID), nullable=False),
    Column("root_id", String(ID), nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("meta", Text, nullable=False),
    Index("record_list", "cell", "type", "id"),
    Index("record_root", "cell", "root_id"),
    Index("record_parent", "cell", "parent_id"),
)

version = db.Table(
    "version",
    Column("cell", String(CELL), primary_key=True),
    Column("record_id", String(ID), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("rev", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("op", String(ID), nullable=False),
    Column("received_at", String(40), nullable=False),
    # {path: [old, new]}
    Column("patch", Text, nullable=False),
)

feed = db.Table(
    "feed",
    Column("cell", String(CELL), primary_key=True),
    Column("scope", String(SCOPE), primary_key=True),
    Column("record_id", String(ID), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    # Empty while the record is in the scope, else why it left.
    Column("out", String(16), nullable=False),
    Index("feed_order", "cell", "scope", "seq", unique=True),
)

digest = db.Table(
    "digest",
    Column("cell", String(CELL), primary_key=True),
    Column("scope", String(SCOPE), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("sum", String(HASH), nullable=False),
)

# Where a root record was before: at sequence `seq` it left `home`.
move = db.Table(
    "move",
    Column("cell", String(CELL), primary_key=True),
    Column("record_id", String(ID), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("home", String(SCOPE), nullable=False),
)

# A record shown in a scope that is not its own, because `via` (a task) says so.
loan = db.Table(
    "loan",
    Column("cell", String(CELL), primary_key=True),
    Column("record_id", String(ID), primary_key=True),
    Column("scope", String(SCOPE), primary_key=True),
    Column("via", String(ID), primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Index("loan_via", "cell", "via"),
)

# Operations that wait, and for what: an operation, a record, or `path` for fields unknown so far.
waiting = db.Table(
    "waiting",
    Column("cell", String(CELL), primary_key=True),
    Column("awaited", String(ID), primary_key=True),
    Column("op", String(ID), primary_key=True),
)

# Role and scope of a person between two heads; a projection of the person's record.
tenure = db.Table(
    "tenure",
    Column("cell", String(CELL), primary_key=True),
    Column("person_id", String(ID), primary_key=True),
    Column("row_id", String(64), primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("role", String(16), nullable=False),
    Column("scope", String(SCOPE), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_to", String(10), nullable=False),
)

counter = db.Table(
    "counter",
    Column("cell", String(CELL), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)

TABLES: tuple[Table, ...] = (
    head, operation, record, version, feed, digest, move, loan, waiting, tenure, counter,
)  # fmt: skip
sealed_tables.update(table.name for table in TABLES)
