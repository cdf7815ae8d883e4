"""Addresses of model servers: what may be shown of them, and where they lead."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from basicchat.domain import addresses


def secrets_in(url: str, headers: Mapping[str, str]) -> Iterator[str]:
    """What must never be shown: credentials in the headers and in the URL."""
    for value in headers.values():
        yield value
        yield value.rpartition(" ")[2]
    password = urlsplit(url).password
    if password:
        yield password


def shown(url: str) -> str:
    """The scheme, host and port of a URL, for display: without credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    is_name = host == "localhost" or host.endswith(".localhost")
    return is_name or addresses.is_loopback(host)
