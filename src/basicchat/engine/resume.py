"""Going on with an answer that was broken off, in whatever mode it was begun."""

from basicchat.domain.chat import ChatMessage
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Hit
from basicchat.engine import prompting
from basicchat.engine.commands import Ask, Cite, Emit, Mode, ModeProgram, Search

GO_ON = """\
Your answer was broken off at its end, perhaps within a word. Go on from exactly there: repeat \
nothing, do not begin anew, and say nothing about the interruption."""
SO_FAR_SHARE = 0.4


def run(turn: Turn) -> ModeProgram:
    """Show the text so far, have the model go on in the same part, check what both cite."""
    yield Emit(kind="answer", text=turn.so_far)
    hits: tuple[Hit, ...] = yield Search(query=prompting.search_query(turn), k=turn.passages)
    hits = prompting.fitting(hits, int(turn.context_chars * (prompting.SOURCES_SHARE / 2)))
    history = prompting.recent(turn.history, int(turn.context_chars * prompting.HISTORY_SHARE))
    prompt = (
        ChatMessage.from_text(role="system", text=prompting.RULES),
        *history,
        ChatMessage.from_text(role="user", text=prompting.with_sources(turn.question, hits)),
        # Its end is what matters where not all of it fits.
        ChatMessage.from_text(
            role="assistant", text=turn.so_far[-int(turn.context_chars * SO_FAR_SHARE) :]
        ),
        ChatMessage.from_text(role="user", text=GO_ON),
    )
    said = yield Ask(messages=prompt, question=turn.question, hits=hits, onto=0)
    text = turn.so_far + said.text
    cited = yield Cite(answer=text, hits=hits)
    return Answer(text=text, citations=cited.citations, dropped=cited.dropped)


def mode() -> Mode:
    """As the runner takes it; it is none that can be asked for."""
    return Mode(name="continuing", title="Continuing", description=run.__doc__ or "", run=run)
