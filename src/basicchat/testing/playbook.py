"""Tests of modes as conversations: the commands that a mode should yield, and their results.

A mode is a generator, so its test needs no event loop, no model and no mock:

    answer = play(
        MODE,
        turn("How long is the warranty?"),
        (Search(query="How long is the warranty?"), hits),
        (Ask, ModelReply(text="Two years [1].")),
        (Cite, Cited(citations=(), dropped=0)),
    )
"""

from collections.abc import Callable
from typing import Any

from basicchat.domain.chat import ChatMessage, ToolSpec
from basicchat.domain.passages import Hit
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Actor, Scope, User
from basicchat.engine.commands import Command, Mode

Asked = Command | tuple[Command, ...]
Expected = Asked | type[Any] | Callable[[Any], bool]
Move = tuple[Expected, Any]

USER = User(id="u_ann", name="Ann", role="owner")


def play(mode: Mode, given: Turn, *moves: Move) -> Answer:
    """Play a conversation with a mode to its end.

    Args:
        given: the turn to answer.
        moves: pairs of the next expected command and its result. The expected command is a command
            (or a tuple of commands to be carried out concurrently) that must be equal, a type that
            it must have, or a function that must return true for it. An exception as the result is
            thrown into the mode.

    Returns:
        the mode's answer.

    Raises:
        AssertionError: the mode yielded another command, ended early, or continued too long.
    """
    script = mode.run(given)
    reply: Any = None
    for number in range(len(moves) + 1):
        try:
            asked = script.throw(reply) if isinstance(reply, Exception) else script.send(reply)
        except StopIteration as end:
            return _answer(end.value, number, len(moves))
        if number == len(moves):
            raise AssertionError(f"the mode went on and asked {asked}")
        expected, reply = moves[number]
        if not _fits(expected, asked):
            raise AssertionError(f"move {number + 1}: expected {expected}, but it asked {asked}")
    raise AssertionError("unreachable: the mode either ended or went on")


def _answer(value: Any, played: int, moves: int) -> Answer:
    if played < moves:
        raise AssertionError(f"the mode ended after move {played} of {moves}")
    if not isinstance(value, Answer):
        raise AssertionError(f"the mode returned {value!r}, no Answer")
    return value


def _fits(expected: Expected, asked: Asked) -> bool:
    if isinstance(expected, type):
        return isinstance(asked, expected)
    if callable(expected):
        return expected(asked)
    return expected == asked


def turn(
    question: str,
    *history: str,
    context_chars: int = 24_000,
    passages: int = 8,
    capabilities: tuple[str, ...] = (),
    tools: tuple[ToolSpec, ...] = (),
) -> Turn:
    """A turn to play.

    Args:
        history: the previous messages, alternating, beginning with the user's.
        context_chars: the approximate size of the model's context in characters.
        passages: the number of passages to search for.
        capabilities: the model's capabilities, with its provider's names.
        tools: the tools that the user may use.
    """
    return Turn(
        run_id="r_1",
        room_id="c_1",
        actor=Actor(user=USER, session_id="s_1"),
        question=question,
        history=tuple(
            ChatMessage.from_text(role="assistant" if number % 2 else "user", text=text)
            for number, text in enumerate(history)
        ),
        scope=Scope(user_id=USER.id),
        model="scripted",
        mode="standard",
        passages=passages,
        context_chars=context_chars,
        capabilities=capabilities,
        tools=tools,
    )


def hit(text: str, *, title: str = "Manual", page: int | None = None, start: int = 0) -> Hit:
    """A passage that a search found."""
    return Hit(
        document_id=f"d_{title.lower()}",
        title=title,
        text=text,
        score=1.0,
        start=start,
        end=start + len(text),
        page=page,
    )
