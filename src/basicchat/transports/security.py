"""Host and Origin checks, credentials in headers, and security headers for browsers."""

import base64
import ipaddress
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

COOKIE_PREFIX = "basicchat_"
CSRF_HEADER = "x-basicchat"
# Non-safelisted request headers of the JavaScript client and of MCP clients in a page.
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

    A host name must be one of this server's names. An IP address is always allowed: a page can only
    send it if it was loaded from that address, so no rebound name is involved.
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
        """Whether a page of this origin may call the server; programs send no origin."""
        if origin is None:
            return True
        lowered = origin.lower()
        authority = (host or "").lower()
        same_origin = (f"http://{authority}", f"https://{authority}")
        return lowered in self._public or lowered in same_origin

    def readable_by(self, origin: str | None) -> bool:
        """Whether a page of this origin may read responses: it must be in `public_origins`."""
        return origin is not None and origin.lower() in self._public


def cross_origin_headers(origin: str) -> dict[str, str]:
    """The CORS headers that let a page of another origin read a response (WHATWG Fetch, 3.3).

    They do not allow credentials: such a page sends a token, never the cookie.
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


def cookie_name(instance_id: str, scheme: str) -> str:
    """The name of the cookie that holds a login.

    Browsers send a cookie to all ports of a host, so each server needs a name of its own. Over TLS,
    the prefix keeps other hosts of the same domain from setting it (RFC 6265bis, 4.1.3.2).
    """
    name = COOKIE_PREFIX + instance_id
    return f"__Host-{name}" if is_secure(scheme) else name


def is_secure(scheme: str) -> bool:
    """Whether a request came over TLS."""
    return scheme in ("https", "wss")


def credentials(headers: Mapping[str, str], cookie: str) -> tuple[str | None, bool]:
    """The token in the headers, and whether it was in the cookie of this name."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), False
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return None, False
    morsel = jar.get(cookie)
    return (morsel.value, True) if morsel else (None, False)


def basic_password(headers: Mapping[str, str]) -> str | None:
    """The password of basic authentication (RFC 7617): clients send the password of a URL so."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name_and_password = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    return name_and_password.partition(":")[2] or None
