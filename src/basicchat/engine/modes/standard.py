"""The standard mode: search the documents, ask the model once, check its citations."""

from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Hit
from basicchat.engine.commands import Ask, Cite, Mode, ModeProgram, Search
from basicchat.engine.prompting import (
    SOURCES_SHARE,
    conversation,
    fitting,
    search_query,
    with_sources,
)


def run(turn: Turn) -> ModeProgram:
    """Search, ask, cite."""
    hits: tuple[Hit, ...] = yield Search(query=search_query(turn), k=turn.passages)
    hits = fitting(hits, int(turn.context_chars * SOURCES_SHARE))
    prompt = conversation(turn, with_sources(turn.question, hits))
    reply = yield Ask(messages=prompt, question=turn.question, hits=hits)
    cited = yield Cite(answer=reply.text, hits=hits)
    return Answer(text=reply.text, citations=cited.citations, dropped=cited.dropped)


MODE = Mode(
    name="standard",
    title="Standard",
    description="Searches your documents, answers once, and cites its sources.",
    run=run,
    rank=1,
    speaks=False,
)
