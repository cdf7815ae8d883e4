"""Registered apps are kept according to when they last got tokens."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Rename the column to its present meaning."""
    op.execute("ALTER TABLE oauth_clients RENAME COLUMN created_at TO seen_at")
