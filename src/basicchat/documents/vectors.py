"""Adds vectors to documents that can already be found by words.

Documents are indexed by words first, so that a slow or silent embedder delays nothing. The vectors
follow in the background, batch by batch. What is missing is recorded in the index, so that this
continues after a restart.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import msgspec

from basicchat.documents.notes import with_embedding_note
from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import Embedder
from basicchat.domain.search import MissingVectors, SearchIndex
from basicchat.domain.values import Document

_log = logging.getLogger(__name__)

BATCH = 32
BATCH_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 5.0
MAX_PAUSE_SECONDS = 300.0


class RevisableDocuments(Protocol):
    """The document rows, to which notes are added."""

    async def revise(self, document_id: str, revise: Callable[[Document], Document]) -> None:
        """Change a document's row, and record `document.updated`, unless nothing changes.

        A document that was deleted is left alone.
        """
        ...


class VectorBackfill:
    """Computes and stores the missing vectors of all documents.

    Args:
        embedder: computes them; None if there is none, and nothing is missing.
        pause_seconds: the pause after a failure; it doubles with each further one.
    """

    def __init__(
        self,
        index: SearchIndex,
        embedder: Embedder | None,
        *,
        pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._backoff = Backoff(pause_seconds, MAX_PAUSE_SECONDS)
        self._wake = asyncio.Event()
        self._working = asyncio.Lock()
        # Whether the vectors of this embedder have been those that serve.
        self._has_served = False

    def wake(self) -> None:
        """Look for documents without vectors. Never waits."""
        self._wake.set()

    async def run(self, documents: RevisableDocuments) -> None:
        """Add missing vectors, now, after each `wake` and from time to time, until cancelled.

        Another node may have died before it added those that it had taken charge of.

        Args:
            documents: gets notes on what the embedding model could not take.
        """
        while self._embedder is not None:
            self._wake.clear()
            if await self.add_missing(documents):
                self._backoff.succeeded()
                with suppress(TimeoutError):
                    async with asyncio.timeout(MAX_PAUSE_SECONDS):
                        await self._wake.wait()
            else:
                await asyncio.sleep(self._backoff.failed())

    async def add_missing(self, documents: RevisableDocuments) -> bool:
        """Add all missing vectors; false if the embedder or the index failed."""
        embedder = self._embedder
        if embedder is None:
            return True
        async with self._working:
            try:
                if await embedder.find():
                    await self._add_all(embedder, documents)
            # A fault of a provider must not end the background work.
            except Exception as error:  # noqa: BLE001
                known = isinstance(error, BasicChatError | TimeoutError)
                # Nobody waits for a model that would be used unasked.
                _log.log(
                    logging.WARNING if embedder.model or not known else logging.DEBUG,
                    "vectors of %s are missing: %s",
                    embedder.model or "the embedding model",
                    type(error).__name__,
                    exc_info=None if known else error,
                )
                return False
        return True

    async def _add_all(self, embedder: Embedder, documents: RevisableDocuments) -> None:
        """Add what is missing; vectors of another model serve until those of this one are there."""
        serving, model = await self._index.embedding_model(), embedder.model
        if serving in (None, model):
            self._has_served = True
        elif self._has_served:
            # Another node has been given another model, which is the later choice.
            return
        while await self._add_batch(embedder, documents):
            pass
        if serving not in (None, model) and model is not None:
            await self._index.switch_vectors(model)
            self._has_served = await self._index.embedding_model() == model

    async def _add_batch(self, embedder: Embedder, documents: RevisableDocuments) -> bool:
        """Add one batch; false if none is missing."""
        missing = await self._index.missing_vectors(BATCH, embedder.model)
        if missing is None:
            return False
        count = 0

        def count_incomplete() -> None:
            nonlocal count
            count += 1

        async with asyncio.timeout(BATCH_SECONDS):
            vectors = await embedder.embed(missing.texts, count_incomplete)
        model = embedder.model or ""
        await self._index.add_vectors(missing, vectors, model)
        if count or not missing.offset:
            await _add_note(documents, missing, model, count)
        return True


async def _add_note(
    documents: RevisableDocuments, missing: MissingVectors, model: str, count: int
) -> None:
    def revise(document: Document) -> Document:
        notes = with_embedding_note(document.notes, model, count, restart=not missing.offset)
        return msgspec.structs.replace(document, notes=notes)

    await documents.revise(missing.document_id, revise)
