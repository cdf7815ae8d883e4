"""Embedding in batches, the same for every provider."""

from collections.abc import Awaitable, Callable, Sequence

from basicchat.llm.http import Endpoint
from basicchat.llm.lazy import LazyEndpoint

BATCH = 64


class BatchEmbedder:
    """An Embedder on a model server.

    Args:
        provider: the provider's name.
        model: the embedding model.
        endpoint: the server; closed with this.
        batch: embeds at most 64 texts there.
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
        """The model with its provider, as the index notes it."""
        return f"{self._provider}/{self._model}"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts, 64 a request.

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
                f"{endpoint.where} sent vectors that do not fit the texts.",
                "Check that the embedding model is one.",
                retryable=False,
            )
        return vectors

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()
