"""Reorders the passages that a search found, by a model that reads query and passage together."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from basicchat.domain.errors import BasicChatError
from basicchat.domain.passages import Hit
from basicchat.domain.ports import Reranker

_log = logging.getLogger(__name__)


class Reranking:
    """Reorders hits, or leaves them as they are if the reranker fails.

    Args:
        reranker: scores the passages.
        candidates: how many hits are reordered; the others follow.
        seconds: how long the reranker has.
        retry_seconds: after a failure, it is not asked again for so long.
    """

    def __init__(
        self, reranker: Reranker, *, candidates: int, seconds: float, retry_seconds: float = 30.0
    ) -> None:
        self._reranker = reranker
        self._candidates = candidates
        self._seconds = seconds
        self._retry_seconds = retry_seconds
        # When, in the loop's time, the reranker may be asked again.
        self._ask_again_at = 0.0

    async def reorder(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, the most relevant first. Scores stay with the places, not with the hits."""
        chosen, loop = hits[: self._candidates], asyncio.get_running_loop()
        if len(chosen) < 2 or loop.time() < self._ask_again_at:
            return list(hits)
        try:
            async with asyncio.timeout(self._seconds):
                best = await self._reranker.rank(query, [hit.text for hit in chosen])
        except (BasicChatError, TimeoutError) as error:
            _log.warning("search without the reranker: %s", type(error).__name__)
            self._ask_again_at = loop.time() + self._retry_seconds
            return list(hits)
        ranked = set(best)
        order = [*best, *(number for number in range(len(chosen)) if number not in ranked)]
        moved = [
            msgspec.structs.replace(chosen[number], score=place.score)
            for number, place in zip(order, chosen, strict=True)
        ]
        return [*moved, *hits[self._candidates :]]
