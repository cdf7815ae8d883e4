"""Accounts: passwords, keys, invitations, single sign-on, and changes of access."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Extend the table of users, and create the other tables of accounts."""
    status = sa.Column("status", sa.String(length=20), nullable=False, server_default="active")
    tokens_after = sa.Column("tokens_after", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("users", status)
    op.add_column("users", sa.Column("login", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("password_hash", sa.Text(), nullable=True))
    op.add_column("users", tokens_after)
    # If users share a name, the oldest one keeps it for logging in.
    op.execute(
        "UPDATE users SET login = lower(name) WHERE user_id = (SELECT u.user_id FROM users AS u "
        "WHERE lower(u.name) = lower(users.name) ORDER BY u.created_at, u.user_id LIMIT 1)"
    )
    op.create_index("users_by_login", "users", ["login"], unique=True)
    op.create_table(
        "access_changes",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_index("api_keys_by_user", "api_keys", ["user_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("user_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_table(
        "invitations",
        sa.Column("invitation_id", sa.String(length=200), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("inviter_id", sa.String(length=200), nullable=False),
        sa.Column("room_id", sa.String(length=200), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["inviter_id"], ["users.user_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.room_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("invitation_id"),
    )
    op.create_index("invitations_by_code", "invitations", ["code_hash"], unique=True)
