"""Chain of thought: show the reasoning step by step, then answer (Wei et al., 2022).

A reasoning model is asked once, with its own reasoning shown. Any other model is asked twice: for
the reasoning, then for the answer based on it.
"""

from basicchat.domain.passages import Hit
from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, Cite, Mode, ModeProgram, Search
from basicchat.engine.prompting import (
    SOURCES_SHARE,
    conversation,
    fitting,
    search_query,
    shortened,
    with_sources,
)

# Share of the context; the prompt also needs room for sources, history and the answer.
REASONING_SHARE = 0.15

REASON = """\
Before anything is answered, reason about this step by step: what exactly is asked, what each \
source says to it, what follows from that, and what stays uncertain. Put the number of the source \
behind what you take from it. Write down the reasoning alone, not yet the answer."""
ANSWER = """\
Now answer. Check the reasoning against the sources, and correct it where it is wrong. Give the \
result and what it rests on; repeat the way to it only if that was asked for."""


def run(turn: Turn) -> ModeProgram:
    """Search, reason, answer, cite."""
    hits: tuple[Hit, ...] = yield Search(query=search_query(turn), k=turn.passages)
    hits = fitting(hits, int(turn.context_chars * SOURCES_SHARE))
    message = with_sources(turn.question, hits)
    if "thinking" in turn.capabilities:
        prompt = conversation(turn, message)
        reply = yield Ask(messages=prompt, question=turn.question, hits=hits, think=True)
    else:
        prompt = conversation(turn, f"{message}\n\n{REASON}")
        thought = yield Ask(messages=prompt, question=turn.question, hits=hits, aside=True)
        reasoning = shortened(thought.text, int(turn.context_chars * REASONING_SHARE))
        prompt = conversation(turn, f"{message}\n\nYour reasoning:\n{reasoning}\n\n{ANSWER}")
        reply = yield Ask(messages=prompt, question=turn.question, hits=hits)
    cited = yield Cite(answer=reply.text, hits=hits)
    return Answer.cited(reply.text, cited, reply.grounding)


MODE = Mode(
    name="chain_of_thought",
    title="Chain of thought",
    description="Reasons step by step before answering, and shows the reasoning.",
    run=run,
    rank=2,
)
