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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _id(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, String(200), primary_key=key, nullable=False)


meta = Table("meta", metadata, _id("key", key=True), Column("value", Text, nullable=False))

users = Table(
    "users",
    metadata,
    _id("user_id", key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", String(20), nullable=False, server_default="active"),
    # The name as people type it; NULL once the user is deleted.
    Column("login", String(200)),
    Column("password_hash", Text),
    # Tokens issued before this are void.
    Column("tokens_after", BigInteger, nullable=False, server_default="0"),
    Index("users_by_login", "login", unique=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id("key_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("api_keys_by_user", "user_id"),
)

invitations = Table(
    "invitations",
    metadata,
    _id("invitation_id", key=True),
    Column("code_hash", String(64), nullable=False),
    Column("inviter_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("room_id", ForeignKey("rooms.room_id", ondelete="CASCADE")),
    Column("expires_at", BigInteger, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("invitations_by_code", "code_hash", unique=True),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(300), primary_key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
)

# Changes of rights that other processes must learn of at once. Numbers are never reused.
access_changes = Table(
    "access_changes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("user_id", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

login_codes = Table(
    "login_codes",
    metadata,
    _id("code_hash", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# Logins that were ended before their tokens expire.
voided_logins = Table(
    "voided_logins",
    metadata,
    _id("session_id", key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("voided_logins_expiry", "expires_at"),
)

# Apps that registered themselves. Apps known by a metadata document are not stored.
oauth_clients = Table(
    "oauth_clients",
    metadata,
    _id("client_id", key=True),
    # When it registered, or last received tokens.
    Column("seen_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("oauth_clients_by_age", "seen_at"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    _id("code_hash", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    # The grant that the code was used for; using the code again revokes it.
    Column("grant_id", String(200)),
    Column("data", LargeBinary, nullable=False),
    Index("oauth_codes_expiry", "expires_at"),
)

oauth_grants = Table(
    "oauth_grants",
    metadata,
    _id("grant_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("refresh_hash", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("data", LargeBinary, nullable=False),
    Index("oauth_grants_by_user", "user_id"),
    Index("oauth_grants_by_client", "client_id"),
    Index("oauth_grants_expiry", "expires_at"),
)

sessions = Table(
    "sessions",
    metadata,
    _id("session_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("resume_hash", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("previous_hash", String(64)),
    Column("exchanged_at", BigInteger),
    Index("sessions_expiry", "expires_at"),
)

rooms = Table(
    "rooms",
    metadata,
    _id("room_id", key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("active_at", BigInteger, nullable=False),
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

streams = Table(
    "streams",
    metadata,
    _id("stream", key=True),
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
    Column("part_id", Integer),
    Index("events_by_subject", "subject"),
    Index("events_by_part", "part_id"),
)

# JSON that several events about a subject share, by its SHA-256.
event_parts = Table(
    "event_parts",
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("subject", String(200), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("subject", "digest"),
)

messages = Table(
    "messages",
    metadata,
    _id("message_id", key=True),
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
    Column("number", Integer, primary_key=True),
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
    _id("run_id", key=True),
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
    _id("document_id", key=True),
    Column("owner_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("source", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("owner_id", "sha256"),
    Index("documents_by_age", "owner_id", "created_at"),
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
    _id("task_id", key=True),
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
    _id("user_id", key=True),
    _id("client_msg_id", key=True),
    Column("body_hash", String(64), nullable=False),
    Column("reply", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Index("receipts_by_age", "created_at"),
)
