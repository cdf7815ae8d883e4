"""Members of rooms: `rooms.invite|remove|read`."""

from basicchat.accounts.permissions import Verb
from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from basicchat.domain.events import EventType, room_stream, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.values import Member, Room, RoomDeleted, User, Value
from basicchat.hub import members
from basicchat.protocol.types import RoomsInvite, RoomsRead, RoomsRemove

MAX_MEMBERS = 2000


class Removed(Value, frozen=True, kw_only=True):
    """The user is no member of the room any more."""

    room_id: str
    user_id: str


class HasRead(Value, frozen=True, kw_only=True):
    """How far one has read, and how many messages are left."""

    room_id: str
    seq: int
    unread: int


async def invite(call: Call, params: RoomsInvite) -> Room:
    """Make a user a member of a room at once, or change a member's role."""
    await access.standing(call, params.room_id, "manage")
    user = await _invited(call, params)
    async with call.services.hub.change() as change:
        await access.still(call, change, params.room_id, "manage")
        room = await _room(call, change, params.room_id)
        before = members.member_of(room, user.id)
        if before is not None and before.role == params.role:
            return room
        _check(room, before)
        await change.put_member(room.room_id, user.id, params.role)
        if before is None:
            await change.mark_read(room.room_id, [user.id], room.last_seq)
        await _tell_of(change, room, user.id, "member.changed" if before else "member.joined")
        after = await _room(call, change, params.room_id)
    call.services.presence.tell_again(user.id)
    return after


async def _invited(call: Call, params: RoomsInvite) -> User:
    if (params.user_id is None) is (params.name is None):
        raise InvalidInput("Give either user_id or name", field="user_id")
    store = call.services.store
    if params.user_id is not None:
        user = await store.user(params.user_id)
        found: tuple[User, ...] = () if user is None else (user,)
    else:
        found = await store.users_named(params.name or "")
    if not found:
        raise NotFound("There is no such user")
    if len(found) > 1:
        raise Conflict("Several users have this name", hint="Give the user_id.")
    return found[0]


async def _room(call: Call, change: Transaction, room_id: str) -> Room:
    room = await change.room(room_id, call.actor.user.id)
    if room is None:
        raise NotFound("There is no such room")
    return room


def _check(room: Room, before: Member | None) -> None:
    if before is None and len(room.members) >= MAX_MEMBERS:
        raise TooLarge(f"A room has at most {MAX_MEMBERS} members")
    if before is not None and before.role == "owner":
        _keep_an_owner(room, before)


def _keep_an_owner(room: Room, leaving: Member) -> None:
    """Raise if nobody could manage the room any more."""
    if not any(one.role == "owner" and one.id != leaving.id for one in room.members):
        raise Conflict(
            "This is the room's last owner",
            hint="Make another member its owner first, or delete the room.",
        )


async def _tell_of(change: Transaction, before: Room, user_id: str, type: EventType) -> None:
    """Tell of a member who has come or changed, and of what else that changes."""
    stream = room_stream(before.room_id)
    room = await change.room(before.room_id, user_id)
    assert room is not None
    for member in room.members:
        if member.id == user_id:
            await change.record(stream, type, user_id, lambda seq, m=member: m)  # type: ignore[misc]
    await _tell_read_positions(change, before, room, user_id)
    await members.tell_of_members(change, room, user_id)


async def _tell_read_positions(
    change: Transaction, before: Room, room: Room, but_not: str = ""
) -> None:
    """Members are told of anew where a room's size shows or hides how far they have read."""
    stream = room_stream(room.room_id)
    was = {member.id: member for member in before.members}
    for member in room.members:
        if member.id != but_not and was.get(member.id) != member:
            await change.record(stream, "member.changed", member.id, lambda seq, m=member: m)  # type: ignore[misc]


async def remove(call: Call, params: RoomsRemove) -> Removed:
    """End a membership: an owner anyone's, everyone their own. Nothing more is sent to them."""
    user_id = params.user_id
    verb: Verb = "see" if user_id == call.actor.user.id else "manage"
    await access.standing(call, params.room_id, verb)
    async with call.services.hub.change() as change:
        await access.still(call, change, params.room_id, verb)
        room = await _room(call, change, params.room_id)
        member = members.member_of(room, user_id)
        if member is None:
            raise NotFound("There is no such member")
        if member.role == "owner":
            _keep_an_owner(room, member)
        await _part(change, room, member)
    call.services.typing.stop(room.room_id, user_id)
    return Removed(room_id=room.room_id, user_id=user_id)


async def _part(change: Transaction, before: Room, member: Member) -> None:
    room_id = before.room_id
    await change.remove_member(room_id, member.id)
    await change.record(room_stream(room_id), "member.left", member.id, lambda seq: member)
    gone = RoomDeleted(room_id=room_id)
    await change.record(user_stream(member.id), "room.deleted", room_id, lambda seq: gone)
    rest = [one.id for one in before.members if one.id != member.id]
    room = await change.room(room_id, rest[0]) if rest else None
    if room is not None:
        await _tell_read_positions(change, before, room)
        await members.tell_of_members(change, room, "")


async def read(call: Call, params: RoomsRead) -> HasRead:
    """Say that one has read up to an event of the room; a position never goes back."""
    await access.standing(call, params.room_id, "see")
    user_id = call.actor.user.id
    async with call.services.hub.change() as change:
        await access.still(call, change, params.room_id, "see")
        last = await change.last_message_seq(params.room_id)
        seq = min(params.seq, last)
        await members.read(change, params.room_id, user_id, seq)
        room = await _room(call, change, params.room_id)
    return HasRead(room_id=room.room_id, seq=seq, unread=room.unread)


INVITE = Method(name="rooms.invite", params=RoomsInvite, result=Room, handler=invite)
REMOVE = Method(name="rooms.remove", params=RoomsRemove, result=Removed, handler=remove)
READ = Method(name="rooms.read", params=RoomsRead, result=HasRead, handler=read)
