"""The tools that users have approved for longer than one call."""

from alembic import op

revision = "0017"
down_revision = "0016"

STATEMENTS = """
CREATE TABLE tool_approvals (
    approval_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (approval_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE
);

CREATE INDEX tool_approvals_by_user ON tool_approvals (user_id);

CREATE INDEX tool_approvals_by_room ON tool_approvals (room_id);
"""


def upgrade() -> None:
    """Add the table of approvals."""
    for statement in STATEMENTS.split(";\n\n"):
        op.execute(statement)
