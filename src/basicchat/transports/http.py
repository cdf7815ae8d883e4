"""The plain HTTP endpoints: `/api/rpc`, `/api/events`, documents, health."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from basicchat.api import access
from basicchat.api.calls import Call, Caller
from basicchat.api.errors import to_wire
from basicchat.api.uploads import into_library
from basicchat.domain.errors import BasicChatError, InvalidInput, Unauthenticated
from basicchat.domain.values import Actor
from basicchat.protocol.codec import (
    Frame,
    Invalid,
    decode,
    encode_error,
)
from basicchat.protocol.jsonrpc import encode_batch
from basicchat.transports.events import EventFeed
from basicchat.transports.requests import (
    UNAUTHENTICATED_BODY_BYTES,
    actor_of,
    body_of,
    credentials_of,
    json_response,
)
from basicchat.transports.server_context import ServerContext
from basicchat.transports.uploads import Upload

MAX_POLL_SECONDS = 60.0


class FeedResponse(StreamingResponse):
    """A streaming response that closes its feed however it ends, even before it began."""

    def __init__(self, feed: EventFeed, *args: Any) -> None:
        super().__init__(*args)
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the feed until the client or the server ends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.close()


class HttpApi:
    """The handlers of the HTTP endpoints."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._router = context.router
        self._services = context.router.services

    async def actor(self, request: Request) -> Actor:
        """The authenticated user of the request."""
        return await actor_of(self._services, request)

    async def rpc(self, request: Request) -> Response:
        """Call any method, as one JSON-RPC request or a batch."""
        caller, limit = Caller(), UNAUTHENTICATED_BODY_BYTES
        auth_error: BasicChatError | None = None
        try:
            caller.actor = await self.actor(request)
            caller.credentials = credentials_of(self._services, request)[0]
            caller.budget = self._services.request_limits.budget(caller.actor.session_id)
            limit = self._context.limits.max_frame_bytes
        except Unauthenticated as error:
            auth_error = error
        frame = decode(await body_of(request, limit), None)
        if auth_error is not None and not _only_hello(frame):
            ids = [item.id for item in frame.items]
            error_frame = encode_error(frame.envelope, ids[0], to_wire(auth_error))
            return Response(error_frame, 401, {"www-authenticate": "Bearer"}, "application/json")
        replies = [await self._answer(caller, frame, number) for number in range(len(frame.items))]
        sent = [reply for reply in replies if reply]
        if not sent:
            return Response(status_code=204)
        content = encode_batch(sent) if frame.batch else sent[0]
        return Response(content, 200, {"cache-control": "no-store"}, "application/json")

    async def _answer(self, caller: Caller, frame: Frame, number: int) -> bytes:
        item = frame.items[number]
        reply = self._router.answer_now(caller, item, frame.envelope)
        if reply is not None or isinstance(item, Invalid):
            return reply or b""
        call = Call(services=self._services, caller=caller)
        return await self._router.answer(call, item, frame.envelope)

    async def events(self, request: Request) -> Response:
        """Follow streams as server-sent events, or by long polling with `wait`."""
        actor = await self.actor(request)
        query = request.query_params
        wait = _seconds(query["wait"]) if "wait" in query else None
        address = request.client.host if request.client else ""
        await self._services.request_limits.require_connection(address)
        feed = EventFeed(self._context, actor, credentials_of(self._services, request)[0], address)
        try:
            return await self._follow(request, feed, wait)
        except BaseException:
            feed.close()
            raise

    async def _follow(self, request: Request, feed: EventFeed, wait: float | None) -> Response:
        query = request.query_params
        last_ids = [request.headers.get("last-event-id", ""), *query.getlist("last_event_id")]
        states = await feed.follow(query.getlist("stream"), last_ids)
        if wait is not None:
            content = await feed.poll(states, wait)
            return Response(content, 200, {"cache-control": "no-store"}, "application/json")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return FeedResponse(feed, feed.sse(states), 200, headers, "text/event-stream")

    async def upload(self, request: Request) -> Response:
        """Add a document."""
        actor = await self.actor(request)
        access.on_server(actor, "upload")
        await self._services.request_limits.upload(actor.user.id)
        limit = self._context.limits.max_upload_bytes
        content_type = request.headers.get("content-type", "")
        upload = await to_thread.run_sync(Upload, content_type, self._context.uploads, limit)
        try:
            await upload.receive(request.stream())
            # Receiving may take long, and the right to upload may have been revoked meanwhile.
            actor = await self.actor(request)
            access.on_server(actor, "upload")
            call = Call(services=self._services, caller=Caller(actor=actor))
            into = await into_library(call, upload.field("collection_id"))
            arrival = await self._services.documents.add(
                actor.user.id,
                upload.path,
                upload.name or "",
                upload.media_type,
                collection_id=into.collection_id,
                may=into.may,
            )
        finally:
            await to_thread.run_sync(upload.close)
        return json_response(arrival, 200 if arrival.duplicate else 202)

    async def content(self, request: Request) -> Response:
        """A document's original bytes, always as a download because they may contain anything."""
        caller = Caller(actor=await self.actor(request))
        call = Call(services=self._services, caller=caller)
        document = await access.document(call, request.path_params["document_id"], "see")
        name = document.name or document.title
        headers = {"cache-control": "private, no-cache"}
        async with AsyncExitStack() as held:
            path = await held.enter_async_context(
                self._services.documents.originals.local(document)
            )
            return HeldFileResponse(held.pop_all(), path, name, headers)

    async def live(self, request: Request) -> Response:
        """Liveness: the process answers."""
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Readiness, with the state of each dependency by name."""
        ready, dependencies = await self._context.health()
        ready = ready and not self._context.draining
        status = "draining" if self._context.draining else "ok" if ready else "failing"
        return json_response(
            {"status": status, "dependencies": dependencies}, 200 if ready else 503
        )


class HeldFileResponse(FileResponse):
    """A download of a file that is held until it has been sent."""

    def __init__(
        self, held: AsyncExitStack, path: Path, name: str, headers: dict[str, str]
    ) -> None:
        super().__init__(path, 200, headers, "application/octet-stream", filename=name)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the parts of it that were asked for."""
        async with self._held:
            await super().__call__(scope, receive, send)


def _only_hello(frame: Frame) -> bool:
    return not any(
        not isinstance(item, Invalid) and item.method != "session.hello" for item in frame.items
    )


def _seconds(wait: str) -> float:
    try:
        seconds = float(wait)
    except ValueError as wrong:
        raise InvalidInput("wait: must be a number of seconds", field="wait") from wrong
    return min(max(seconds, 0.0), MAX_POLL_SECONDS) if seconds == seconds else 0.0
