"""Joins rooms by invitation, deletes rooms, and removes the data of deleted users."""

from collections.abc import Awaitable, Callable

from basicchat.api import libraries, remote_runs
from basicchat.api.calls import Services
from basicchat.domain.accounts import Invitation
from basicchat.domain.errors import Conflict, NotFound
from basicchat.domain.events import room_stream, user_stream
from basicchat.domain.rooms import Room, RoomDeleted, RoomRole
from basicchat.domain.store import Transaction
from basicchat.domain.values import User
from basicchat.hub import members

# How long a run of a room may take to end before the room is deleted.
STOP_SECONDS = 5.0


async def enter(change: Transaction, room_id: str, user_id: str, role: RoomRole) -> Room:
    """Add a user to a room, and record it for all members; an existing member keeps their role.

    Raises:
        NotFound: the room is gone.
    """
    existing = await change.room(room_id, user_id)
    if existing is not None:
        return existing
    await members.put(change, room_id, user_id, role, await change.last_message_seq(room_id))
    room = await change.room(room_id, user_id)
    if room is None:
        raise NotFound(
            "There is no such room",
            hint="It was deleted in the meantime.",
            reason="resource_not_found",
            params={"resource": "room"},
        )
    return room


async def accept_as_new(
    services: Services, code: str, name: str, password: str
) -> tuple[User, str | None]:
    """Create an account by an invitation, and join the invitation's room, if any.

    Raises:
        NotFound: the invitation is invalid or has expired.
        Conflict: the name is taken.
    """
    password_hash = await services.passwords.hash(password)
    async with services.hub.change() as change:
        invitation = await services.invitations.use(change, code)
        user = await services.users.add(change, name, invitation.role, password_hash)
        if invitation.room_id is not None:
            await _enter_invited(change, invitation, invitation.room_id, user)
    return user, invitation.room_id


async def accept(services: Services, code: str, user: User) -> str:
    """Join the room of an invitation as an existing user.

    Raises:
        NotFound: the invitation is invalid or has expired.
        Conflict: the invitation is only for new accounts.
    """
    async with services.hub.change() as change:
        invitation = await services.invitations.use(change, code)
        if invitation.room_id is None:
            raise Conflict(
                "You have an account already",
                hint="This invitation makes one.",
                reason="account_exists",
            )
        await _enter_invited(change, invitation, invitation.room_id, user)
    return invitation.room_id


async def _enter_invited(
    change: Transaction, invitation: Invitation, room_id: str, user: User
) -> None:
    room = await change.room(room_id, invitation.inviter_id)
    if room is None or room.role != "owner":
        raise NotFound(
            "The inviter is no longer an owner of this room",
            hint="Ask for another.",
            reason="inviter_not_owner",
        )
    await enter(change, room_id, user.id, invitation.room_role)


async def clear_user(services: Services, user_id: str) -> None:
    """Delete a user's documents, the rooms without other members, and the user's rows.

    Their messages in rooms with other members stay, under their name, and so do collections that
    others have access to, with the documents in them.
    """
    await services.jobs.cancel_of(user_id)
    services.runner.cancel_of(user_id)
    await services.documents.delete_library(user_id)
    await libraries.hand_over_collections(services, user_id)
    while rooms := (await services.store.rooms(user_id)).rooms:
        for room in rooms:
            await _leave(services, room, user_id)
    await libraries.hand_over_documents(services, user_id)
    async with services.store.transaction() as change:
        await change.delete_user(user_id)
    services.hub.close_stream(user_stream(user_id))


async def _leave(services: Services, room: Room, user_id: str) -> None:
    others = tuple(member for member in room.members if member.id != user_id)
    if not others:
        await delete_room(services, room.room_id)
        return
    leaving = next(member for member in room.members if member.id == user_id)
    async with services.hub.change() as change:
        if not any(member.role == "owner" for member in others):
            heir = next((each for each in others if each.role == "member"), others[0])
            await members.put(change, room.room_id, heir.id, "owner", 0)
        await members.remove(change, room.room_id, leaving)


async def delete_room(
    services: Services,
    room_id: str,
    may: Callable[[Transaction], Awaitable[None]] | None = None,
) -> RoomDeleted:
    """Delete a room with its contents, stop its runs, and record it for its members.

    Args:
        may: authorises again, within the transaction.
    """
    await _stop_runs(services, room_id)
    gone = RoomDeleted(room_id=room_id)
    async with services.hub.change() as change:
        if may is not None:
            await may(change)
        member_ids = await change.member_ids(room_id)
        await change.delete_room(room_id)
        await change.scrub(room_id, "room.deleted", gone)
        for user_id in member_ids:
            await change.record(user_stream(user_id), "room.deleted", room_id, lambda seq: gone)
    services.hub.close_stream(room_stream(room_id))
    # Nobody can see them any more.
    await services.documents.delete_library(room_id)
    # Runs that started while the first ones ended.
    for run_id in await remote_runs.in_room(services, room_id):
        await services.runner.cancel_anywhere(run_id)
    return gone


async def _stop_runs(services: Services, room_id: str) -> None:
    for run_id in await remote_runs.in_room(services, room_id):
        await services.runner.cancel_anywhere(run_id)
        await services.run_waits.wait(run_id, STOP_SECONDS)
