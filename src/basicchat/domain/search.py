"""The ports for searching documents and for the index behind it."""

from collections.abc import Sequence
from typing import Protocol

from basicchat.domain.passages import Chunk, Citation, Hit
from basicchat.domain.values import Document, Scope, Value


class Cited(Value, frozen=True, kw_only=True):
    """The verified citations of an answer, and the number of marks dropped.

    `marks` has an entry for each number of the answer's `[n]` marks, in their order: the index of
    its citation, or -1 - n if it was dropped.
    """

    citations: tuple[Citation, ...]
    dropped: int
    marks: tuple[int, ...] = ()


class Retriever(Protocol):
    """Searches documents and checks quotations against them."""

    async def search(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        """The k best passages within scope, best first.

        Args:
            misspelt: if no passage has any word of the query, search for similar words.
        """
        ...

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        """Resolve each `[n]` in an answer to a verbatim quotation from hits[n-1]."""
        ...


class IndexHealth(Value, frozen=True, kw_only=True):
    """The result of examining a search index; `problem` is None if it is sound.

    `lost` is true if a damaged index was deleted since this process started, so that the
    documents have to be indexed again. `hint` says what to do about the problem, unless a restart
    is enough.
    """

    documents: int
    chunks: int
    bytes: int
    lost: bool
    problem: str | None
    hint: str | None = None


class MissingVectors(Value, frozen=True, kw_only=True):
    """Passages without vectors: consecutive ones of a document, from number `offset` on.

    `document` identifies one indexing of the document.
    """

    document_id: str
    document: int
    offset: int
    texts: tuple[str, ...]


class SearchIndex(Protocol):
    """The index of chunks; derived from the store, so it can be rebuilt."""

    async def add(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Index a document's chunks, replacing those already indexed for its id."""
        ...

    async def missing_vectors(self, most: int, model: str | None = None) -> MissingVectors | None:
        """The first passages without vectors of the model, `most` at most.

        Nodes that share an index get different ones.
        """
        ...

    async def add_vectors(
        self,
        missing: MissingVectors,
        vectors: Sequence[Sequence[float]],
        model: str | None = None,
    ) -> None:
        """Add vectors to passages, unless their document was removed or replaced meanwhile.

        Args:
            model: the vectors' model; by default that for which the index was opened. Those of
                another model than the one that serves are kept beside, until `switch_vectors`.

        Raises:
            Conflict: the vectors are of another model or dimension than those stored.
            InvalidInput: there is not one for each passage.
        """
        ...

    async def remove(self, document_id: str) -> None:
        """Remove a document, and erase its text from the index's files."""
        ...

    async def match(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        """The k best passages by words (BM25), best first; higher scores are better.

        Args:
            misspelt: if no passage has any word of the query, search for similar words.
        """
        ...

    async def nearest(
        self, scope: Scope, vector: Sequence[float], k: int, model: str | None = None
    ) -> tuple[Hit, ...]:
        """The k nearest passages by cosine similarity, best first.

        Args:
            model: that of the vector; by default the one that serves.
        """
        ...

    async def embedding_model(self) -> str | None:
        """The model of the vectors that serve; None if there are none."""
        ...

    async def switch_vectors(self, model: str) -> None:
        """Let the vectors of a model serve, if no passage lacks one, and forget those before."""
        ...

    async def count_vectors(self, model: str) -> int:
        """The number of passages that have been given vectors of the model."""
        ...

    async def drop_vectors(self) -> None:
        """Remove all vectors, so that those of another model can be added."""
        ...

    async def document_ids(self) -> frozenset[str]:
        """The ids of all indexed documents."""
        ...

    async def count(self) -> tuple[int, int]:
        """The numbers of indexed documents and chunks."""
        ...

    async def check(self) -> IndexHealth:
        """Examine the whole index, for `basicchat doctor`; this may take long."""
        ...

    async def clear(self) -> None:
        """Remove all documents."""
        ...

    async def close(self) -> None:
        """Close the files."""
        ...


class DocumentText(Protocol):
    """Reads extracted text; implemented by the store."""

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points; empty if there is none."""
        ...
