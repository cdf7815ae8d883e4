"""Multi-step: split the question into parts, answer each part, then combine the answers.

The parts are answered in order, each with the earlier answers in its prompt, so that a later part
can build on an earlier one (least-to-most prompting, Zhou et al., 2022).
"""

from collections.abc import Generator
from typing import Any

from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, Cite, Mode, ModeProgram, Note, Search
from basicchat.engine.prompting import (
    SOURCES_SHARE,
    Sources,
    behind,
    briefly,
    conversation,
    listed,
    search_query,
    shortened,
)

MAX_PARTS = 5
PARTS_SHARE = 0.25
# Share of the sources' room; the answers to the parts need the rest.
PART_SOURCES_SHARE = 0.8

PLAN = f"""\
Do not answer this yet. Write down the questions to look up, one after the other, in order to \
answer it: as few as will do, at most {MAX_PARTS}, each short and complete in itself, one a line \
and nothing else. If it asks for one thing only, write down that one question."""
PART = """\
This is one part of it: {part}
Answer only that part, in a few sentences, from the sources and from what was found before. Put \
the number of the source behind each statement. If neither says it, say that it is not there."""
WHOLE = """\
Its parts were looked up and answered like this:

{parts}

Put these together into one answer to the whole question. Keep the numbers of the sources behind \
the statements. Say what is missing or contradictory; do not go through the parts one by one \
unless that is how the question is put."""


def run(turn: Turn) -> ModeProgram:
    """Plan, search and answer each part, then combine the answers."""
    plan = yield Ask(
        messages=conversation(turn, f"Question: {turn.question}\n\n{PLAN}"),
        question=turn.question,
        hidden=True,
        think=briefly(turn),
    )
    parts = listed(plan.text, MAX_PARTS) or [search_query(turn)]
    yield Note(name="plan", detail=f"To look up: {'; '.join(parts)}")
    sources, answers = Sources(), list[str]()
    for part in parts:
        answers.append((yield from _answered(turn, sources, part, answers)))
    room = int(turn.context_chars * SOURCES_SHARE * PART_SOURCES_SHARE)
    message = behind(turn.question, sources.written(range(1, len(sources.hits) + 1), room))
    prompt = conversation(turn, f"{message}\n\n{WHOLE.format(parts=_so_far(turn, answers))}")
    reply = yield Ask(messages=prompt, question=turn.question, hits=sources.hits)
    cited = yield Cite(answer=reply.text, hits=sources.hits)
    return Answer.cited(reply.text, cited, reply.grounding)


def _answered(
    turn: Turn, sources: Sources, part: str, earlier_answers: list[str]
) -> Generator[Any, Any, str]:
    """Answer one part, shown as reasoning; returns the part and its answer."""
    hits = yield Search(query=part, k=turn.passages)
    room = int(turn.context_chars * SOURCES_SHARE * PART_SOURCES_SHARE)
    message = behind(turn.question, sources.written(sources.add(hits), room))
    if earlier_answers:
        message += f"\n\nFound before:\n\n{_so_far(turn, earlier_answers)}"
    prompt = conversation(turn, f"{message}\n\n{PART.format(part=part)}")
    reply = yield Ask(messages=prompt, question=part, hits=hits, aside=True)
    yield Note(name="part", detail=f"Answered: {part}")
    return f"{part}\n{reply.text.strip() or 'Nothing was found.'}"


def _so_far(turn: Turn, answers: list[str]) -> str:
    each = int(turn.context_chars * PARTS_SHARE / max(len(answers), 1))
    return "\n\n".join(shortened(answer, each) for answer in answers)


MODE = Mode(
    name="multi_step",
    title="Multi-step",
    description="Splits the question into parts, looks up each part, and combines the answers.",
    run=run,
    rank=3,
)
