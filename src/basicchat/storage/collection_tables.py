"""The tables of collections, for building statements."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from basicchat.storage.table_columns import id_column, metadata

collections = Table(
    "collections",
    metadata,
    id_column("collection_id", key=True),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# The users, groups and rooms that have access to a collection. A subject may have been deleted: it
# then stands for nobody.
collection_shares = Table(
    "collection_shares",
    metadata,
    Column(
        "collection_id",
        ForeignKey("collections.collection_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("kind", String(10), primary_key=True),
    id_column("subject_id", key=True),
    Column("role", String(20), nullable=False),
    Index("collection_shares_by_subject", "kind", "subject_id"),
)
