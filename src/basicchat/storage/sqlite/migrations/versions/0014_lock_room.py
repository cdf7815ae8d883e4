"""A function of PostgreSQL, whose transactions lock rooms."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Change nothing."""
