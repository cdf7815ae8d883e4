"""Who may knock at the door: Host and Origin checks, credentials in headers, and what browsers
are told about the page."""

import base64
import ipaddress
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

COOKIE = "basicchat"
CSRF_HEADER = "x-basicchat"
# What the JavaScript client, and MCP clients in a page, send beside what every page may.
MCP_HEADERS = ("mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id")
CLIENT_HEADERS = ("authorization", "content-type", "last-event-id", *MCP_HEADERS, CSRF_HEADER)

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class OriginPolicy:
    """Checks Host (against DNS rebinding) and Origin (against other sites' pages).

    A Host that is an IP address needs a page of that very address, so no name can be rebound to
    it; names must be known.
    """

    def __init__(self, host: str, public_origins: Iterable[str]) -> None:
        self._public = {origin.rstrip("/").lower() for origin in public_origins}
        self._names = {urlsplit(origin).hostname or "" for origin in self._public}
        self._names |= {"localhost", host.lower()}

    def host_allowed(self, host: str | None) -> bool:
        """Whether a Host header names this server."""
        try:
            name = urlsplit(f"//{host}").hostname if host else None
        except ValueError:
            return False
        if not name:
            return False
        return name in self._names or _is_address(name)

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this origin may speak to us; programs send none."""
        if origin is None:
            return True
        plain = origin.lower()
        here = (host or "").lower()
        return plain in self._public or plain in (f"http://{here}", f"https://{here}")

    def readable_by(self, origin: str | None) -> bool:
        """Whether a page of this origin, named in `public_origins`, may read our answers."""
        return origin is not None and origin.lower() in self._public


def cross_origin_headers(origin: str) -> dict[str, str]:
    """What lets a page of another origin read an answer (WHATWG Fetch, 3.3).

    Without the header for credentials: such a page brings a token, never the cookie.
    """
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": ", ".join(CLIENT_HEADERS),
        "access-control-expose-headers": "mcp-session-id, www-authenticate",
        "access-control-max-age": "600",
        "vary": "origin",
    }


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def credentials(headers: Mapping[str, str]) -> tuple[str | None, bool]:
    """The token that came in headers, and whether it was in a cookie."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), False
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return None, False
    found = jar.get(COOKIE)
    return (found.value, True) if found else (None, False)


def basic_password(headers: Mapping[str, str]) -> str | None:
    """The password of basic authentication (RFC 7617), with which clients send that of a URL."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        told = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    return told.partition(":")[2] or None
