"""Checks what the search indexes are given, on every engine."""

from collections.abc import Sequence

from basicchat.domain.errors import InvalidInput, TooLarge
from basicchat.domain.passages import Chunk
from basicchat.domain.search import MissingVectors

Vectors = Sequence[Sequence[float]]


def check_chunks(chunks: Sequence[Chunk], vectors: Vectors | None, max_chunks: int) -> None:
    """Check the chunks of a document, and their vectors if there are any.

    Raises:
        InvalidInput: there is not one vector for each chunk.
        TooLarge: there are more chunks than the index can number for one document.
    """
    if vectors is not None and len(vectors) != len(chunks):
        raise InvalidInput("Each chunk needs one vector.", field="vectors")
    if len(chunks) > max_chunks:
        raise TooLarge(
            "The document has more passages than the search index can hold.",
            reason="document_too_many_passages",
        )


def check_vectors(missing: MissingVectors, vectors: Vectors) -> None:
    """Check the vectors for passages that had none.

    Raises:
        InvalidInput: there is not one for each passage.
    """
    if len(vectors) != len(missing.texts) or not vectors:
        raise InvalidInput("Each passage needs one vector.", field="vectors")
