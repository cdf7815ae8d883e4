"""Answers a question from the cache of answers, or drives a mode and stores what it answers."""

from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock, RunSink
from basicchat.domain.turns import Turn
from basicchat.engine.answer_cache import AnswerCache, StoredAnswer
from basicchat.engine.commands import Mode
from basicchat.engine.driver import Driver, Report
from basicchat.engine.selection import EXTRACTIVE


class CachingDriver:
    """A driver with a cache of answers.

    Only answers with citations are stored: other requests, as for a joke or an idea, are repeated
    for the sake of another answer. Answers for which tools were called are not stored, because
    their results may have changed, nor are those that were cut off, or that another model than the
    one asked for has given. Without a language model, finding the answer takes no longer than
    looking it up.

    Args:
        sink: shows the text of a cached answer, unless a run has a sink of its own.
    """

    def __init__(
        self, driver: Driver, answers: AnswerCache, sink: RunSink, clock: Clock, metrics: Metrics
    ) -> None:
        self._driver = driver
        self._answers = answers
        self._sink = sink
        self._clock = clock
        self._metrics = metrics

    async def run(self, turn: Turn, mode: Mode, sink: RunSink | None = None) -> Report:
        """Answer a turn, as `Driver.run` does."""
        if turn.caching == "off" or EXTRACTIVE in turn.capabilities:
            return await self._driver.run(turn, mode, sink)
        began = self._clock.monotonic()
        key = await self._answers.key(turn)
        stored = await self._answers.find(key, turn.run_id) if turn.caching == "use" else None
        if turn.caching == "use":
            self._metrics.answer_cache["hit" if stored is not None else "miss"] += 1
        if stored is not None:
            (sink or self._sink).part(turn.run_id, 0, "answer")(stored.answer.text)
            ms = round((self._clock.monotonic() - began) * 1000, 1)
            return _report(stored, {"first_token_ms": ms, "total_ms": ms})
        report = await self._driver.run(turn, mode, sink)
        if report.answered_by is not None and _repeatable(turn, report):
            kept = StoredAnswer(
                answer=report.answer, answered_by=report.answered_by, at=self._clock.now()
            )
            await self._answers.store(turn, key, kept, report.documents)
        return report


def _repeatable(turn: Turn, report: Report) -> bool:
    """Whether the same question may get this answer again."""
    asked = report.answered_by is not None and report.answered_by[0] == turn.model
    calls = report.tools_called or report.answer.tool_calls
    return asked and bool(report.answer.citations) and not calls and not report.truncated


def _report(stored: StoredAnswer, timings: dict[str, float]) -> Report:
    return Report(
        answer=stored.answer,
        usage=None,
        timings=timings,
        answered_by=stored.answered_by,
        cached_at=stored.at,
    )
