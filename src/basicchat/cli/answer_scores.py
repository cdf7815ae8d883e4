"""Scores the answers to questions with known answers, through the pipeline that users have."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from basicchat.documents.answer_evaluation import OWNER, Asked, Library, load_questions
from basicchat.documents.chunking import ChunkSettings
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import LLM, Embedder
from basicchat.domain.runs import PartKind, PendingApproval, Run, Step
from basicchat.domain.search import SearchIndex
from basicchat.domain.turns import Answer, Outcome, Turn
from basicchat.domain.values import Actor, User, Value
from basicchat.engine.driver import Budget, Driver
from basicchat.engine.modes import standard
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.ops.clock import SystemClock

CONTEXT_CHARS = 16_000
Report = Callable[[float, str], Awaitable[None]]


class AnswerScores(Value, frozen=True, kw_only=True):
    """Shares from 0 to 1; None where a file has no such questions.

    Attributes:
        recall_at_1: whose paragraph is found first; of answerable questions, as the next ones.
        answered: that got an answer from the sources.
        shown: that got an answer, or the closest passages.
        gold_in_answer: where what is shown has the right words.
        gold_in_first_quote: where the first quotation has them.
        citation_precision: of the citations, those from the paragraph that was asked about.
        impossible_not_answered: of the questions marked as impossible, those whose passages are not
            presented as an answer.
        elsewhere_refused: of questions asked of another article's paragraphs, those for which the
            documents do not say.
        search_ms: the median time of a search.
    """

    recall_at_1: float
    recall_at_5: float
    answered: float
    shown: float
    gold_in_answer: float
    gold_in_first_quote: float
    citation_precision: float | None
    impossible_not_answered: float | None
    elsewhere_refused: float | None
    search_ms: float
    answerable: int
    impossible: int
    elsewhere: int
    paragraphs: int


class _Silent:
    """Implements `domain.ports.RunSink`: nobody reads along."""

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        return lambda text: None

    async def step(self, run_id: str, step: Step) -> None:
        return None

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        return None

    def progress(self, run_id: str, done: float, message: str) -> None:
        return None

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        return None


class _Result(Value, frozen=True):
    asked: Asked
    found: tuple[str, ...]
    answer: Answer
    search_ms: float

    @property
    def first_quote(self) -> str:
        """The quotation of the first mark in the text."""
        marks = [mark for mark in self.answer.marks if mark >= 0]
        citations = self.answer.citations
        return citations[marks[0] if marks else 0].quote if citations else ""


async def score_answers(
    path: Path,
    index: SearchIndex,
    llm: LLM,
    model: str,
    report: Report,
    *,
    passages: int,
    chunking: ChunkSettings,
    embedder: Embedder | None = None,
) -> AnswerScores:
    """Index the paragraphs of a file in SQuAD's layout, ask its questions, and score the answers.

    Args:
        index: a separate index for this purpose; it is cleared first.
        passages: how many passages an answer is made from.

    Raises:
        InvalidInput: the file cannot be read, or is of another layout.
    """
    questions = load_questions(path)
    library = Library(index, embedder)
    await report(0.0, "Indexing")
    await library.add(questions, chunking)
    tools = ToolCatalog(())
    driver = Driver(llm, library.retriever, tools, _Silent(), SystemClock(), Budget(), Metrics())
    every = list(questions.with_elsewhere())
    results = []
    for number, asked in enumerate(every):
        began = time.perf_counter()
        hits = await library.search(asked, 5)
        search_ms = (time.perf_counter() - began) * 1000
        found = tuple(dict.fromkeys(hit.document_id for hit in hits))
        turn = _turn(library, asked, model, passages)
        done = await driver.run(turn, standard.MODE)
        results.append(_Result(asked, found, done.answer, search_ms))
        if number % 20 == 0:
            await report(number / len(every), "Asking")
    return scores(results, len(questions.paragraphs))


def _turn(library: Library, asked: Asked, model: str, passages: int) -> Turn:
    return Turn(
        run_id="evaluation",
        room_id="evaluation",
        actor=Actor(user=User(id=OWNER, name="Evaluation", role="member"), session_id=""),
        question=asked.question,
        history=(),
        scope=library.scope(asked),
        model=model,
        mode="standard",
        passages=passages,
        context_chars=CONTEXT_CHARS,
    )


def scores(results: list[_Result], paragraphs: int) -> AnswerScores:
    """The scores of some results; at least one question is answerable."""
    answerable = [each for each in results if each.asked.kind == "answerable"]
    impossible = [each for each in results if each.asked.kind == "impossible"]
    elsewhere = [each for each in results if each.asked.kind == "elsewhere"]
    shown = [each for each in answerable if each.answer.grounding in ("answered", "closest")]
    cited = [
        citation.document_id == each.asked.paragraph
        for each in answerable
        for citation in each.answer.citations
    ]
    times = sorted(each.search_ms for each in results)

    def share(of: list[_Result], holds: Callable[[_Result], bool]) -> float:
        return sum(map(holds, of)) / max(len(answerable), 1)

    return AnswerScores(
        recall_at_1=share(answerable, lambda each: each.found[:1] == (each.asked.paragraph,)),
        recall_at_5=share(answerable, lambda each: each.asked.paragraph in each.found),
        answered=share(answerable, lambda each: each.answer.grounding == "answered"),
        shown=len(shown) / max(len(answerable), 1),
        gold_in_answer=share(answerable, lambda each: each.asked.is_answered_by(each.answer.text)),
        gold_in_first_quote=share(shown, lambda each: each.asked.is_answered_by(each.first_quote)),
        citation_precision=sum(cited) / len(cited) if cited else None,
        impossible_not_answered=_part(impossible, lambda a: a.grounding != "answered"),
        elsewhere_refused=_part(elsewhere, lambda a: a.grounding == "none"),
        search_ms=times[len(times) // 2],
        answerable=len(answerable),
        impossible=len(impossible),
        elsewhere=len(elsewhere),
        paragraphs=paragraphs,
    )


def _part(results: list[_Result], holds: Callable[[Answer], bool]) -> float | None:
    return sum(holds(each.answer) for each in results) / len(results) if results else None
