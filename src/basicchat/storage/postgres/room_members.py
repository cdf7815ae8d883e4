"""The members of small rooms, read once in a transaction that has locked the room."""

from basicchat.domain.rooms import SMALL_ROOM, RoomMembership
from basicchat.storage.postgres.connection import PostgresConnection

_MEMBERS = "SELECT user_id, role, read_seq FROM members WHERE room_id = $1 LIMIT $2"


class SmallRoom:
    """The members of one room, as of a transaction under the room's lock."""

    def __init__(self, rows: "list[tuple[str, str, int]]") -> None:
        self._roles = {user_id: role for user_id, role, _ in rows}
        self._read = {user_id: seq for user_id, _, seq in rows}

    @classmethod
    def of(cls, rows: "list[tuple[str, str, int]]") -> "SmallRoom | None":
        """The room with these members; None if there are too many of them."""
        return cls(rows) if len(rows) <= SMALL_ROOM else None

    def membership(self, user_id: str) -> RoomMembership | None:
        """A user's membership."""
        role = self._roles.get(user_id)
        if role is None:
            return None
        return RoomMembership(role=role, shared=len(self._roles) > 1)  # type: ignore[arg-type]

    def ids(self, read_from: int) -> tuple[str, ...]:
        """The members who have read at least up to a seq."""
        return tuple(user_id for user_id, seq in self._read.items() if seq >= read_from)

    @property
    def count(self) -> int:
        """The number of members."""
        return len(self._roles)

    def mark_read(self, user_id: str, seq: int) -> bool:
        """Note a member's read position; whether it is new."""
        moved = seq > self._read.get(user_id, seq)
        if moved:
            self._read[user_id] = seq
        return moved


class RoomMembers:
    """The small rooms of one transaction; what changes their members forgets them."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._rooms: dict[str, SmallRoom | None] = {}

    async def of(self, room_id: str) -> SmallRoom | None:
        """A room that is locked; None if it is too large to be read at once."""
        if room_id not in self._rooms:
            rows = await self._connection.fetch(_MEMBERS, room_id, SMALL_ROOM + 1)
            self._rooms[room_id] = SmallRoom.of([tuple(row) for row in rows])
        return self._rooms[room_id]

    def remember(self, room_id: str, small: SmallRoom | None) -> None:
        """Note a room that has been read; None if it is too large."""
        self._rooms[room_id] = small

    def forget(self, room_id: str | None = None) -> None:
        """Read a room again when it is needed, or all of them."""
        if room_id is None:
            self._rooms.clear()
        else:
            self._rooms.pop(room_id, None)
