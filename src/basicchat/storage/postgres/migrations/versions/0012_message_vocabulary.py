"""The words of messages: a table of SQLite's own; here each message has its words already."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Change nothing."""
