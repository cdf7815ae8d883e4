"""A scripted language model in process, whose pace the test controls."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

from basicchat.domain.chat import ChatRequest, Finish, Model, ModelChunk, TextDelta
from basicchat.domain.errors import BasicChatError
from basicchat.domain.runs import Usage

ScriptItem = ModelChunk | str | BasicChatError
ReplyScript = Iterable[ScriptItem]

REQUESTS_KEPT = 256


class Pace:
    """Wakes all waiters of the same millisecond with one timer, as a batching model does."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}

    async def wait(self, seconds: float) -> None:
        """Wait for at least `seconds`, and at most a millisecond longer."""
        loop = asyncio.get_running_loop()
        tick = int((loop.time() + seconds) * 1000) + 1
        turn = loop.create_future()
        waiting = self._waiting.get(tick)
        if waiting is None:
            waiting = self._waiting[tick] = []
            loop.call_at(tick / 1000, self._wake, tick)
        waiting.append(turn)
        await turn

    def _wake(self, tick: int) -> None:
        for turn in self._waiting.pop(tick):
            if not turn.done():
                turn.set_result(None)


class PacedLLM:
    """An LLM that streams scripted chunks.

    A script is an iterable, endless ones included: a `str` is a piece of the answer, a model
    chunk is sent as it is, and an error is raised in its place. A `Finish` is added to a script
    that has none.

    Attributes:
        requests: the newest 256 requests.
        active: the number of open streams.
        cancelled: the number of streams that were closed before their end.

    Args:
        replies: the script for each trigger: the first key that occurs in the question (the last
            message's text if the request has no question) wins, ignoring case; the key ""
            matches any question. Or a callable that takes the request.
        tokens_per_second: pace of the chunks of each stream, counted from its start, so that one
            late chunk does not delay the following ones. None streams without waiting.
        gate: acquired once before each chunk, so that a test can release them one by one.
        name: the provider's name.
        models: the models offered, the default first.
        capabilities: the capabilities that the models declare.
    """

    def __init__(
        self,
        replies: Mapping[str, Sequence[ScriptItem]] | Callable[[ChatRequest], ReplyScript],
        tokens_per_second: float | None = None,
        gate: asyncio.Semaphore | None = None,
        *,
        name: str = "scripted",
        models: Sequence[str] = ("scripted",),
        capabilities: Sequence[str] = (),
    ) -> None:
        self._replies = replies
        self._interval = 1 / tokens_per_second if tokens_per_second else 0.0
        self._gate = gate
        self._name = name
        self._models = tuple(models)
        self._capabilities = tuple(capabilities)
        self._changed = asyncio.Event()
        self._pace = Pace()
        self.requests: deque[ChatRequest] = deque(maxlen=REQUESTS_KEPT)
        self.active = 0
        self.cancelled = 0
        self.closed = False

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._name

    async def models(self) -> Sequence[Model]:
        """List the scripted models."""
        return [
            Model(
                id=model,
                provider=self._name,
                context=8192,
                loaded=True,
                capabilities=self._capabilities,
            )
            for model in self._models
        ]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream the script that matches the request.

        Raises:
            BasicChatError: the script contains it.
        """
        self.requests.append(request)
        self.active += 1
        ended = False
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            for chunk in whole_script(self._script(request), request):
                due += self._interval
                await self._turn(due - loop.time())
                if isinstance(chunk, BasicChatError):
                    raise chunk
                yield chunk
            ended = True
        except BasicChatError:
            ended = True
            raise
        finally:
            self.active -= 1
            self.cancelled += not ended
            self._changed.set()

    async def idle(self, seconds: float = 60.0) -> None:
        """Wait until no stream is open.

        Raises:
            TimeoutError: one still is after `seconds`.
        """
        async with asyncio.timeout(seconds):
            while self.active:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """Record that the owner has closed this model."""
        self.closed = True

    async def _turn(self, seconds: float) -> None:
        """Wait until the next chunk may go out."""
        if self._gate is not None:
            await self._gate.acquire()
        if seconds > 0:
            await self._pace.wait(seconds)
        else:
            # This still yields to other tasks, as a model on a network would.
            await asyncio.sleep(0)

    def _script(self, request: ChatRequest) -> ReplyScript:
        if callable(self._replies):
            return self._replies(request)
        text = request.question or (request.messages[-1].text if request.messages else "")
        for trigger, script in self._replies.items():
            if trigger.lower() in text.lower():
                return script
        raise LookupError(f"no scripted reply fits {text!r}")


def whole_script(
    script: ReplyScript, request: ChatRequest
) -> Iterable[TextDelta | ModelChunk | BasicChatError]:
    """Turn strings into deltas, and add a Finish to a script without one.

    The usage in that Finish counts words of the prompt and chunks of the reply.
    """
    count = 0
    for item in script:
        count += 1
        yield TextDelta(kind="answer", text=item) if isinstance(item, str) else item
        if isinstance(item, Finish):
            return
    words = sum(len(message.text.split()) for message in request.messages)
    usage = Usage(input_tokens=words, output_tokens=count, estimated=True)
    yield Finish(reason="stop", usage=usage)
