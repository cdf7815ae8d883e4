"""The ports between packages; `app/` chooses their implementations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from basicchat.domain.chat import ChatRequest, Model, ModelChunk, ToolResult, ToolSpec
from basicchat.domain.turns import Outcome
from basicchat.domain.values import (
    Actor,
    Chunk,
    Citation,
    Document,
    Extracted,
    Hit,
    PartKind,
    Run,
    Scope,
    Task,
    Value,
)


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


class Embedder(Protocol):
    """A provider of embedding vectors."""

    @property
    def model(self) -> str:
        """The model's name in the index; if it changes, the index must be rebuilt."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts, one vector each, all of one dimension.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class ToolContext(Value, frozen=True, kw_only=True):
    """What a tool may know about its caller."""

    actor: Actor


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


class Cited(Value, frozen=True, kw_only=True):
    """The verified `[n]` marks of an answer, and the number of those dropped."""

    citations: tuple[Citation, ...]
    dropped: int


class Retriever(Protocol):
    """Searches documents and checks quotations against them."""

    async def search(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        """The k best passages within scope, best first."""
        ...

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        """Resolve each `[n]` in an answer to a verbatim quotation from hits[n-1]."""
        ...


class IndexHealth(Value, frozen=True, kw_only=True):
    """The result of examining a search index; `problem` is None if it is sound.

    `lost` is true if a damaged index was deleted since this process started, so that the
    documents have to be indexed again.
    """

    documents: int
    chunks: int
    bytes: int
    lost: bool
    problem: str | None


class SearchIndex(Protocol):
    """The index of chunks; derived from the store, so it can be rebuilt."""

    async def add(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Index a document's chunks, replacing those already indexed for its id."""
        ...

    async def remove(self, document_id: str) -> None:
        """Remove a document, and erase its text from the index's files."""
        ...

    async def match(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better."""
        ...

    async def nearest(self, scope: Scope, vector: Sequence[float], k: int) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first."""
        ...

    async def embedding_model(self) -> str | None:
        """The model of the stored vectors; None if there are none."""
        ...

    async def document_ids(self) -> frozenset[str]:
        """The ids of all indexed documents."""
        ...

    async def count(self) -> tuple[int, int]:
        """The numbers of indexed documents and chunks."""
        ...

    async def check(self) -> IndexHealth:
        """Examine the whole index, for `basicchat doctor`; this may take long."""
        ...

    async def clear(self) -> None:
        """Remove all documents."""
        ...

    async def close(self) -> None:
        """Close the files."""
        ...


class DocumentText(Protocol):
    """Reads extracted text; implemented by the store."""

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points; empty if there is none."""
        ...


class Extractor(Protocol):
    """Turns a file into text and chunks, outside the event loop."""

    async def extract(self, path: Path, *, name: str, media_type: str) -> Extracted:
        """Read the file at path, which the user calls `name`.

        Raises:
            BadDocument: it cannot be read; the message tells the user why.
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
        """Delete the blob if it exists."""
        ...


Report = Callable[[float, str], Awaitable[None]]
Job = Callable[[Task, dict[str, Any], Report], Awaitable[dict[str, Any] | None]]


class RunSink(Protocol):
    """Receives a run's text, steps and end; the engine does not know the subscribers."""

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin or continue a part; the returned function takes its text and never waits."""
        ...

    async def step(self, run_id: str, name: str, detail: str, ms: float | None) -> None:
        """Record a step of the run."""
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
