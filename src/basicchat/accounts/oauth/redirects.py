"""Where a browser may be sent back to: which URIs a client may name, and which of them match."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

LONGEST = 500
_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?(?P<rest>[/?].*)?"
)
_WEB = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?([/?].*)?")
_PRIVATE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):/.*")
# Neither can be in a URI (RFC 3986, 2), nor a fragment in a redirect URI (RFC 6749, 3.1.2).
_ODD = re.compile(r"[^!-~]|[\\\"<>^`{|}#]")
# Editors that take a link of theirs instead of listening on this device. Any other scheme must be
# a domain backwards, as RFC 8252 (7.1) asks: so none that a browser gives a meaning to is let in.
_EDITORS = (
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
    """Whether a client may name this at all: HTTPS, this device, or an app's own scheme."""
    if len(uri) > LONGEST or _ODD.search(uri):
        return False
    if _WEB.fullmatch(uri) or _LOOPBACK.fullmatch(uri):
        return True
    private = _PRIVATE.fullmatch(uri)
    return private is not None and ("." in private["scheme"] or private["scheme"] in _EDITORS)


def matches(registered: Sequence[str], uri: str) -> bool:
    """Whether a URI is one of those registered, to the letter.

    On this device the port may be any (RFC 8252, 7.3): a program takes whichever is free.
    """
    if not acceptable(uri):
        return False
    return uri in registered or any(
        _without_port(uri) == _without_port(each) for each in registered if on_this_device(uri)
    )


def on_this_device(uri: str) -> bool:
    """Whether it leads to a program on the user's own device, which could be any."""
    return _LOOPBACK.fullmatch(uri) is not None


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    return (found["host"], found["rest"] or "") if found else None


def host_of(uri: str) -> str:
    """What to show of where it leads: the host, or the scheme of an app's own."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("https", "http") else f"{parts.scheme}:"
