"""The resume token before the one that holds, for hellos whose reply is lost."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what a session needs to know the token it had before."""
    op.add_column("sessions", sa.Column("previous_hash", sa.String(length=64)))
    op.add_column("sessions", sa.Column("exchanged_at", sa.BigInteger()))
