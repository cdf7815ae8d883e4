"""Prepares a conversation for chat templates. Pure: no I/O.

Templates refuse what others accept: two messages of one role in succession, an empty message, a
conversation that begins with the assistant, a system message (Gemma 2, Mistral 7B), or a user's
message behind a tool's result. What every template accepts is sent at once. The last two are only
changed for models that refuse them (`Template`), since most models answer better with them.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from basicchat.domain.chat import ChatMessage
from basicchat.domain.values import Value
from basicchat.llm.markup import TAGS
from basicchat.llm.reply_filter import answer_in

_WITH_RULES = "{rules}\n\n{text}"
_RESULT = "Result of {name}:\n{text}"
_CALL = "I call the tool {name} with {arguments}."


class Template(Value, frozen=True, kw_only=True):
    """What a model's chat template supports.

    Attributes:
        system: messages of the role system.
        tools: messages of the role tool, and calls within messages of the assistant.
    """

    system: bool = True
    tools: bool = True


def prepared(
    messages: Sequence[ChatMessage], template: Template | None = None
) -> list[ChatMessage]:
    """The messages that are sent for a conversation."""
    template = template or Template()
    rules = "\n\n".join(m.text for m in messages if m.role == "system" and m.text)
    spoken = [_without_reasoning(m) for m in messages if m.role != "system"]
    if not template.tools:
        spoken = [_in_words(m) for m in spoken]
    merged = _from_user(_merged(m for m in spoken if m.text or m.tool_calls or m.role == "tool"))
    if not rules:
        return merged
    if template.system:
        return [ChatMessage.from_text(role="system", text=rules), *merged]
    if merged and merged[0].role == "user":
        first = _WITH_RULES.format(rules=rules, text=merged[0].text)
        return [ChatMessage.from_text(role="user", text=first), *merged[1:]]
    return [ChatMessage.from_text(role="user", text=rules), *merged]


def _merged(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Merge neighbours of one role, except tool results, each of which answers its own call."""
    merged: list[ChatMessage] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last is None or last.role != message.role or message.role == "tool" or last.tool_calls:
            merged.append(message)
        else:
            text = "\n\n".join(filter(None, (last.text, message.text)))
            merged[-1] = replace(
                ChatMessage.from_text(role=message.role, text=text), tool_calls=message.tool_calls
            )
    return merged


def _from_user(messages: list[ChatMessage]) -> list[ChatMessage]:
    """Without answers before the first question, whose questions did not fit into the context."""
    first = next((n for n, message in enumerate(messages) if message.role == "user"), 0)
    plain = all(
        message.role == "assistant" and not message.tool_calls for message in messages[:first]
    )
    return messages[first:] if plain else messages


def _without_reasoning(message: ChatMessage) -> ChatMessage:
    """An answer without reasoning, which clients of `/v1` may send back with it."""
    if message.role != "assistant" or not TAGS.search(message.text):
        return message
    text = answer_in(message.text)
    return replace(
        ChatMessage.from_text(role="assistant", text=text), tool_calls=message.tool_calls
    )


def _in_words(message: ChatMessage) -> ChatMessage:
    """A tool call, or its result, as a plain message."""
    if message.role == "tool":
        text = _RESULT.format(name=message.tool_name or "the tool", text=message.text)
        return ChatMessage.from_text(role="user", text=text)
    if not message.tool_calls:
        return message
    calls = [
        _CALL.format(name=call.name, arguments=msgspec.json.encode(call.arguments).decode())
        for call in message.tool_calls
    ]
    return ChatMessage.from_text(
        role="assistant", text="\n\n".join(filter(None, (message.text, *calls)))
    )
