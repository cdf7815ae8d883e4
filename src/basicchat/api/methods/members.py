"""Members of rooms: `rooms.invite|remove|read`."""

from collections.abc import Iterable

from basicchat.accounts.permissions import Verb
from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from basicchat.domain.rooms import Member, Room, RoomRole
from basicchat.domain.store import Transaction
from basicchat.domain.values import User, Value
from basicchat.hub import members
from basicchat.protocol.types import RoomsInvite, RoomsRead, RoomsRemove

MAX_MEMBERS = 2000


class Removed(Value, frozen=True, kw_only=True):
    """The user is no longer a member of the room."""

    room_id: str
    user_id: str


class HasRead(Value, frozen=True, kw_only=True):
    """The read position, and the number of unread messages."""

    room_id: str
    seq: int
    unread: int


async def invite(call: Call, params: RoomsInvite) -> Room:
    """Add a user to a room, or change a member's role."""
    await access.require_membership(call, params.room_id, "manage")
    user = await _invited(call, params)
    async with call.services.hub.change() as change:
        await access.recheck(call, change, params.room_id, "manage")
        room = await _room(call, change, params.room_id)
        if not await _put(change, room, user, params.role):
            return room
        after = await _room(call, change, params.room_id)
    await call.services.presence.announce(user.id)
    return after


async def _put(change: Transaction, room: Room, user: User, role: RoomRole) -> bool:
    """Add a member or change a role; false if nothing changes."""
    room_id, before = room.room_id, await change.members(room.room_id)
    member = members.member_of(before, user.id)
    if member is not None and member.role == role:
        return False
    if member is None and len(before) >= MAX_MEMBERS:
        raise TooLarge(
            f"A room has at most {MAX_MEMBERS} members",
            reason="room_full",
            params={"max_members": MAX_MEMBERS},
        )
    if member is not None and member.role == "owner":
        _keep_an_owner(before, member)
    await members.put(change, room_id, user.id, role, room.last_seq)
    return True


async def _invited(call: Call, params: RoomsInvite) -> User:
    if (params.user_id is None) is (params.name is None):
        raise InvalidInput("Give either user_id or name", field="user_id", reason="user_id_or_name")
    store = call.services.store
    if params.user_id is not None:
        user = await store.user(params.user_id)
        users: tuple[User, ...] = () if user is None else (user,)
    else:
        users = await store.users_named(params.name or "")
    if not users:
        raise NotFound(
            "There is no such user", reason="resource_not_found", params={"resource": "user"}
        )
    if len(users) > 1:
        raise Conflict(
            "Several users have this name", hint="Give the user_id.", reason="user_name_ambiguous"
        )
    return users[0]


async def _room(call: Call, change: Transaction, room_id: str) -> Room:
    room = await change.room(room_id, call.actor.user.id)
    if room is None:
        raise NotFound(
            "There is no such room", reason="resource_not_found", params={"resource": "room"}
        )
    return room


def _keep_an_owner(present: Iterable[Member], leaving: Member) -> None:
    """Raise if the room would be left without an owner."""
    if not any(one.role == "owner" and one.id != leaving.id for one in present):
        raise Conflict(
            "This is the room's last owner",
            hint="Make another member its owner first, or delete the room.",
            reason="last_room_owner",
        )


async def remove(call: Call, params: RoomsRemove) -> Removed:
    """Remove a member; owners remove anyone, others only themselves. Delivery ends at once."""
    user_id = params.user_id
    verb: Verb = "see" if user_id == call.actor.user.id else "manage"
    await access.require_membership(call, params.room_id, verb)
    async with call.services.hub.change() as change:
        await access.recheck(call, change, params.room_id, verb)
        await _part(change, params.room_id, user_id)
    call.services.typing.stop(params.room_id, user_id)
    return Removed(room_id=params.room_id, user_id=user_id)


async def _part(change: Transaction, room_id: str, user_id: str) -> None:
    before = await change.members(room_id)
    member = members.member_of(before, user_id)
    if member is None:
        raise NotFound(
            "There is no such member", reason="resource_not_found", params={"resource": "member"}
        )
    if member.role == "owner":
        _keep_an_owner(before, member)
    await members.remove(change, room_id, member)


async def read(call: Call, params: RoomsRead) -> HasRead:
    """Mark a room as read up to an event; the position never moves back."""
    await access.require_membership(call, params.room_id, "see")
    user_id = call.actor.user.id
    async with call.services.hub.change() as change:
        await access.recheck(call, change, params.room_id, "see")
        last = await change.last_message_seq(params.room_id)
        seq = min(params.seq, last)
        await members.read(change, params.room_id, user_id, seq)
        room = await _room(call, change, params.room_id)
    return HasRead(room_id=room.room_id, seq=seq, unread=room.unread)


INVITE = Method(
    name="rooms.invite", params=RoomsInvite, result=Room, handler=invite, repeat="never"
)
REMOVE = Method(
    name="rooms.remove", params=RoomsRemove, result=Removed, handler=remove, repeat="never"
)
READ = Method(name="rooms.read", params=RoomsRead, result=HasRead, handler=read, repeat="safe")
