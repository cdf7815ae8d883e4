"""Changes memberships and read positions, with their events on room and user streams."""

from collections.abc import Collection, Iterable

from basicchat.domain.events import EventType, room_stream, user_stream
from basicchat.domain.rooms import SMALL_ROOM, Member, Message, RoomDeleted, RoomRole
from basicchat.domain.store import Transaction


async def posted(change: Transaction, message: Message, followers: Collection[str]) -> None:
    """Update read positions after a message, and unread counts on the members' own streams.

    In a room with one member, a message counts as read if they follow the room; in a shared room,
    only for its author. In a large room, only members who do not follow it get an event, and only
    for their first unread message.

    Args:
        followers: the ids of the users who follow the room at this moment.
    """
    room_id, author, seq = message.room_id, message.author.id, message.seq
    previous_seq = await change.last_message_seq(room_id, before=seq)
    had_read = set(await change.member_ids(room_id, read_from=previous_seq))
    if await change.member_count(room_id, SMALL_ROOM + 1) > SMALL_ROOM:
        await change.mark_read(room_id, author, seq)
        recipients = had_read.difference(followers, [author])
    else:
        members = await change.member_ids(room_id)
        readers = {author, *followers} if len(members) == 1 else {author}
        for each in readers.intersection(members):
            await change.mark_read(room_id, each, seq)
        recipients = set(members).difference(readers & had_read)
    await notify(change, room_id, sorted(recipients))


async def notify(change: Transaction, room_id: str, user_ids: Collection[str]) -> None:
    """Send each member their current view of the room, on their own stream."""
    views = await change.room_views(room_id, tuple(user_ids)) if user_ids else None
    if views is not None:
        own = {user_stream(user_id): view for user_id, view in views.own.items()}
        await change.record_each("room.updated", room_id, views.shared, own)


async def notify_members_changed(change: Transaction, room_id: str, user_id: str = "") -> None:
    """Send the changed room to all members of a small room, or else to one user only."""
    member_ids = await change.member_ids(room_id)
    await notify(change, room_id, member_ids if len(member_ids) <= SMALL_ROOM else [user_id])


async def read(change: Transaction, room_id: str, user_id: str, seq: int) -> None:
    """Advance a member's read position, with its events; do nothing if it would not advance."""
    if await change.mark_read(room_id, user_id, seq):
        member = member_of(await change.members(room_id), user_id)
        if member is not None and member.read_seq:
            await record(change, "member.changed", room_id, member)
        await notify(change, room_id, [user_id])


async def notify_changes(
    change: Transaction, room_id: str, before: Iterable[Member], but_not: str = ""
) -> None:
    """Record changed members: the room's size determines whether read positions are sent."""
    old_members = {member.id: member for member in before}
    for member in await change.members(room_id):
        if member.id != but_not and old_members.get(member.id) != member:
            await record(change, "member.changed", room_id, member)


async def put(change: Transaction, room_id: str, user_id: str, role: RoomRole, seq: int) -> None:
    """Add a member with a read position, or change a member's role, with the events."""
    before = await change.members(room_id)
    old_member = member_of(before, user_id)
    await change.put_member(room_id, user_id, role)
    if old_member is None:
        await change.mark_read(room_id, user_id, seq)
    member = member_of(await change.members(room_id), user_id)
    type: EventType = "member.joined" if old_member is None else "member.changed"
    if member is not None:
        await record(change, type, room_id, member)
    await notify_changes(change, room_id, before, but_not=user_id)
    await notify_members_changed(change, room_id, user_id)


async def remove(change: Transaction, room_id: str, member: Member) -> None:
    """End a membership, with the events for the others and for the former member."""
    before = await change.members(room_id)
    await change.remove_member(room_id, member.id)
    await record(change, "member.left", room_id, member)
    gone = RoomDeleted(room_id=room_id)
    await change.record(user_stream(member.id), "room.deleted", room_id, lambda seq: gone)
    await notify_changes(change, room_id, before)
    await notify_members_changed(change, room_id)


async def record(change: Transaction, type: EventType, room_id: str, member: Member) -> None:
    """Record an event about a member in the room's stream."""
    await change.record(room_stream(room_id), type, member.id, lambda seq: member)


def member_of(members: Iterable[Member], user_id: str) -> Member | None:
    """The member with a user's id."""
    return next((member for member in members if member.id == user_id), None)
