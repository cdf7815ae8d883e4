"""What the rooms of the house ask of each other; implementations are chosen in `app/`."""

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
    """Time, so that tests can hold it."""

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
        upstream connection, also before the first byte has come.

        Raises:
            UpstreamUnavailable: the provider does not answer, answers with an error, breaks off,
                or is silent for longer than the idle deadline.
            InvalidInput: the request itself is at fault (say, longer than the context).
        """
        ...

    async def close(self) -> None:
        """Release connections and, for a model in process, the model."""
        ...


class Embedder(Protocol):
    """A provider of embedding vectors."""

    @property
    def model(self) -> str:
        """Names the model in the index; another name means that the index must be rebuilt."""
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
    """What a tool may know of who calls it."""

    actor: Actor


class Tool(Protocol):
    """Something a model, or a client, can have done. One file in `basicchat/tools` each."""

    @property
    def spec(self) -> ToolSpec:
        """Name, description and parameters."""
        ...

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Do it. Arguments have been checked against the spec's JSON Schema.

        What goes wrong inside is a result with `is_error`, not an exception.
        """
        ...


class Cited(Value, frozen=True, kw_only=True):
    """What became of an answer's `[n]` marks: those that hold, and how many did not."""

    citations: tuple[Citation, ...]
    dropped: int


class Retriever(Protocol):
    """Searches documents and checks quotations against them."""

    async def search(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        """The k best passages within scope, best first."""
        ...

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        """Resolve each `[n]` in an answer to a quotation of hits[n-1] that is in the source."""
        ...


class IndexHealth(Value, frozen=True, kw_only=True):
    """The result of examining a search index; `problem` is None if it is sound.

    `lost` says that a damaged index was thrown away since this process started, so that the
    documents have to be indexed again.
    """

    documents: int
    chunks: int
    bytes: int
    lost: bool
    problem: str | None


class SearchIndex(Protocol):
    """The index of chunks; derived from the store, can be rebuilt."""

    async def add(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Index a document's chunks, replacing whatever was indexed for its id."""
        ...

    async def remove(self, document_id: str) -> None:
        """Forget a document, leaving no trace of its text in the index's files."""
        ...

    async def match(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better."""
        ...

    async def nearest(self, scope: Scope, vector: Sequence[float], k: int) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first."""
        ...

    async def embedding_model(self) -> str | None:
        """Which model made the vectors that are stored, if any."""
        ...

    async def document_ids(self) -> frozenset[str]:
        """Which documents are indexed."""
        ...

    async def count(self) -> tuple[int, int]:
        """How many documents and chunks are indexed."""
        ...

    async def check(self) -> IndexHealth:
        """Examine the whole index, which may take long; for `basicchat doctor`."""
        ...

    async def clear(self) -> None:
        """Forget everything."""
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
            BadDocument: it cannot be read; the message says why in the user's words.
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
    """Where a run's steps and text go; the engine does not know who listens."""

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin a part, or go on with it; what is returned takes its text, and never waits."""
        ...

    async def step(self, run_id: str, name: str, detail: str, ms: float | None) -> None:
        """Record something the run did."""
        ...

    def progress(self, run_id: str, done: float, message: str) -> None:
        """Note how far a run is, from 0 to 1. Never waits."""
        ...

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        """Make the run's end durable and known; None if it had ended before."""
        ...


class Fetched(Value, frozen=True, kw_only=True):
    """What a URL answered: its media type in small letters and without parameters."""

    status: int
    media_type: str
    cache_control: str
    body: bytes


class Egress(Protocol):
    """The one way to a URL that somebody else named, guarded against leading inside."""

    async def fetch(self, url: str, *, accept: str) -> Fetched:
        """GET a URL, following no redirect.

        Args:
            accept: the media types that are wanted, as for the header.

        Raises:
            InvalidInput: it is no https URL, or leads to where nobody is let.
            UpstreamUnavailable: it is not answered, too late, or with too much.
        """
        ...

    def close(self) -> None:
        """Release threads and connections."""
        ...
