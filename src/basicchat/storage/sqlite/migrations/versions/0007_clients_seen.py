"""Apps that registered are kept by when they last got tokens."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Call the time what it is now."""
    op.execute("ALTER TABLE oauth_clients RENAME COLUMN created_at TO seen_at")
