"""What members of a room are told on their own streams, and how far they have read."""

from collections.abc import Collection

from basicchat.domain.events import room_stream, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.values import SMALL_ROOM, Member, Message, Room


async def posted(change: Transaction, message: Message, listening: Collection[str]) -> None:
    """Keep read positions, and tell members on their own streams what is unread now.

    In a room of one member, what comes while they follow it counts as read; in a shared room only
    one's own message does. In a large room only those are told who do not follow it, and only of
    the first message that they have not read.

    Args:
        listening: who follows the room at this moment.
    """
    room_id, author, seq = message.room_id, message.author.id, message.seq
    members = await change.member_ids(room_id)
    if len(members) == 1:
        if author in members or members[0] in listening:
            await change.mark_read(room_id, members, seq)
        else:
            await tell(change, room_id, members)
        return
    before = await change.last_message_seq(room_id, before=seq)
    had_read = set(await change.member_ids(room_id, read_from=before))
    await change.mark_read(room_id, [author], seq)
    if len(members) > SMALL_ROOM:
        away = had_read.difference(listening, [author])
    else:
        away = {user_id for user_id in members if user_id != author or user_id not in had_read}
    await tell(change, room_id, sorted(away))


async def tell(change: Transaction, room_id: str, user_ids: Collection[str]) -> None:
    """Give members the room as each of them sees it now, on their own streams."""
    if user_ids:
        rooms = await change.rooms_for(room_id, tuple(user_ids))
        for user_id, room in rooms.items():
            await _record_room(change, user_id, room)


async def _record_room(change: Transaction, user_id: str, room: Room) -> None:
    await change.record(user_stream(user_id), "room.updated", room.room_id, lambda seq: room)


async def tell_of_members(change: Transaction, room: Room, concerned: str) -> None:
    """After members have come, gone or changed: all in a small room, else the one concerned."""
    everyone = len(room.members) <= SMALL_ROOM
    await tell(change, room.room_id, [m.id for m in room.members] if everyone else [concerned])


async def read(change: Transaction, room_id: str, user_id: str, seq: int) -> bool:
    """Move a member's read position forward, and tell; false if it is there already."""
    if not await change.mark_read(room_id, [user_id], seq):
        return False
    room = await change.room(room_id, user_id)
    if room is None:
        return False
    member = member_of(room, user_id)
    if member is not None and member.read_seq:
        await change.record(room_stream(room_id), "member.changed", user_id, lambda seq: member)
    await _record_room(change, user_id, room)
    return True


def member_of(room: Room, user_id: str) -> Member | None:
    """A user's place in a room."""
    return next((member for member in room.members if member.id == user_id), None)
