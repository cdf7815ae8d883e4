"""Records a turn exactly once: its message, run, events and receipt, in one transaction."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import msgspec

from basicchat.accounts.permissions import authorise, server
from basicchat.api import access, idempotency, search_scope, subscriptions
from basicchat.api.calls import Call
from basicchat.api.history import AT_END, Place
from basicchat.api.idempotency import Claim
from basicchat.api.run_job import RUN
from basicchat.api.turns import Plan, Post
from basicchat.domain.events import Position, room_stream, user_stream
from basicchat.domain.rooms import Message, Room
from basicchat.domain.runs import Run
from basicchat.domain.store import Transaction
from basicchat.domain.values import Author, Value
from basicchat.hub.members import posted
from basicchat.protocol.types import Params


class Started(Value, frozen=True, kw_only=True):
    """A turn that has begun; `message_id` is that of the answer to come.

    The turn's events follow after `seq`. If the assistant was not addressed, `run_id` is null and
    `message_id` is that of the posted message. `task_id` names the task of a long run.
    """

    run_id: str | None
    room_id: str
    message_id: str
    epoch: str
    seq: int
    task_id: str | None = None


async def begin_once(
    call: Call, params: Params, operation: str, plan: Callable[[], Awaitable[Plan | Post]]
) -> Started:
    """Plan a turn, record it and start its run; a repeated request gets the first one's reply.

    The connection follows the room from the returned position on.

    Args:
        operation: distinguishes requests of different methods with equal parameters.
        plan: plans the turn, or returns a message to post only.

    Raises:
        Conflict: the `client_msg_id` was used before with other parameters.
        RateLimited: the user has too many runs in progress.
    """
    claim = idempotency.claim(call, params, operation)
    reply = await idempotency.earlier_reply(call, claim, Started)
    if reply is not None:
        return await _resubscribe(call, reply)
    planned = await plan()
    if isinstance(planned, Post):
        place = Place(after=planned.after)
        return await post(call, planned.room_id, planned.text, claim, place)
    return await _start(call, planned, claim)


async def post(
    call: Call, room_id: str, text: str, claim: Claim | None, place: Place = AT_END
) -> Started:
    """Post a message that the assistant does not answer."""

    async def record(change: Transaction) -> Started:
        await access.recheck(call, change, room_id, "write")
        message_id = f"m_{uuid4().hex}"
        await _post(call, change, room_id, message_id, text, place)
        return _started(change, room_id, message_id, None)

    return await _record_once(call, room_id, claim, record)


async def _start(call: Call, plan: Plan, claim: Claim | None) -> Started:
    """Record a turn and start its run."""
    services, run = call.services, plan.run

    async def record(change: Transaction) -> Started:
        nonlocal run
        await _record_question(call, change, plan)
        if plan.background:
            payload = {"subject": run.run_id, "run_id": run.run_id}
            task = await services.jobs.record(change, RUN, run.user_id, payload)
            run = msgspec.structs.replace(run, task_id=task.task_id)
        return await _record_run(change, run)

    def start() -> None:
        services.run_streams.begin(run)
        services.runner.start(plan.turn)
        services.jobs.wake()

    try:
        return await _record_once(call, plan.turn.room_id, claim, record, start)
    except BaseException:
        services.runner.withdraw(run.run_id)
        raise


async def _record_once(
    call: Call,
    room_id: str,
    claim: Claim | None,
    record: Callable[[Transaction], Awaitable[Started]],
    after_commit: Callable[[], None] = lambda: None,
) -> Started:
    """Record a turn with its receipt, and follow its room from that position on.

    The subscription is made before the transaction, so that no event is missed between the two.
    """
    services, stream = call.services, room_stream(room_id)
    subscriber = call.caller.subscriber
    subscribed = subscriber is not None and stream in subscriber.subscriptions
    subscription = None if subscribed else subscriptions.subscribe(call, stream)
    try:
        async with services.hub.change() as change:
            earlier = await idempotency.earlier_reply_within(change, claim, Started, room_id)
            started = earlier or await record(change)
            if earlier is None:
                await idempotency.remember(call, change, claim, started)
    except BaseException:
        if not subscribed:
            subscriptions.unsubscribe(call, stream)
        raise
    if earlier is not None:
        if not subscribed:
            subscriptions.unsubscribe(call, stream)
        return await _resubscribe(call, earlier)
    after_commit()
    services.typing.stop(room_id, call.actor.user.id)
    position = Position(epoch=started.epoch, seq=started.seq)
    subscriptions.after_reply(call, subscription, position)
    return started


async def _record_question(call: Call, change: Transaction, plan: Plan) -> None:
    """Record what precedes the run: the room, if it is new, and the question."""
    room_id, run = plan.turn.room_id, plan.run
    if plan.new_room is None:
        membership = await access.recheck(call, change, room_id, "write")
        await search_scope.recheck(change, plan.turn.scope, room_id, plan.shared, membership)
    # Within the transaction, so that concurrent requests cannot both pass: they are serialised.
    await call.services.runner.admit(run.run_id, call.actor.user.id)
    if plan.new_room is not None:
        await open_room(call, change, room_id, plan.new_room)
    if plan.text is not None:
        await _post(call, change, room_id, run.parent_id, plan.text, plan.place, run.run_id)


async def _record_run(change: Transaction, run: Run) -> Started:
    await change.record(room_stream(run.room_id), "run.started", run.run_id, lambda seq: run)
    await change.put_run(run)
    return _started(change, run.room_id, run.message_id, run.run_id, run.task_id)


def _started(
    change: Transaction,
    room_id: str,
    message_id: str,
    run_id: str | None,
    task_id: str | None = None,
) -> Started:
    first = next(event for event in change.events if event.stream == room_stream(room_id))
    return Started(
        run_id=run_id,
        room_id=room_id,
        message_id=message_id,
        epoch=first.epoch,
        seq=first.seq - 1,
        task_id=task_id,
    )


async def _post(
    call: Call,
    change: Transaction,
    room_id: str,
    message_id: str,
    text: str,
    place: Place,
    run_id: str | None = None,
) -> None:
    """Post the actor's message."""
    user, stream = call.actor.user, room_stream(room_id)
    message = await change.record(
        stream,
        "message.created",
        message_id,
        lambda seq: Message(
            message_id=message_id,
            room_id=room_id,
            seq=seq,
            author=Author(id=user.id, name=user.name, kind="user"),
            text=text,
            created_at=call.services.clock.now(),
            run_id=run_id,
            edits=place.edits,
            after=place.after,
        ),
    )
    await change.put_message(message)
    await posted(change, message, await call.services.presence.followers(stream))


async def open_room(call: Call, change: Transaction, room_id: str, name: str) -> Room:
    """Create a room with the actor as its owner, and record `room.updated` for them."""
    authorise(call.actor, "start", server(call.actor))
    user = call.actor.user
    await change.put_room(room_id, name, call.services.clock.now())
    await change.put_member(room_id, user.id, "owner")
    room = await change.room(room_id, user.id)
    assert room is not None
    return await change.record(user_stream(user.id), "room.updated", room_id, lambda seq: room)


async def _resubscribe(call: Call, started: Started) -> Started:
    """Subscribe the connection of a repeated request to the turn's events, if necessary.

    A user who was removed from the room in the meantime gets the reply without the events.
    """
    stream = room_stream(started.room_id)
    subscriber = call.caller.subscriber
    if subscriber is None or stream in subscriber.subscriptions:
        return started
    if await call.services.store.membership(started.room_id, call.actor.user.id) is not None:
        cursor = Position(epoch=started.epoch, seq=started.seq)
        await subscriptions.follow(call, stream, cursor)
    return started
