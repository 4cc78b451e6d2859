"""What the county's desk brought: review, plans, ledger, closures, cases, tables."""

import sqlalchemy as sa

from fieldsync.migrations.steps import add, integer, rebuild, text

revision = "0003"
down_revision = "0002"

PROJECTIONS = sa.MetaData()
sa.Table(
    "assignment", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("task_id", text(36), primary_key=True),
    sa.Column("person", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("day", text(10), nullable=False),
    sa.Column("status", text(16), nullable=False),
    sa.Index("assignment_day", "cell", "home", "day"),
    sa.Index("assignment_person", "cell", "person", "day"),
)  # fmt: skip
sa.Table(
    "campaign", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("name", text(60), nullable=False),
    sa.Column("status", text(12), nullable=False),
    sa.Index("campaign_status", "cell", "status"),
)  # fmt: skip
sa.Table(
    "case", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("case_no", text(40), nullable=False),
    sa.Column("cause", text(100), nullable=False),
    sa.Column("act_county_code", text(12), nullable=False),
    sa.Column("filed_at", text(10), nullable=False),
    sa.Column("decided_at", text(10), nullable=False),
    sa.Column("closed_at", text(10), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Index("case_number", "cell", "case_no"),
)  # fmt: skip
sa.Table(
    "checklist", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("version", integer(), nullable=False),
    sa.Index("checklist_version", "cell", "version"),
)  # fmt: skip
sa.Table(
    "closure", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("site_id", text(36), nullable=False),
    sa.Column("round", integer(), nullable=False),
    sa.Column("conclusion", text(8), nullable=False),
    sa.Column("accepted_at", text(10), nullable=False),
    sa.Column("campaign_id", text(36), nullable=False),
    sa.Column("seal_below_standard", integer(), nullable=False),
    sa.Column("products_not_cleared", integer(), nullable=False),
    sa.Column("vegetation", integer(), nullable=False),
    sa.Column("hazard", integer(), nullable=False),
    sa.Index("closure_campaign", "cell", "campaign_id"),
    sa.Index("closure_conclusion", "cell", "conclusion", "id"),
    sa.Index("closure_site", "cell", "site_id"),
)  # fmt: skip
sa.Table(
    "damage_appraisal", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("case_id", text(36), nullable=False),
    sa.Column("issued_at", text(10), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Index("damage_appraisal_case", "cell", "case_id", "issued_at"),
)  # fmt: skip
sa.Table(
    "inspection", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("site_id", text(36), nullable=False),
    sa.Column("state", text(16), nullable=False),
    sa.Column("activity", text(16), nullable=False),
    sa.Column("started_at", text(40), nullable=False),
    sa.Column("created_by", text(36), nullable=False),
    sa.Column("seq", integer(), nullable=False),
    sa.Column("contested", integer(), nullable=False),
    sa.Column("reviewed_by", text(36), nullable=False, server_default=""),
    sa.Index("inspection_queue", "cell", "state", "seq"),
    sa.Index("inspection_site", "cell", "site_id", "started_at"),
)  # fmt: skip
sa.Table(
    "key_area", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("code", text(12), nullable=False),
    sa.Column("valid_from", text(10), nullable=False),
    sa.Column("valid_to", text(10), nullable=False),
    sa.Index("key_area_code", "cell", "code"),
)  # fmt: skip
sa.Table(
    "key_mineral", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("mineral_code", text(24), nullable=False),
    sa.Column("valid_from", text(10), nullable=False),
    sa.Column("valid_to", text(10), nullable=False),
    sa.Index("key_mineral_code", "cell", "mineral_code"),
)  # fmt: skip
sa.Table(
    "passage", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("track_id", text(36), primary_key=True),
    sa.Column("site_id", text(36), primary_key=True),
    sa.Column("person", text(36), nullable=False),
    sa.Column("day", text(10), nullable=False),
    sa.Column("distance_m", sa.Float, nullable=False),
    sa.Index("passage_site", "cell", "site_id", "person", "day"),
)  # fmt: skip
sa.Table(
    "patrol_plan", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("status", text(16), nullable=False),
    sa.Column("valid_from", text(10), nullable=False),
    sa.Column("valid_to", text(10), nullable=False),
    sa.Index("patrol_plan_status", "cell", "status", "home"),
)  # fmt: skip
sa.Table(
    "patrol_site", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("site_id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("name", text(200), nullable=False),
    sa.Column("village", text(60), nullable=False),
    sa.Column("class", text(20), nullable=False),
    sa.Column("cycle_days", integer()),
    sa.Column("sealed", integer(), nullable=False),
    sa.Column("live", integer(), nullable=False),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Index("patrol_site_home", "cell", "home", "live"),
)  # fmt: skip
sa.Table(
    "period_report", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("table_no", integer(), nullable=False),
    sa.Column("unit", text(12), nullable=False),
    sa.Column("date_from", text(10), nullable=False),
    sa.Column("date_to", text(10), nullable=False),
    sa.Column("version", integer(), nullable=False),
    sa.Column("status", text(16), nullable=False),
    sa.Column("frozen_at", text(40), nullable=False),
    sa.Index("period_report_series", "cell", "table_no", "unit", "date_from", "date_to"),
    sa.Index("period_report_time", "cell", "frozen_at"),
)  # fmt: skip
sa.Table(
    "person_measure", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("case_id", text(36), nullable=False),
    sa.Column("type", text(32), nullable=False),
    sa.Column("decided_at", text(10), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Index("person_measure_case", "cell", "case_id", "decided_at"),
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
    sa.Column("flagged", integer(), nullable=False, server_default="0"),
    sa.Column("far_m", sa.Float),
    sa.Index("photo_file", "cell", "sha256"),
    sa.Index("photo_parent", "cell", "parent_id"),
    sa.Index("photo_preview", "cell", "preview_sha256"),
)  # fmt: skip
sa.Table(
    "rectification", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("site_id", text(36), nullable=False),
    sa.Column("status", text(12), nullable=False),
    sa.Column("fault", text(24), nullable=False),
    sa.Column("due_on", text(10), nullable=False),
    sa.Index("rectification_due", "cell", "status", "due_on"),
    sa.Index("rectification_site", "cell", "site_id"),
)  # fmt: skip
sa.Table(
    "request", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("target", text(36), nullable=False),
    sa.Column("status", text(16), nullable=False),
    sa.Column("seq", integer(), nullable=False),
    sa.Column("wish", text(24), nullable=False, server_default=""),
    sa.Index("request_status", "cell", "status", "seq"),
)  # fmt: skip
sa.Table(
    "review", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("site_id", text(36), nullable=False),
    sa.Column("state", text(16), nullable=False),
    sa.Column("waiting", integer(), nullable=False),
    sa.Column("activity", text(16), nullable=False),
    sa.Column("score", integer(), nullable=False),
    sa.Column("arrived", integer(), nullable=False),
    sa.Column("received_at", text(40), nullable=False),
    sa.Column("claimed_by", text(36), nullable=False),
    sa.Column("photos", integer(), nullable=False),
    sa.Column("have", integer(), nullable=False),
    sa.Index("review_arrival", "cell", "waiting", "arrived", "score", "home", "activity", "claimed_by"),
    sa.Index(
        "review_queue", "cell", "waiting", sa.text("score DESC"), "arrived", "home", "activity", "claimed_by",
    ),
    sa.Index("review_site", "cell", "site_id", "waiting"),
    sa.Index(
        "review_state", "cell", "state", sa.text("score DESC"), "arrived", "home", "activity", "claimed_by",
    ),
)  # fmt: skip
sa.Table(
    "site", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("name", text(200), nullable=False),
    sa.Column("dossier_no", text(40), nullable=False),
    sa.Column("status", text(24), nullable=False),
    sa.Column("site_kind", text(24), nullable=False),
    sa.Column("mineral_code", text(24), nullable=False),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("relapse_count", integer(), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Column("merged_into", text(36), nullable=False, server_default=""),
    sa.Column("campaign_id", text(36), nullable=False, server_default=""),
    sa.Column("patrol_class", text(24), nullable=False, server_default=""),
    sa.Column("violations", text(600), nullable=False, server_default=""),
    sa.Column("found_at", text(40), nullable=False, server_default=""),
    sa.Column("search", text(1000), nullable=False, server_default=""),
    sa.Index("site_box", "cell", "lon", "lat"),
    sa.Index("site_campaign", "cell", "campaign_id"),
    sa.Index("site_home", "cell", "home", "dossier_no"),
    sa.Index("site_merged", "cell", "merged_into"),
    sa.Index("site_relapses", "cell", "relapse_count"),
)  # fmt: skip
sa.Table(
    "site_state", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("site_id", text(36), primary_key=True),
    sa.Column("n", integer(), primary_key=True),
    sa.Column("received_at", text(40), nullable=False),
    sa.Column("county", text(12), nullable=False),
    sa.Column("phase", text(12), nullable=False),
    sa.Column("violations", text(600), nullable=False),
    sa.Column("closed_on", text(10), nullable=False),
    sa.Column("accepted_on", text(10), nullable=False),
    sa.Column("merged_into", text(36), nullable=False),
    sa.Column("voided", integer(), nullable=False),
)  # fmt: skip
sa.Table(
    "stop", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("task_id", text(36), primary_key=True),
    sa.Column("site_id", text(36), primary_key=True),
    sa.Column("home", text(48), nullable=False),
    sa.Column("plan_id", text(36), nullable=False),
    sa.Column("kind", text(16), nullable=False),
    sa.Column("day", text(10), nullable=False),
    sa.Column("status", text(16), nullable=False),
    sa.Column("visited", text(36), nullable=False),
    sa.Index("stop_day", "cell", "home", "day"),
    sa.Index("stop_site", "cell", "site_id", "day"),
)  # fmt: skip
sa.Table(
    "trade_incident", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("title", text(80), nullable=False),
    sa.Column("confirmed_at", text(10), nullable=False),
    sa.Column("voided", integer(), nullable=False),
    sa.Index("trade_incident_day", "cell", "confirmed_at"),
)  # fmt: skip
sa.Table(
    "visit", PROJECTIONS,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("site_id", text(36), nullable=False),
    sa.Column("home", text(48), nullable=False),
    sa.Column("day", text(10), nullable=False),
    sa.Column("person", text(36), nullable=False),
    sa.Column("standing", integer(), nullable=False),
    sa.Column("verdict", text(10), nullable=False),
    sa.Column("reasons", text(200), nullable=False),
    sa.Column("distance_m", sa.Float),
    sa.Column("photos", integer(), nullable=False),
    sa.Column("site_lon", sa.Float),
    sa.Column("site_lat", sa.Float),
    sa.Index("visit_day", "cell", "home", "day", "site_id", "standing", "verdict", "person"),
    sa.Index("visit_person", "cell", "person", "day"),
    sa.Index("visit_site", "cell", "site_id", "day", "standing", "verdict"),
)  # fmt: skip

KEPT = sa.MetaData()
sa.Table(
    "picture", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("sha256", text(64), primary_key=True),
    sa.Column("name", text(200), nullable=False),
    sa.Column("person_id", text(36), nullable=False),
    sa.Column("at", text(40), nullable=False),
    sa.Column("dismissed", integer(), nullable=False),
)  # fmt: skip
sa.Table(
    "site_list", KEPT,
    sa.Column("cell", text(12), primary_key=True),
    sa.Column("sha256", text(64), primary_key=True),
    sa.Column("name", text(200), nullable=False),
    sa.Column("heading", text(64), nullable=False),
    sa.Column("mapping", text(), nullable=False),
    sa.Column("datum", text(16), nullable=False),
    sa.Column("person_id", text(36), nullable=False),
    sa.Column("at", text(40), nullable=False),
    sa.Index("site_list_heading", "cell", "heading", "at"),
)  # fmt: skip


def upgrade() -> None:
    """Make what is new."""
    add(KEPT)
    rebuild(PROJECTIONS)
