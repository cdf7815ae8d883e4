"""Links for people that open a document on this server's page, at a passage."""

from basicchat.mcp.features.request_context import RequestContext


def source_url(
    context: RequestContext, document_id: str, start: int | None = None, end: int | None = None
) -> str:
    """The URL that opens a document on the page, at a passage if one is given."""
    place = "" if start is None or end is None else f"/{start}-{end}"
    return f"{_origin(context)}/#/d/{document_id}{place}"


def _origin(context: RequestContext) -> str:
    """The origin under which people reach the page.

    That of the request, if it came by HTTPS; otherwise a public one with HTTPS, if there is one.
    """
    requested, public = context.caller.origin, context.services.public_origins
    if requested is not None and requested.startswith("https:"):
        return requested
    secure = next((each for each in public if each.startswith("https:")), None)
    return secure or requested or context.services.own_origin
