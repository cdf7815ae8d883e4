"""Messages: `messages.post|edit|delete|search` and `feedback.set`."""

from msgspec.structs import replace

from basicchat.api import access, idempotency, turn_recording
from basicchat.api.calls import Call, Method
from basicchat.api.turn_recording import Started
from basicchat.domain.errors import Conflict, Forbidden, NotFound
from basicchat.domain.events import EventType, room_stream
from basicchat.domain.rooms import Feedback, FeedbackSet, Message
from basicchat.domain.runs import Run, without_details
from basicchat.domain.store import Transaction
from basicchat.domain.values import Value
from basicchat.hub.run_writer import ENDED
from basicchat.protocol.types import (
    FeedbackGiven,
    MessageRef,
    MessagesEdit,
    MessagesPost,
    MessagesSearch,
)


class MessagesFound(Value, frozen=True, kw_only=True):
    """Messages, newest first; `next` is the `before` of the next page.

    `similar` are the words for which the messages were found, if none has all words of the query.
    """

    messages: tuple[Message, ...]
    next: int | None = None
    similar: tuple[str, ...] = ()


async def post(call: Call, params: MessagesPost) -> Started:
    """Post a message that the assistant does not answer."""
    claimed = idempotency.claim(call, params, "messages.post")
    await access.require_membership(call, params.room_id, "write")
    return await turn_recording.post(call, params.room_id, params.text, claimed)


async def edit(call: Call, params: MessagesEdit) -> Message:
    """Edit one's own message. The answer stays; `messages.regenerate` writes another."""

    async def make(change: Transaction) -> Message:
        message = await _present(call, change, params.message_id)
        if message.author.id != call.actor.user.id:
            raise Forbidden("Only the author of a message may edit it", reason="not_the_author")
        now = call.services.clock.now()
        edited = replace(message, text=params.text, edited_at=now)
        return await _put(change, "message.updated", edited)

    return await idempotency.change_once(call, params, "messages.edit", Message, make)


async def delete(call: Call, params: MessageRef) -> Message:
    """Delete a message: one's own, the answer to one's own, or, as an owner of the room, any.

    The message stays in place without its text, which is also erased from past events.
    """

    async def make(change: Transaction) -> Message:
        message = await _present(call, change, params.message_id)
        await _check_deletable(call, change, message)
        return await _bury(call, change, message)

    return await idempotency.change_once(call, params, "messages.delete", Message, make)


async def _present(call: Call, change: Transaction, message_id: str) -> Message:
    """The message within the transaction; raises unless the actor may change it."""
    message = await change.message(message_id)
    if message is None:
        raise NotFound(
            "There is no such message", reason="resource_not_found", params={"resource": "message"}
        )
    await access.message_within(call, change, message, "write")
    if message.deleted_at is not None:
        raise Conflict("The message was deleted", reason="message_deleted")
    return message


async def _check_deletable(call: Call, change: Transaction, message: Message) -> None:
    user_id, author = call.actor.user.id, message.author
    if author.kind == "assistant" and message.run_id is not None:
        run = await change.run(message.run_id)
        mine = run is not None and run.user_id == user_id
    else:
        mine = author.id == user_id
    if not mine:
        await access.message_within(call, change, message, "manage")


async def _bury(call: Call, change: Transaction, message: Message) -> Message:
    tombstone = Message(
        message_id=message.message_id,
        room_id=message.room_id,
        seq=message.seq,
        author=message.author,
        text="",
        created_at=message.created_at,
        run_id=message.run_id,
        parent_id=message.parent_id,
        run_status=message.run_status,
        deleted_at=call.services.clock.now(),
        edits=message.edits,
        after=message.after,
    )
    await change.scrub(message.message_id, "message.deleted", tombstone)
    for run in await _emptied_runs(change, message):
        await change.put_run(run)
        await change.scrub(run.run_id, ENDED[run.status], run)
    return await _put(change, "message.deleted", tombstone)


async def _emptied_runs(change: Transaction, message: Message) -> list[Run]:
    """The runs that quote a message, without that; runs in progress see to it at their end."""
    run = await change.run(message.run_id) if message.run_id else None
    if run is not None and run.message_id == message.message_id:
        return [without_details(replace(run, parts=(), citations=()))]
    runs = await change.runs_of(message)
    return [without_details(run) for run in runs if run.status in ENDED]


async def _put(change: Transaction, type: EventType, message: Message) -> Message:
    await change.put_message(message)
    stream = room_stream(message.room_id)
    return await change.record(stream, type, message.message_id, lambda seq: message)


async def search(call: Call, params: MessagesSearch) -> MessagesFound:
    """Search one's rooms for messages with all of these words; the last may be a prefix.

    If there are none, words may be misspelt.
    """
    if params.room_id is not None:
        await access.require_membership(call, params.room_id, "see")
    matches = await call.services.store.search_messages(
        call.actor.user.id, params.query, params.room_id, params.before, params.limit + 1
    )
    page = matches.found[: params.limit]
    more = len(matches.found) > len(page)
    return MessagesFound(
        messages=tuple(each.message for each in page),
        next=page[-1].place if more else None,
        similar=matches.similar,
    )


async def give_feedback(call: Call, params: FeedbackGiven) -> FeedbackSet:
    """Rate a message, visibly for all members of the room; null clears the rating."""
    user_id = call.actor.user.id

    async def make(change: Transaction) -> FeedbackSet:
        message = await _present(call, change, params.message_id)
        feedback = {who: each for who, each in message.feedback.items() if who != user_id}
        if params.value is not None:
            feedback[user_id] = Feedback(value=params.value, comment=params.comment)
        await change.put_message(replace(message, feedback=feedback))
        feedback_set = FeedbackSet(
            message_id=message.message_id,
            room_id=message.room_id,
            user_id=user_id,
            value=params.value,
            comment=params.comment if params.value is not None else None,
        )
        stream = room_stream(message.room_id)
        subject = f"{message.message_id}/feedback"
        return await change.record(stream, "feedback.set", subject, lambda seq: feedback_set)

    feedback_set = await idempotency.change_once(call, params, "feedback.set", FeedbackSet, make)
    message = await call.services.store.message(params.message_id)
    if params.value == "down" and message is not None and message.run_id is not None:
        await call.services.answer_cache.remove(message.run_id)
    return feedback_set


POST = Method(
    name="messages.post", params=MessagesPost, result=Started, handler=post, repeat="once", mcp=True
)
EDIT = Method(
    name="messages.edit", params=MessagesEdit, result=Message, handler=edit, repeat="once"
)
DELETE = Method(
    name="messages.delete", params=MessageRef, result=Message, handler=delete, repeat="once"
)
SEARCH = Method(
    name="messages.search",
    params=MessagesSearch,
    result=MessagesFound,
    handler=search,
    repeat="safe",
)
FEEDBACK = Method(
    name="feedback.set",
    params=FeedbackGiven,
    result=FeedbackSet,
    handler=give_feedback,
    repeat="once",
)
