"""The foundation of the client: its connection, and requests over it."""

import asyncio
import random as _random
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from basicchat.client.attempts import Transports
from basicchat.client.connection import MAX_FRAME_BYTES, ConnectionManager
from basicchat.client.emitter import EventEmitter, failure_of
from basicchat.client.errors import ChatError
from basicchat.client.events import Restored, State, TransportName
from basicchat.client.http_transport import HttpTransport
from basicchat.client.outbox_store import OutboxStore, QueueStorage
from basicchat.client.pending_request import OnResult
from basicchat.client.request_queue import RequestQueue
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.client.transport import Transport
from basicchat.client.websocket_transport import WebSocketTransport

DEFAULT_URL = "http://127.0.0.1:8765"
CLOSE_SECONDS = 2.0
_EPHEMERAL = frozenset({"typing.set", "presence.set"})


class BaseClient:
    """Somebody who stays connected; see `BasicChatClient`, which says more about it."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        name: str = "python",
        version: str = "1",
        timing: Timing | None = None,
        random: Callable[[], float] = _random.random,
        websocket: bool | Mapping[str, Any] = True,
        http: bool | Mapping[str, Any] = True,
        queue: QueueStorage | None = None,
        transport: Callable[[], Transport] | None = None,
    ) -> None:
        if not (websocket or http or transport):
            raise ValueError("A client needs a way: websocket, http or transport")
        self._base = _base_of(url)
        self._token = token
        self._info = {"name": name, "version": version}
        self._timing = timing or Timing()
        self._websocket, self._http = websocket, http
        self._sessions: httpx2.AsyncClient | None = None
        self._tasks = TaskGroup()
        self._emitter = EventEmitter()
        self._outbox = OutboxStore(queue, self._base)
        self._inheriting = False
        self._requests = RequestQueue(self._outbox)
        primary = transport or (self._new_websocket if websocket else None)
        fallback = self._new_http if http and transport is None else None
        self._connection = ConnectionManager(
            Transports(primary=primary, fallback=fallback),
            self._hello,
            self._requests,
            self._on_state,
            self._timing,
            random,
        )
        self._streams = Streams(
            self._emitter.emit, self._ask, self._connection.refollow, self._tasks
        )
        self._connection.work_with(self._streams)

    @property
    def state(self) -> State:
        """How the connection is."""
        return self._connection.state

    @property
    def user(self) -> dict[str, Any] | None:
        """Who one is, once connected."""
        return self._connection.session.user

    @property
    def server(self) -> dict[str, Any] | None:
        """What the server calls itself: `name`, `version`, `protocol`."""
        return self._connection.session.server

    @property
    def limits(self) -> Mapping[str, int]:
        """What the server allows."""
        return self._connection.session.limits

    # --- the connection ---------------------------------------------------------------------

    async def connect(self) -> Self:
        """Connect, and stay connected until `close()`. Returns when the session is open.

        Raises:
            ChatError: the server will not have it: `unauthenticated`, `forbidden`, `failed`.
        """
        await self._connection.start()
        return self

    async def authenticate(self, token: str) -> Self:
        """Use another token from now on, and connect with it.

        Raises:
            ChatError: as `connect`.
        """
        self._token = token
        await self._connection.stop("connecting")
        self._connection.session.forget()
        return await self.connect()

    def wake(self) -> None:
        """Retry at once instead of waiting for the next attempt."""
        self._connection.wake()

    async def close(self) -> None:
        """End the session of this client; it may be connected anew. Runs go on at the server."""
        if self.state.status == "online":
            with suppress(ChatError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.call("session.close")
        await self._connection.stop("closed")
        self._connection.session.forget()
        closed = ChatError("The client was closed", kind="closed")
        self._requests.fail_all(closed, kept=True)
        self._outbox.close()
        await self._tasks.end()
        if self._sessions is not None:
            await self._sessions.aclose()
            self._sessions = None

    async def __aenter__(self) -> Self:
        try:
            return await self.connect()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # --- requests ---------------------------------------------------------------------------

    async def call(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """Call any method of the protocol. While offline it waits, under one `client_msg_id`.

        Typing and presence are not worth waiting: while offline they are dropped.

        Raises:
            ChatError: the server refused, or did not answer.
        """
        if method in _EPHEMERAL and self.state.status != "online":
            return None
        return await self._ask(method, params or {}, self._accepted)

    def _accepted(self, reply: Any) -> None:
        """Whatever began a turn, the connection follows its room from the position in the reply."""
        if isinstance(reply, Mapping) and reply.get("epoch") and "run_id" in reply:
            self._streams.accepted(reply)

    async def _ask(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Any:
        if (failure := failure_of(self.state)) is not None and failure.kind != "unauthenticated":
            raise failure
        user = self.user["id"] if self.user else None
        request = self._requests.add(method, params, self._most_bytes, on_result, user=user)
        try:
            self._connection.flush()
            request.queued = request.sent_on is None
            return await request.reply
        finally:
            self._requests.forget(request)

    @property
    def _most_bytes(self) -> int:
        return self.limits.get("max_frame_bytes", MAX_FRAME_BYTES)

    def _on_state(self, state: State) -> None:
        self._emitter.emit(state)
        if state.status == "online" and state.user is not None:
            self._restore(state.user["id"])
            if self._outbox.missed and not self._inheriting:
                self._inheriting = True
                self._tasks.spawn(self._inherit())

    async def _inherit(self) -> None:
        """Look from time to time whether the program has ended that has the storage."""
        try:
            while self._outbox.missed:
                await asyncio.sleep(self._timing.inherit_interval)
                if self.state.status == "online" and self.user is not None:
                    self._restore(self.user["id"])
                    self._connection.flush()
        finally:
            self._inheriting = False

    def _restore(self, user: str) -> None:
        """Send what this user's earlier programs have left; whoever listens may show it."""
        for item in self._outbox.claim(user):
            if self._requests.has(item.id):
                continue
            try:
                request = self._requests.add(
                    item.method, item.params, self._most_bytes, self._accepted, user=user
                )
            except ChatError:
                # It is kept, for a time when less is waiting.
                return
            request.queued = True
            # Nobody need await it.
            request.reply.add_done_callback(lambda reply: reply.cancelled() or reply.exception())
            self._emitter.emit(
                Restored(method=item.method, params=request.params, reply=request.reply)
            )

    def authorization(self) -> dict[str, str]:
        """The headers by which other requests authenticate, such as an upload."""
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    # --- transports ------------------------------------------------------------------------------

    def _hello(self) -> dict[str, Any]:
        params: dict[str, Any] = {"client": self._info}
        if self._token:
            params["token"] = self._token
        return params

    def _new_websocket(self) -> Transport:
        url = "ws" + self._base.removeprefix("http") + "ws"
        options = self._websocket if isinstance(self._websocket, Mapping) else {}
        return WebSocketTransport(url, self._timing.open_timeout, {}, options)

    def _new_http(self, on_way: Callable[[TransportName], None]) -> Transport:
        if self._sessions is None:
            options = dict(self._http) if isinstance(self._http, Mapping) else {}
            self._sessions = httpx2.AsyncClient(base_url=self._base, **options)
        return HttpTransport(self._sessions, self.authorization, on_way, self._timing)


def _base_of(url: str) -> str:
    """An address that ends in a slash, over HTTP.

    Raises:
        ValueError: it is the address of no server.
    """
    if url.startswith("ws"):
        url = "http" + url.removeprefix("ws")
    parts = urlsplit(url)
    # To ask for a port that is none raises, too.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{url!r} is no address such as {DEFAULT_URL}")
    return url.rstrip("/") + "/"
