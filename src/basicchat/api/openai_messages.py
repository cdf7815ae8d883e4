"""The messages of a chat completion: from the format of the OpenAI API, and back."""

import msgspec

from basicchat.domain.chat import ChatMessage, ToolCall
from basicchat.domain.errors import InvalidInput
from basicchat.domain.passages import Citation
from basicchat.engine.prompting import shortened
from basicchat.protocol.openai import ChatCompletion, MessageIn

QUOTE_LENGTH = 200
SOURCES_BEGIN = "\n\n---\n\n**Sources**\n\n"


def message_text(message: MessageIn) -> str:
    """A message's text.

    Raises:
        InvalidInput: it contains something else.
    """
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    if other := [part.type for part in message.content if part.type not in ("text", "input_text")]:
        raise InvalidInput(
            f"Messages may contain only text, not {other[0][:50]}",
            field="messages",
            hint="Add the file as a document.",
        )
    return "\n".join(part.text or "" for part in message.content)


def question(request: ChatCompletion) -> str:
    """The last question.

    Raises:
        InvalidInput: there is no question.
    """
    questions = [message_text(message) for message in request.messages if message.role == "user"]
    if not questions or not questions[-1].strip():
        raise InvalidInput("No message with the role user contains text", field="messages")
    return questions[-1]


def instructions(messages: tuple[MessageIn, ...]) -> str:
    """The texts of the system's and the developer's messages."""
    texts = [
        message_text(message) for message in messages if message.role in ("system", "developer")
    ]
    return "\n\n".join(filter(None, texts))


def conversation(messages: tuple[MessageIn, ...]) -> tuple[ChatMessage, ...]:
    """The conversation without instructions, and without the sources this server listed."""
    names = {call.id: call.function.name for m in messages for call in m.tool_calls or ()}
    return tuple(
        ChatMessage.from_text(
            role="user" if m.role == "user" else "tool" if m.role == "tool" else "assistant",
            text=message_text(m).partition(SOURCES_BEGIN)[0]
            if m.role == "assistant"
            else message_text(m),
            tool_calls=tuple(
                ToolCall(id=c.id, name=c.function.name, arguments=_arguments(c.function.arguments))
                for c in m.tool_calls or ()
            ),
            tool_call_id=m.tool_call_id,
            tool_name=names.get(m.tool_call_id or ""),
        )
        for m in messages
        if m.role not in ("system", "developer")
    )


def _arguments(encoded: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(encoded or "{}", type=dict[str, object])
    except msgspec.DecodeError:
        raise InvalidInput(
            "The arguments of a tool call are not a JSON object", field="messages"
        ) from None


def sources_listed(citations: tuple[Citation, ...]) -> str:
    """The list of sources under an answer, in Markdown, for clients without citations."""
    if not citations:
        return ""
    lines = [f"- [{c.n}] {_place(c)}: “{_quoted(c.quote)}”" for c in citations]
    return SOURCES_BEGIN + "\n".join(lines)


def _place(citation: Citation) -> str:
    return citation.title if citation.page is None else f"{citation.title}, page {citation.page}"


def _quoted(quote: str) -> str:
    return shortened(" ".join(quote.split()), QUOTE_LENGTH)
