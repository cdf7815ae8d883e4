"""The cache of answers: what determines an answer is hashed into its key.

The key has the scope of the question, with the version of each of its libraries: an answer from
other documents, or from another state of them, has another key. Whoever may see less or more, or
whose documents have changed, never gets it.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

import msgspec

from basicchat.domain.cache import Cache
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Document, Scope, Value

_encode = msgspec.json.Encoder(order="deterministic").encode


class LibraryReads(Protocol):
    """What the cache reads of documents (`domain.documents.DocumentReads`)."""

    async def library_versions(self, library_ids: Sequence[str]) -> tuple[str, ...]:
        """The version of each of these libraries."""
        ...

    async def document(self, document_id: str) -> Document | None:
        """A document."""
        ...


class StoredAnswer(Value, frozen=True, kw_only=True):
    """An answer, the model and the provider that gave it, and when."""

    answer: Answer
    answered_by: tuple[str, str]
    at: datetime


class AnswerCache:
    """Answers of earlier runs.

    Args:
        seconds: how long an answer is used again.
        edition: names everything else that determines answers: the version of the program with its
            prompts, and the settings of the model servers.
    """

    def __init__(
        self, cache: Cache, libraries: LibraryReads, *, seconds: int, edition: str
    ) -> None:
        self._cache = cache
        self._libraries = libraries
        self._seconds = seconds
        self._edition = edition

    async def key(self, turn: Turn) -> str:
        """The key of a question to the documents as they are now."""
        libraries = tuple(sorted(turn.scope.library_ids))
        versions = await self._libraries.library_versions(libraries)
        chosen = turn.scope.document_ids
        determining = (
            self._edition,
            turn.model,
            turn.mode,
            turn.question,
            turn.history,
            turn.instructions,
            turn.temperature,
            turn.max_tokens,
            turn.passages,
            turn.context_chars,
            turn.capabilities,
            turn.tools,
            turn.scope.user_id,
            libraries,
            versions,
            None if chosen is None else sorted(chosen),
        )
        return f"answer:{blake2b(_encode(determining), digest_size=32).hexdigest()}"

    async def find(self, key: str, run_id: str) -> StoredAnswer | None:
        """The answer under a key, for a run that will use it."""
        found = await self._cache.get(key)
        if found is None:
            return None
        await self._cache.set(_of_run(run_id), key.encode(), self._seconds)
        return msgspec.json.decode(found, type=StoredAnswer)

    async def store(
        self, turn: Turn, key: str, stored: StoredAnswer, documents: Sequence[str]
    ) -> None:
        """Keep an answer, unless its documents have changed since its key was made.

        Args:
            documents: the ids of the documents whose passages the run has read. A passage may be
                found until the index has followed the deletion of its document.
        """
        if await self.key(turn) != key or not await self._readable(turn.scope, documents):
            return
        await self._cache.set(key, msgspec.json.encode(stored), self._seconds)
        await self._cache.set(_of_run(turn.run_id), key.encode(), self._seconds)

    async def remove(self, run_id: str) -> None:
        """Forget the answer that a run has stored or used."""
        key = await self._cache.get(_of_run(run_id))
        if key is not None:
            await self._cache.delete(key.decode())

    async def _readable(self, scope: Scope, document_ids: Sequence[str]) -> bool:
        for document_id in document_ids:
            document = await self._libraries.document(document_id)
            if document is None or document.library_id not in scope.library_ids:
                return False
        return True


def _of_run(run_id: str) -> str:
    return f"answer-of:{run_id}"
