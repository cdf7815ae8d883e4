"""Resources that apps may ask, such as `/mcp`: who asks there, and what a refusal tells the app.

RFC 9728 (protected resource metadata), RFC 6750 (bearer tokens), and the Model Context Protocol's
authorisation, revisions 2025-06-18 to 2026-07-28.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from basicchat.accounts.oauth import resources, scopes
from basicchat.accounts.oauth.resources import MCP
from basicchat.accounts.permissions import SCOPE_OF, Verb
from basicchat.api.calls import Services
from basicchat.domain.errors import BasicChatError, Forbidden, InvalidInput, Unauthenticated
from basicchat.domain.values import Actor, Value

WELL_KNOWN = "/.well-known/oauth-protected-resource"


class Refused(Value, frozen=True, kw_only=True):
    """How a request is refused over HTTP."""

    status: int
    headers: dict[str, str]


async def authenticate(
    services: Services, headers: Mapping[str, str], query: str = "", *, resource: str = MCP
) -> Actor:
    """Who asks a resource: by an app's token for it, by a token of their own, or by a key.

    Cookies count for nothing here: browsers send them whoever asks.

    Args:
        headers: by their names in small letters.
        query: of the URL, in which no token may be (RFC 9700, 4.3.2).
        resource: its path.

    Raises:
        Unauthenticated: no token, or none that holds here.
        Forbidden: the user is suspended.
        InvalidInput: there is a token in the URL.
    """
    if any(name == "access_token" for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise InvalidInput("Tokens never travel in a URL", field="access_token")
    return await services.authenticator.authenticate(bearer(headers), resource)


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def scope_of(verb: Verb) -> str | None:
    """The scope that a token needs for a verb; None if none allows it."""
    return SCOPE_OF.get(verb)


def require_scope(actor: Actor, scope: str) -> None:
    """Let pass whose token has a scope, so that an app without it can ask for it at once.

    What the user may do is authorised where it is done.

    Raises:
        Forbidden: it has not.
    """
    if actor.scopes is not None and scope not in actor.scopes:
        raise Forbidden(
            f"This needs the scope {scopes.PREFIX}{scope}",
            scope=scope,
            reason="app_scope_missing",
            params={"scope": scopes.PREFIX + scope},
        )


def refused(
    error: BasicChatError, headers: Mapping[str, str], origin: str, *, resource: str = MCP
) -> Refused | None:
    """The status and headers that tell an app how to go on; None if no token would help.

    Args:
        error: that `authenticate`, `require_scope` or anything else raised.
        headers: of the request.
        origin: under which the server was reached: see `origin_of`.
    """
    challenge = {"resource_metadata": f"{origin}{WELL_KNOWN}{resource}"}
    if isinstance(error, Unauthenticated):
        wrong = {"error": "invalid_token"} if bearer(headers) else {}
        return _refused(401, wrong | {"scope": scopes.text_of(scopes.DEFAULT)} | challenge)
    if isinstance(error, Forbidden) and error.scope is not None:
        needed = scopes.implied(scope for scope in scopes.DESCRIPTIONS if scope == error.scope)
        told = {"error": "insufficient_scope", "scope": scopes.text_of(needed)}
        return _refused(403, told | challenge | {"error_description": error.message})
    if isinstance(error, InvalidInput) and error.field == "access_token":
        return _refused(400, {"error": "invalid_request"} | challenge)
    return None


def _refused(status: int, told: Mapping[str, str]) -> Refused:
    pairs = ", ".join(f'{name}="{_quotable(value)}"' for name, value in told.items())
    return Refused(status=status, headers={"www-authenticate": f"Bearer {pairs}"})


def _quotable(text: str) -> str:
    """Text as it may stand between quotes (RFC 6750, 3)."""
    return "".join(each for each in text if " " <= each <= "~" and each not in '"\\')


def metadata(services: Services, origin: str, resource: str = MCP) -> dict[str, Any]:
    """What a resource says of itself (RFC 9728, 2)."""
    return {
        "resource": resources.canonical(origin + resource),
        "authorization_servers": [services.app_issuer or origin],
        "scopes_supported": [scopes.NAMES[scope] for scope in scopes.DEFAULT],
        "bearer_methods_supported": ["header"],
        "resource_name": "BasicChat",
    }


def origin_of(scheme: str, host: str | None) -> str:
    """The origin that a request names by its scheme and Host, which the doors have let in.

    Raises:
        InvalidInput: it is none.
    """
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise InvalidInput("Invalid Host header", field="host") from wrong
    web = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    usual = port is None or (web, port) in (("http", 80), ("https", 443))
    shown = f"[{name}]" if ":" in name else name
    return f"{web}://{shown}" if usual else f"{web}://{shown}:{port}"


__all__ = [
    "MCP",
    "authenticate",
    "bearer",
    "metadata",
    "origin_of",
    "refused",
    "require_scope",
    "scope_of",
]
