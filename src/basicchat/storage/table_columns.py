"""What the definitions of all tables share."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

metadata = MetaData()
# A key that the database counts up; it has 64 bits everywhere.
big_key = Integer().with_variant(BigInteger(), "postgresql")


def id_column(name: str, *, key: bool = False) -> Column[str]:
    """A column for an id, or for the hash of a secret."""
    return Column(name, String(200), primary_key=key, nullable=False)
