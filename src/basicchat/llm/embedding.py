"""Embedding in batches, shared by all providers."""

import base64
import binascii
import math
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.llm import error_mapping
from basicchat.llm.embedding_models import Prefixes
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.http import Endpoint
from basicchat.llm.lazy import EndpointSource

log = structlog.get_logger(__name__)
BATCH = 64
# A text that is still too long at this length is refused for another reason.
MIN_CHARACTERS = 100
PROBE = "text"
NO_PREFIXES = Prefixes()
# The statuses of requests that are too large for the server in one way or another.
_TOO_LARGE = (400, 413, 422)


class BatchEmbedder:
    """An Embedder on a model server.

    A batch that the server refuses is halved, and a single text that is too long for the model is
    shortened. A text that has no usable vector gets one of zeros, which no search finds.

    Args:
        provider: the provider's name.
        model: the embedding model.
        endpoint: the server; closed together with this embedder.
        prefixes: what the model expects before queries and passages.
        batch: embeds at most 64 texts on the server, in their order; raises ErrorReply. A vector
            that is unusable is empty.
        explain: the error for a refusal that is not about the size of the request.
    """

    def __init__(
        self,
        *,
        provider: str,
        model: str,
        endpoint: EndpointSource,
        batch: Callable[[Endpoint, list[str]], Awaitable[list[list[float]]]],
        explain: Callable[[Endpoint, ErrorReply], BasicChatError],
        prefixes: Prefixes = NO_PREFIXES,
    ) -> None:
        self._provider = provider
        self._model = model
        self._endpoint = endpoint
        self._batch = batch
        self._explain = explain
        self._prefixes = prefixes
        self._size = BATCH
        self._shortened_texts = 0
        self._dimension = 0
        # The latest refusal of a text.
        self._refusal: ErrorReply | None = None

    @property
    def model(self) -> str:
        """The model with its provider and what precedes passages, as the index stores it."""
        name, prefix = f"{self._provider}/{self._model}", self._prefixes.passage.strip()
        return f"{name} ({prefix})" if prefix else name

    async def find(self) -> bool:
        """Do nothing: the model is known."""
        return True

    async def embed_query(self, query: str) -> list[float]:
        """Embed a query.

        Raises:
            UpstreamUnavailable: as for `embed`.
        """
        (vector,) = await self._embed_all([self._prefixes.query + query], None)
        return vector

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        """Embed passages, at most 64 per request.

        Args:
            on_incomplete: called for each text that was shortened or has no usable vector.

        Raises:
            UpstreamUnavailable: the server does not answer, refuses the texts, or does not return
                a vector of the same dimension for each text.
        """
        passages = [self._prefixes.passage + text for text in texts]
        return await self._embed_all(passages, on_incomplete)

    async def _embed_all(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None
    ) -> list[list[float]]:
        endpoint = await self._endpoint.get()
        vectors: list[list[float]] = []
        while len(vectors) < len(texts):
            at = len(vectors)
            batch = list(texts[at : at + self._size])
            vectors += await self._embed(endpoint, batch, on_incomplete)
        dimensions = {len(vector) for vector in vectors if vector}
        if vectors and not dimensions:
            dimensions = {await self._known_dimension(endpoint)}
        if len(dimensions) > 1:
            raise self._mismatch(endpoint)
        self._dimension = max(dimensions, default=self._dimension)
        for vector in vectors:
            if not vector and on_incomplete is not None:
                on_incomplete()
        return [vector or [0.0] * self._dimension for vector in vectors]

    async def _known_dimension(self, endpoint: Endpoint) -> int:
        """The model's dimension, if the texts to embed do not tell; proves that it embeds at all.

        Raises:
            UpstreamUnavailable: the model does not even embed a short text.
        """
        if not self._dimension:
            (vector,) = await self._embed(endpoint, [PROBE])
            self._dimension = len(vector)
        if not self._dimension:
            refusal = self._refusal
            raise self._error(endpoint, refusal) if refusal else self._mismatch(endpoint)
        return self._dimension

    async def _embed(
        self,
        endpoint: Endpoint,
        texts: list[str],
        on_incomplete: Callable[[], None] | None = None,
    ) -> list[list[float]]:
        try:
            vectors = await self._batch(endpoint, texts)
        except ErrorReply as refusal:
            if not _is_too_large(refusal):
                raise self._error(endpoint, refusal) from None
            if len(texts) == 1:
                return await self._shorten(endpoint, texts[0], refusal, on_incomplete)
        else:
            if len(vectors) == len(texts):
                return vectors
            if len(texts) == 1:
                raise self._mismatch(endpoint)
        half, shortened = len(texts) // 2, self._shortened_texts
        first = await self._embed(endpoint, texts[:half], on_incomplete)
        vectors = first + await self._embed(endpoint, texts[half:], on_incomplete)
        if self._shortened_texts == shortened:
            # The number of texts was the reason: the server takes no more at once.
            self._size = min(self._size, half)
        return vectors

    async def _shorten(
        self,
        endpoint: Endpoint,
        text: str,
        refusal: ErrorReply,
        on_incomplete: Callable[[], None] | None,
    ) -> list[list[float]]:
        """Embed the beginning of a text that is longer than the model can take.

        Returns:
            its vector; an empty one if the model refuses the text at any length.
        """
        length = len(text)
        while (length := length // 2) >= MIN_CHARACTERS:
            try:
                vectors = await self._batch(endpoint, [text[:length]])
            except ErrorReply as again:
                if not _is_too_large(again):
                    raise self._error(endpoint, again) from None
                continue
            if len(vectors) != 1:
                raise self._mismatch(endpoint)
            self._shortened_texts += 1
            log.warning(
                "embedding_text_shortened",
                model=self.model,
                characters=len(text),
                embedded=length,
            )
            if vectors[0] and on_incomplete is not None:
                on_incomplete()
            return vectors
        # One text must not prevent the others from being embedded.
        log.warning("embedding_text_refused", model=self.model, reason=endpoint.reason_in(refusal))
        self._refusal = refusal
        self._shortened_texts += 1
        return [[]]

    def _error(self, endpoint: Endpoint, refusal: ErrorReply) -> UpstreamUnavailable:
        error = self._explain(endpoint, refusal)
        if isinstance(error, UpstreamUnavailable) and not error_mapping.is_too_long(refusal):
            return error
        return endpoint.unavailable(
            reason="embedding_refused",
            params={"model": self._model, "detail": error_mapping.detail_of(endpoint, refusal)},
            hint="Check that embedding_model is a model for embeddings, or choose another one.",
            retryable=False,
        )

    def _mismatch(self, endpoint: Endpoint) -> UpstreamUnavailable:
        return endpoint.unavailable(
            reason="embeddings_mismatch",
            params={"model": self._model},
            hint="Check that embedding_model is a model for embeddings.",
            retryable=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


def vector_of(value: Any) -> list[float]:
    """A vector from JSON: numbers, or base64 of little-endian 32-bit floats; empty if unusable."""
    if isinstance(value, str):
        value = _from_base64(value)
    if not isinstance(value, list):
        return []
    numbers = [number for number in value if type(number) in (float, int)]
    finite = len(numbers) == len(value) and all(map(math.isfinite, numbers))
    return [float(number) for number in numbers] if finite else []


def _from_base64(text: str) -> list[float]:
    try:
        data = base64.b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    except (binascii.Error, struct.error, ValueError):
        return []


def _is_too_large(refusal: ErrorReply) -> bool:
    return refusal.status in _TOO_LARGE or error_mapping.is_too_long(refusal)
