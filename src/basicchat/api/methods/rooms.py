"""Rooms: `rooms.create|list|update|delete|join|leave`, and `messages.list`."""

from uuid import uuid4

from msgspec import UNSET

from basicchat.api import access, memberships, remote_runs, subscriptions, turn_recording
from basicchat.api.calls import Call, Method
from basicchat.domain.errors import NotFound
from basicchat.domain.events import room_stream
from basicchat.domain.rooms import Member, Message, Room, RoomDeleted
from basicchat.domain.runs import PendingApproval, RunPart, Step, without_results
from basicchat.domain.store import Transaction
from basicchat.domain.values import Value
from basicchat.hub import members
from basicchat.protocol.types import MessagesList, RoomRef, RoomsCreate, RoomsList, RoomsUpdate

SNAPSHOT_MESSAGES = 50
NEW_ROOM = "New conversation"


class RoomsListed(Value, frozen=True, kw_only=True):
    """Rooms of the actor, latest activity first; `next` is the `after` of the following page.

    The first page also contains the drafts of all rooms, by room.
    """

    rooms: tuple[Room, ...]
    drafts: dict[str, str] = {}
    next: str | None = None


class ActiveRun(Value, frozen=True, kw_only=True):
    """A run in progress, with its text so far; `user_id` is the user who asked."""

    run_id: str
    message_id: str
    parent_id: str
    model: str
    provider: str
    reasoning_mode: str
    user_id: str
    parts: tuple[RunPart, ...]
    steps: tuple[Step, ...]
    task_id: str | None = None
    awaiting: tuple[PendingApproval, ...] = ()


class RoomSnapshot(Value, frozen=True, kw_only=True):
    """A room at `seq`; later changes follow as events.

    `members` includes read positions, `presence` the members who are online, and `draft` is the
    actor's draft.
    """

    room: Room
    members: tuple[Member, ...]
    presence: dict[str, dict[str, str]]
    messages: tuple[Message, ...]
    active_runs: tuple[ActiveRun, ...]
    epoch: str
    seq: int
    draft: str = ""


class Left(Value, frozen=True, kw_only=True):
    """The connection no longer follows the room."""

    room_id: str


class MessagesListed(Value, frozen=True, kw_only=True):
    """A page of messages in ascending order; `next` is the `before` of the previous page."""

    messages: tuple[Message, ...]
    next: int | None = None


async def create(call: Call, params: RoomsCreate) -> Room:
    """Start a conversation."""
    async with call.services.hub.change() as change:
        return await turn_recording.open_room(
            call, change, f"c_{uuid4().hex}", params.name or NEW_ROOM
        )


async def list_rooms(call: Call, params: RoomsList) -> RoomsListed:
    """List one's conversations."""
    store, user_id = call.services.store, call.actor.user.id
    page = await store.rooms(user_id, params.limit, params.after)
    drafts = await store.drafts(user_id) if params.after is None else {}
    return RoomsListed(rooms=page.rooms, drafts=drafts, next=page.next)


async def update(call: Call, params: RoomsUpdate) -> Room:
    """Rename a room, or choose the collections from which the assistant answers in it."""
    await access.require_membership(call, params.room_id, "manage")
    user_id, chosen = call.actor.user.id, params.collection_ids
    for collection_id in chosen or ():
        await access.library(call, collection_id, "see")
    async with call.services.hub.change() as change:
        await access.recheck(call, change, params.room_id, "manage")
        if params.name is not None:
            await change.put_room(params.room_id, params.name, call.services.clock.now())
        if chosen is not UNSET:
            await change.set_room_collections(params.room_id, chosen)
        room = await change.room(params.room_id, user_id)
        if room is None:
            raise NotFound(
                "There is no such room", reason="resource_not_found", params={"resource": "room"}
            )
        await members.notify(change, room.room_id, [member.id for member in room.members])
    return room


