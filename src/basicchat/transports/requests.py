"""Helpers shared by the HTTP handlers: bodies, responses, errors, authentication."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from basicchat.api import oauth_resource
from basicchat.api.calls import Services
from basicchat.api.errors import to_wire
from basicchat.domain.errors import Forbidden, TooLarge, Unauthenticated
from basicchat.domain.values import Actor
from basicchat.protocol.errors import WireError
from basicchat.transports.security import CSRF_HEADER, cookie_name, credentials

Handler = Callable[[Request], Awaitable[Response]]
Shape = Callable[[WireError], Any]
# The largest body of an unauthenticated request: enough for a `session.hello`.
UNAUTHENTICATED_BODY_BYTES = 16 * 1024
STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "rate_limited": 429,
    "internal": 500,
    "cancelled": 503,
    "upstream_unavailable": 502,
    "storage_full": 507,
}


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON response that must not be cached."""
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _plain(error: WireError) -> dict[str, Any]:
    return {"error": error}


def error_response(error: Exception, shape: Shape = _plain) -> Response:
    """An error response with the status of the error's kind."""
    wire = to_wire(error)
    response = json_response(shape(wire), STATUS.get(wire.data.kind, 400))
    if isinstance(error, Unauthenticated):
        response.headers["www-authenticate"] = "Bearer"
    if wire.data.retry_after_ms is not None:
        response.headers["retry-after"] = str(-(-wire.data.retry_after_ms // 1000))
    return response


def guarded(handler: Handler, shape: Shape = _plain) -> Handler:
    """Answer a handler's errors by the error map, in the given JSON shape."""

    async def run(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)
        # A failing request must not affect anything else.
        except Exception as error:  # noqa: BLE001
            response = error_response(error, shape)
            if _closes_connection(request, error):
                response.headers["connection"] = "close"
            return response

    return run


def _closes_connection(request: Request, error: Exception) -> bool:
    """Whether to close the connection instead of reading the rest of an unauthenticated body."""
    headers = request.headers
    anonymous = isinstance(error, TooLarge) and not {"authorization", "cookie"} & set(headers)
    return request.method == "POST" and (anonymous or isinstance(error, Unauthenticated))


def credentials_of(services: Services, request: Request) -> tuple[str | None, bool]:
    """The token of a request, and whether it was in this server's cookie."""
    name = cookie_name(services.instance_id, request.url.scheme)
    return credentials(request.headers, name)


async def actor_of(services: Services, request: Request) -> Actor:
    """Authenticate a request.

    Raises:
        Unauthenticated: no valid token.
        Forbidden: the user is suspended; or the request changes something and has nothing but the
            cookie, as a forged request from another site's page would.
    """
    token, by_cookie = credentials_of(services, request)
    actor = await services.authenticator.authenticate(token)
    if by_cookie and request.method not in ("GET", "HEAD") and CSRF_HEADER not in request.headers:
        raise Forbidden(
            "This request could have come from another site",
            hint=f"Send the header {CSRF_HEADER}: 1 along with the cookie.",
            reason="cross_site_request",
        )
    return actor


def origin_of(request: Request) -> str:
    """The origin under which the client reached the server."""
    return oauth_resource.origin_of(request.url.scheme, request.headers.get("host"))


async def body_of(request: Request, limit: int) -> bytes:
    """Read a request's body.

    Raises:
        TooLarge: it is longer than `limit` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    body: AsyncIterator[bytes] = request.stream()
    async for piece in body:
        size += len(piece)
        if size > limit:
            raise TooLarge(
                f"The request body is larger than {limit} bytes",
                reason="body_too_large",
                params={"max_bytes": limit},
            )
        pieces.append(piece)
    return b"".join(pieces)
