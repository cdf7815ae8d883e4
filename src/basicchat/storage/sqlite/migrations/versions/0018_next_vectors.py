"""Vectors of the next embedding model: tables of PostgreSQL; here in a separate file."""

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Change nothing."""