async def delete(call: Call, params: RoomRef) -> RoomDeleted:
    """Delete a room with its messages; runs in it are cancelled."""
    await access.require_membership(call, params.room_id, "manage")

    async def may(change: Transaction) -> None:
        await access.recheck(call, change, params.room_id, "manage")

    return await memberships.delete_room(call.services, params.room_id, may)


async def join(call: Call, params: RoomRef) -> RoomSnapshot:
    """Get a snapshot of a room, and follow the room from there without a gap."""
    services, user_id = call.services, call.actor.user.id
    await access.require_membership(call, params.room_id, "see")
    stream = room_stream(params.room_id)
    subscription = subscriptions.subscribe(call, stream)
    # Without others that write, a snapshot and the runs in this process belong together.
    alone = services.run_directory.alone and not services.store.several_writers
    before = {} if alone else await remote_runs.in_room(services, params.room_id)
    snapshot = await services.store.snapshot(params.room_id, user_id, SNAPSHOT_MESSAGES)
    if snapshot is None:
        subscriptions.unsubscribe(call, stream)
        raise NotFound(
            "There is no such room", reason="resource_not_found", params={"resource": "room"}
        )
    if alone:
        active = services.live_runs.in_room(params.room_id)
    else:
        after = await remote_runs.in_room(services, params.room_id)
        active = await remote_runs.active_at(services, snapshot.position, before, after)
    subscriptions.after_reply(
        call, subscription, snapshot.position, offsets=subscriptions.offsets_of(active)
    )
    if snapshot.room.unread:
        async with services.hub.change() as change:
            await members.read(change, params.room_id, user_id, snapshot.position.seq)
    return RoomSnapshot(
        room=snapshot.room,
        members=snapshot.members,
        presence=services.presence.shown(member.id for member in snapshot.room.members),
        messages=snapshot.messages,
        active_runs=tuple(
            ActiveRun(
                run_id=run.run_id,
                message_id=run.message_id,
                parent_id=run.parent_id,
                model=run.model,
                provider=run.provider,
                reasoning_mode=run.reasoning_mode,
                user_id=run.user_id,
                parts=run.parts,
                steps=without_results(run).steps,
                task_id=run.task_id,
                awaiting=run.awaiting,
            )
            for run in active
        ),
        epoch=snapshot.position.epoch,
        seq=snapshot.position.seq,
        draft=snapshot.draft,
    )


async def leave(call: Call, params: RoomRef) -> Left:
    """Stop following a room; membership is not affected."""
    await access.require_membership(call, params.room_id, "see")
    subscriptions.unsubscribe(call, room_stream(params.room_id))
    return Left(room_id=params.room_id)


async def list_messages(call: Call, params: MessagesList) -> MessagesListed:
    """Page back through a room's messages."""
    await access.require_membership(call, params.room_id, "see")
    store = call.services.store
    messages = await store.messages(params.room_id, params.before, params.limit + 1)
    page = messages[-params.limit :]
    more = len(messages) > len(page)
    return MessagesListed(messages=page, next=page[0].seq if more else None)


CREATE = Method(
    name="rooms.create",
    params=RoomsCreate,
    result=Room,
    handler=create,
    repeat="never",
    needs="start",
)
LIST = Method(
    name="rooms.list", params=RoomsList, result=RoomsListed, handler=list_rooms, repeat="safe"
)
UPDATE = Method(
    name="rooms.update", params=RoomsUpdate, result=Room, handler=update, repeat="never"
)
DELETE = Method(
    name="rooms.delete", params=RoomRef, result=RoomDeleted, handler=delete, repeat="never"
)
JOIN = Method(name="rooms.join", params=RoomRef, result=RoomSnapshot, handler=join, repeat="safe")
LEAVE = Method(name="rooms.leave", params=RoomRef, result=Left, handler=leave, repeat="safe")
MESSAGES = Method(
    name="messages.list",
    params=MessagesList,
    result=MessagesListed,
    handler=list_messages,
    repeat="safe",
)
