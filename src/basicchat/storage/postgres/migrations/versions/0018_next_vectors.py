"""Vectors of the next embedding model beside those that serve (`vector_sets.py`)."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add what is known of the next vectors, whose table follows once there are some."""
    op.execute("ALTER TABLE search_documents ADD COLUMN embedded_next INTEGER NOT NULL DEFAULT 0")
    op.execute(
        """
        CREATE TABLE search_next_model (
            only_row BOOLEAN NOT NULL DEFAULT true CHECK (only_row),
            name TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            PRIMARY KEY (only_row)
        )
        """
    )
