"""An embedder whose model is found among those that its server offers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from basicchat.domain.error_reasons import REASONS
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import Embedder
from basicchat.llm.embedding_models import best

FIND_SECONDS = 20.0
# After a server offered no embedding model.
PAUSE_SECONDS = 60.0


class FoundEmbedder:
    """Implements `domain.ports.Embedder` with the best embedding model that a server offers.

    A server that does not answer is asked again by the next call of `find`, one that offers none
    after a minute. A model that was found is kept, so that a new one does not change the index.

    Args:
        provider: the provider's name.
        offered: lists the embedding models of the server; raises UpstreamUnavailable.
        create: makes the embedder for a model.
    """

    def __init__(
        self,
        provider: str,
        offered: Callable[[], Awaitable[Sequence[str]]],
        create: Callable[[str], Embedder],
    ) -> None:
        self._provider = provider
        self._offered = offered
        self._create = create
        self._found: Embedder | None = None
        self._finding = asyncio.Lock()
        # In the loop's time.
        self._look_again_at = 0.0

    @property
    def model(self) -> str | None:
        """The model that was found."""
        return None if self._found is None else self._found.model

    async def find(self) -> bool:
        """Look for a model, unless one was found; see the port."""
        async with self._finding:
            if self._found is None:
                await self._look()
        return self._found is not None

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        """Embed passages; see the port."""
        return await (await self._embedder()).embed(texts, on_incomplete)

    async def embed_query(self, query: str) -> list[float]:
        """Embed a query; see the port."""
        return await (await self._embedder()).embed_query(query)

    async def close(self) -> None:
        """Close the connections."""
        if self._found is not None:
            await self._found.close()

    async def _embedder(self) -> Embedder:
        await self.find()
        if self._found is None:
            raise self._unavailable()
        return self._found

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._look_again_at:
            return
        try:
            async with asyncio.timeout(FIND_SECONDS):
                name = best(await self._offered())
        except TimeoutError:
            raise self._unavailable() from None
        if name is None:
            self._look_again_at = loop.time() + PAUSE_SECONDS
        else:
            self._found = self._create(name)

    def _unavailable(self) -> UpstreamUnavailable:
        return UpstreamUnavailable(
            REASONS["embedding_model_missing"].format(server=self._provider),
            provider=self._provider,
            hint="Load one there, or set embedding_model.",
            reason="embedding_model_missing",
            params={"server": self._provider},
        )
