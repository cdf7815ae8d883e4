"""Begins a turn: message, run, events and receipt in one transaction, then the run itself."""

import hashlib
from typing import Any
from uuid import uuid4

import msgspec

from basicchat.accounts.permissions import authorise, server
from basicchat.api import access, following
from basicchat.api.calls import Call
from basicchat.domain.chat import ChatMessage
from basicchat.domain.errors import Conflict, InvalidInput
from basicchat.domain.events import Position, room_stream, user_stream
from basicchat.domain.store import Receipt, Transaction
from basicchat.domain.turns import Turn
from basicchat.domain.values import Author, Message, Room, Run, Scope, Value
from basicchat.protocol.types import Query

HISTORY = 40
NAME_LENGTH = 60
# About how many characters a token stands for; low, so that prompts rather stay too short.
CHARS_PER_TOKEN = 3
DEFAULT_MODE = "standard"


class Started(Value, frozen=True, kw_only=True):
    """A turn that has begun; `message_id` is that of the answer to come.

    The turn's events follow behind `seq`.
    """

    run_id: str
    room_id: str
    message_id: str
    epoch: str
    seq: int


class Plan(Value, frozen=True, kw_only=True):
    """What has been settled of a turn before anything is changed."""

    turn: Turn
    run: Run
    room: Room | None
    question: Message | None
    client_msg_id: str | None
    body_hash: str


async def begin(call: Call, params: Query) -> Started:
    """Begin the turn that a query asks for, or find the one that it began before.

    The connection follows the room from the returned position on.

    Raises:
        Conflict: the `client_msg_id` came before with another body.
        InvalidInput: no such mode or model.
        NotFound: no such room or document.
        RateLimited: too many runs at once.
    """
    body_hash = _body_hash(params)
    before: Started | None = await repeated(call, params.client_msg_id, body_hash, Started)
    if before is not None:
        await _follow_again(call, before)
        return before
    room = await access.room(call, params.room_id, "write") if params.room_id else None
    scope = await access.scope(call, params.document_ids)
    history = await _history(call, room, None)
    turn = await _turn(call, params, room, scope, history)
    plan = Plan(
        turn=turn,
        run=await _run(call, turn, parent_id=f"m_{uuid4().hex}"),
        room=room,
        question=None,
        client_msg_id=params.client_msg_id,
        body_hash=body_hash,
    )
    return await start(call, plan)


async def again(call: Call, message: Message, client_msg_id: str | None) -> Started:
    """Answer a message anew; the new answer stands beside the old one."""
    body_hash = hashlib.sha256(f"again {message.message_id}".encode()).hexdigest()
    before: Started | None = await repeated(call, client_msg_id, body_hash, Started)
    if before is not None:
        await _follow_again(call, before)
        return before
    room = await access.room(call, message.room_id, "write")
    question = message
    if message.author.kind == "assistant":
        question = await access.message(call, message.parent_id or "", "write")
    params = Query(query=question.text, room_id=room.room_id)
    scope = Scope(user_id=call.actor.user.id)
    history = await _history(call, room, question.seq)
    turn = await _turn(call, params, room, scope, history)
    plan = Plan(
        turn=turn,
        run=await _run(call, turn, parent_id=question.message_id),
        room=room,
        question=question,
        client_msg_id=client_msg_id,
        body_hash=body_hash,
    )
    return await start(call, plan)


async def repeated(
    call: Call, client_msg_id: str | None, body_hash: str, kind: type[Any]
) -> Any | None:
    """What was answered to this `client_msg_id` before, if it came before.

    Raises:
        Conflict: it came with another body.
    """
    if client_msg_id is None:
        return None
    receipt = await call.services.store.receipt(call.actor.user.id, client_msg_id)
    return _reply_of(receipt, body_hash, kind)


def _reply_of(receipt: Receipt | None, body_hash: str, kind: type[Any]) -> Any | None:
    if receipt is None:
        return None
    if receipt.body_hash != body_hash or receipt.reply is None:
        raise Conflict(
            "This client_msg_id was used for something else",
            hint="Give every message an id of its own.",
        )
    return msgspec.json.decode(receipt.reply, type=kind)


async def start(call: Call, plan: Plan) -> Started:
    """Record the turn and set its run going."""
    services, stream = call.services, room_stream(plan.turn.room_id)
    subscriber = call.caller.subscriber
    known = subscriber is not None and stream in subscriber.subscriptions
    subscription = None if known else following.listen(call, stream)
    try:
        async with services.hub.change() as change:
            started = await _record(call, change, plan)
    except BaseException:
        if not known:
            following.leave(call, stream)
        raise
    if isinstance(started, tuple):
        services.live.begin(plan.run)
        services.runner.start(plan.turn)
        started = started[0]
    position = Position(epoch=started.epoch, seq=started.seq)
    following.after_reply(call, subscription, position)
    return started


