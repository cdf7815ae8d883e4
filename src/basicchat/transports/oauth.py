"""The OAuth endpoints for apps: metadata, registration, tokens, revocation.

They ignore cookies, so pages of any origin may call them. The consent page does use the cookie and
is separate (`consent.py`).
"""

from functools import partial
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from basicchat.api import oauth_resource
from basicchat.api.errors import to_wire
from basicchat.domain.errors import BasicChatError, InvalidInput, RateLimited
from basicchat.domain.oauth import Reply
from basicchat.transports.login import address_of
from basicchat.transports.requests import (
    STATUS,
    UNAUTHENTICATED_BODY_BYTES,
    Handler,
    body_of,
    json_response,
    origin_of,
)
from basicchat.transports.server_context import ServerContext

FORM = "application/x-www-form-urlencoded"
# Safe for every origin because these endpoints ignore cookies.
CORS_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, mcp-protocol-version",
    "cross-origin-resource-policy": "cross-origin",
}
MAX_FORM_FIELDS = 50


def allows_any_origin(path: str) -> bool:
    """Whether pages of any origin may call this path."""
    return path.startswith("/.well-known/") or path in (
        "/oauth/token",
        "/oauth/register",
        "/oauth/revoke",
    )


class OAuthApi:
    """The handlers of the OAuth endpoints."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def resource_metadata(self, request: Request) -> Response:
        """The metadata of the protected resource `/mcp` (RFC 9728)."""
        return _with_cors(
            json_response(oauth_resource.metadata(self._services, origin_of(request)))
        )

    async def server_metadata(self, request: Request) -> Response:
        """The metadata of the authorisation server (RFC 8414)."""
        return _with_cors(json_response(self._services.oauth.metadata(origin_of(request))))

    async def register(self, request: Request) -> Response:
        """Register an app (RFC 7591)."""
        try:
            client_metadata = await body_of(request, UNAUTHENTICATED_BODY_BYTES)
            charge = partial(self._services.request_limits.registration, address_of(request))
            registered = await self._services.oauth.register(client_metadata, charge)
            return _with_cors(json_response(registered, 201))
        except InvalidInput as error:
            wrong_uri = error.field == "redirect_uris"
            name = "invalid_redirect_uri" if wrong_uri else "invalid_client_metadata"
            return _failed(error, name)
        except BasicChatError as error:
            return _failed(error, "temporarily_unavailable")

    async def token(self, request: Request) -> Response:
        """Issue tokens (OAuth 2.1, 3.2)."""
        try:
            pairs, authorization = await _form(request), request.headers.get("authorization", "")
            reply = await self._services.oauth.token(pairs, authorization, origin_of(request))
        except BasicChatError as error:
            return _failed(error, "invalid_request")
        return _replied(reply)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token (RFC 7009)."""
        try:
            pairs, authorization = await _form(request), request.headers.get("authorization", "")
            reply = await self._services.oauth.revoke(pairs, authorization, origin_of(request))
        except BasicChatError as error:
            return _failed(error, "invalid_request")
        self._services.access_revocation.nudge()
        return _replied(reply)


async def _form(request: Request) -> list[tuple[str, str]]:
    """Decode the parameters of a form.

    Raises:
        InvalidInput: the body is not a form, or there are parameters in the URL (OAuth 2.1, 3.2.2).
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM or request.url.query:
        raise InvalidInput(f"Send the parameters as {FORM} in the body, not in the URL")
    body = await body_of(request, UNAUTHENTICATED_BODY_BYTES)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError as wrong:
        raise InvalidInput(
            f"The form is malformed, not UTF-8, or has more than {MAX_FORM_FIELDS} fields"
        ) from wrong


def _replied(reply: Reply) -> Response:
    response = json_response(reply.body, reply.status)
    response.headers.update(reply.headers)
    return _with_cors(response)


def _failed(error: BasicChatError, name: str) -> Response:
    """An error response in OAuth's format (RFC 6749, 5.2)."""
    status = STATUS.get(to_wire(error).data.kind, 400)
    response = json_response({"error": name, "error_description": error.message}, status)
    if isinstance(error, RateLimited):
        response.headers["retry-after"] = str(-(-error.retry_after_ms // 1000))
    return _with_cors(response)


def preflight(handler: Handler) -> Handler:
    """Answer the CORS preflight requests of browsers (WHATWG Fetch, 4.8)."""

    async def run(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _with_cors(Response(status_code=204))
        return await handler(request)

    return run


def _with_cors(response: Response) -> Response:
    response.headers.update(CORS_HEADERS)
    return response
