"""Drafts, candidates, cards; samples that are searched, corrected and locked by a version number."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this revision."""
    _widen_samples()
    _widen_types()
    _add_tables()


def _widen_samples() -> None:
    op.add_column("samples", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.add_column("samples", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("samples", sa.Column("changed", sa.Float, nullable=False, server_default="0"))
    op.add_column("samples", sa.Column("plain", sa.Text, nullable=False, server_default=""))
    op.add_column("samples", sa.Column("replaces", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_samples_source", "samples", ["source"])
    op.create_index("ix_samples_by", "samples", ["by"])
    op.create_index("ix_samples_type_added", "samples", ["type", "added"])
    op.create_index("ix_samples_state_added", "samples", ["state", "added"])


def _widen_types() -> None:
    op.add_column("types", sa.Column("state", sa.String(10), nullable=False, server_default="active"))
    op.add_column("types", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("types", sa.Column("changed", sa.Float, nullable=False, server_default="0"))


def _add_tables() -> None:
    op.create_table(
        "card_drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("type", sa.String(40), nullable=False, index=True),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.Column("published", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("default_type", sa.String(40), nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("notices", sa.Text, nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("created", sa.Float, nullable=False, index=True),
        sa.Column("changed", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "draft_rows",
        sa.Column("draft", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("masks", sa.Integer, nullable=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("other", sa.String(64), nullable=False),
        sa.Column("other_type", sa.String(40), nullable=False),
        sa.Column("likeness", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("draft", sa.String(40), nullable=False, index=True),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("created", sa.Float, nullable=False, index=True),
        sa.Column("heartbeat", sa.Float, nullable=False),
        sa.Column("worker", sa.String(120), nullable=False),
        sa.Column("parent", sa.String(40), nullable=False),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("published", sa.String(40), nullable=False),
        sa.Column("meta", sa.LargeBinary, nullable=True),
        sa.Column("arrays", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "evaluation_sets",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("first_used", sa.Float, nullable=False),
        sa.Column("hashes", sa.Text, nullable=False),
    )
    op.create_table(
        "judgements",
        sa.Column("model", sa.String(80), primary_key=True),
        sa.Column("verdicts", sa.LargeBinary, nullable=False),
    )
