"""Citations: `citations.get` opens one for everybody who can see the answer."""

from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.errors import NotFound
from basicchat.domain.passages import Citation
from basicchat.domain.values import Document, Value
from basicchat.protocol.library_types import CitationsGet

# The text before and after a quotation that is shown with it, in characters.
CONTEXT = 2000


class CitationShown(Value, frozen=True, kw_only=True):
    """A citation with the text[text_start:text_end] of its source.

    The text surrounds the quotation if the actor may see the document. Otherwise `document` is
    null, and the text is the quotation, which the answer shows to all members of its room.
    """

    citation: Citation
    text: str
    text_start: int
    text_end: int
    document: Document | None = None


async def get(call: Call, params: CitationsGet) -> CitationShown:
    """Open a citation of an answer."""
    message = await access.message(call, params.message_id, "see")
    if params.index >= len(message.citations):
        raise NotFound(
            "There is no such citation",
            reason="resource_not_found",
            params={"resource": "citation"},
        )
    citation = message.citations[params.index]
    document = await _seen(call, citation.document_id)
    if document is not None:
        start = max(citation.start - CONTEXT, 0)
        store = call.services.store
        text = await store.document_text(document.document_id, start, citation.end + CONTEXT)
        # A document whose file was replaced has other text there.
        if text[citation.start - start :].startswith(citation.quote):
            end = start + len(text)
            return CitationShown(
                citation=citation, text=text, text_start=start, text_end=end, document=document
            )
    return CitationShown(
        citation=citation,
        text=citation.quote,
        text_start=citation.start,
        text_end=citation.end,
        document=document,
    )


async def _seen(call: Call, document_id: str) -> Document | None:
    try:
        return await access.document(call, document_id, "see")
    except NotFound:
        return None


GET = Method(
    name="citations.get",
    params=CitationsGet,
    result=CitationShown,
    handler=get,
    repeat="safe",
)
