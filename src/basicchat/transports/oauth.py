"""The endpoints by which apps connect: metadata, registration, tokens, revocation.

Pages of any origin may use these, since they look at no cookie; the consent page is another
matter (`consent.py`).
"""

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
    UNKNOWN_BODY,
    Handler,
    body_of,
    json_response,
    origin_of,
)
from basicchat.transports.server_context import ServerContext

FORM = "application/x-www-form-urlencoded"
# As for any page of this origin; nothing of these depends on a cookie.
OPEN = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, mcp-protocol-version",
    "cross-origin-resource-policy": "cross-origin",
}
MOST_FIELDS = 50


def open_to_all(path: str) -> bool:
    """Whether pages of any origin may ask for this."""
    return path.startswith("/.well-known/") or path in (
        "/oauth/token",
        "/oauth/register",
        "/oauth/revoke",
    )


class OAuthApi:
    """The handlers of these endpoints."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def resource_metadata(self, request: Request) -> Response:
        """What the resource at `/mcp` says of itself (RFC 9728)."""
        return _open(json_response(oauth_resource.metadata(self._services, origin_of(request))))

    async def server_metadata(self, request: Request) -> Response:
        """What the authorisation server says of itself (RFC 8414)."""
        return _open(json_response(self._services.oauth.metadata(origin_of(request))))

    async def register(self, request: Request) -> Response:
        """Register an app (RFC 7591)."""
        try:
            self._services.limiter.registration(address_of(request))
            told = await body_of(request, UNKNOWN_BODY)
            return _open(json_response(await self._services.oauth.register(told), 201))
        except InvalidInput as error:
            wrong_uri = error.field == "redirect_uris"
            name = "invalid_redirect_uri" if wrong_uri else "invalid_client_metadata"
            return _failed(error, name)
        except BasicChatError as error:
            return _failed(error, "temporarily_unavailable")

    async def token(self, request: Request) -> Response:
        """Give tokens (OAuth 2.1, 3.2)."""
        try:
            pairs, authorization = await _form(request), request.headers.get("authorization", "")
            reply = await self._services.oauth.token(pairs, authorization, origin_of(request))
        except BasicChatError as error:
            return _failed(error, "invalid_request")
        return _replied(reply)

    async def revoke(self, request: Request) -> Response:
        """Take a token back (RFC 7009)."""
        try:
            pairs, authorization = await _form(request), request.headers.get("authorization", "")
            reply = await self._services.oauth.revoke(pairs, authorization, origin_of(request))
        except BasicChatError as error:
            return _failed(error, "invalid_request")
        self._services.watch.nudge()
        return _replied(reply)


async def _form(request: Request) -> list[tuple[str, str]]:
    """The parameters of a form.

    Raises:
        InvalidInput: it is none, or they are in the URL (OAuth 2.1, 3.2.2).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM or request.url.query:
        raise InvalidInput(f"Send {FORM} in the body")
    body = await body_of(request, UNKNOWN_BODY)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise InvalidInput("The form cannot be read") from wrong


def _replied(reply: Reply) -> Response:
    response = json_response(reply.body, reply.status)
    response.headers.update(reply.headers)
    return _open(response)


def _failed(error: BasicChatError, name: str) -> Response:
    """An error in OAuth's form (RFC 6749, 5.2)."""
    status = STATUS.get(to_wire(error).data.kind, 400)
    response = json_response({"error": name, "error_description": error.message}, status)
    if isinstance(error, RateLimited):
        response.headers["retry-after"] = str(-(-error.retry_after_ms // 1000))
    return _open(response)


def preflight(handler: Handler) -> Handler:
    """Let a browser ask first what it may ask (WHATWG Fetch, 4.8)."""

    async def run(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _open(Response(status_code=204))
        return await handler(request)

    return run


def _open(response: Response) -> Response:
    response.headers.update(OPEN)
    return response
