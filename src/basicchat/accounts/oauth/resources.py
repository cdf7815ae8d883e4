"""The protected resources of this server, by URL (RFC 8707, 2; RFC 9728, 1.2)."""

from urllib.parse import urlsplit

MCP = "/mcp"
RESOURCES = (MCP,)


def canonical(url: str) -> str:
    """Normalise a resource URL for comparison: lower-case scheme and host, no trailing slash.

    An invalid URL is returned unchanged, and so matches no resource of this server.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return url
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def of(origin: str) -> tuple[str, ...]:
    """The URLs of all resources of the server at this origin."""
    return tuple(canonical(origin + path) for path in RESOURCES)
