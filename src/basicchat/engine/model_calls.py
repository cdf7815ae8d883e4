"""Asks the model on behalf of a run: in its turn, with retries, and with notices while it waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from basicchat.domain.chat import ChatMessage, ChatRequest
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock
from basicchat.engine.commands import Ask, ModelReply
from basicchat.engine.empty_answers import broken_answer
from basicchat.engine.model_queue import ModelQueue, Place
from basicchat.engine.progress import Progress
from basicchat.engine.provider_pool import Candidate, PooledProvider, ProviderPool
from basicchat.engine.reply_reader import ReplyReader

# Only a fast failure is retried, so that an unavailable provider is reported within three seconds.
RETRY_WITHIN_SECONDS = 0.5
RETRY_AFTER_SECONDS = 0.25
# A model that sends nothing for this long is reported as a step of the run.
NOTICE_SECONDS = 3.0
# How often a request is queued again because the server refuses it as busy.
BUSY_ATTEMPTS = 5
NO_TOOLS = "There are no tools. Write your answer as text."


class ModelCalls:
    """The calls of all runs to the providers."""

    def __init__(self, pool: ProviderPool, clock: Clock, metrics: Metrics) -> None:
        self._pool = pool
        self._clock = clock
        self._metrics = metrics

    async def ask(self, progress: Progress, command: Ask) -> ModelReply:
        """Ask the model; if its provider fails before the first text, ask the next provider.

        Raises:
            UpstreamUnavailable: no model answers.
            InvalidInput: the request is invalid.
        """
        shown = progress.shown
        candidates = self._pool.candidates(progress.turn.model)
        for candidate, successor in zip(candidates, [*candidates[1:], None], strict=True):
            try:
                reply = await self._ask_one(candidate, progress, command, last=successor is None)
            except UpstreamUnavailable as failure:
                self._pool.failed(candidate.provider, failure)
                if successor is None or progress.shown != shown:
                    raise
                name = successor.provider.llm.name
                progress.step(
                    "failover", f"{failure.message}. Asking {successor.model} ({name}) instead"
                )
            else:
                self._pool.answered(candidate.provider)
                progress.answered_by = candidate.model, candidate.provider.llm.name
                return reply
        raise AssertionError("there is at least one provider")

    async def _ask_one(
        self, candidate: Candidate, progress: Progress, command: Ask, *, last: bool
    ) -> ModelReply:
        """Ask one provider; once more if the model could not help calling a tool.

        Args:
            last: no other provider follows, so a failure that comes at once is retried here.
        """
        began, shown = self._clock.monotonic(), progress.shown
        try:
            return await self._ask(candidate, progress, command)
        except InvalidInput as failure:
            # The model tried to call a tool although it was offered none.
            confused = failure.reason == "tool_call_unreadable" and not command.tools
            if not confused or progress.shown != shown:
                raise
            note = ChatMessage.from_text(role="user", text=NO_TOOLS)
            command = replace(command, messages=(*command.messages, note))
            return await self._ask(candidate, progress, command)
        except UpstreamUnavailable as failure:
            slow = self._clock.monotonic() - began > RETRY_WITHIN_SECONDS
            if not last or slow or not failure.retryable or progress.shown != shown:
                raise
        await asyncio.sleep(RETRY_AFTER_SECONDS)
        return await self._ask(candidate, progress, command)

    async def _ask(self, candidate: Candidate, progress: Progress, command: Ask) -> ModelReply:
        turn, shown = progress.turn, not (command.hidden or command.aside)
        request = ChatRequest(
            model=candidate.model,
            messages=command.messages,
            question=command.question,
            standalone=command.standalone,
            hits=command.hits,
            tools=command.tools,
            think=command.think,
            temperature=turn.temperature if command.temperature is None else command.temperature,
            max_tokens=turn.max_tokens if shown else None,
        )
        reader = await self._queued(candidate.provider, progress, command, request)
        reply, finish = reader.reply(), reader.finish
        if finish is not None and finish.reason == "error":
            raise broken_answer(candidate.provider.llm.name)
        if shown:
            progress.truncated = reply.truncated
            progress.last_reply, progress.last_finish = reply, finish
        return reply

    async def _queued(
        self, provider: PooledProvider, progress: Progress, command: Ask, request: ChatRequest
    ) -> ReplyReader:
        """Read a reply once the model server has room for it."""
        queue = provider.queue
        if queue is None:
            return await self._read(provider, progress, ReplyReader(command, progress), request)
        for attempt in range(BUSY_ATTEMPTS):
            async with _place(queue, progress) as place:
                reader = ReplyReader(command, progress, place.begun)
                try:
                    return await self._read(provider, progress, reader, request)
                except UpstreamUnavailable as error:
                    # A server that is busy with other requests of ours has room once they end.
                    busy = error.reason == "model_server_busy" and queue.busy > 1
                    if not busy or reader.pieces or attempt == BUSY_ATTEMPTS - 1:
                        raise
                    queue.refused()
        raise AssertionError("unreachable")

    async def _read(
        self,
        provider: PooledProvider,
        progress: Progress,
        reader: ReplyReader,
        request: ChatRequest,
    ) -> ReplyReader:
        notice = asyncio.get_running_loop().call_later(
            NOTICE_SECONDS, _notice, provider.queue, progress, reader, request.model
        )
        # Awaiting a task passes a cancellation on to it, and waits until the stream is closed.
        try:
            await asyncio.create_task(reader.read(provider.llm, request))
        finally:
            notice.cancel()
            self._metrics.deltas += reader.pieces
        return reader


def _notice(queue: ModelQueue | None, progress: Progress, reader: ReplyReader, model: str) -> None:
    """Tell the user what the run is waiting for, unless the model has begun to answer."""
    if reader.pieces:
        return
    if queue is not None and queue.busy > 1:
        progress.step("waiting", _position(1, progress))
    else:
        progress.step("waiting", f"The model {model} has not begun to answer; it may be loading")


@asynccontextmanager
async def _place(queue: ModelQueue, progress: Progress) -> AsyncIterator[Place]:
    """A place at the model server; the wait for it does not count towards the run's time."""

    def moved(position: int) -> None:
        progress.pause(moved)
        progress.step("waiting", _position(position, progress))

    try:
        async with queue.place(progress.turn.actor.user.id, moved) as place:
            progress.resume(moved)
            if place.waited:
                progress.spend("queue_ms", place.waited * 1000)
            yield place
    finally:
        progress.resume(moved)


def _position(position: int, progress: Progress) -> str:
    return f"Position {position} in the queue for the model {progress.turn.model}"
