"""The place of a question in its conversation, and the messages that lead to it."""

from msgspec import UNSET

from basicchat.api import access
from basicchat.api.calls import Call
from basicchat.domain.branches import branch
from basicchat.domain.chat import ChatMessage
from basicchat.domain.errors import Conflict, Forbidden, NotFound
from basicchat.domain.rooms import Message
from basicchat.domain.values import Value
from basicchat.protocol.types import Query

HISTORY_MESSAGES = 40
# Where a branch is named, most of the latest messages may belong to others.
BRANCHED_MESSAGES = 400


class Place(Value, frozen=True, kw_only=True):
    """Where a question is asked in its conversation; by default, at its end.

    Args:
        edits: the first version of the question of which it is another version.
        after: the question that it follows, if it was named.
        before: the seq before which the messages that lead to it are.
        tip: the last question of the branch that leads to it; None for the latest.
    """

    edits: str | None = None
    after: str | None = None
    before: int | None = None
    tip: str | None = None


AT_END = Place()


async def place_of(call: Call, params: Query, *, shared: bool) -> Place:
    """The place that a question names.

    Raises:
        Conflict: another version is asked in a room with other members, or of a deleted message.
        Forbidden: another version is asked of someone else's message.
        NotFound: there is no such question in the room.
    """
    if params.edits is not UNSET:
        question = await _question(call, params.edits, params.room_id)
        _check_editable(call, question, shared=shared)
        return await place_before(call, question, edits=True)
    if params.after is not UNSET:
        after = (await _question(call, params.after, params.room_id)).message_id
        return Place(after=after, tip=after)
    return AT_END


async def place_before(call: Call, question: Message, *, edits: bool = False) -> Place:
    """The place of an existing question, or with `edits` of another version of it."""
    root = question
    if question.edits is not None:
        root = await access.message(call, question.edits, "write")
    first = root.message_id if edits else None
    return Place(edits=first, before=root.seq, tip=root.after)


async def conversation(
    call: Call, room_id: str, place: Place, *, shared: bool
) -> tuple[ChatMessage, ...]:
    """The messages that lead to a place, without deleted ones.

    Of several answers to one question, only the latest is included. In a shared room, each person's
    message begins with their name.
    """
    limit = HISTORY_MESSAGES if place.tip is None else BRANCHED_MESSAGES
    latest = await call.services.store.messages(room_id, place.before, limit)
    messages = branch(latest, place.tip)[-HISTORY_MESSAGES:]
    answers = {each.parent_id: each.message_id for each in messages if each.text}
    return tuple(
        _as_prompt(each, shared=shared)
        for each in messages
        if each.text and (each.parent_id is None or answers[each.parent_id] == each.message_id)
    )


async def _question(call: Call, message_id: str, room_id: str | None) -> Message:
    message = await access.message(call, message_id, "write")
    if message.room_id != room_id or message.author.kind != "user":
        raise NotFound(
            "There is no such question in this room",
            reason="resource_not_found",
            params={"resource": "message"},
        )
    return message


def _check_editable(call: Call, question: Message, *, shared: bool) -> None:
    if question.author.id != call.actor.user.id:
        raise Forbidden("Only the author of a message may edit it", reason="not_the_author")
    if question.deleted_at is not None:
        raise Conflict("The question was deleted", reason="message_deleted")
    if shared:
        raise Conflict(
            "The room has other members, whose messages a new branch would hide",
            hint="Use messages.edit and messages.regenerate.",
            reason="branch_in_shared_room",
        )


def _as_prompt(message: Message, *, shared: bool) -> ChatMessage:
    if message.author.kind == "assistant":
        return ChatMessage.from_text(role="assistant", text=message.text)
    text = f"{message.author.name}: {message.text}" if shared else message.text
    return ChatMessage.from_text(role="user", text=text)
