"""The words of messages, to find those that resemble a misspelt one."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the view of the full-text index by its words, which takes no space."""
    op.execute("CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab(message_words, row)")
