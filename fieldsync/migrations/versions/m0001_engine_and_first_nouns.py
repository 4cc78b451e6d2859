"""The engine's tables, sign-ins and the first nouns, as they were before there were migrations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

METADATA = sa.MetaData()
sa.Table(
    "account", METADATA,
    sa.Column("login", sa.String(64), primary_key=True),
    sa.Column("cell", sa.String(12), nullable=False),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
)  # fmt: skip
sa.Table(
    "conflict", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False),
    sa.Column("record_type", sa.String(32), nullable=False),
    sa.Column("path", sa.String(200), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Index("conflict_open", "cell", "status", "seq"),
    sa.Index("conflict_record", "cell", "record_id"),
)  # fmt: skip
sa.Table(
    "counter", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)  # fmt: skip
sa.Table(
    "device", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("erase", sa.String(16), nullable=False),
    sa.Column("revoked", sa.Integer, nullable=False),
)  # fmt: skip
sa.Table(
    "digest", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("scope", sa.String(48), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("sum", sa.String(16), nullable=False),
)  # fmt: skip
sa.Table(
    "enrolment", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("expires_at", sa.String(40), nullable=False),
    sa.Column("device_id", sa.String(36), nullable=False),
)  # fmt: skip
sa.Table(
    "feed", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("scope", sa.String(48), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("out", sa.String(16), nullable=False),
    sa.Index("feed_order", "cell", "scope", "seq", unique=True),
)  # fmt: skip
sa.Table(
    "file", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
)  # fmt: skip
sa.Table(
    "head", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.String(16), nullable=False),
    sa.Column("horizon", sa.BigInteger, nullable=False),
)  # fmt: skip
sa.Table(
    "inspection", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("site_id", sa.String(36), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("activity", sa.String(16), nullable=False),
    sa.Column("started_at", sa.String(40), nullable=False),
    sa.Column("created_by", sa.String(36), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("contested", sa.Integer, nullable=False),
    sa.Index("inspection_queue", "cell", "state", "seq"),
    sa.Index("inspection_site", "cell", "site_id", "started_at"),
)  # fmt: skip
sa.Table(
    "loan", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(48), primary_key=True),
    sa.Column("via", sa.String(36), primary_key=True),
    sa.Column("since", sa.BigInteger, primary_key=True),
    sa.Column("until", sa.BigInteger),
    sa.Index("loan_via", "cell", "via"),
)  # fmt: skip
sa.Table(
    "move", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
)  # fmt: skip
sa.Table(
    "operation", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("op", sa.String(36), primary_key=True),
    sa.Column("copy", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.String(16), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False),
    sa.Column("author", sa.String(36), nullable=False),
    sa.Column("device", sa.String(36), nullable=False),
    sa.Column("side", sa.String(8), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("received_at", sa.String(40), nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("op_hash", sa.String(64), nullable=False),
    sa.Column("received_status", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("operation_seq", "cell", "seq"),
    sa.Index("operation_status", "cell", "status", "seq"),
)  # fmt: skip
sa.Table(
    "patrol_task", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("task_date", sa.String(10), nullable=False),
    sa.Index("patrol_task_day", "cell", "home", "task_date"),
)  # fmt: skip
sa.Table(
    "person", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("active", sa.Integer, nullable=False),
)  # fmt: skip
sa.Table(
    "photo", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("parent_id", sa.String(36), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("have", sa.Integer, nullable=False),
    sa.Column("voided", sa.Integer, nullable=False),
    sa.Column("lat", sa.Float),
    sa.Column("lon", sa.Float),
    sa.Index("photo_file", "cell", "sha256"),
    sa.Index("photo_parent", "cell", "parent_id"),
)  # fmt: skip
sa.Table(
    "receipt", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("op", sa.String(36), nullable=False),
    sa.Column("author", sa.String(36), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Index("receipt_status", "cell", "status", "seq"),
)  # fmt: skip
sa.Table(
    "record", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("rev", sa.String(32), nullable=False),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("lent", sa.Text, nullable=False),
    sa.Column("parent_id", sa.String(36), nullable=False),
    sa.Column("root_id", sa.String(36), nullable=False),
    sa.Column("voided", sa.Boolean, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("meta", sa.Text, nullable=False),
    sa.Index("record_list", "cell", "type", "id"),
    sa.Index("record_parent", "cell", "parent_id"),
    sa.Index("record_root", "cell", "root_id"),
)  # fmt: skip
sa.Table(
    "request", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("target", sa.String(36), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Index("request_status", "cell", "status", "seq"),
)  # fmt: skip
sa.Table(
    "site", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("home", sa.String(48), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("dossier_no", sa.String(40), nullable=False),
    sa.Column("status", sa.String(24), nullable=False),
    sa.Column("site_kind", sa.String(24), nullable=False),
    sa.Column("mineral_code", sa.String(24), nullable=False),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("relapse_count", sa.Integer, nullable=False),
    sa.Column("voided", sa.Integer, nullable=False),
    sa.Index("site_box", "cell", "lon", "lat"),
    sa.Index("site_home", "cell", "home", "dossier_no"),
)  # fmt: skip
sa.Table(
    "tenure", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("person_id", sa.String(36), primary_key=True),
    sa.Column("row_id", sa.String(64), primary_key=True),
    sa.Column("since", sa.BigInteger, primary_key=True),
    sa.Column("until", sa.BigInteger),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("scope", sa.String(48), nullable=False),
    sa.Column("valid_from", sa.String(10), nullable=False),
    sa.Column("valid_to", sa.String(10), nullable=False),
)  # fmt: skip
sa.Table(
    "token", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("device_id", sa.String(36), nullable=False),
    sa.Column("expires_at", sa.String(40), nullable=False),
)  # fmt: skip
sa.Table(
    "upload", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("metadata", sa.Text, nullable=False),
    sa.Column("expires_at", sa.String(40), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
)  # fmt: skip
sa.Table(
    "version", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("rev", sa.String(32), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("op", sa.String(36), nullable=False),
    sa.Column("received_at", sa.String(40), nullable=False),
    sa.Column("patch", sa.Text, nullable=False),
)  # fmt: skip
sa.Table(
    "waiting", METADATA,
    sa.Column("cell", sa.String(12), primary_key=True),
    sa.Column("awaited", sa.String(36), primary_key=True),
    sa.Column("op", sa.String(36), primary_key=True),
)  # fmt: skip


def upgrade() -> None:
    """Make the first tables."""
    METADATA.create_all(op.get_bind())
