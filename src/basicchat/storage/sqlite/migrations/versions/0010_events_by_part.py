"""Whether a part is shared by any event is found without looking at all of its subject."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Index the few events that share something."""
    shares = sa.text("part_id IS NOT NULL")
    op.create_index("events_by_part", "events", ["part_id"], unique=False, sqlite_where=shares)
