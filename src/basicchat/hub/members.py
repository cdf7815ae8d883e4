"""Membership and read positions, and their events on the room's and the members' own streams."""

from collections.abc import Collection, Iterable

from basicchat.domain.events import EventType, room_stream, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.values import SMALL_ROOM, Member, Message, RoomDeleted, RoomRole


async def posted(change: Transaction, message: Message, listening: Collection[str]) -> None:
    """Update read positions after a message, and unread counts on the members' own streams.

    In a room of one member, a message counts as read if they follow the room; in a shared room
    only for its author. In a large room, only members who do not follow it are told, and only of
    their first unread message.

    Args:
        listening: the users who follow the room at this moment.
    """
    room_id, author, seq = message.room_id, message.author.id, message.seq
    before = await change.last_message_seq(room_id, before=seq)
    had_read = set(await change.member_ids(room_id, read_from=before))
    if await change.member_count(room_id, SMALL_ROOM + 1) > SMALL_ROOM:
        await change.mark_read(room_id, author, seq)
        told = had_read.difference(listening, [author])
    else:
        members = await change.member_ids(room_id)
        readers = {author, *listening} if len(members) == 1 else {author}
        for each in readers.intersection(members):
            await change.mark_read(room_id, each, seq)
        told = set(members).difference(readers & had_read)
    await tell(change, room_id, sorted(told))


async def tell(change: Transaction, room_id: str, user_ids: Collection[str]) -> None:
    """Send members the room as each of them sees it now, on their own streams."""
    views = await change.room_views(room_id, tuple(user_ids)) if user_ids else None
    if views is not None:
        own = {user_stream(user_id): view for user_id, view in views.own.items()}
        await change.record_each("room.updated", room_id, views.shared, own)


async def tell_of_members(change: Transaction, room_id: str, concerned: str = "") -> None:
    """After a change of membership: tell all members of a small room, else the one concerned."""
    present = await change.member_ids(room_id)
    await tell(change, room_id, present if len(present) <= SMALL_ROOM else [concerned])


async def read(change: Transaction, room_id: str, user_id: str, seq: int) -> None:
    """Move a member's read position forward, with its events, unless it is there already."""
    if await change.mark_read(room_id, user_id, seq):
        member = member_of(await change.members(room_id), user_id)
        if member is not None and member.read_seq:
            await record(change, "member.changed", room_id, member)
        await tell(change, room_id, [user_id])


async def tell_changes(
    change: Transaction, room_id: str, before: Iterable[Member], but_not: str = ""
) -> None:
    """Record the members that have changed: a room's size shows or hides read positions."""
    was = {member.id: member for member in before}
    for member in await change.members(room_id):
        if member.id != but_not and was.get(member.id) != member:
            await record(change, "member.changed", room_id, member)


async def put(change: Transaction, room_id: str, user_id: str, role: RoomRole, seq: int) -> None:
    """Add a member who has read up to seq, or change a member's role, with the events."""
    before = await change.members(room_id)
    known = member_of(before, user_id)
    await change.put_member(room_id, user_id, role)
    if known is None:
        await change.mark_read(room_id, user_id, seq)
    member = member_of(await change.members(room_id), user_id)
    type: EventType = "member.joined" if known is None else "member.changed"
    if member is not None:
        await record(change, type, room_id, member)
    await tell_changes(change, room_id, before, but_not=user_id)
    await tell_of_members(change, room_id, user_id)


async def remove(change: Transaction, room_id: str, member: Member) -> None:
    """End a membership, with the events for the others and for the former member."""
    before = await change.members(room_id)
    await change.remove_member(room_id, member.id)
    await record(change, "member.left", room_id, member)
    gone = RoomDeleted(room_id=room_id)
    await change.record(user_stream(member.id), "room.deleted", room_id, lambda seq: gone)
    await tell_changes(change, room_id, before)
    await tell_of_members(change, room_id)


async def record(change: Transaction, type: EventType, room_id: str, member: Member) -> None:
    """Record an event about a member in the room's stream."""
    await change.record(room_stream(room_id), type, member.id, lambda seq: member)


def member_of(members: Iterable[Member], user_id: str) -> Member | None:
    """The member with a user's id."""
    return next((member for member in members if member.id == user_id), None)
