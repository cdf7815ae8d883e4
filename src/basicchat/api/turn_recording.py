"""Records what a request begins: message, run, events and receipt in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from basicchat.accounts.permissions import authorise, server
from basicchat.api import access, idempotency, prompts, subscriptions
from basicchat.api.calls import Call
from basicchat.api.idempotency import Claim
from basicchat.api.run_job import RUN
from basicchat.domain.events import Position, room_stream, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.turns import Turn
from basicchat.domain.values import Author, Message, Room, Run, Value
from basicchat.hub.members import posted


class Started(Value, frozen=True, kw_only=True):
    """A turn that has begun; `message_id` is that of the answer to come.

    The turn's events follow behind `seq`. If the assistant was not called, `run_id` is null and
    `message_id` that of the message that was posted. `task_id` names the task of a run that takes
    long.
    """

    run_id: str | None
    room_id: str
    message_id: str
    epoch: str
    seq: int
    task_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What has been settled of a turn before anything is changed.

    `opens`: its room is new. `text` is the message to be posted, None if it is there already.
    `background`: its run takes long.
    """

    turn: Turn
    run: Run
    claimed: Claim | None
    opens: bool = False
    text: str | None = None
    background: bool = False


async def post(call: Call, room_id: str, text: str, claimed: Claim | None) -> Started:
    """Post a message that does not call the assistant."""

    async def record(change: Transaction) -> Started:
        await access.recheck(call, change, room_id, "write")
        message_id = f"m_{uuid4().hex}"
        await _say(call, change, room_id, message_id, text)
        return _started(change, room_id, message_id, None)

    return await _change(call, room_id, claimed, record)


async def start(call: Call, plan: Plan) -> Started:
    """Record the turn and set its run going; one that takes long is made a task too."""
    services, run = call.services, plan.run

    async def record(change: Transaction) -> Started:
        nonlocal run
        await _open(call, change, plan)
        if plan.background:
            about = {"subject": run.run_id, "run_id": run.run_id}
            task = await services.jobs.record(change, RUN, run.user_id, about)
            run = msgspec.structs.replace(run, task_id=task.task_id)
        return await _record(change, run)

    def go() -> None:
        services.live.begin(run)
        services.runner.start(plan.turn)
        services.jobs.wake()

    return await _change(call, plan.turn.room_id, plan.claimed, record, go)


async def _change(
    call: Call,
    room_id: str,
    claimed: Claim | None,
    record: Callable[[Transaction], Awaitable[Started]],
    go: Callable[[], None] = lambda: None,
) -> Started:
    """Make a beginning turn's changes once, and follow its room from there."""
    services, stream = call.services, room_stream(room_id)
    subscriber = call.caller.subscriber
    known = subscriber is not None and stream in subscriber.subscriptions
    subscription = None if known else subscriptions.listen(call, stream)
    try:
        async with services.hub.change() as change:
            before = await idempotency.before_within(change, claimed, Started)
            started = before or await record(change)
            if before is None:
                await idempotency.remember(call, change, claimed, started)
    except BaseException:
        if not known:
            subscriptions.leave(call, stream)
        raise
    if before is not None:
        if not known:
            subscriptions.leave(call, stream)
        return await follow_again(call, before)
    go()
    services.typing.stop(room_id, call.actor.user.id)
    position = Position(epoch=started.epoch, seq=started.seq)
    subscriptions.after_reply(call, subscription, position)
    return started


async def _open(call: Call, change: Transaction, plan: Plan) -> None:
    """Make the changes before the run: a new room, the question."""
    room_id, run = plan.turn.room_id, plan.run
    if not plan.opens:
        await access.recheck(call, change, room_id, "write")
    # Here, since changes are made one at a time: requests at once cannot pass together.
    call.services.runner.admit(call.actor.user.id)
    if plan.opens:
        await open_room(call, change, room_id, prompts.title_of(plan.turn.question))
    if plan.text is not None:
        await _say(call, change, room_id, run.parent_id, plan.text, run.run_id)


async def _record(change: Transaction, run: Run) -> Started:
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


async def _say(
    call: Call,
    change: Transaction,
    room_id: str,
    message_id: str,
    text: str,
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
        ),
    )
    await change.put_message(message)
    await posted(change, message, call.services.hub.listening_users(stream))


async def open_room(call: Call, change: Transaction, room_id: str, name: str) -> Room:
    """Make a room with the actor as its owner, and tell them."""
    authorise(call.actor, "start", server(call.actor))
    user = call.actor.user
    await change.put_room(room_id, name, call.services.clock.now())
    await change.put_member(room_id, user.id, "owner")
    room = await change.room(room_id, user.id)
    assert room is not None
    return await change.record(user_stream(user.id), "room.updated", room_id, lambda seq: room)


async def follow_again(call: Call, before: Started) -> Started:
    """A repeated request gets the turn's events too, if its connection lacks them.

    Not who has been removed from the room in the meantime.
    """
    stream = room_stream(before.room_id)
    subscriber = call.caller.subscriber
    if subscriber is None or stream in subscriber.subscriptions:
        return before
    if await call.services.store.membership(before.room_id, call.actor.user.id) is not None:
        cursor = Position(epoch=before.epoch, seq=before.seq)
        await subscriptions.follow(call, stream, cursor)
    return before
