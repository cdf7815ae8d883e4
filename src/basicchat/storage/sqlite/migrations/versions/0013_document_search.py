"""The search index of documents: tables of PostgreSQL; here it is a file of its own."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Change nothing."""
