"""Deep research: search and take notes in rounds until nothing is missing, then write a report.

Plan → search each question → notes on each document → look for gaps → … → outline → sections.
Every statement keeps its source number, from the notes to the report.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, Cite, Emit, Mode, ModelReply, ModeProgram, Note, Search
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

ROUNDS = 3
MAX_QUESTIONS = 5
MAX_GAPS = 3
MAX_DOCUMENTS_PER_ROUND = 5
MAX_SECTIONS = 5
NOTES_SHARE = 0.5
# Progress of the run after the plan, after all notes, and after the outline.
PLANNED, NOTED, OUTLINED = 0.05, 0.7, 0.75

PLAN = f"""\
This is to be researched in the user's documents. Do not answer it yet. Write down what must be \
found out, as questions to search for: at most {MAX_QUESTIONS}, each complete in itself, together \
covering all sides of it; one a line and nothing else."""
NOTES = """\
Take notes on what these passages of “{title}” contribute. Write short bullet points, each one \
statement with its number, dates, names and figures exact, and the number of the source in square \
brackets behind it. Note contradictions. If nothing in them matters, write only: nothing."""
GAPS = f"""\
Compare the notes with what is asked. Write down what is still missing, unclear or contradictory \
and could be searched for in the documents, as at most {MAX_GAPS} questions, one a line and \
nothing else. Do not repeat what was searched for already. If the notes suffice, write only: \
enough."""
OUTLINE = f"""\
The notes are to become a report. Write down the titles of its sections, in order: at most \
{MAX_SECTIONS}, the first a summary, one a line and nothing else. Plan no section that the notes \
say nothing about."""
SECTION = """\
The report has these sections: {outline}.
Write the section “{title}” and nothing else, without its title. Use the notes alone, and put the \
number of the source in square brackets behind each statement. Name what is contradictory or \
could not be found. Do not repeat what another section says."""
NOTHING_FOUND = """\
The documents were searched and hold nothing about this. Say so plainly, and what was searched \
for; then say, marked as your own knowledge, what you can."""
_ENOUGH = frozenset({"enough", "none", "nothing", "no gaps", "complete"})


@dataclass
class Research:
    """The state of one research run: sources, questions searched, notes and progress."""

    turn: Turn
    sources: Sources = field(default_factory=Sources)
    searched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: float = PLANNED

    def prompt(self, instruction: str) -> Any:
        """A prompt of the question, the notes so far and an instruction."""
        each = int(self.turn.context_chars * NOTES_SHARE / max(len(self.notes), 1))
        notes = "\n\n".join(shortened(note, each) for note in self.notes)
        notes_text = f"\n\nNotes:\n\n{notes}" if notes else ""
        return conversation(
            self.turn, f"Question: {self.turn.question}{notes_text}\n\n{instruction}"
        )


def run(turn: Turn) -> ModeProgram:
    """Plan, research in rounds, write the report."""
    research = Research(turn)
    yield Note(name="plan", detail="Planning", progress=0.0)
    questions = yield from _lines(research, PLAN, MAX_QUESTIONS)
    questions = questions or [search_query(turn)]
    for number in range(ROUNDS):
        detail = f"To find out: {'; '.join(questions)}"
        yield Note(name="plan", detail=detail, progress=research.done)
        has_new_passages = yield from _round(research, questions, (NOTED - PLANNED) / ROUNDS)
        if not has_new_passages or number == ROUNDS - 1:
            break
        questions = yield from _gaps(research)
        if not questions:
            break
    text = yield from _report(research)
    cited = yield Cite(answer=text, hits=research.sources.hits)
    return Answer.cited(text, cited)


def _lines(research: Research, instruction: str, limit: int) -> Generator[Any, Any, list[str]]:
    """Ask the model for a short list, hidden from the user."""
    reply = yield Ask(
        messages=research.prompt(instruction),
        question=research.turn.question,
        hidden=True,
        think=briefly(research.turn),
    )
    return listed(reply.text, limit)


def _round(research: Research, questions: list[str], share: float) -> Generator[Any, Any, bool]:
    """Search for the questions and take notes on new passages; false if there are none."""
    turn = research.turn
    old = len(research.sources.hits)
    results = yield tuple(Search(query=each, k=turn.passages) for each in questions)
    research.searched += questions
    for hits in results:
        research.sources.add(hits)
    documents = list(_by_document(research.sources, old))[:MAX_DOCUMENTS_PER_ROUND]
    for title, numbers in documents:
        room = int(turn.context_chars * SOURCES_SHARE)
        message = behind(turn.question, research.sources.written(numbers, room))
        prompt = conversation(turn, f"{message}\n\n{NOTES.format(title=title)}")
        reply = yield Ask(messages=prompt, question=turn.question, aside=True)
        research.done = round(research.done + share / len(documents), 3)
        if reply.text.strip().strip(".").casefold() not in _ENOUGH:
            research.notes.append(f"{title}:\n{reply.text.strip()}")
        yield Note(name="notes", detail=f"Read {title}", progress=research.done)
    return bool(documents)


def _by_document(sources: Sources, old: int) -> Iterator[tuple[str, list[int]]]:
    """Title and passage numbers of each document, skipping the first `old` passages."""
    numbers: dict[str, list[int]] = {}
    for n, hit in enumerate(sources.hits[old:], old + 1):
        numbers.setdefault(hit.document_id, []).append(n)
    for passages in numbers.values():
        yield sources.hits[passages[0] - 1].title, passages


def _gaps(research: Research) -> Generator[Any, Any, list[str]]:
    """The questions that are still open; empty if the notes suffice."""
    searched_list = "Searched for already:\n" + "\n".join(f"- {each}" for each in research.searched)
    questions = yield from _lines(research, f"{searched_list}\n\n{GAPS}", MAX_GAPS)
    searched = {each.casefold() for each in research.searched}
    return [
        each
        for each in questions
        if each.casefold() not in searched and each.strip(".").casefold() not in _ENOUGH
    ]


def _report(research: Research) -> Generator[Any, Any, str]:
    """Write the report, streamed section by section."""
    turn = research.turn
    if not research.notes:
        prompt = research.prompt(NOTHING_FOUND)
        reply: ModelReply = yield Ask(messages=prompt, question=turn.question)
        return reply.text
    yield Note(name="outline", detail="Outlining the report", progress=NOTED)
    titles = (yield from _lines(research, OUTLINE, MAX_SECTIONS)) or ["Summary"]
    pieces: list[str] = []
    for number, title in enumerate(titles):
        done = OUTLINED + (1 - OUTLINED) * number / len(titles)
        yield Note(name="section", detail=f"Writing: {title}", progress=round(done, 3))
        yield Emit(kind="answer", text=f"## {title}")
        instruction = SECTION.format(outline="; ".join(titles), title=title)
        reply = yield Ask(messages=research.prompt(instruction), question=turn.question)
        pieces += [f"## {title}", reply.text]
    return "\n\n".join(pieces)


MODE = Mode(
    name="deep_research",
    title="Deep research",
    description="Searches in rounds, takes notes on each document, and writes a cited report. "
    "Takes several minutes. Progress is shown in the list of tasks, where it can be stopped.",
    run=run,
    rank=5,
    background=True,
)
