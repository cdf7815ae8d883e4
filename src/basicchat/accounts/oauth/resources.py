"""The resources that tokens are for, by their URLs (RFC 8707, 2; RFC 9728, 1.2)."""

from urllib.parse import urlsplit

MCP = "/mcp"
RESOURCES = (MCP,)


def canonical(url: str) -> str:
    """A resource's URL as it is compared: scheme and host in small letters, no slash at its end.

    What is no URL stays as it is, and so is none of ours.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return url
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def of(origin: str) -> tuple[str, ...]:
    """The resources of a server that is reached under this origin."""
    return tuple(canonical(origin + path) for path in RESOURCES)
