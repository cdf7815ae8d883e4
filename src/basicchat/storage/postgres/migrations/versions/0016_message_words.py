"""Messages found by the same words as documents: stems, pairs of characters, compounds."""

import sqlalchemy as sa
from alembic import op

from basicchat.storage.message_tokens import text_tokens

revision = "0016"
down_revision = "0015"

ROWS_AT_ONCE = 500
NEXT = sa.text(
    "SELECT number, text FROM message_texts WHERE number > :last ORDER BY number LIMIT :most"
)
PUT = sa.text(
    "UPDATE message_texts SET words = array_to_tsvector(string_to_array(:words, ' ')) "
    "WHERE number = :number"
)


def upgrade() -> None:
    """Index all messages again."""
    connection, last = op.get_bind(), -1
    while rows := connection.execute(NEXT, {"last": last, "most": ROWS_AT_ONCE}).all():
        values = [{"number": row[0], "words": " ".join(text_tokens(row[1]))} for row in rows]
        connection.execute(PUT, values)
        last = rows[-1][0]
