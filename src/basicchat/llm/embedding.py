"""Embedding in batches, shared by all providers."""

from collections.abc import Awaitable, Callable, Sequence

from basicchat.llm.http import Endpoint
from basicchat.llm.lazy import LazyEndpoint

BATCH = 64


class BatchEmbedder:
    """An Embedder on a model server.

    Args:
        provider: the provider's name.
        model: the embedding model.
        endpoint: the server; closed together with this embedder.
        batch: embeds at most 64 texts on the server.
    """

    def __init__(
        self,
        *,
        provider: str,
        model: str,
        endpoint: LazyEndpoint,
        batch: Callable[[Endpoint, list[str]], Awaitable[list[list[float]]]],
    ) -> None:
        self._provider = provider
        self._model = model
        self._endpoint = endpoint
        self._batch = batch

    @property
    def model(self) -> str:
        """The model with its provider, as the index stores it."""
        return f"{self._provider}/{self._model}"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts, 64 per request.

        Raises:
            UpstreamUnavailable: the server does not answer, or not with a vector of the same
                dimension for each text.
        """
        endpoint = await self._endpoint.get()
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += await self._batch(endpoint, list(texts[start : start + BATCH]))
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise endpoint.unavailable(
                f"{endpoint.where} returned vectors that do not match the texts.",
                "Check that embedding_model is a model for embeddings.",
                retryable=False,
            )
        return vectors

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()
