"""An index to find out whether any event shares a part, without scanning its subject."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Index the few events that share a part."""
    shares = sa.text("part_id IS NOT NULL")
    op.create_index("events_by_part", "events", ["part_id"], unique=False, sqlite_where=shares)
