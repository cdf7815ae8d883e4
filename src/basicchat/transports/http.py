"""Everything over plain HTTP: page, login, `/api/rpc`, `/api/events`, documents, health."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from basicchat.api import access
from basicchat.api.calls import Call, Caller
from basicchat.api.errors import to_wire
from basicchat.domain.errors import (
    BasicChatError,
    Forbidden,
    InvalidInput,
    TooLarge,
    Unauthenticated,
)
from basicchat.domain.values import Actor
from basicchat.protocol.codec import (
    Frame,
    Invalid,
    decode,
    encode_batch,
    encode_error,
)
from basicchat.transports.events import EventFeed
from basicchat.transports.gateway import Gateway
from basicchat.transports.security import COOKIE, CSRF_HEADER, credentials
from basicchat.transports.uploads import Upload

Handler = Callable[[Request], Awaitable[Response]]
# What somebody without a token may send: enough for a hello.
UNKNOWN_BODY = 16 * 1024
MAX_WAIT = 60.0
STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "rate_limited": 429,
    "internal": 500,
    "upstream_unavailable": 502,
}


def json_response(value: Any, status: int = 200) -> Response:
    """A value as JSON, never to be cached."""
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def error_response(error: Exception) -> Response:
    """An error, with the status that fits its kind."""
    wire = to_wire(error)
    response = json_response({"error": wire}, STATUS.get(wire.data.kind, 400))
    if isinstance(error, Unauthenticated):
        response.headers["www-authenticate"] = "Bearer"
    if wire.data.retry_after_ms is not None:
        response.headers["retry-after"] = str(-(-wire.data.retry_after_ms // 1000))
    return response


def guarded(handler: Handler) -> Handler:
    """Let a handler's errors be answered by the error map."""

    async def run(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)
        # One broken request must not end anything else.
        except Exception as error:  # noqa: BLE001
            return error_response(error)

    return run


