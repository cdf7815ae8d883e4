"""Views of small rooms by one query, which reads the members with the rest."""

from collections.abc import Sequence

from basicchat.domain.events import room_stream
from basicchat.domain.room_views import OwnRoom, RoomViews, SharedRoom
from basicchat.domain.rooms import Member
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.room_queries import chosen
from basicchat.storage.rows import from_micros

_VIEWS = """
SELECT r.name AS room_name, r.created_at, r.collection_ids, s.seq, m.user_id, m.role, u.name,
    m.user_id = ANY($3::text[]) AS wanted,
    CASE WHEN m.user_id = ANY($3) THEN coalesce((
        SELECT number FROM messages WHERE room_id = $1 ORDER BY seq DESC LIMIT 1
    ), 0) - coalesce((
        SELECT number FROM messages WHERE room_id = $1 AND seq <= m.read_seq
        ORDER BY seq DESC LIMIT 1
    ), 0) END AS unread
FROM rooms AS r
JOIN streams AS s ON s.stream = $2
JOIN members AS m ON m.room_id = r.room_id
JOIN users AS u ON u.user_id = m.user_id
WHERE r.room_id = $1 ORDER BY u.name
"""


async def small_room_views(
    connection: PostgresConnection, room_id: str, user_ids: Sequence[str]
) -> RoomViews | None:
    """A room as each of these users sees it; None if none of them is a member."""
    rows = await connection.fetch(_VIEWS, room_id, room_stream(room_id), list(user_ids))
    own = {
        row.user_id: OwnRoom(role=row.role, last_seq=row.seq, unread=row.unread)
        for row in rows
        if row.wanted
    }
    if not own:
        return None
    shared = SharedRoom(
        room_id=room_id,
        name=rows[0].room_name,
        members=tuple(Member(id=row.user_id, name=row.name, role=row.role) for row in rows),
        created_at=from_micros(rows[0].created_at),
        collection_ids=chosen(rows[0]),
    )
    return RoomViews(shared=shared, own=own)
