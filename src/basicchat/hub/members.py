"""What members of a room are told on their own streams, and how far they have read."""

from collections.abc import Collection

from basicchat.domain.events import room_stream, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.values import SMALL_ROOM, Member, Message, Room


async def posted(change: Transaction, message: Message, listening: Collection[str]) -> None:
    """Keep read positions, and tell those who do not follow the room that there is something new.

    In a room of one member, what comes while they follow it counts as read. In a shared room one's
    own message does, and those who do not follow it learn of each message, or in a large room of
    the first one that they have not read.

    Args:
        listening: who follows the room at this moment.
    """
    room_id, author = message.room_id, message.author.id
    members = await change.member_ids(room_id)
    if len(members) == 1:
        read = [user_id for user_id in members if user_id == author or user_id in listening]
        await change.mark_read(room_id, read, message.seq)
    elif author in members:
        await change.mark_read(room_id, [author], message.seq)
    if len(members) > SMALL_ROOM:
        before = await change.last_message_seq(room_id, before=message.seq)
        members = await change.member_ids(room_id, read_from=before)
    away = [user_id for user_id in members if user_id != author and user_id not in listening]
    await tell(change, room_id, away)


async def tell(change: Transaction, room_id: str, user_ids: Collection[str]) -> None:
    """Give members the room as each of them sees it now, on their own streams."""
    for user_id in user_ids:
        room = await change.room(room_id, user_id)
        if room is not None:
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
