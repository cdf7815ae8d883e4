"""Search of documents: lexical, semantic if there is an embedder, and the fusion of both."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from basicchat.documents import citations, fusion
from basicchat.documents.reranking import Reranking
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.passages import Hit
from basicchat.domain.ports import Embedder
from basicchat.domain.search import Cited, DocumentText, SearchIndex
from basicchat.domain.values import Scope

_log = logging.getLogger(__name__)

MAX_K = 1000
_MIN_CANDIDATES = 50
_GAP = 4
"""How many white-space characters the splitter may have trimmed between adjacent passages."""


async def _no_embedder(model: str) -> Embedder | None:
    return None


class RetrievalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the selection of passages.

    At most `per_document` passages of one document are returned if others compete. Adjacent ones
    are merged up to `longest` characters. The embedder has `embed_seconds` for a query; after a
    failure it is not asked again for `retry_seconds`.
    """

    per_document: int = 3
    longest: int = 4000
    embed_seconds: float = 10.0
    retry_seconds: float = 30.0


class HybridRetriever:
    """Finds passages and checks quotations.

    Args:
        index: where to search.
        texts: the documents' text, to merge passages and to check quotations.
        embedder: turns a query into a vector; None searches by words only.
        former: the embedder of a model that serves until the one in use has all its vectors.
        settings: see `RetrievalSettings`.
        on_fallback: called whenever the embedder failed and the search used words only.
        reranking: reorders the passages that were found, before they are selected.
    """

    def __init__(
        self,
        index: SearchIndex,
        texts: DocumentText,
        embedder: Embedder | None = None,
        *,
        former: Callable[[str], Awaitable[Embedder | None]] = _no_embedder,
        settings: RetrievalSettings | None = None,
        on_fallback: Callable[[], None] = lambda: None,
        reranking: Reranking | None = None,
    ) -> None:
        self._index = index
        self._texts = texts
        self._embedder = embedder
        self._former = former
        self._settings = settings or RetrievalSettings()
        self._on_fallback = on_fallback
        self._reranking = reranking
        # When, in the loop's time, the embedder may be asked again.
        self._ask_again_at = 0.0

    async def search(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        """The k best passages within scope, best first.

        Adjacent passages are merged, so there may be fewer than k.

        Args:
            misspelt: if no passage has any word of the query, search for similar words.
        """
        k = min(k, MAX_K)
        if k < 1 or not query.strip():
            return ()
        wanted = max(4 * k, _MIN_CANDIDATES)
        lexical = self._index.match(scope, query, wanted, misspelt=misspelt)
        if self._embedder is None:
            found = list(await lexical)
        else:
            near = self._nearest(self._embedder, scope, query, wanted)
            rankings = await asyncio.gather(lexical, near)
            found = fusion.fuse(rankings) if rankings[1] else list(rankings[0])
        if self._reranking is not None:
            found = await self._reranking.reorder(query, found)
        return await self._merge(fusion.spread(found, k, self._settings.per_document))

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        """Resolve each `[n]` in an answer to a quotation of hits[n-1] that is in the source."""
        del scope  # the hits were found within it
        return await citations.cite(self._texts, answer, hits)

    async def _nearest(
        self, embedder: Embedder, scope: Scope, query: str, k: int
    ) -> tuple[Hit, ...]:
        """The nearest passages; none if the embedder fails or the vectors are of another model."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._ask_again_at:
            if embedder.model is not None:
                self._on_fallback()
            return ()
        try:
            async with asyncio.timeout(self._settings.embed_seconds):
                vector, model = await self._embedded(embedder, query)
            return await self._index.nearest(scope, vector, k, model) if vector else ()
        except (UpstreamUnavailable, TimeoutError, ValueError) as error:
            self._ask_again_at = loop.time() + self._settings.retry_seconds
            if embedder.model is not None:
                _log.warning("search without vectors: %s", type(error).__name__)
                self._on_fallback()
            return ()

    async def _embedded(self, embedder: Embedder, query: str) -> tuple[list[float], str | None]:
        """The query's vector and the model of the passages to compare; empty if there are none."""
        await embedder.find()
        serving = await self._index.embedding_model()
        if serving is None:
            return [], None
        if serving != embedder.model and (former := await self._former(serving)) is not None:
            try:
                return await former.embed_query(query), serving
            except (UpstreamUnavailable, ValueError) as error:
                _log.info("search without the vectors of %s: %s", serving, type(error).__name__)
        if embedder.model is None:
            return [], None
        # Of another model, these are the passages that are ready.
        return await embedder.embed_query(query), embedder.model

    async def _merge(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Merge overlapping and adjacent passages of a page, at the position of the better one."""
        groups: list[list[Hit]] = []
        by_page: dict[tuple[str, int | None], list[list[Hit]]] = {}
        for hit in hits:
            near = by_page.setdefault((hit.document_id, hit.page), [])
            group = next((g for g in near if self._joins(g, hit)), None)
            if group is None:
                groups.append([hit])
                near.append(groups[-1])
            else:
                group.append(hit)
        return tuple([await self._joined(group) for group in groups])

    def _joins(self, group: list[Hit], hit: Hit) -> bool:
        start, end = min(h.start for h in group), max(h.end for h in group)
        together = max(end, hit.end) - min(start, hit.start)
        gap = max(hit.start - end, start - hit.end)
        return gap <= _GAP and together <= self._settings.longest

    async def _joined(self, group: list[Hit]) -> Hit:
        if len(group) == 1:
            return group[0]
        start, end = min(h.start for h in group), max(h.end for h in group)
        text = await self._texts.document_text(group[0].document_id, start, end)
        if len(text) != end - start:
            return group[0]
        lines = [line for h in group for line in (h.line_start, h.line_end) if line is not None]
        return msgspec.structs.replace(
            group[0],
            text=text,
            start=start,
            end=end,
            line_start=min(lines, default=None),
            line_end=max(lines, default=None),
        )
