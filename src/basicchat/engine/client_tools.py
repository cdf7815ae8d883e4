"""The mode for clients that bring their own tools: returns the model's calls to the client."""

from msgspec.structs import replace

from basicchat.domain.chat import ChatMessage, TextContent
from basicchat.domain.passages import Hit
from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, Cite, Mode, ModelReply, ModeProgram, Search
from basicchat.engine.prompting import (
    SOURCES_SHARE,
    UNREADABLE_CALL,
    fitting,
    ruled,
    with_sources,
)


def run(turn: Turn) -> ModeProgram:
    """Search for the last question, ask once with the whole conversation, cite.

    The history holds the question, and the calls and results since. It is never shortened: model
    servers reject a result without its call.
    """
    hits: tuple[Hit, ...] = yield Search(query=turn.question, k=turn.passages)
    hits = fitting(hits, int(turn.context_chars * SOURCES_SHARE))
    prompt = (ruled(turn), *_behind_sources(turn, hits))
    ask = Ask(messages=prompt, question=turn.question, hits=hits, tools=turn.tools)
    reply: ModelReply = yield ask
    if any(call.error for call in reply.tool_calls):
        # No client can carry out a call without its arguments.
        again = ChatMessage.from_text(role="user", text=UNREADABLE_CALL)
        reply = yield replace(ask, messages=(*prompt, again))
    cited = yield Cite(answer=reply.text, hits=hits)
    calls = tuple(call for call in reply.tool_calls if turn.tools and not call.error)
    return replace(Answer.cited(reply.text, cited, reply.grounding), tool_calls=calls)


def _behind_sources(turn: Turn, hits: tuple[Hit, ...]) -> list[ChatMessage]:
    """The conversation with the sources in front of its last question."""
    messages = list(turn.history)
    for index in reversed(range(len(messages))):
        if messages[index].role == "user":
            message = messages[index]
            question = TextContent(text=with_sources(message.text, hits))
            other_parts = (part for part in message.content if not isinstance(part, TextContent))
            messages[index] = replace(message, content=(question, *other_parts))
            break
    return messages


def mode() -> Mode:
    """The mode for the runner; users cannot select it."""
    return Mode(name="client_tools", title="Client tools", description=run.__doc__ or "", run=run)
