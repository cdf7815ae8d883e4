"""The ports between packages; `app/` chooses their implementations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from basicchat.domain.chat import ChatRequest, Model, ModelChunk, Parallelism, ToolResult, ToolSpec
from basicchat.domain.passages import Extracted
from basicchat.domain.runs import PartKind, PendingApproval, Run, Step
from basicchat.domain.turns import Outcome
from basicchat.domain.values import Actor, Scope, Task, Value


class Clock(Protocol):
    """The time, which tests can control."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        ...


class Spawn(Protocol):
    """Starts a task that its owner supervises: logs its failure, and cancels it at the end."""

    def __call__(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start the task."""
        ...


class LLM(Protocol):
    """A provider of language models."""

    @property
    def name(self) -> str:
        """The provider's name on the wire: `ollama`, `openai_compatible`, …"""
        ...

    async def models(self) -> Sequence[Model]:
        """List the models offered, the default first.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        """Stream a reply: text deltas and tool calls, then one `Finish`.

        An async generator: closing it, or cancelling the task that awaits it, closes the
        upstream connection, even before the first byte.

        Raises:
            UpstreamUnavailable: the provider does not answer, returns an error, closes the
                connection, or is silent for longer than the idle deadline.
            InvalidInput: the request is invalid (for example, longer than the context).
        """
        ...

    async def close(self) -> None:
        """Release connections and, for a model in process, the model."""
        ...


@runtime_checkable
class QueueingLLM(Protocol):
    """An LLM whose server produces only a limited number of replies at once."""

    @property
    def parallelism(self) -> Parallelism:
        """How many."""
        ...


class Embedder(Protocol):
    """A provider of embedding vectors."""

    @property
    def model(self) -> str | None:
        """The model's name in the index, with all that determines the vectors of passages.

        None as long as it has not been found.
        """
        ...

    async def find(self) -> bool:
        """Find out which model to use, if that depends on the server; false if it offers none.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        ...

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        """Embed passages, one vector each, all of one dimension.

        Args:
            on_incomplete: called for each text that the model could not take, or not as a whole.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        ...

    async def embed_query(self, query: str) -> list[float]:
        """Embed a query, to find passages that answer it.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Reranker(Protocol):
    """A model that tells how well passages answer a query."""

    @property
    def name(self) -> str:
        """Its name for users."""
        ...

    async def rank(self, query: str, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that it could score, the most relevant first, each once.

        Raises:
            UpstreamUnavailable: it does not answer.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class ToolContext(Value, frozen=True, kw_only=True):
    """What a tool may know about its caller.

    `scope` tells what it may search: in a run, only what all readers of the answer may see.
    """

    actor: Actor
    scope: Callable[[], Awaitable[Scope]]


class Tool(Protocol):
    """A tool that models and clients can call. One file in `basicchat/tools` each."""

    @property
    def spec(self) -> ToolSpec:
        """Name, description and parameters."""
        ...

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Run the tool. Arguments have been validated against the spec's JSON Schema.

        A failure is a result with `is_error`, not an exception.
        """
        ...


class Extractor(Protocol):
    """Turns a file into text and chunks, outside the event loop."""

    async def extract(
        self, path: Path, *, name: str, media_type: str, give_way: bool = False
    ) -> Extracted:
        """Read the file at path, which the user calls `name`.

        Args:
            give_way: stop once it has taken longer than most files.

        Raises:
            BadDocument: it cannot be read; the message tells the user why.
            domain.jobs.Deferred: it takes longer, and was asked to give way.
        """
        ...

    async def close(self) -> None:
        """Stop the workers."""
        ...


class Blobs(Protocol):
    """Originals of uploaded documents, by the SHA-256 of their bytes in lower-case hexadecimal.

    Every method raises `InvalidInput` if the name is not such a digest.
    """

    def local(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """A blob as a file on this machine, which may be read until the block ends.

        A remote store downloads it to a temporary file.

        Raises:
            UpstreamUnavailable: the blob is missing or cannot be read.
        """
        ...

    async def put(self, source: Path, sha256: str) -> None:
        """Store a finished temporary file, and delete it.

        The caller has computed the digest while it received the bytes. The blob appears whole or
        not at all, and is durable when this returns.

        Raises:
            FileNotFoundError: there is no such file.
        """
        ...

    async def remove(self, sha256: str) -> None:
        """Delete the blob if it exists.

        Raises:
            OriginalsUnavailable: the store cannot be reached; the blob may still be there.
        """
        ...

    async def check(self) -> None:
        """Examine the store, for `basicchat doctor`.

        Raises:
            UpstreamUnavailable: it cannot be used.
        """
        ...


Report = Callable[[float, str], Awaitable[None]]
Job = Callable[[Task, dict[str, Any], Report], Awaitable[dict[str, Any] | None]]


class RunSink(Protocol):
    """Receives a run's text, steps and end; the engine does not know the subscribers."""

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin or continue a part; the returned function takes its text and never waits.

        Another kind than before applies to the whole part: its text was not what it seemed.
        """
        ...

    async def step(self, run_id: str, step: Step) -> None:
        """Record a step of the run."""
        ...

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        """Record which tool calls wait for approval, instead of those before."""
        ...

    def progress(self, run_id: str, done: float, message: str) -> None:
        """Report the run's progress, from 0 to 1. Never waits."""
        ...

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        """Record and announce the run's end; None if it had already ended."""
        ...


class Fetched(Value, frozen=True, kw_only=True):
    """An HTTP response; `media_type` is lower-case and has no parameters."""

    status: int
    media_type: str
    cache_control: str
    body: bytes


class Egress(Protocol):
    """Fetches URLs named by others, guarded against server-side request forgery."""

    async def fetch(self, url: str, *, accept: str) -> Fetched:
        """GET a URL, following no redirect.

        Args:
            accept: the value of the Accept header.

        Raises:
            InvalidInput: the URL is not https, or its address is not allowed.
            UpstreamUnavailable: the response is missing, too late or too large.
        """
        ...

    def close(self) -> None:
        """Release threads and connections."""
        ...
