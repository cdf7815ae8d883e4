"""The driver of runs: carries out the commands that a mode yields.

Theory of operation. Above: the `Runner`, which owns the task of each run and records its end.
Below: the ports (LLM, retriever, tools) and the `RunSink`, which takes text and steps. Between
them, a mode is a generator without any I/O: it yields a command, or a tuple of commands to be
carried out concurrently, and is sent the reply or the tuple of replies in the same order. An
error of a command is thrown into the generator, which may handle it; otherwise it ends the run.

Invariants:

- All awaiting, timing, budgeting and cancelling of a run happens here; modes never await.
- A piece of text never waits for a store, a broker or a reader: the sink takes it synchronously.
- The model's stream is read in a task of its own. Cancelling the run cancels that task and awaits
  the closing of the upstream connection.
- A model is asked again only if it failed at once, could be retried, and nothing was shown yet.
- A run ends only after its steps are recorded.

Requests to a model server that produces few answers at once wait in a `ModelQueue`.

The state of a run is in two places: what the mode knows is in its generator; what was shown, used
up and recorded is in its `Progress`. The driver itself has no state, and serves all runs.
"""

import asyncio
from datetime import datetime
from typing import Any, assert_never

import structlog

from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.domain.errors import BasicChatError
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import LLM, Clock, RunSink
from basicchat.domain.runs import Usage
from basicchat.domain.search import Retriever
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Scope, Value
from basicchat.engine.commands import (
    Ask,
    CallTool,
    Cite,
    Command,
    Emit,
    Mode,
    Note,
    Search,
)
from basicchat.engine.empty_answers import empty_answer
from basicchat.engine.found_passages import counted, listed
from basicchat.engine.model_calls import ModelCalls
from basicchat.engine.progress import Budget, Progress
from basicchat.engine.provider_pool import PooledProvider, ProviderPool
from basicchat.engine.tool_approval import Permission, ToolApprovals
from basicchat.engine.tool_calls import call_tool
from basicchat.engine.tool_catalog import ToolCatalog

log = structlog.get_logger(__name__)


class Report(Value, frozen=True, kw_only=True):
    """The result of a completed run.

    `answered_by` is the last model asked, and its provider. `documents` are the ids of those whose
    passages were found. `cached_at` is the time of the earlier run whose answer this is.
    """

    answer: Answer
    usage: Usage | None
    timings: dict[str, float]
    truncated: bool = False
    answered_by: tuple[str, str] | None = None
    documents: tuple[str, ...] = ()
    tools_called: int = 0
    cached_at: datetime | None = None


class Driver:
    """Drives modes; one driver serves all runs."""

    def __init__(
        self,
        llm: LLM,
        retriever: Retriever,
        tools: ToolCatalog,
        sink: RunSink,
        clock: Clock,
        budget: Budget,
        metrics: Metrics | None = None,
        approvals: ToolApprovals | None = None,
    ) -> None:
        pool = llm if isinstance(llm, ProviderPool) else ProviderPool([PooledProvider(llm, clock)])
        self._llm = llm
        self._retriever = retriever
        self._tools = tools
        self._approvals = approvals or ToolApprovals(None, clock)
        self._sink = sink
        self._clock = clock
        self._budget = budget
        self._model_calls = ModelCalls(pool, clock, metrics or Metrics())

    async def run(self, turn: Turn, mode: Mode, sink: RunSink | None = None) -> Report:
        """Drive a turn through a mode to its end.

        Args:
            sink: takes the text and steps of this run, instead of the driver's own sink.

        Raises:
            BasicChatError: a command failed and the mode did not handle it, the budget is
                exhausted, or the model answered without text.
        """
        progress = Progress(turn, sink or self._sink, self._clock, self._budget)
        try:
            async with asyncio.timeout(self._budget.seconds) as limit:
                progress.limit = limit
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
        if progress.last_reply is not None and not (answer.text.strip() or answer.tool_calls):
            raise empty_answer(progress.last_reply, progress.last_finish, self._llm.name)
        progress.mark("total_ms")
        return Report(
            answer=answer,
            usage=progress.usage,
            timings=progress.timings,
            truncated=progress.truncated,
            answered_by=progress.answered_by,
            documents=tuple(progress.documents),
            tools_called=progress.tools_called,
        )

    async def _drive(self, progress: Progress, mode: Mode) -> Answer:
        program = mode.run(progress.turn)
        reply: Any = None
        failure: BasicChatError | None = None
        try:
            while True:
                commands = program.send(reply) if failure is None else program.throw(failure)
                reply, failure = None, None
                progress.count(len(commands) if isinstance(commands, tuple) else 1)
                try:
                    reply = await self._carry_out(progress, commands)
                except BasicChatError as error:
                    failure = error
        except StopIteration as end:
            if not isinstance(end.value, Answer):
                raise TypeError(f"the mode {mode.name} returned no Answer") from None
            return end.value
        finally:
            program.close()

    async def _carry_out(self, progress: Progress, commands: Command | tuple[Command, ...]) -> Any:
        if not isinstance(commands, tuple):
            return await self._do(progress, commands)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._do(progress, command)) for command in commands]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(task.result() for task in tasks)

    async def _do(self, progress: Progress, command: Command) -> Any:
        match command:
            case Search():
                return await self._search(progress, command)
            case Ask():
                return await self._model_calls.ask(progress, command)
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
                progress.step(name, detail, progress=done)
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
        documents = len({hit.document_id for hit in hits})
        progress.documents.update(hit.document_id for hit in hits)
        detail = f"{counted(len(hits), 'passage')} in {counted(documents, 'document')}"
        progress.step("search", detail, ms, arguments={"query": command.query}, result=listed(hits))
        return hits

    async def _call(self, progress: Progress, command: CallTool) -> ToolResult:
        began = self._clock.monotonic()
        progress.tools_called += 1
        turn, permission = progress.turn, Permission()

        async def permit(spec: ToolSpec) -> str | None:
            nonlocal began, permission
            permission = await self._approvals.permission(progress, spec, command.arguments)
            began = self._clock.monotonic()
            return permission.refusal

        async def scope() -> Scope:
            return turn.scope

        try:
            result = await call_tool(
                self._tools, command.name, command.arguments, turn.actor, scope, permit
            )
        # A tool that fails is a result for the model, which can do without it.
        except Exception as error:
            log.error("tool_broke", tool=command.name, exc_info=error)
            result = ToolResult(content=f"The tool {command.name} failed.", is_error=True)
        ms = (self._clock.monotonic() - began) * 1000
        progress.step(
            "tool",
            command.name,
            ms,
            arguments=command.arguments,
            result=result.content,
            is_error=result.is_error,
            approval=permission.approval,
        )
        return result


__all__ = ["Budget", "Driver", "Report"]
