"""Carries out what a mode asks for. All awaiting, timing and cancelling of a run is here."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, assert_never

from basicchat.domain.chat import (
    ChatRequest,
    Finish,
    TextDelta,
    ToolCall,
    ToolResult,
)
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.ports import LLM, Clock, Retriever, RunSink, Tool
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import PartKind, Usage, Value
from basicchat.engine.commands import Ask, CallTool, Cite, Command, Emit, Mode, Said, Search
from basicchat.engine.tool_calls import call_tool


class Budget(Value, frozen=True, kw_only=True):
    """How much a run may use up; `characters` counts all that models say, shown or not."""

    commands: int = 100
    seconds: float = 1800.0
    characters: int = 400_000


# A failed first attempt is repeated only if it failed fast, so that a dead provider is reported
# within its three seconds.
RETRY_WITHIN_SECONDS = 0.5
RETRY_AFTER_SECONDS = 0.25


@dataclass
class _State:
    """What has been used up and shown so far in one run."""

    turn: Turn
    began: float
    parts: int = 0
    steps: int = 0
    commands: int = 0
    received: int = 0
    characters: int = 0
    usage: Usage | None = None
    timings: dict[str, float] = field(default_factory=dict)


class Report(Value, frozen=True, kw_only=True):
    """What a completed run came to."""

    answer: Answer
    usage: Usage | None
    timings: dict[str, float]


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
    ) -> None:
        self._llm = llm
        self._retriever = retriever
        self._tools = tools
        self._sink = sink
        self._clock = clock
        self._budget = budget

    async def run(self, turn: Turn, mode: Mode) -> Report:
        """Drive a turn through a mode to its end.

        Raises:
            BasicChatError: a command failed and the mode did not handle it, or the budget is
                used up.
        """
        state = _State(turn, self._clock.monotonic())
        try:
            async with asyncio.timeout(self._budget.seconds) as limit:
                answer = await self._drive(state, mode)
        except TimeoutError as late:
            if not limit.expired():
                raise
            raise BasicChatError(
                f"The run was stopped after {self._budget.seconds:g} seconds",
                hint="Ask for less at once.",
            ) from late
        self._mark(state, "total_ms")
        return Report(answer=answer, usage=state.usage, timings=state.timings)

    async def _drive(self, state: _State, mode: Mode) -> Answer:
        script = mode.run(state.turn)
        reply: Any = None
        failure: BasicChatError | None = None
        try:
            while True:
                asked = script.send(reply) if failure is None else script.throw(failure)
                reply, failure = None, None
                self._count(state, asked)
                try:
                    reply = await self._carry_out(state, asked)
                except BasicChatError as error:
                    failure = error
        except StopIteration as end:
            if not isinstance(end.value, Answer):
                raise TypeError(f"the mode {mode.name} returned no Answer") from None
            return end.value
        finally:
            script.close()

    def _count(self, state: _State, asked: Command | tuple[Command, ...]) -> None:
        state.commands += len(asked) if isinstance(asked, tuple) else 1
        if state.commands > self._budget.commands:
            raise BasicChatError("The run took too many steps and was stopped")

    async def _carry_out(self, state: _State, asked: Command | tuple[Command, ...]) -> Any:
        if not isinstance(asked, tuple):
            return await self._do(state, asked)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._do(state, command)) for command in asked]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(task.result() for task in tasks)

    async def _do(self, state: _State, command: Command) -> Any:
        match command:
            case Search():
                return await self._search(state, command)
            case Ask():
                return await self._ask_with_retry(state, command)
            case CallTool():
                return await self._call(state, command)
            case Cite():
                scope = state.turn.scope
                return await self._retriever.cite(scope, command.answer, command.hits)
            case Emit():
                self._receive(state, command.text)
                self._show(state, self._new_part(state), command.kind, command.text)
                return None
            case _:
                assert_never(command)

    async def _search(self, state: _State, command: Search) -> Any:
        began = self._clock.monotonic()
        hits = await self._retriever.search(state.turn.scope, command.query, command.k)
        ms = (self._clock.monotonic() - began) * 1000
        state.timings["search_ms"] = state.timings.get("search_ms", 0.0) + ms
        found = f"{len(hits)} passages in {len({hit.document_id for hit in hits})} documents"
        await self._step(state, "search", found, ms)
        return hits

    async def _ask_with_retry(self, state: _State, command: Ask) -> Said:
        began, shown = self._clock.monotonic(), state.characters
        try:
            return await self._ask(state, command)
        except UpstreamUnavailable as failure:
            slow = self._clock.monotonic() - began > RETRY_WITHIN_SECONDS
            if slow or not failure.retryable or state.characters != shown:
                raise
        await asyncio.sleep(RETRY_AFTER_SECONDS)
        return await self._ask(state, command)

    async def _ask(self, state: _State, command: Ask) -> Said:
        request = ChatRequest(
            model=state.turn.model,
            messages=command.messages,
            question=command.question,
            hits=command.hits,
            tools=command.tools,
            temperature=command.temperature,
        )
        texts: dict[PartKind, list[str]] = {"answer": [], "reasoning": []}
        parts: dict[PartKind, int] = {} if command.onto is None else {"answer": command.onto}
        calls: list[ToolCall] = []
        truncated = False
        async with aclosing(self._llm.stream(request)) as stream:  # type: ignore[type-var]
            async for chunk in stream:
                match chunk:
                    case TextDelta(kind=kind, text=text):
                        self._receive(state, text)
                        texts[kind].append(text)
                        if text and not command.hidden:
                            if kind not in parts:
                                parts[kind] = self._new_part(state)
                            self._show(state, parts[kind], kind, text)
                    case ToolCall():
                        calls.append(chunk)
                    case Finish():
                        truncated = chunk.reason == "length"
                        state.usage = _sum(state.usage, chunk.usage)
        return Said(
            text="".join(texts["answer"]),
            reasoning="".join(texts["reasoning"]),
            tool_calls=tuple(calls),
            truncated=truncated,
        )

    async def _call(self, state: _State, command: CallTool) -> ToolResult:
        began = self._clock.monotonic()
        result = await call_tool(self._tools, command.name, command.arguments, state.turn.actor)
        await self._step(state, "tool", command.name, (self._clock.monotonic() - began) * 1000)
        return result

    def _new_part(self, state: _State) -> int:
        state.parts += 1
        return state.parts - 1

    def _receive(self, state: _State, text: str) -> None:
        state.received += len(text)
        if state.received > self._budget.characters:
            raise BasicChatError("The answer grew too long and was stopped")

    def _show(self, state: _State, part: int, kind: PartKind, text: str) -> None:
        if not state.characters:
            self._mark(state, "first_token_ms")
        state.characters += len(text)
        self._sink.delta(state.turn.run_id, part, kind, text)

    async def _step(self, state: _State, name: str, detail: str, ms: float) -> None:
        state.steps += 1
        await self._sink.step(state.turn.run_id, name, detail, round(ms, 1))

    def _mark(self, state: _State, name: str) -> None:
        state.timings[name] = round((self._clock.monotonic() - state.began) * 1000, 1)


def _sum(before: Usage | None, more: Usage | None) -> Usage | None:
    if before is None or more is None:
        return before or more
    return Usage(
        input_tokens=before.input_tokens + more.input_tokens,
        output_tokens=before.output_tokens + more.output_tokens,
        estimated=before.estimated or more.estimated,
    )
