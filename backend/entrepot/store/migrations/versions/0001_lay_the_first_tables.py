"""Lay the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("lender", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("financing_id", "key_id"),
    )
    op.create_index(op.f("ix_approval_stream"), "approval", ["stream"], unique=False)
    op.create_table(
        "approval_bands",
        sa.Column("lender", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("lender", "currency"),
    )
    op.create_index(op.f("ix_approval_bands_stream"), "approval_bands", ["stream"], unique=False)
    op.create_table(
        "asset_link",
        sa.Column("asset_key", sa.LargeBinary(), nullable=False),
        sa.Column("family", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Numeric(78, 0), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("asset_key", "family", "round"),
    )
    op.create_index(op.f("ix_asset_link_stream"), "asset_link", ["stream"], unique=False)
    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("parent_hash", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "access_record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("reader", sa.LargeBinary(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("read", sa.String(), nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_access_record_consent_id"), "access_record", ["consent_id"], unique=False
    )
    op.create_index(op.f("ix_access_record_owner"), "access_record", ["owner"], unique=False)
    op.create_index(op.f("ix_access_record_reader"), "access_record", ["reader"], unique=False)
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("third_party", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("frequency_per_day", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("authorisations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_index(op.f("ix_consent_owner"), "consent", ["owner"], unique=False)
    op.create_index(op.f("ix_consent_third_party"), "consent", ["third_party"], unique=False)
    op.create_table(
        "consent_resource",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.consent_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("consent_id", "position"),
    )
    op.create_table(
        "consent_use",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.consent_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("consent_id", "day"),
    )
    op.create_table(
        "document",
        sa.Column("document_id", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("fields_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_id", sa.LargeBinary(), nullable=True),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_index(op.f("ix_document_commitment"), "document", ["commitment"], unique=False)
    op.create_index(op.f("ix_document_evidence_id"), "document", ["evidence_id"], unique=False)
    op.create_index(op.f("ix_document_order_id"), "document", ["order_id"], unique=False)
    op.create_index(op.f("ix_document_owner"), "document", ["owner"], unique=False)
    op.create_table(
        "evidence_conflict",
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "place"),
    )
    op.create_index(
        op.f("ix_evidence_conflict_stream"), "evidence_conflict", ["stream"], unique=False
    )
    op.create_table(
        "evidence_item",
        sa.Column("evidence_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("on_voyage", sa.Boolean(), nullable=False),
        sa.Column("attester", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source_key", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("occurred_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("recorded_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("recorded_block", sa.BigInteger(), nullable=False),
        sa.Column("supersedes", sa.LargeBinary(), nullable=False),
        sa.Column("voyage_key", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawn_block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("evidence_id"),
    )
    op.create_index(op.f("ix_evidence_item_stream"), "evidence_item", ["stream"], unique=False)
    op.create_table(
        "facility",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("exporter", sa.LargeBinary(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(), nullable=False),
        sa.Column("document_root", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("corridor", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("outstanding_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("drawn_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("escrow_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("reserve_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("released_set", sa.Integer(), nullable=False),
        sa.Column("lapsed_set", sa.Integer(), nullable=False),
        sa.Column("accrued_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("overdue_after", sa.Numeric(78, 0), nullable=False),
        sa.Column("default_after", sa.Numeric(78, 0), nullable=False),
        sa.Column("paid_by_importer_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("loss_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("covered_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("restored_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("recourse_claimed", sa.Boolean(), nullable=False),
        sa.Column("fees_paid_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("penalty_paid_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("interest_paid_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("principal_days", sa.Numeric(78, 0), nullable=False),
        sa.Column("penalty_days", sa.Numeric(78, 0), nullable=False),
        sa.Column("title_id", sa.LargeBinary(), nullable=False),
        sa.Column("requested_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("financing_id"),
    )
    op.create_index(op.f("ix_facility_exporter"), "facility", ["exporter"], unique=False)
    op.create_index(op.f("ix_facility_order_id"), "facility", ["order_id"], unique=False)
    op.create_index(op.f("ix_facility_stream"), "facility", ["stream"], unique=False)
    op.create_index(
        "ix_facility_asked", "facility", ["requested_block", "financing_id"], unique=False
    )
    op.create_index(
        "ix_facility_waiting",
        "facility",
        ["requested_block", "financing_id"],
        unique=False,
        postgresql_where=sa.text("state = 'REQUESTED'"),
    )
    op.create_index(
        "ix_facility_outstanding",
        "facility",
        ["corridor", "currency"],
        unique=False,
        postgresql_where=sa.text("outstanding_minor > 0"),
    )
    op.create_index(
        "ix_facility_exporter_outstanding",
        "facility",
        ["exporter", "currency"],
        unique=False,
        postgresql_where=sa.text("outstanding_minor > 0"),
    )
    op.create_table(
        "facility_lender",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("lender", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("funding_bps", sa.Integer(), nullable=False),
        sa.Column("loss_bps", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("funded", sa.Boolean(), nullable=False),
        sa.Column("principal_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("true_up_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("reserve_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("outstanding_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("write_off_agreed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("financing_id", "lender"),
    )
    op.create_index(op.f("ix_facility_lender_stream"), "facility_lender", ["stream"], unique=False)
    op.create_index(op.f("ix_facility_lender_lender"), "facility_lender", ["lender"], unique=False)
    op.create_index(
        "ix_facility_lender_waiting",
        "facility_lender",
        ["lender"],
        unique=False,
        postgresql_where=sa.text("NOT approved"),
    )
    op.create_table(
        "credit",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("financing_id", "participant_id"),
    )
    op.create_index(op.f("ix_credit_stream"), "credit", ["stream"], unique=False)
    op.create_table(
        "holding",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("family", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("capacity_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("reserved_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("committed_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("expires_at", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("financing_id"),
    )
    op.create_index(op.f("ix_holding_family"), "holding", ["family"], unique=False)
    op.create_index(op.f("ix_holding_order_id"), "holding", ["order_id"], unique=False)
    op.create_index(op.f("ix_holding_stream"), "holding", ["stream"], unique=False)
    op.create_table(
        "idempotency_record",
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", "key"),
    )
    op.create_table(
        "request_count",
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", "policy"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "lane",
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sender"),
    )
    op.create_table(
        "lender_limit",
        sa.Column("lender", sa.LargeBinary(), nullable=False),
        sa.Column("exporter", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("limit_minor", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("lender", "exporter", "currency"),
    )
    op.create_index(op.f("ix_lender_limit_stream"), "lender_limit", ["stream"], unique=False)
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("genesis_hash", sa.LargeBinary(), nullable=False),
        sa.Column("deployment", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.Column("final_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "operation",
        sa.Column("operation_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("operation_id"),
    )
    op.create_index(
        op.f("ix_operation_participant_id"), "operation", ["participant_id"], unique=False
    )
    op.create_table(
        "order_attester",
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "position"),
    )
    op.create_index(
        op.f("ix_order_attester_participant_id"), "order_attester", ["participant_id"], unique=False
    )
    op.create_index(op.f("ix_order_attester_stream"), "order_attester", ["stream"], unique=False)
    op.create_table(
        "order_reference",
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index(
        op.f("ix_order_reference_reference"), "order_reference", ["reference"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("operation_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("calldata", sa.LargeBinary(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("wait_s", sa.Integer(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("sender", "nonce"),
    )
    op.create_index(op.f("ix_outbox_operation_id"), "outbox", ["operation_id"], unique=False)
    op.create_index(op.f("ix_outbox_sender"), "outbox", ["sender"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["state", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('QUEUED', 'SIGNED', 'SENT', 'MINED')"),
    )
    op.create_table(
        "replaced",
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tx_hash"),
    )
    op.create_index(op.f("ix_replaced_outbox_id"), "replaced", ["outbox_id"], unique=False)
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("roles", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("kyc_expires_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("group_id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id"),
    )
    op.create_index(op.f("ix_participant_account"), "participant", ["account"], unique=False)
    op.create_index(op.f("ix_participant_stream"), "participant", ["stream"], unique=False)
    op.create_table(
        "participant_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("permissions", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("revoked_at", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_index(
        op.f("ix_participant_key_participant_id"),
        "participant_key",
        ["participant_id"],
        unique=False,
    )
    op.create_index(op.f("ix_participant_key_stream"), "participant_key", ["stream"], unique=False)
    op.create_table(
        "payment",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("payer", sa.LargeBinary(), nullable=False),
        sa.Column("payment_reference", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("outstanding_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("payouts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("financing_id", "payer", "payment_reference"),
    )
    op.create_index(op.f("ix_payment_stream"), "payment", ["stream"], unique=False)
    op.create_table(
        "profile",
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id"),
    )
    op.create_index(op.f("ix_profile_alias"), "profile", ["alias"], unique=False)
    op.create_table(
        "progress",
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("step"),
    )
    op.create_table(
        "sandbox_cap",
        sa.Column("corridor", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("cap_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("ends_at", sa.Numeric(78, 0), nullable=False),
        sa.PrimaryKeyConstraint("corridor", "currency"),
    )
    op.create_index(op.f("ix_sandbox_cap_stream"), "sandbox_cap", ["stream"], unique=False)
    op.create_table(
        "title",
        sa.Column("title_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("may_endorse", sa.Boolean(), nullable=False),
        sa.Column("surrender_reason", sa.String(), nullable=False),
        sa.Column("carrier", sa.LargeBinary(), nullable=False),
        sa.Column("shipper", sa.LargeBinary(), nullable=False),
        sa.Column("possessor", sa.LargeBinary(), nullable=False),
        sa.Column("endorsee", sa.LargeBinary(), nullable=False),
        sa.Column("surrendered_by", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_by", sa.LargeBinary(), nullable=False),
        sa.Column("pledgee", sa.LargeBinary(), nullable=False),
        sa.Column("pledged_for", sa.LargeBinary(), nullable=False),
        sa.Column("deliver_to", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("title_id"),
    )
    op.create_index(op.f("ix_title_order_id"), "title", ["order_id"], unique=False)
    op.create_index(op.f("ix_title_possessor"), "title", ["possessor"], unique=False)
    op.create_index(op.f("ix_title_stream"), "title", ["stream"], unique=False)
    op.create_index(op.f("ix_title_pledged_for"), "title", ["pledged_for"], unique=False)
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key_address", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("thumbprints", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("jwks_uri", sa.String(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index(op.f("ix_client_participant_id"), "client", ["participant_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decides", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code_sha256"),
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"], unique=False)
    op.create_table(
        "ceremony",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_ceremony_place", "ceremony", ["place", "ends_at"], unique=False)
    op.create_table(
        "login",
        sa.Column("cookie_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=True),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks_into", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("cookie_sha256"),
    )
    op.create_table(
        "passkey",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("credential_id"),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_index(op.f("ix_passkey_signer"), "passkey", ["signer"], unique=False)
    op.create_table(
        "person",
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key_address", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("oidc_subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("oidc_subject"),
    )
    op.create_index(op.f("ix_person_participant_id"), "person", ["participant_id"], unique=False)
    op.create_table(
        "seen_proof",
        sa.Column("proof_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("proof_sha256"),
    )
    op.create_index(op.f("ix_seen_proof_expires_at"), "seen_proof", ["expires_at"], unique=False)
    op.create_table(
        "token",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key_address", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_table(
        "trade_order",
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("exporter", sa.LargeBinary(), nullable=False),
        sa.Column("importer", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("accept_by", sa.Numeric(78, 0), nullable=False),
        sa.Column("ship_by", sa.Numeric(78, 0), nullable=False),
        sa.Column("placed_block", sa.BigInteger(), nullable=False),
        sa.Column("disputed_by", sa.LargeBinary(), nullable=True),
        sa.Column("disputed_until", sa.Numeric(78, 0), nullable=True),
        sa.Column("exporter_failed", sa.Integer(), nullable=False),
        sa.Column("importer_failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index(op.f("ix_trade_order_exporter"), "trade_order", ["exporter"], unique=False)
    op.create_index(op.f("ix_trade_order_importer"), "trade_order", ["importer"], unique=False)
    op.create_index(op.f("ix_trade_order_stream"), "trade_order", ["stream"], unique=False)
    op.create_table(
        "tranche",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("required", sa.Numeric(78, 0), nullable=False),
        sa.Column("required_twice", sa.Numeric(78, 0), nullable=False),
        sa.Column("blocking", sa.Numeric(78, 0), nullable=False),
        sa.Column("title_pledged", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.Numeric(78, 0), nullable=False),
        sa.Column("expires_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("released_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("released_block", sa.BigInteger(), nullable=True),
        sa.Column("released_tx", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("financing_id", "position"),
    )
    op.create_index(op.f("ix_tranche_stream"), "tranche", ["stream"], unique=False)
    op.create_index(op.f("ix_tranche_state"), "tranche", ["state"], unique=False)
    op.create_table(
        "unlinked_family",
        sa.Column("family", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Numeric(78, 0), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("family", "round"),
    )
    op.create_index(op.f("ix_unlinked_family_stream"), "unlinked_family", ["stream"], unique=False)
    op.create_table(
        "paper_fingerprint",
        sa.Column("document_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "kind", "key"),
    )
    op.create_index(op.f("ix_paper_fingerprint_key"), "paper_fingerprint", ["key"], unique=False)
    op.create_index(
        op.f("ix_paper_fingerprint_order_id"), "paper_fingerprint", ["order_id"], unique=False
    )
    op.create_table(
        "audit_entry",
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", "number"),
    )
    op.create_table(
        "facility_note",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("financing_id", "number"),
    )
    op.create_table(
        "near_match_decision",
        sa.Column("match_id", sa.LargeBinary(), nullable=False),
        sa.Column("lender", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("match_id", "lender", "number"),
    )
    op.create_index(
        op.f("ix_near_match_decision_order_id"), "near_match_decision", ["order_id"], unique=False
    )
    op.create_table(
        "examination",
        sa.Column("examination_id", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("bank", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("presented_on", sa.String(), nullable=False),
        sa.Column("answer_by", sa.String(), nullable=False),
        sa.Column("credit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notice", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules_hash", sa.LargeBinary(), nullable=False),
        sa.Column("waivers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence_id", sa.LargeBinary(), nullable=True),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("examination_id"),
    )
    op.create_index(op.f("ix_examination_order_id"), "examination", ["order_id"], unique=False)
    op.create_index(op.f("ix_examination_bank"), "examination", ["bank"], unique=False)
    op.create_table(
        "vault_content",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold", sa.String(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_vault_content_blob"), "vault_content", ["blob"], unique=False)
    op.create_table(
        "vault_wrap",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("party", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", "party"),
    )
    op.create_index(op.f("ix_vault_wrap_key_id"), "vault_wrap", ["key_id"], unique=False)
    op.create_table(
        "voyage_link",
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("voyage_id", sa.LargeBinary(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("carrier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "voyage_id"),
    )
    op.create_index(op.f("ix_voyage_link_stream"), "voyage_link", ["stream"], unique=False)
    op.create_index(op.f("ix_voyage_link_voyage_id"), "voyage_link", ["voyage_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("financing_id", "tranche"),
    )
    op.create_index(op.f("ix_standing_block_number"), "standing", ["block_number"], unique=False)
    op.create_index(op.f("ix_standing_next_at"), "standing", ["next_at"], unique=False)
    op.create_index(
        "ix_standing_met",
        "standing",
        ["financing_id", "tranche"],
        unique=False,
        postgresql_where=sa.text("met"),
    )
    op.create_index(
        "ix_standing_shared",
        "standing",
        ["financing_id"],
        unique=False,
        postgresql_where=sa.text("shared"),
    )
    op.create_table(
        "release_request",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("financing_id", "tranche", "outbox_id"),
    )
    op.create_index(
        op.f("ix_release_request_outbox_id"), "release_request", ["outbox_id"], unique=False
    )
    op.create_table(
        "release_hold",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("participant", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("financing_id", "tranche", "number"),
    )
    op.create_index(
        "ux_release_hold_standing",
        "release_hold",
        ["financing_id", "tranche", "participant"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "breach",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("causes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["block_number"], ["block.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("financing_id", "tranche", "block_number"),
    )
    op.create_table(
        "decision",
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rules_hash", sa.LargeBinary(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["block_number"], ["block.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("financing_id", "tranche", "block_number"),
    )
    op.create_table(
        "log",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("contract", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("stream", sa.LargeBinary(), nullable=False),
        sa.Column("topics", sa.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index"),
    )
    op.create_index(op.f("ix_log_stream"), "log", ["stream"], unique=False)
    op.create_table(
        "posting",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(78, 0), nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["block_number"], ["block.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("block_number", "log_index", "line"),
    )
    op.create_index(op.f("ix_posting_account"), "posting", ["account"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("order_id", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("read_upto", sa.BigInteger(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id"),
    )
    op.create_index(
        op.f("ix_webhook_endpoint_participant_id"),
        "webhook_endpoint",
        ["participant_id"],
        unique=False,
    )
    op.create_table(
        "webhook_notice",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "webhook_id"),
    )
    op.create_index(
        op.f("ix_webhook_notice_participant_id"),
        "webhook_notice",
        ["participant_id"],
        unique=False,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("lanes", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook_endpoint.webhook_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("webhook_id", "round", "event_id"),
    )
    op.create_index(
        "ix_webhook_delivery_open",
        "webhook_delivery",
        ["webhook_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_table(
        "webhook_secret",
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook_endpoint.webhook_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("webhook_id", "number"),
    )
    op.create_index(op.f("ix_decision_block_number"), "decision", ["block_number"], unique=False)
    op.create_index(op.f("ix_breach_block_number"), "breach", ["block_number"], unique=False)
    op.create_table(
        "offer",
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bank", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lenders", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("partners", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("valid_from", sa.Numeric(78, 0), nullable=False),
        sa.Column("valid_until", sa.Numeric(78, 0), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", "version"),
    )
    op.create_index(op.f("ix_offer_bank"), "offer", ["bank"], unique=False)
    op.create_table(
        "offer_withdrawal",
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("offer_id"),
    )
    op.create_table(
        "policy_proposal",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("participant_id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_signer", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_signer", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("proposal_id"),
    )
    op.create_index(
        op.f("ix_policy_proposal_participant_id"),
        "policy_proposal",
        ["participant_id"],
        unique=False,
    )
    op.create_table(
        "quote",
        sa.Column("quote_id", sa.String(), nullable=False),
        sa.Column("partner", sa.LargeBinary(), nullable=False),
        sa.Column("exporter", sa.LargeBinary(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.LargeBinary(), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("wanted_minor", sa.Numeric(78, 0), nullable=True),
        sa.Column("matures_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("financing_id", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.Numeric(78, 0), nullable=False),
        sa.Column("expires_at", sa.Numeric(78, 0), nullable=False),
        sa.Column("as_of_block", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_offer", sa.String(), nullable=True),
        sa.Column("operation_id", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("quote_id"),
    )
    for column in ("partner", "exporter", "consent_id", "order_id", "financing_id"):
        op.create_index(op.f(f"ix_quote_{column}"), "quote", [column], unique=False)
    op.create_table(
        "quote_facts",
        sa.Column("quote_id", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("quote_id"),
    )


def downgrade() -> None:
    for table in ("quote_facts", "quote", "policy_proposal", "offer_withdrawal", "offer"):
        op.drop_table(table)
    op.drop_table("webhook_secret")
    op.drop_index("ix_webhook_delivery_open", table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_index(op.f("ix_webhook_notice_participant_id"), table_name="webhook_notice")
    op.drop_table("webhook_notice")
    op.drop_index(op.f("ix_webhook_endpoint_participant_id"), table_name="webhook_endpoint")
    op.drop_table("webhook_endpoint")
    op.drop_index(op.f("ix_breach_block_number"), table_name="breach")
    op.drop_index(op.f("ix_decision_block_number"), table_name="decision")
    op.drop_index(op.f("ix_examination_bank"), table_name="examination")
    op.drop_index(op.f("ix_examination_order_id"), table_name="examination")
    op.drop_table("examination")
    op.drop_index(op.f("ix_near_match_decision_order_id"), table_name="near_match_decision")
    op.drop_table("near_match_decision")
    op.drop_table("facility_note")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_paper_fingerprint_order_id"), table_name="paper_fingerprint")
    op.drop_index(op.f("ix_paper_fingerprint_key"), table_name="paper_fingerprint")
    op.drop_table("paper_fingerprint")
    op.drop_index(op.f("ix_vault_wrap_key_id"), table_name="vault_wrap")
    op.drop_table("vault_wrap")
    op.drop_index(op.f("ix_vault_content_blob"), table_name="vault_content")
    op.drop_table("vault_content")
    op.drop_index(op.f("ix_posting_account"), table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_log_stream"), table_name="log")
    op.drop_table("log")
    op.drop_table("decision")
    op.drop_table("breach")
    op.drop_index("ux_release_hold_standing", table_name="release_hold")
    op.drop_table("release_hold")
    op.drop_index(op.f("ix_release_request_outbox_id"), table_name="release_request")
    op.drop_table("release_request")
    op.drop_index("ix_standing_shared", table_name="standing")
    op.drop_index("ix_standing_met", table_name="standing")
    op.drop_index(op.f("ix_standing_next_at"), table_name="standing")
    op.drop_index(op.f("ix_standing_block_number"), table_name="standing")
    op.drop_table("standing")
    op.drop_index(op.f("ix_voyage_link_voyage_id"), table_name="voyage_link")
    op.drop_index(op.f("ix_voyage_link_stream"), table_name="voyage_link")
    op.drop_table("voyage_link")
    op.drop_index(op.f("ix_unlinked_family_stream"), table_name="unlinked_family")
    op.drop_table("unlinked_family")
    op.drop_index(op.f("ix_tranche_state"), table_name="tranche")
    op.drop_index(op.f("ix_tranche_stream"), table_name="tranche")
    op.drop_table("tranche")
    op.drop_index(op.f("ix_trade_order_stream"), table_name="trade_order")
    op.drop_index(op.f("ix_trade_order_importer"), table_name="trade_order")
    op.drop_index(op.f("ix_trade_order_exporter"), table_name="trade_order")
    op.drop_table("trade_order")
    op.drop_table("token")
    op.drop_index(op.f("ix_seen_proof_expires_at"), table_name="seen_proof")
    op.drop_table("seen_proof")
    op.drop_index(op.f("ix_person_participant_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_passkey_signer"), table_name="passkey")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_table("login")
    op.drop_index("ix_ceremony_place", table_name="ceremony")
    op.drop_table("ceremony")
    op.drop_index(op.f("ix_invitation_person_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_client_participant_id"), table_name="client")
    op.drop_table("client")
    op.drop_index(op.f("ix_title_stream"), table_name="title")
    op.drop_index(op.f("ix_title_possessor"), table_name="title")
    op.drop_index(op.f("ix_title_pledged_for"), table_name="title")
    op.drop_index(op.f("ix_title_order_id"), table_name="title")
    op.drop_table("title")
    op.drop_index(op.f("ix_sandbox_cap_stream"), table_name="sandbox_cap")
    op.drop_table("sandbox_cap")
    op.drop_table("progress")
    op.drop_index(op.f("ix_profile_alias"), table_name="profile")
    op.drop_table("profile")
    op.drop_index(op.f("ix_payment_stream"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_participant_key_stream"), table_name="participant_key")
    op.drop_index(op.f("ix_participant_key_participant_id"), table_name="participant_key")
    op.drop_table("participant_key")
    op.drop_index(op.f("ix_participant_stream"), table_name="participant")
    op.drop_index(op.f("ix_participant_account"), table_name="participant")
    op.drop_table("participant")
    op.drop_index(op.f("ix_replaced_outbox_id"), table_name="replaced")
    op.drop_table("replaced")
    op.drop_index("ix_outbox_open", table_name="outbox")
    op.drop_index(op.f("ix_outbox_sender"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_operation_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_order_reference_reference"), table_name="order_reference")
    op.drop_table("order_reference")
    op.drop_index(op.f("ix_order_attester_stream"), table_name="order_attester")
    op.drop_index(op.f("ix_order_attester_participant_id"), table_name="order_attester")
    op.drop_table("order_attester")
    op.drop_index(op.f("ix_operation_participant_id"), table_name="operation")
    op.drop_table("operation")
    op.drop_table("network")
    op.drop_index(op.f("ix_lender_limit_stream"), table_name="lender_limit")
    op.drop_table("lender_limit")
    op.drop_table("lane")
    op.drop_table("request_count")
    op.drop_table("idempotency_record")
    op.drop_index(op.f("ix_holding_stream"), table_name="holding")
    op.drop_index(op.f("ix_holding_order_id"), table_name="holding")
    op.drop_index(op.f("ix_holding_family"), table_name="holding")
    op.drop_table("holding")
    op.drop_index("ix_facility_lender_waiting", table_name="facility_lender")
    op.drop_index(op.f("ix_facility_lender_lender"), table_name="facility_lender")
    op.drop_index(op.f("ix_facility_lender_stream"), table_name="facility_lender")
    op.drop_table("facility_lender")
    op.drop_index(op.f("ix_credit_stream"), table_name="credit")
    op.drop_table("credit")
    op.drop_index("ix_facility_outstanding", table_name="facility")
    op.drop_index("ix_facility_waiting", table_name="facility")
    op.drop_index("ix_facility_asked", table_name="facility")
    op.drop_index(op.f("ix_facility_stream"), table_name="facility")
    op.drop_index(op.f("ix_facility_order_id"), table_name="facility")
    op.drop_index(op.f("ix_facility_exporter"), table_name="facility")
    op.drop_table("facility")
    op.drop_index(op.f("ix_evidence_item_stream"), table_name="evidence_item")
    op.drop_table("evidence_item")
    op.drop_index(op.f("ix_evidence_conflict_stream"), table_name="evidence_conflict")
    op.drop_table("evidence_conflict")
    op.drop_index(op.f("ix_document_owner"), table_name="document")
    op.drop_index(op.f("ix_document_order_id"), table_name="document")
    op.drop_index(op.f("ix_document_evidence_id"), table_name="document")
    op.drop_index(op.f("ix_document_commitment"), table_name="document")
    op.drop_table("document")
    op.drop_table("consent_use")
    op.drop_table("consent_resource")
    op.drop_index(op.f("ix_consent_third_party"), table_name="consent")
    op.drop_index(op.f("ix_consent_owner"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_access_record_reader"), table_name="access_record")
    op.drop_index(op.f("ix_access_record_owner"), table_name="access_record")
    op.drop_index(op.f("ix_access_record_consent_id"), table_name="access_record")
    op.drop_table("access_record")
    op.drop_table("block")
    op.drop_index(op.f("ix_asset_link_stream"), table_name="asset_link")
    op.drop_table("asset_link")
    op.drop_index(op.f("ix_approval_bands_stream"), table_name="approval_bands")
    op.drop_table("approval_bands")
    op.drop_index(op.f("ix_approval_stream"), table_name="approval")
    op.drop_table("approval")
