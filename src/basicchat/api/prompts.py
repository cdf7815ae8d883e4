"""What the assistant is told of a conversation, and whether it is spoken to at all."""

import re

from basicchat.api.calls import Call
from basicchat.domain.chat import ChatMessage
from basicchat.domain.values import Message

HISTORY = 40
NAME_LENGTH = 60
# Not within a word or an address.
_MENTION = re.compile(r"(?<![\w@.+-])@assistant\b(?!\.\w)", re.IGNORECASE)


def calls_assistant(text: str) -> bool:
    """Whether a message in a shared room speaks to the assistant."""
    return _MENTION.search(text) is not None


def question_in(text: str) -> str:
    """A message without its mention of the assistant, unless there is nothing else in it."""
    without, found = _MENTION.subn("", text, count=1)
    return without.strip(" ,:;\n\t") or text if found else text


def title_of(question: str) -> str:
    """A conversation's name, from its first question."""
    line = " ".join(question.split())
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1].rstrip() + "…"


async def history(
    call: Call, room_id: str, before: int | None, *, shared: bool
) -> tuple[ChatMessage, ...]:
    """The conversation so far: of answers given anew only the latest one, nothing deleted.

    In a shared room each person's words begin with their name.
    """
    messages = await call.services.store.messages(room_id, before, HISTORY)
    latest = {message.parent_id: message.message_id for message in messages if message.text}
    return tuple(
        _said(message, shared=shared)
        for message in messages
        if message.text
        and (message.parent_id is None or latest[message.parent_id] == message.message_id)
    )


def _said(message: Message, *, shared: bool) -> ChatMessage:
    if message.author.kind == "assistant":
        return ChatMessage(role="assistant", content=message.text)
    named = f"{message.author.name}: {message.text}" if shared else message.text
    return ChatMessage(role="user", content=named)
