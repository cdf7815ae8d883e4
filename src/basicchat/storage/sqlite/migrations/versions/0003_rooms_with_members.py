"""Drafts, and the search of messages."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WORDS = """CREATE VIRTUAL TABLE message_words USING fts5(
    text, content='message_texts', content_rowid='number',
    tokenize="unicode61 remove_diacritics 2"
)"""
ADDED = "INSERT INTO message_words(rowid, text) VALUES (new.number, new.text);"
REMOVED = """INSERT INTO message_words(message_words, rowid, text)
    VALUES ('delete', old.number, old.text);"""
TRIGGERS = (
    f"CREATE TRIGGER message_texts_added AFTER INSERT ON message_texts BEGIN {ADDED} END",
    f"CREATE TRIGGER message_texts_removed AFTER DELETE ON message_texts BEGIN {REMOVED} END",
    "CREATE TRIGGER message_texts_changed AFTER UPDATE OF text ON message_texts "
    f"BEGIN {REMOVED} {ADDED} END",
)
PUT = sa.text(
    "INSERT INTO message_texts(message_id, room_id, text) VALUES (:message_id, :room_id, :text)"
)


def upgrade() -> None:
    """Add the tables of shared rooms, and index the existing messages."""
    op.add_column("members", sa.Column("draft", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "message_texts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("room_id", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.message_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("message_id"),
    )
    for statement in (WORDS, *TRIGGERS):
        op.execute(sa.text(statement))
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT message_id, room_id, data FROM messages")).all():
        said = json.loads(row.data)["text"]
        if said:
            values = {"message_id": row.message_id, "room_id": row.room_id, "text": said}
            connection.execute(PUT, values)
