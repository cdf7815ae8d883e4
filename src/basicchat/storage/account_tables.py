"""The tables of accounts, logins and apps (see `tables.py`)."""

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
)

from basicchat.storage.table_columns import big_key, id_column, metadata

users = Table(
    "users",
    metadata,
    id_column("user_id", key=True),
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
    id_column("key_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("api_keys_by_user", "user_id"),
)

invitations = Table(
    "invitations",
    metadata,
    id_column("invitation_id", key=True),
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

tool_approvals = Table(
    "tool_approvals",
    metadata,
    id_column("approval_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    # NULL: in all conversations.
    Column("room_id", ForeignKey("rooms.room_id", ondelete="CASCADE")),
    Column("created_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("tool_approvals_by_user", "user_id"),
    Index("tool_approvals_by_room", "room_id"),
)

# Changes of rights that other processes must learn of at once. Numbers are never reused.
access_changes = Table(
    "access_changes",
    metadata,
    Column("seq", big_key, primary_key=True, autoincrement=True),
    Column("user_id", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

login_codes = Table(
    "login_codes",
    metadata,
    id_column("code_hash", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# Logins that were ended before their tokens expire.
voided_logins = Table(
    "voided_logins",
    metadata,
    id_column("session_id", key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("voided_logins_expiry", "expires_at"),
)

# Apps that registered themselves. Apps known by a metadata document are not stored.
oauth_clients = Table(
    "oauth_clients",
    metadata,
    id_column("client_id", key=True),
    # When it registered, or last received tokens.
    Column("seen_at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("oauth_clients_by_age", "seen_at"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    id_column("code_hash", key=True),
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
    id_column("grant_id", key=True),
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
    id_column("session_id", key=True),
    Column("user_id", ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("resume_hash", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("previous_hash", String(64)),
    Column("exchanged_at", BigInteger),
    Index("sessions_expiry", "expires_at"),
)
