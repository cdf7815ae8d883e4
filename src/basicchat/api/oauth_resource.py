"""OAuth-protected resources, such as `/mcp`: authentication, and challenges for apps.

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
    """The status and headers of a refused HTTP request."""

    status: int
    headers: dict[str, str]


async def authenticate(
    services: Services, headers: Mapping[str, str], query: str = "", *, resource: str = MCP
) -> Actor:
    """Authenticate a request to a resource: by an app's token, a user's token or an API key.

    Cookies are ignored, because browsers also send them with cross-site requests.

    Args:
        headers: the request's headers, by lower-case name.
        query: the query of the URL, which must not contain a token (RFC 9700, 4.3.2).
        resource: the path of the resource.

    Raises:
        Unauthenticated: the token is missing, or not valid for this resource.
        Forbidden: the user is suspended.
        InvalidInput: the URL contains a token.
    """
    if any(name == "access_token" for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise InvalidInput("Tokens never travel in a URL", field="access_token")
    return await services.authenticator.authenticate(bearer(headers), resource)


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of the Authorization header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def scope_of(verb: Verb) -> str | None:
    """The scope that a token needs for a verb; None if no scope allows it."""
    return SCOPE_OF.get(verb)


def require_scope(actor: Actor, scope: str) -> None:
    """Check early that the token has a scope, so that an app without it can request it at once.

    The user's own rights are checked by the handler.

    Raises:
        Forbidden: the token does not have the scope.
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
    """The status and challenge for an app; None if no other token would help.

    Args:
        error: what `authenticate`, `require_scope` or a handler raised.
        headers: the request's headers.
        origin: the origin under which the server was reached: see `origin_of`.
    """
    challenge = {"resource_metadata": f"{origin}{WELL_KNOWN}{resource}"}
    if isinstance(error, Unauthenticated):
        error_parameter = {"error": "invalid_token"} if bearer(headers) else {}
        return _refused(
            401, error_parameter | {"scope": scopes.text_of(scopes.DEFAULT)} | challenge
        )
    if isinstance(error, Forbidden) and error.scope is not None:
        scope_names = scopes.implied(scope for scope in scopes.DESCRIPTIONS if scope == error.scope)
        parameters = {"error": "insufficient_scope", "scope": scopes.text_of(scope_names)}
        return _refused(403, parameters | challenge | {"error_description": error.message})
    if isinstance(error, InvalidInput) and error.field == "access_token":
        return _refused(400, {"error": "invalid_request"} | challenge)
    return None


def _refused(status: int, parameters: Mapping[str, str]) -> Refused:
    pairs = ", ".join(f'{name}="{_quotable(value)}"' for name, value in parameters.items())
    return Refused(status=status, headers={"www-authenticate": f"Bearer {pairs}"})


def _quotable(text: str) -> str:
    """The characters of a text that a quoted parameter may contain (RFC 6750, 3)."""
    return "".join(each for each in text if " " <= each <= "~" and each not in '"\\')


def metadata(services: Services, origin: str, resource: str = MCP) -> dict[str, Any]:
    """The metadata of a protected resource (RFC 9728, 2)."""
    return {
        "resource": resources.canonical(origin + resource),
        "authorization_servers": [services.app_issuer or origin],
        "scopes_supported": [scopes.NAMES[scope] for scope in scopes.DEFAULT],
        "bearer_methods_supported": ["header"],
        "resource_name": "BasicChat",
    }


def origin_of(scheme: str, host: str | None) -> str:
    """The origin of a request, from its scheme and its Host header, which was checked before.

    Raises:
        InvalidInput: the Host header is invalid.
    """
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput("Invalid Host header", field="host") from error
    web = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    is_default_port = port is None or (web, port) in (("http", 80), ("https", 443))
    hostname = f"[{name}]" if ":" in name else name
    return f"{web}://{hostname}" if is_default_port else f"{web}://{hostname}:{port}"


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
