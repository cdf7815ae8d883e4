"""Carries out what a mode asks for. All awaiting, timing and cancelling of a run is here."""

import asyncio
from collections.abc import Mapping
from typing import Any, assert_never

import structlog

from basicchat.domain.chat import ChatRequest, ToolResult
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import LLM, Clock, Retriever, RunSink, Tool
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Usage, Value
from basicchat.engine.commands import (
    Ask,
    CallTool,
    Cite,
    Command,
    Emit,
    Mode,
    ModelReply,
    Note,
    Search,
)
from basicchat.engine.progress import Budget, Progress
from basicchat.engine.reply_reader import ReplyReader
from basicchat.engine.tool_calls import call_tool

log = structlog.get_logger(__name__)
# A failed first attempt is repeated only if it failed fast, so that a dead provider is reported
# within its three seconds.
RETRY_WITHIN_SECONDS = 0.5
RETRY_AFTER_SECONDS = 0.25


class Report(Value, frozen=True, kw_only=True):
    """What a completed run came to."""

    answer: Answer
    usage: Usage | None
    timings: dict[str, float]
    truncated: bool = False


class Driver:
    """Drives modes. One driver serves all runs."""

    def __init__(
        self,
        llm: LLM,
        retriever: Retriever,
        tools: Mapping[str, Tool],
        sink: RunSink,
        clock: Clock,
        budget: Budget,
        metrics: Metrics | None = None,
    ) -> None:
        self._llm = llm
        self._retriever = retriever
        self._tools = tools
        self._sink = sink
        self._clock = clock
        self._budget = budget
        self._metrics = metrics or Metrics()

    async def run(self, turn: Turn, mode: Mode, sink: RunSink | None = None) -> Report:
        """Drive a turn through a mode to its end.

        Args:
            sink: where its text goes, if not where that of all runs goes.

        Raises:
            BasicChatError: a command failed and the mode did not handle it, or the budget is
                used up.
        """
        progress = Progress(turn, sink or self._sink, self._clock, self._budget)
        try:
            async with asyncio.timeout(self._budget.seconds) as limit:
                answer = await self._drive(progress, mode)
        except TimeoutError as late:
            if not limit.expired():
                raise
            raise BasicChatError(
                f"The run was stopped after {self._budget.seconds:g} seconds",
                hint="Ask for less at once.",
                reason="run_timed_out",
                params={"seconds": self._budget.seconds},
            ) from late
        finally:
            await progress.settle()
        progress.mark("total_ms")
        return Report(
            answer=answer,
            usage=progress.usage,
            timings=progress.timings,
            truncated=progress.truncated,
        )

    async def _drive(self, progress: Progress, mode: Mode) -> Answer:
        script = mode.run(progress.turn)
        reply: Any = None
        failure: BasicChatError | None = None
        try:
            while True:
                asked = script.send(reply) if failure is None else script.throw(failure)
                reply, failure = None, None
                progress.count(len(asked) if isinstance(asked, tuple) else 1)
                try:
                    reply = await self._carry_out(progress, asked)
                except BasicChatError as error:
                    failure = error
        except StopIteration as end:
            if not isinstance(end.value, Answer):
                raise TypeError(f"the mode {mode.name} returned no Answer") from None
            return end.value
        finally:
            script.close()

    async def _carry_out(self, progress: Progress, asked: Command | tuple[Command, ...]) -> Any:
        if not isinstance(asked, tuple):
            return await self._do(progress, asked)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._do(progress, command)) for command in asked]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(task.result() for task in tasks)

    async def _do(self, progress: Progress, command: Command) -> Any:
        match command:
            case Search():
                return await self._search(progress, command)
            case Ask():
                return await self._ask_with_retry(progress, command)
            case CallTool():
                return await self._call(progress, command)
            case Cite():
                scope = progress.turn.scope
                return await self._retriever.cite(scope, command.answer, command.hits)
            case Emit():
                progress.receive(command.text)
                progress.show(command.kind)(command.text)
                return None
            case Note(name=name, detail=detail, progress=done):
                progress.step(name, detail)
                if done is not None:
                    progress.advance(done, detail)
                return None
            case _:
                assert_never(command)

    async def _search(self, progress: Progress, command: Search) -> Any:
        began = self._clock.monotonic()
        hits = await self._retriever.search(progress.turn.scope, command.query, command.k)
        ms = (self._clock.monotonic() - began) * 1000
        progress.spend("search_ms", ms)
        found = f"{len(hits)} passages in {len({hit.document_id for hit in hits})} documents"
        progress.step("search", found, ms)
        return hits

    async def _ask_with_retry(self, progress: Progress, command: Ask) -> ModelReply:
        began, shown = self._clock.monotonic(), progress.shown
        try:
            return await self._ask(progress, command)
        except UpstreamUnavailable as failure:
            slow = self._clock.monotonic() - began > RETRY_WITHIN_SECONDS
            if slow or not failure.retryable or progress.shown != shown:
                raise
        await asyncio.sleep(RETRY_AFTER_SECONDS)
        return await self._ask(progress, command)

    async def _ask(self, progress: Progress, command: Ask) -> ModelReply:
        turn, shown = progress.turn, not (command.hidden or command.aside)
        request = ChatRequest(
            model=turn.model,
            messages=command.messages,
            question=command.question,
            hits=command.hits,
            tools=command.tools,
            think=command.think,
            temperature=turn.temperature if command.temperature is None else command.temperature,
            max_tokens=turn.max_tokens if shown else None,
        )
        listening = ReplyReader(command, progress)
        # Awaiting a task hands a cancellation on to it, and waits until the stream is closed.
        try:
            await asyncio.create_task(listening.listen(self._llm, request))
        finally:
            self._metrics.deltas += listening.pieces
        said = listening.said()
        if shown:
            progress.truncated = said.truncated
        return said

    async def _call(self, progress: Progress, command: CallTool) -> ToolResult:
        began = self._clock.monotonic()
        actor = progress.turn.actor
        try:
            result = await call_tool(self._tools, command.name, command.arguments, actor)
        # A tool that breaks is something that the model can be told of, and do without.
        except Exception as error:
            log.error("tool_broke", tool=command.name, exc_info=error)
            result = ToolResult(content=f"The tool {command.name} broke.", is_error=True)
        progress.step("tool", command.name, (self._clock.monotonic() - began) * 1000)
        return result


__all__ = ["Budget", "Driver", "Report"]
