"""Documents and passages for tests of search indexes."""

from datetime import UTC, datetime

from basicchat.domain.passages import Chunk
from basicchat.domain.values import Document, Scope

ANN, BEN = Scope(user_id="ann"), Scope(user_id="ben")


def document(
    document_id: str, owner: str = "ann", title: str = "Notes", collection: str | None = None
) -> Document:
    return Document(
        document_id=document_id,
        title=title,
        media_type="text/plain",
        bytes=1,
        status="indexing",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        owner_id=owner,
        sha256="0" * 64,
        collection_id=collection,
    )


def chunks(*texts: str) -> list[Chunk]:
    found, at = [], 0
    for number, text in enumerate(texts, 1):
        end = at + len(text)
        found.append(
            Chunk(start=at, end=end, text=text, line_start=number, line_end=number, page=number)
        )
        at = end + 1
    return found
