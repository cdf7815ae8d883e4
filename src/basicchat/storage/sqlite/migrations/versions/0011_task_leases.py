"""Leases on tasks: which node works on a task, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the holder of a task. Tasks without one may be taken by any node."""
    op.add_column("tasks", sa.Column("lease_owner", sa.String(100)))
    op.add_column("tasks", sa.Column("lease_expires_at", sa.BigInteger()))
