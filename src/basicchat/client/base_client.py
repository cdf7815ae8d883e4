"""The base of the client: its connection, and requests over it."""

import asyncio
import random as _random
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from basicchat.client.connection_manager import ConnectionManager
from basicchat.client.emitter import EventEmitter, terminal_error
from basicchat.client.errors import ChatError
from basicchat.client.events import Restored, State
from basicchat.client.outbox_store import OutboxStore, QueueStorage
from basicchat.client.pending_request import OnResult
from basicchat.client.request_queue import RequestQueue
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.client.transport import Transport
from basicchat.client.transports import DEFAULT_URL, TransportFactory, Transports, base_url

CLOSE_SECONDS = 2.0
# Until the server has told its own limit.
MAX_FRAME_BYTES = 1 << 20
# Not worth queueing while offline.
_EPHEMERAL = frozenset({"typing.set", "presence.set"})


class BaseClient:
    """Connects, and makes requests; `BasicChatClient` documents the arguments."""

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
            raise ValueError(
                "Every transport is disabled: enable websocket or http, or pass a transport"
            )
        base = base_url(url)
        self._token = token
        self._info = {"name": name, "version": version}
        self._timing = timing or Timing()
        self._tasks = TaskGroup()
        self._emitter = EventEmitter()
        self._outbox = OutboxStore(queue, base)
        self._claiming = False
        self._requests = RequestQueue(self._outbox)
        self._streams = Streams(self._emitter.emit, self._request, self._refollow, self._tasks)
        self._factory = TransportFactory(
            base, self._timing, self.authorization, websocket=websocket, http=http
        )
        only = Transports(primary=transport, fallback=None)
        self._connection = ConnectionManager(
            only if transport else self._factory.transports(),
            self._hello,
            self._requests,
            self._streams,
            self._on_state,
            self._timing,
            random,
        )

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._connection.state

    @property
    def user(self) -> dict[str, Any] | None:
        """The user that the token belongs to, once connected."""
        return self._connection.session.user

    @property
    def server(self) -> dict[str, Any] | None:
        """The server's `name`, `version` and `protocol`, once connected."""
        return self._connection.session.server

    @property
    def limits(self) -> Mapping[str, int]:
        """The limits of the server, once connected."""
        return self._connection.session.limits

    # --- the connection ---------------------------------------------------------------------

    async def connect(self) -> Self:
        """Connect, and stay connected until `close()`; return when the session is open.

        Raises:
            ChatError: the server refused: `unauthenticated`, `forbidden`, `failed`.
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
        """Close the session. Runs continue on the server, and the client may connect again."""
        if self.state.status == "online":
            with suppress(ChatError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.call("session.close")
        await self._connection.stop("closed")
        self._connection.session.forget()
        closed = ChatError("The client was closed", kind="closed")
        self._requests.fail_all(closed, keep_stored=True)
        self._outbox.close()
        await self._tasks.cancel()
        await self._factory.close()

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
        """Call any method of the protocol. While offline the request is queued.

        Typing and presence are dropped while offline.

        Raises:
            ChatError: the server replied with an error, or did not reply.
        """
        if method in _EPHEMERAL and self.state.status != "online":
            return None
        return await self._request(method, params or {}, self._accepted)

    def _accepted(self, reply: Any) -> None:
        """Follow the room of a turn that a request has started, from the position in the reply."""
        if isinstance(reply, Mapping) and reply.get("epoch") and "run_id" in reply:
            self._streams.accepted(reply)

    async def _request(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Any:
        if (error := terminal_error(self.state)) is not None and error.kind != "unauthenticated":
            raise error
        user = self.user["id"] if self.user else None
        request = self._requests.add(method, params, self._max_bytes, on_result, user=user)
        try:
            self._connection.flush()
            request.queued = request.sent_on is None
            return await request.reply
        finally:
            self._requests.discard(request)

    @property
    def _max_bytes(self) -> int:
        return self.limits.get("max_frame_bytes", MAX_FRAME_BYTES)

    def _refollow(self) -> None:
        self._connection.refollow()

    def _on_state(self, state: State) -> None:
        self._emitter.emit(state)
        if state.status == "online" and state.user is not None:
            self._restore(state.user["id"])
            if self._outbox.in_use_elsewhere and not self._claiming:
                self._claiming = True
                self._tasks.spawn(self._claim_later())

    async def _claim_later(self) -> None:
        """Claim stored requests once the program that uses the storage has ended."""
        try:
            while self._outbox.in_use_elsewhere:
                await asyncio.sleep(self._timing.inherit_interval)
                if self.state.status == "online" and self.user is not None:
                    self._restore(self.user["id"])
                    self._connection.flush()
        finally:
            self._claiming = False

    def _restore(self, user: str) -> None:
        """Send the stored requests of a user's earlier programs, and emit `restored` for each."""
        for item in self._outbox.claim(user):
            if self._requests.has(item.id):
                continue
            try:
                request = self._requests.add(
                    item.method, item.params, self._max_bytes, self._accepted, user=user
                )
            except ChatError:
                # The queue is full; the rest stays in the outbox.
                return
            request.queued = True
            # Awaiting the reply is optional.
            request.reply.add_done_callback(lambda reply: reply.cancelled() or reply.exception())
            self._emitter.emit(
                Restored(method=item.method, params=request.params, reply=request.reply)
            )

    def authorization(self) -> dict[str, str]:
        """The headers that authenticate other HTTP requests, such as an upload."""
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    # --- connection -------------------------------------------------------------------------

    def _hello(self) -> dict[str, Any]:
        params: dict[str, Any] = {"client": self._info}
        if self._token:
            params["token"] = self._token
        return params
