"""A reranker on a model server.

Sources: the API references for `/rerank` of llama.cpp's server, Jina and Cohere, which agree on the
fields used here.
"""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import error_mapping
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.http import Endpoint
from basicchat.llm.lenient import LenientDecoder

NAME = "reranker"
HINT = "Check reranker.url, and that the server has a model for reranking."


class ResultWire(msgspec.Struct):
    """The number of a text, and how well it answers the query."""

    index: int | None = None
    relevance_score: float | None = None


class ResultsWire(msgspec.Struct):
    """The response of `/rerank`."""

    results: list[ResultWire]


RESULTS = LenientDecoder(ResultsWire, essential=("results",))


class ServerReranker:
    """Implements `domain.ports.Reranker`.

    Args:
        url: the server, to which `/rerank` is appended.
        model: the model; None to leave that to the server.
        settings: its key is `openai_api_key`.
    """

    def __init__(self, url: str, model: str | None, settings: ProviderSettings) -> None:
        self._model = model
        key = settings.openai_api_key
        self._endpoint = Endpoint(
            provider=NAME,
            label="The reranker",
            url=url,
            hint=f"Check that it is running. {HINT}",
            settings=settings,
            headers={"Authorization": f"Bearer {key}"} if key else None,
        )

    @property
    def name(self) -> str:
        """The model, if it is named, and the server."""
        return f"{self._model}: {self._endpoint.where}" if self._model else self._endpoint.where

    async def rank(self, query: str, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that the server has scored, the most relevant first.

        Raises:
            UpstreamUnavailable: it does not answer, refuses, or scores none of them.
        """
        body: dict[str, Any] = {"query": query, "documents": list(texts), "top_n": len(texts)}
        if self._model:
            body["model"] = self._model
        try:
            response = await self._endpoint.post("/rerank", body, RESULTS)
        except ErrorReply as refusal:
            raise error_mapping.refused(
                self._endpoint,
                refusal,
                key_hint="Set reranker.api_key to a key that the server accepts.",
                context_hint="Lower reranker.candidates or chunk_size.",
            ) from None
        scores = _scores(response, len(texts))
        if texts and not scores:
            raise self._endpoint.unreadable()
        return sorted(scores, key=lambda number: -scores[number])

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


def _scores(response: ResultsWire, count: int) -> dict[int, float]:
    """The usable scores by the numbers of their texts."""
    return {
        each.index: each.relevance_score
        for each in response.results
        if each.index is not None
        and 0 <= each.index < count
        and each.relevance_score is not None
        and math.isfinite(each.relevance_score)
    }
