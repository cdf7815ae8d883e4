"""Logins that were ended individually."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table of logins whose tokens are invalid."""
    op.create_table(
        "voided_logins",
        sa.Column("session_id", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("voided_logins_expiry", "voided_logins", ["expires_at"], unique=False)
