"""Redirect URIs: which ones a client may register, and which ones match."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

MAX_URI_LENGTH = 500
_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?(?P<rest>[/?].*)?"
)
_WEB = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?([/?].*)?")
_CUSTOM_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):/.*")
# Characters that a URI must not contain (RFC 3986, 2), and the fragment separator, which a redirect
# URI must not contain (RFC 6749, 3.1.2).
_FORBIDDEN = re.compile(r"[^!-~]|[\\\"<>^`{|}#]")
# Schemes of editors that do not listen on this device. Any other scheme must be a reversed domain
# name (RFC 8252, 7.1), which excludes the schemes that browsers interpret themselves.
_EDITOR_SCHEMES = (
    "cursor",
    "vscode",
    "vscode-insiders",
    "vscodium",
    "windsurf",
    "zed",
    "claude",
    "lmstudio",
)


def acceptable(uri: str) -> bool:
    """Whether a client may register this URI: HTTPS, a loopback address or a custom scheme."""
    if len(uri) > MAX_URI_LENGTH or _FORBIDDEN.search(uri):
        return False
    if _WEB.fullmatch(uri) or _LOOPBACK.fullmatch(uri):
        return True
    custom = _CUSTOM_SCHEME.fullmatch(uri)
    return custom is not None and ("." in custom["scheme"] or custom["scheme"] in _EDITOR_SCHEMES)


def matches(registered: Sequence[str], uri: str) -> bool:
    """Whether a URI equals a registered one.

    Loopback addresses may have any port (RFC 8252, 7.3), because programs use whichever is free.
    """
    if not acceptable(uri):
        return False
    return uri in registered or without_port(uri) in map(without_port, registered)


def on_this_device(uri: str) -> bool:
    """Whether the URI leads to some program on the user's own device."""
    return _LOOPBACK.fullmatch(uri) is not None


def without_port(uri: str) -> str:
    """A URI for comparison: without the port, if it leads to the user's own device."""
    match = _LOOPBACK.fullmatch(uri)
    return f"http://{match['host']}{match['rest'] or ''}" if match else uri


def host_of(uri: str) -> str:
    """The destination of a URI for display: its host, or its custom scheme."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("https", "http") else f"{parts.scheme}:"
