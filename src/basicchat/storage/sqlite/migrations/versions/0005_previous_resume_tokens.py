"""The previous resume token of a session, for a hello whose reply was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the hash of the previous token and the time of the exchange."""
    op.add_column("sessions", sa.Column("previous_hash", sa.String(length=64)))
    op.add_column("sessions", sa.Column("exchanged_at", sa.BigInteger()))