async def _record(call: Call, change: Transaction, plan: Plan) -> Started | tuple[Started]:
    """Make all changes of a beginning turn; a bare `Started` is one that had begun before."""
    user, stream = call.actor.user, room_stream(plan.turn.room_id)
    if plan.client_msg_id is not None:
        receipt = await change.receipt(user.id, plan.client_msg_id)
        before: Started | None = _reply_of(receipt, plan.body_hash, Started)
        if before is not None:
            return before
    # Here, since changes are made one at a time: requests at once cannot pass together.
    call.services.runner.admit(user.id)
    if plan.room is None:
        await open_room(call, change, plan.turn.room_id, _name(plan.turn.question))
    question = plan.question
    if question is None:
        question = await change.record(
            stream, "message.created", plan.run.parent_id, lambda seq: _question(call, plan, seq)
        )
        await change.put_message(question)
        await change.mark_read(plan.turn.room_id, [user.id], question.seq)
    run = await change.record(stream, "run.started", plan.run.run_id, lambda seq: plan.run)
    await change.put_run(run)
    events = [event for event in change.events if event.stream == stream]
    started = Started(
        run_id=run.run_id,
        room_id=run.room_id,
        message_id=run.message_id,
        epoch=events[0].epoch,
        seq=events[0].seq - 1,
    )
    if plan.client_msg_id is not None:
        reply = Receipt(body_hash=plan.body_hash, reply=msgspec.json.encode(started))
        await change.put_receipt(user.id, plan.client_msg_id, reply, call.services.clock.now())
    return (started,)


async def open_room(call: Call, change: Transaction, room_id: str, name: str) -> Room:
    """Make a room with the actor as its owner, and tell them."""
    authorise(call.actor, "start", server(call.actor))
    user = call.actor.user
    await change.put_room(room_id, name, call.services.clock.now())
    await change.put_member(room_id, user.id, "owner")
    room = await change.room(room_id, user.id)
    assert room is not None
    return await change.record(user_stream(user.id), "room.updated", room_id, lambda seq: room)


def _question(call: Call, plan: Plan, seq: int) -> Message:
    user = call.actor.user
    return Message(
        message_id=plan.run.parent_id,
        room_id=plan.turn.room_id,
        seq=seq,
        author=Author(id=user.id, name=user.name, kind="user"),
        text=plan.turn.question,
        created_at=plan.run.started_at,
        run_id=plan.run.run_id,
    )


async def _turn(
    call: Call,
    params: Query,
    room: Room | None,
    scope: Scope,
    history: tuple[ChatMessage, ...],
) -> Turn:
    services = call.services
    mode = DEFAULT_MODE if params.reasoning_mode == "auto" else params.reasoning_mode
    if mode not in services.modes:
        offered = ", ".join(["auto", *services.modes])
        raise InvalidInput(
            f"reasoning_mode: {mode} is not available here; allowed: {offered}",
            field="reasoning_mode",
        )
    model = params.model or (await services.default_model()).id
    return Turn(
        run_id=f"r_{uuid4().hex}",
        room_id=room.room_id if room else f"c_{uuid4().hex}",
        actor=call.actor,
        question=params.query,
        history=history,
        scope=scope,
        model=model,
        mode=mode,
        passages=services.passages,
        context_chars=services.context_tokens * CHARS_PER_TOKEN,
    )


async def _run(call: Call, turn: Turn, *, parent_id: str) -> Run:
    return Run(
        run_id=turn.run_id,
        room_id=turn.room_id,
        message_id=f"m_{uuid4().hex}",
        status="running",
        reasoning_mode=turn.mode,
        model=turn.model,
        provider=call.services.llm.name,
        parts=(),
        steps=(),
        started_at=call.services.clock.now(),
        user_id=call.actor.user.id,
        parent_id=parent_id,
    )


async def _history(call: Call, room: Room | None, before: int | None) -> tuple[ChatMessage, ...]:
    """The conversation so far: of answers given anew only the latest one."""
    if room is None:
        return ()
    messages = await call.services.store.messages(room.room_id, before, HISTORY)
    latest = {message.parent_id: message.message_id for message in messages}
    return tuple(
        ChatMessage(
            role="assistant" if message.author.kind == "assistant" else "user",
            content=message.text,
        )
        for message in messages
        if message.text
        and (message.parent_id is None or latest[message.parent_id] == message.message_id)
    )


async def _follow_again(call: Call, before: Started) -> None:
    """A repeated request gets the turn's events too, if its connection lacks them."""
    stream = room_stream(before.room_id)
    subscriber = call.caller.subscriber
    if subscriber is not None and stream not in subscriber.subscriptions:
        cursor = Position(epoch=before.epoch, seq=before.seq)
        await following.follow(call, stream, cursor)


def _name(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1].rstrip() + "…"


def _body_hash(params: Query) -> str:
    body = msgspec.json.encode(params, order="deterministic")
    return hashlib.sha256(body).hexdigest()
