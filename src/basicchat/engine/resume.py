"""The mode that continues an interrupted answer, whatever mode began it."""

from basicchat.domain.chat import ChatMessage
from basicchat.domain.passages import Hit
from basicchat.domain.turns import Answer, Turn
from basicchat.engine import prompting
from basicchat.engine.commands import Ask, Cite, Emit, Mode, ModeProgram, Search

GO_ON = """\
Your answer was broken off at its end, perhaps within a word. Go on from exactly there: repeat \
nothing, do not begin anew, and say nothing about the interruption."""
SO_FAR_SHARE = 0.4


def run(turn: Turn) -> ModeProgram:
    """Show the text so far, let the model continue the same part, and check all citations."""
    yield Emit(kind="answer", text=turn.so_far)
    hits: tuple[Hit, ...] = yield Search(query=prompting.search_query(turn), k=turn.passages)
    hits = prompting.fitting(hits, int(turn.context_chars * (prompting.SOURCES_SHARE / 2)))
    history = prompting.recent(turn.history, int(turn.context_chars * prompting.HISTORY_SHARE))
    prompt = (
        ChatMessage.from_text(role="system", text=prompting.RULES),
        *history,
        ChatMessage.from_text(role="user", text=prompting.with_sources(turn.question, hits)),
        # Only its end, if it does not fit.
        ChatMessage.from_text(
            role="assistant", text=turn.so_far[-int(turn.context_chars * SO_FAR_SHARE) :]
        ),
        ChatMessage.from_text(role="user", text=GO_ON),
    )
    reply = yield Ask(messages=prompt, question=turn.question, hits=hits, onto=0)
    text = turn.so_far + reply.text
    cited = yield Cite(answer=text, hits=hits)
    return Answer.cited(text, cited)


def mode() -> Mode:
    """The mode for the runner; users cannot select it."""
    return Mode(name="resume", title="Resume", description=run.__doc__ or "", run=run)
