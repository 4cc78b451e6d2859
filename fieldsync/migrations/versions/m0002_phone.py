"""What the phone app brought: forms, tracks, previews, contacts."""

import sqlalchemy as sa
from alembic import op

from fieldsync.migrations.steps import add, has_index, integer, rebuild, text, widen

revision = "0002"
down_revision = "0001"

PROJECTIONS = sa.MetaData()
sa.Table(
    "form", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("county", text(12), nullable=False),
    sa.Column("name", text(40), nullable=False),
    sa.Column("version", integer(), nullable=False),
    sa.Column("current", integer(), nullable=False),
    sa.Index("form_name", "cell", "county", "name", "version"),
)  # fmt: skip
sa.Table(
    "patrol_track", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("person", text(36), nullable=False),
    sa.Column("sha256", text(64), nullable=False),
    sa.Column("ended", integer(), nullable=False),
    sa.Column("erased", integer(), nullable=False),
    sa.Index("patrol_track_file", "cell", "sha256"),
    sa.Index("patrol_track_out", "cell", "ended"),
)  # fmt: skip
sa.Table(
    "photo", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("parent_id", text(36), nullable=False),
    sa.Column("sha256", text(64), nullable=False),
    sa.Column("have", integer(), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Column("lat", sa.Float),
    sa.Column("lon", sa.Float),
    sa.Column("preview_sha256", text(64), nullable=False, server_default=""),
    sa.Column("have_preview", integer(), nullable=False, server_default="0"),
    sa.Index("photo_file", "cell", "sha256"),
    sa.Index("photo_parent", "cell", "parent_id"),
    sa.Index("photo_preview", "cell", "preview_sha256"),
)  # fmt: skip

KEPT = sa.MetaData()
sa.Table(
    "contact", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("device_id", text(36), primary_key=True),
    sa.Column("last_seen_at", text(40), nullable=False),
    sa.Column("app", text(60), nullable=False),
    sa.Column("operations", integer()),
    sa.Column("photos", integer()),
)  # fmt: skip


def upgrade() -> None:
    """Widen what is there, make what is new, drop an index that nothing reads any more."""
    widen()
    add(KEPT)
    rebuild(PROJECTIONS)
    if has_index("operation", "operation_status"):
        op.drop_index("operation_status", "operation")
