"""The protected resources of this server, by URL (RFC 8707, 2; RFC 9728, 1.2)."""

from urllib.parse import urlsplit

MCP = "/mcp"
RESOURCES = (MCP,)


def canonical(url: str) -> str:
    """Normalise a resource URL for comparison: lower-case scheme and host, no trailing slash.

    A bare origin means the only resource that is there, as some clients send it.

    An invalid URL is returned unchanged, and so matches no resource of this server.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return url
    path = parts.path.rstrip("/") or (MCP if parts.netloc else "")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def of(origin: str) -> tuple[str, ...]:
    """The URLs of all resources of the server at this origin."""
    return tuple(canonical(origin + path) for path in RESOURCES)
