"""Messages found by the same words as documents: stems, pairs of characters, compounds."""

import sqlalchemy as sa
from alembic import op

from basicchat.storage.message_tokens import text_tokens

revision = "0016"
down_revision = "0015"

WORDS = """CREATE VIRTUAL TABLE message_words USING fts5(
    words, tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
)"""
KEPT = """INSERT INTO message_texts(number, message_id, room_id, text)
    VALUES (new.number, new.message_id, new.room_id, new.text)
    ON CONFLICT (message_id) DO UPDATE SET text = excluded.text;"""
WORDED = """INSERT OR REPLACE INTO message_words(rowid, words)
    SELECT number, new.words FROM message_texts WHERE message_id = new.message_id;"""
REMOVED = "DELETE FROM message_words WHERE rowid = old.number;"
MADE = (
    WORDS,
    "CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab(message_words, row)",
    "CREATE VIEW message_texts_with_words AS "
    "SELECT number, message_id, room_id, text, NULL AS words FROM message_texts",
    "CREATE TRIGGER message_texts_added INSTEAD OF INSERT ON message_texts_with_words "
    f"BEGIN {KEPT} {WORDED} END",
    f"CREATE TRIGGER message_texts_removed AFTER DELETE ON message_texts BEGIN {REMOVED} END",
)
ROWS_AT_ONCE = 500
NEXT = sa.text(
    "SELECT number, text FROM message_texts WHERE number > :last ORDER BY number LIMIT :most"
)
PUT = sa.text("INSERT INTO message_words(rowid, words) VALUES (:number, :words)")


def upgrade() -> None:
    """Index all messages again."""
    for trigger in ("added", "removed", "changed"):
        op.execute(f"DROP TRIGGER message_texts_{trigger}")
    op.execute("DROP TABLE message_vocabulary")
    op.execute("DROP TABLE message_words")
    for statement in MADE:
        op.execute(statement)
    connection, last = op.get_bind(), -1
    while rows := connection.execute(NEXT, {"last": last, "most": ROWS_AT_ONCE}).all():
        values = [{"number": row[0], "words": " ".join(text_tokens(row[1]))} for row in rows]
        connection.execute(PUT, values)
        last = rows[-1][0]
