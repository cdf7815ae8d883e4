"""Parts that events of many streams share are stored once; messages are numbered in their room."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


COUNTED = """UPDATE messages SET number = counted.number FROM (
    SELECT message_id, row_number() OVER (PARTITION BY room_id ORDER BY seq) AS number FROM messages
) AS counted WHERE counted.message_id = messages.message_id"""


def upgrade() -> None:
    """Add the parts; existing events stay whole. Number the existing messages."""
    op.create_table(
        "event_parts",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part_id"),
        sa.UniqueConstraint("subject", "digest"),
    )
    op.add_column("events", sa.Column("part_id", sa.Integer()))
    number = sa.Column("number", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("messages", number)
    op.execute(sa.text(COUNTED))
