"""The time at which tasks ended, so that they can be deleted some time later."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the time. For tasks that have ended it is unknown, so it is set to now."""
    op.add_column("tasks", sa.Column("ended_at", sa.BigInteger()))
    op.create_index("tasks_by_end", "tasks", ["ended_at"], unique=False)
    ended = "UPDATE tasks SET ended_at = :now WHERE status NOT IN ('pending', 'running')"
    op.execute(sa.text(ended).bindparams(now=int(time.time() * 1_000_000)))
