"""What tells people and other systems: notices, webhooks."""

import sqlalchemy as sa

from fieldsync.migrations.steps import add, integer, rebuild, text

revision = "0004"
down_revision = "0003"

PROJECTIONS = sa.MetaData()
sa.Table(
    "notice", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("record_id", text(36), primary_key=True),
    sa.Column("kind", text(16), primary_key=True),
    sa.Column("audience", text(48), primary_key=True),
    sa.Column("n", integer(), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", text(40), nullable=False),
    sa.Column("author", text(36), nullable=False),
    sa.Column("noun", text(32), nullable=False),
    sa.Column("about", text(36), nullable=False),
    sa.Index("notice_audience", "cell", "audience", "seq"),
)  # fmt: skip
sa.Table(
    "webhook", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("active", integer(), nullable=False),
)  # fmt: skip

KEPT = sa.MetaData()
sa.Table(
    "notice_seen", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("person_id", text(36), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", text(40), nullable=False),
)  # fmt: skip
sa.Table(
    "webhook_secret", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("webhook_id", text(36), primary_key=True),
    sa.Column("secret", text(), nullable=False),
)  # fmt: skip
sa.Table(
    "webhook_cursor", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("webhook_id", text(36), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("paused_until", text(40), nullable=False),
)  # fmt: skip
sa.Table(
    "delivery", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("webhook_id", text(36), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("event", text(64), nullable=False),
    sa.Column("noun", text(32), nullable=False),
    sa.Column("record_id", text(36), nullable=False),
    sa.Column("rev", text(32), nullable=False),
    sa.Column("at", text(40), nullable=False),
    sa.Column("state", text(12), nullable=False),
    sa.Column("attempts", integer(), nullable=False),
    sa.Column("next_at", text(40), nullable=False),
    sa.Column("failure", text(16), nullable=False),
    sa.Column("status", integer(), nullable=False),
    sa.Column("done_at", text(40), nullable=False),
    sa.Index("delivery_due", "cell", "state", "seq"),
    sa.Index("delivery_list", "cell", "webhook_id", "seq"),
)  # fmt: skip


def upgrade() -> None:
    """Make what is new."""
    add(KEPT)
    rebuild(PROJECTIONS)
