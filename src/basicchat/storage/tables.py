"""The tables that every database has, for building statements.

Columns hold what queries filter and sort by; `data` holds the whole value as JSON. Times are
microseconds since 1970 in UTC, which every database compares alike. The schema itself, with what
one database alone has (full-text indexes, triggers, partial indexes), is made by its migrations.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from basicchat.storage.account_tables import (
    access_changes,
    api_keys,
    identities,
    invitations,
    login_codes,
    oauth_clients,
    oauth_codes,
    oauth_grants,
    sessions,
    tool_approvals,
    users,
    voided_logins,
)
from basicchat.storage.collection_tables import collection_shares, collections
from basicchat.storage.table_columns import big_key, id_column, metadata

meta = Table("meta", metadata, id_column("key", key=True), Column("value", Text, nullable=False))

rooms = Table(
    "rooms",
    metadata,
    id_column("room_id", key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("active_at", BigInteger, nullable=False),
    # A JSON array of the collections that were chosen for the assistant; null if none were chosen.
    Column("collection_ids", Text),
)

members = Table(
    "members",
    metadata,
    Column("room_id", ForeignKey("rooms.room_id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("read_seq", BigInteger, nullable=False),
    # Their draft, shown on all their devices.
    Column("draft", Text, nullable=False, server_default=""),
    Index("members_by_user", "user_id"),
)

# The epoch of a stream whose room was deleted, and whose rows are still being deleted.
DELETED_EPOCH = ""

streams = Table(
    "streams",
    metadata,
    id_column("stream", key=True),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    # Events up to and including this one have been trimmed; cursors below it cannot resume.
    Column("floor", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("stream", ForeignKey("streams.stream", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("subject", String(200), nullable=False),
    # JSON; if there is a part, only the fields that the part lacks.
    Column("data", LargeBinary, nullable=False),
    Column("part_id", big_key),
    Index("events_by_subject", "subject"),
    Index("events_by_part", "part_id"),
)

# JSON that several events about a subject share, by its SHA-256.
event_parts = Table(
    "event_parts",
    metadata,
    Column("part_id", big_key, primary_key=True),
    Column("subject", String(200), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("subject", "digest"),
)

messages = Table(
    "messages",
    metadata,
    id_column("message_id", key=True),
    Column("room_id", ForeignKey("rooms.room_id", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    # The room's first message is 1, so that an unread count is a difference of two numbers.
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("room_id", "seq"),
)

# The text that search looks through. The schema keeps a full-text index in step with it in the same
# transaction, also when a foreign key deletes rows.
message_texts = Table(
    "message_texts",
    metadata,
    Column("number", big_key, primary_key=True),
    Column(
        "message_id",
        ForeignKey("messages.message_id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("room_id", String(200), nullable=False),
    Column("text", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    id_column("run_id", key=True),
    Column("room_id", ForeignKey("rooms.room_id", ondelete="CASCADE"), nullable=False),
    Column("user_id", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("runs_by_status", "status"),
    Index("runs_by_room", "room_id"),
)

documents = Table(
    "documents",
    metadata,
    id_column("document_id", key=True),
    # Who added it.
    Column("owner_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    # The collection, the room or the user that it belongs to.
    id_column("library_id"),
    Column("sha256", String(64), nullable=False),
    Column("source", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("library_id", "sha256"),
    Index("documents_by_age", "library_id", "created_at"),
    Index("documents_by_owner", "owner_id"),
)

document_pages = Table(
    "document_pages",
    metadata,
    Column(
        "document_id", ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer),
    Column("length", Integer, nullable=False),
    Column("text", Text, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    id_column("task_id", key=True),
    Column("user_id", String(200), nullable=False),
    # The id of what it works on, such as a document; empty if there is none.
    Column("subject", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    # The node that holds the task, and until when; another node may take it after that.
    Column("lease_owner", String(100)),
    Column("lease_expires_at", BigInteger),
    Index("tasks_by_status", "status"),
    Index("tasks_by_end", "ended_at"),
    Index("tasks_by_user", "user_id", "created_at"),
)

receipts = Table(
    "receipts",
    metadata,
    id_column("user_id", key=True),
    id_column("client_msg_id", key=True),
    Column("body_hash", String(64), nullable=False),
    Column("reply", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Index("receipts_by_age", "created_at"),
)

__all__ = [
    "DELETED_EPOCH",
    "access_changes",
    "api_keys",
    "collection_shares",
    "collections",
    "document_pages",
    "documents",
    "event_parts",
    "events",
    "identities",
    "invitations",
    "login_codes",
    "members",
    "message_texts",
    "messages",
    "meta",
    "metadata",
    "oauth_clients",
    "oauth_codes",
    "oauth_grants",
    "receipts",
    "rooms",
    "runs",
    "sessions",
    "streams",
    "tasks",
    "tool_approvals",
    "users",
    "voided_logins",
]
