"""The standard mode: search the documents, ask the model once, check its citations."""

from basicchat.domain.passages import Hit
from basicchat.domain.turns import Answer, Turn
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
    asked = search_query(turn)
    hits: tuple[Hit, ...] = yield Search(query=asked, k=turn.passages)
    hits = fitting(hits, int(turn.context_chars * SOURCES_SHARE))
    prompt = conversation(turn, with_sources(turn.question, hits))
    standalone = "" if asked == turn.question else asked
    reply = yield Ask(messages=prompt, question=turn.question, standalone=standalone, hits=hits)
    cited = yield Cite(answer=reply.text, hits=hits)
    return Answer.cited(reply.text, cited, reply.grounding)


MODE = Mode(
    name="standard",
    title="Standard",
    description="Searches your documents, answers in one step, and cites its sources.",
    run=run,
    rank=1,
    speaks=False,
)
