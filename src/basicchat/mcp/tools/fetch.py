"""Reading a search result, in the shape that ChatGPT's connectors expect."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.errors import InvalidInput
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.source_links import source_url
from basicchat.mcp.features.text_rendering import status_note
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Params

# Of a longer document, the part around the passage is returned.
MAX_CHARACTERS = 60_000
_ID = re.compile(r"(?P<document>[^:\s]{1,200})(?::(?P<start>\d{1,9})-(?P<end>\d{1,9}))?")


class Arguments(Params, frozen=True, kw_only=True):
    """What to read."""

    id: Annotated[
        str,
        Meta(min_length=1, max_length=300, description="The id of a result of search."),
    ]


class Fetched(Value, frozen=True, kw_only=True):
    """A document's text, or the part of it around a passage; `url` opens it in the browser."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The text of a document, around the passage that an id names."""
    match = _ID.fullmatch(arguments.id.strip())
    if match is None:
        raise InvalidInput(
            "id: is not the id of a result",
            field="id",
            hint="Pass an id that search has returned.",
            reason="resource_not_found",
            params={"resource": "result"},
        )
    place = None if match["start"] is None else (int(match["start"]), int(match["end"]))
    begin = 0 if place is None else max(0, (sum(place) - MAX_CHARACTERS) // 2)
    document, text = await _text(context, match["document"], begin)
    fetched = Fetched(
        id=arguments.id,
        title=document.title,
        text=text or status_note(document),
        url=source_url(context, document.document_id, *(place or ())),
        metadata=_metadata(document, begin, len(text)),
    )
    return structured_result(fetched, msgspec.json.encode(fetched).decode())


async def _text(context: RequestContext, document_id: str, begin: int) -> tuple[DocumentView, str]:
    pieces: list[str] = []
    length = 0
    while True:
        part: DocumentView = await context.call(
            "documents.get", document_id=document_id, start=begin + length
        )
        pieces.append(part.text or "")
        length += len(pieces[-1])
        if not part.text or length >= MAX_CHARACTERS:
            return part, "".join(pieces)[:MAX_CHARACTERS]


def _metadata(document: DocumentView, begin: int, length: int) -> dict[str, str]:
    known = {
        "document_id": document.document_id,
        "media_type": document.media_type,
        "status": document.status,
        "pages": document.pages,
        "created_at": document.created_at.isoformat(),
        "characters": f"{begin}-{begin + length}",
        "notes": " ".join(note.text for note in document.notes) or None,
    }
    return {name: str(value) for name, value in known.items() if value is not None}


TOOL = ToolDefinition(
    name="fetch",
    title="Fetch",
    description="Read a result of search: the document's text, of a long document the part around "
    "the passage, with title, link and metadata.",
    method="documents.get",
    arguments=Arguments,
    result=Fetched,
    run=run,
    fast_path=True,
)