class HttpApi:
    """The handlers of the HTTP endpoints."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._router = gateway.router
        self._services = gateway.router.services

    async def actor(self, request: Request) -> Actor:
        """Who asks.

        Raises:
            Unauthenticated: no valid token.
            Forbidden: a change asked for by cookie alone, which another site's page could do.
        """
        token, by_cookie = credentials(request.headers)
        actor = await self._services.authenticator.authenticate(token)
        if by_cookie and request.method != "GET" and CSRF_HEADER not in request.headers:
            raise Forbidden(
                "This request could have come from another site",
                hint=f"Send the header {CSRF_HEADER}: 1 along with the cookie.",
            )
        return actor

    async def rpc(self, request: Request) -> Response:
        """Any method, as one JSON-RPC request or batch."""
        caller, limit = Caller(), UNKNOWN_BODY
        refused: BasicChatError | None = None
        try:
            caller.actor = await self.actor(request)
            caller.rate = self._services.rates.of(caller.actor.session_id)
            limit = self._gateway.limits["max_frame_bytes"]
        except Unauthenticated as error:
            refused = error
        frame = decode(await body_of(request, limit), None)
        if refused is not None and not _says_hello(frame):
            ids = [item.id for item in frame.items]
            error_frame = encode_error(frame.envelope, ids[0], to_wire(refused))
            return Response(error_frame, 401, {"www-authenticate": "Bearer"}, "application/json")
        replies = [await self._answer(caller, frame, number) for number in range(len(frame.items))]
        spoken = [reply for reply in replies if reply]
        if not spoken:
            return Response(status_code=204)
        content = encode_batch(spoken) if frame.batch else spoken[0]
        return Response(content, 200, {"cache-control": "no-store"}, "application/json")

    async def _answer(self, caller: Caller, frame: Frame, number: int) -> bytes:
        item = frame.items[number]
        now = self._router.answer_now(caller, item, frame.envelope)
        if now is not None or isinstance(item, Invalid):
            return now or b""
        call = Call(services=self._services, caller=caller)
        return await self._router.answer(call, item, frame.envelope)

    async def events(self, request: Request) -> Response:
        """Streams as server-sent events, or long-polled with `wait`."""
        actor = await self.actor(request)
        query = request.query_params
        wait = _seconds(query["wait"]) if "wait" in query else None
        feed = EventFeed(self._gateway, actor)
        last_ids = [request.headers.get("last-event-id", ""), *query.getlist("last_event_id")]
        try:
            states = await feed.follow(query.getlist("stream"), last_ids)
        except BaseException:
            feed.close()
            raise
        if wait is not None:
            content = await feed.poll(states, wait)
            return Response(content, 200, {"cache-control": "no-store"}, "application/json")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(feed.sse(states), 200, headers, "text/event-stream")

    async def upload(self, request: Request) -> Response:
        """Take a document in."""
        actor = await self.actor(request)
        limit = self._gateway.limits["max_upload_bytes"]
        content_type = request.headers.get("content-type", "")
        upload = await to_thread.run_sync(Upload, content_type, self._gateway.uploads, limit)
        try:
            await upload.receive(request.stream())
            arrival = await self._services.library.add(
                actor.user.id, upload.path, upload.name or "", upload.media_type
            )
        finally:
            await to_thread.run_sync(upload.close)
        return json_response(arrival, 200 if arrival.duplicate else 202)

    async def content(self, request: Request) -> Response:
        """A document's original bytes, always as a download: they may be anything."""
        caller = Caller(actor=await self.actor(request))
        call = Call(services=self._services, caller=caller)
        document = await access.document(call, request.path_params["document_id"], "see")
        path = self._services.library.original(document)
        name = document.name or document.title
        headers = {"cache-control": "private, no-cache"}
        return FileResponse(path, 200, headers, "application/octet-stream", filename=name)

    async def login(self, request: Request) -> Response:
        """Exchange a one-time code for the cookie, and show the page."""
        authenticator = self._services.authenticator
        if request.method == "HEAD":
            # A program that only looks at the link must not use it up.
            return RedirectResponse("/", 303, {"cache-control": "no-store"})
        try:
            user = await authenticator.redeem(request.query_params.get("code", ""))
        except Unauthenticated:
            return RedirectResponse("/#login-lapsed", 303, {"cache-control": "no-store"})
        token = authenticator.issue(user, f"s_{secrets.token_hex(12)}")
        response = RedirectResponse("/", 303, {"cache-control": "no-store"})
        self._set_cookie(request, response, token)
        return response

    def _set_cookie(self, request: Request, response: Response, token: str) -> None:
        response.set_cookie(
            COOKIE,
            token,
            max_age=self._services.authenticator.token_seconds,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="strict",
        )

    async def renew(self, request: Request) -> Response:
        """Exchange any valid token for a fresh cookie; the page does so now and then."""
        actor = await self.actor(request)
        response = json_response({"user": actor.user})
        token = self._services.authenticator.issue(actor.user, actor.session_id)
        self._set_cookie(request, response, token)
        return response

    async def logout(self, request: Request) -> Response:
        """Forget the cookie."""
        await self.actor(request)
        response = json_response({})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Whether everything needed works, each dependency by name."""
        ready, dependencies = await self._gateway.health()
        ready = ready and not self._gateway.draining
        status = "draining" if self._gateway.draining else "ok" if ready else "failing"
        return json_response(
            {"status": status, "dependencies": dependencies}, 200 if ready else 503
        )


async def body_of(request: Request, limit: int) -> bytes:
    """A request's body, if it is not over the limit."""
    pieces: list[bytes] = []
    size = 0
    body: AsyncIterator[bytes] = request.stream()
    async for piece in body:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The body is over {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _says_hello(frame: Frame) -> bool:
    return not any(
        not isinstance(item, Invalid) and item.method != "session.hello" for item in frame.items
    )


def _seconds(wait: str) -> float:
    try:
        seconds = float(wait)
    except ValueError as wrong:
        raise InvalidInput("wait is a number of seconds", field="wait") from wrong
    return min(max(seconds, 0.0), MAX_WAIT) if seconds == seconds else 0.0
