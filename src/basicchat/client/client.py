"""The Python client: asynchronous, and it heals itself."""

import asyncio
import random as _random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx2

from basicchat.client.aliases import with_aliases
from basicchat.client.attempts import Ways
from basicchat.client.backoff import Rhythm
from basicchat.client.connector import MAX_FRAME_BYTES, Connector
from basicchat.client.errors import ChatError
from basicchat.client.events import (
    FINAL,
    NAMES,
    Accepted,
    ClientEvent,
    Delta,
    Event,
    State,
    Transport,
    TurnEvent,
)
from basicchat.client.http_link import HttpLink
from basicchat.client.links import Link
from basicchat.client.queue import Requests, Then
from basicchat.client.runbook import Part
from basicchat.client.streams import Streams
from basicchat.client.taps import Handler, Handlers, Tap, failure_of
from basicchat.client.tasks import Tasks
from basicchat.client.websocket_link import WebSocketLink

DEFAULT_URL = "http://127.0.0.1:8765"
CLOSE_SECONDS = 2.0
_EPHEMERAL = frozenset({"typing.set", "presence.set"})


@with_aliases
class BasicChatClient:
    """A connection to a BasicChat server that heals itself.

        async with BasicChatClient("http://127.0.0.1:8765", token) as client:
            async for event in client.stream_query("What is in my documents?"):
                …

    It speaks `basicchat.v1` over WebSocket, or over HTTP with server-sent events or long-polling
    where WebSocket is blocked, and climbs back. A lost connection is resumed without doubled or
    missing text, and what is sent meanwhile waits, up to 500 requests. A request fails once it
    has made no progress for 30 seconds. Every method is there under its camelCase name too.

    Attributes:
        state: how the connection is; see `State`.
        user: who one is, once connected: `id`, `name`, `role`.
        server: what the server calls itself.
        limits: what the server allows.

    Args:
        url: the server's address, `http://…` or `https://…`.
        token: a JWT or API key.
        name: what this program calls itself.
        version: of this program.
        rhythm: how long to wait for what.
        random: a number in [0, 1), for the jitter of waits.
        websocket: False never uses WebSocket. A mapping is given to
            `websockets.asyncio.client.connect` (for example `ssl`, `proxy`).
        http: False never falls back to HTTP. A mapping is given to `httpx2.AsyncClient`.
        link: makes the only kind of link to be used, in place of both.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        name: str = "python",
        version: str = "1",
        rhythm: Rhythm | None = None,
        random: Callable[[], float] = _random.random,
        websocket: bool | Mapping[str, Any] = True,
        http: bool | Mapping[str, Any] = True,
        link: Callable[[], Link] | None = None,
    ) -> None:
        if not (websocket or http or link):
            raise ValueError("A client needs a way: websocket, http or link")
        self._base = _base_of(url)
        self._token = token
        self._info = {"name": name, "version": version}
        self._rhythm = rhythm or Rhythm()
        self._websocket, self._http = websocket, http
        self._sessions: httpx2.AsyncClient | None = None
        self._tasks = Tasks()
        self._handlers = Handlers()
        self._requests = Requests()
        first = link or (self._new_websocket if websocket else None)
        fallback = self._new_http if http and link is None else None
        self._connector = Connector(
            Ways(first=first, fallback=fallback),
            self._hello,
            self._requests,
            self._handlers.emit,
            self._rhythm,
            random,
        )
        self._streams = Streams(
            self._handlers.emit, self._ask, self._connector.refollow, self._tasks
        )
        self._connector.work_with(self._streams)

    @property
    def state(self) -> State:
        """How the connection is."""
        return self._connector.state

    @property
    def user(self) -> dict[str, Any] | None:
        """Who one is, once connected."""
        return self._connector.user

    @property
    def server(self) -> dict[str, Any] | None:
        """What the server calls itself: `name`, `version`, `protocol`."""
        return self._connector.server

    @property
    def limits(self) -> Mapping[str, int]:
        """What the server allows."""
        return self._connector.limits

    # --- the connection ---------------------------------------------------------------------

    async def connect(self) -> Self:
        """Connect, and stay connected until `close()`. Returns when the session is open.

        Raises:
            ChatError: the server will not have it: `unauthenticated`, `forbidden`, `failed`.
        """
        await self._connector.start()
        return self

    async def authenticate(self, token: str) -> Self:
        """Use another token from now on, and connect with it.

        Raises:
            ChatError: as `connect`.
        """
        self._token = token
        await self._connector.stop("connecting")
        self._connector.forget_session()
        return await self.connect()

    def wake(self) -> None:
        """Retry at once instead of waiting for the next attempt."""
        self._connector.wake()

    async def close(self) -> None:
        """End the session of this client; it may be connected anew. Runs go on at the server."""
        if self.state.status == "online":
            with suppress(ChatError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.call("session.close")
        await self._connector.stop("closed")
        self._connector.forget_session()
        self._requests.fail_all(ChatError("The client was closed", kind="closed"))
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
        return await self._ask(method, params or {}, self._then(method))

    def _then(self, method: str) -> Then | None:
        return self._accepted if method in ("stream_request", "query") else None

    def _accepted(self, reply: Mapping[str, Any]) -> None:
        if reply.get("epoch"):
            self._streams.accepted(reply)

    async def _ask(self, method: str, params: Mapping[str, Any], then: Then | None = None) -> Any:
        if (failure := failure_of(self.state)) is not None and failure.kind != "unauthenticated":
            raise failure
        most = self.limits.get("max_frame_bytes", MAX_FRAME_BYTES)
        entry = self._requests.add(method, params, most, then)
        try:
            self._connector.flush()
            return await entry.reply
        finally:
            self._requests.forget(entry)

    async def send_query(
        self,
        text: str,
        reasoning_mode: str = "auto",
        *,
        room_id: str | None = None,
        model: str | None = None,
        document_ids: Sequence[str] | None = None,
        client_msg_id: str | None = None,
    ) -> dict[str, Any]:
        """Ask, and wait for the finished turn.

        Raises:
            ChatError: the turn failed, or the server refused.
        """
        asked = _query(text, reasoning_mode, room_id, model, document_ids, client_msg_id)
        result: dict[str, Any] = await self.call("query", asked)
        return result

    async def stream_query(
        self,
        text: str,
        reasoning_mode: str = "auto",
        *,
        room_id: str | None = None,
        model: str | None = None,
        document_ids: Sequence[str] | None = None,
        client_msg_id: str | None = None,
    ) -> AsyncIterator[TurnEvent]:
        """Ask, and yield the turn as it happens.

        First `Accepted`, then a `Delta` for each piece of text and an `Event` for everything
        else of the run; the last is `run.completed`, `run.failed`, `run.cancelled` or
        `run.interrupted`, and its `data` is the whole run.

        Raises:
            ChatError: the server refused, or the connection ended for good.
        """
        asked = _query(text, reasoning_mode, room_id, model, document_ids, client_msg_id)
        with Tap(self._handlers, ("delta", "event", "state")) as tap:
            accepted = Accepted(
                **_only(Accepted, await self.call("stream_request", asked)),
            )
            yield accepted
            while True:
                event = await tap.next()
                if isinstance(event, State):
                    if (failure := failure_of(event)) is not None:
                        raise failure
                elif isinstance(event, Delta | Event) and _run_of(event) == accepted.run_id:
                    yield event
                    if event.type in FINAL:
                        return

    async def send_message(self, message: Mapping[str, Any]) -> Any:
        """Send `{type, …params}`; without a type, `{query, room_id, …}` starts a streamed turn.

        Raises:
            ChatError: as `call`.
        """
        params = dict(message)
        method = params.pop("method", None) or params.pop("type", None) or "stream_request"
        params.pop("type", None)
        return await self.call(method, params)

    async def join(self, room_id: str) -> dict[str, Any]:
        """Open a room: returns its snapshot, and follows it from there on.

        Raises:
            ChatError: there is no such room, for this user.
        """
        return await self._streams.join(room_id)

    async def leave(self, room_id: str) -> dict[str, Any]:
        """Follow a room no more; one stays its member.

        Raises:
            ChatError: as `call`.
        """
        self._streams.forget(room_id)
        result: dict[str, Any] = await self.call("rooms.leave", {"room_id": room_id})
        return result

    async def typing(self, room_id: str) -> Any:
        """Let the others in a room see that one is typing; it lapses after 6 seconds.

        Raises:
            ChatError: as `call`.
        """
        return await self.call("typing.set", {"room_id": room_id})

    # --- what happens -----------------------------------------------------------------------

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Have a handler told of everything of a name; answers what ends that.

        Args:
            name: `state`, `event`, `delta`, `signal`, `snapshot` or `stale`.
            handler: a plain function; it is called in the order of what happens.
        """
        return self._handlers.on(name, handler)

    async def events(self, *names: str) -> AsyncIterator[ClientEvent]:
        """Everything that happens from now on, or what has one of the names of `on`.

        Ends when the client is closed.

        Raises:
            ChatError: the connection ended for good otherwise, or this was read too slowly.
        """
        wanted = names or tuple(NAMES.values())
        with Tap(self._handlers, tuple({*wanted, "state"})) as tap:
            while True:
                event = await tap.next()
                if not isinstance(event, State) or "state" in wanted:
                    yield event
                if isinstance(event, State) and (failure := failure_of(event)) is not None:
                    if failure.kind == "closed":
                        return
                    raise failure

    def parts(self, run_id: str) -> list[Part]:
        """The texts of a run that is being written."""
        return self._streams.runs.book.parts(run_id)

    def authorization(self) -> dict[str, str]:
        """The headers by which other requests authenticate, such as an upload."""
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    # --- links ------------------------------------------------------------------------------

    def _hello(self) -> dict[str, Any]:
        params: dict[str, Any] = {"client": self._info}
        if self._token:
            params["token"] = self._token
        return params

    def _new_websocket(self) -> Link:
        url = "ws" + self._base.removeprefix("http") + "ws"
        options = self._websocket if isinstance(self._websocket, Mapping) else {}
        return WebSocketLink(url, self._rhythm.opening, {}, options)

    def _new_http(self, on_way: Callable[[Transport], None]) -> Link:
        if self._sessions is None:
            options = dict(self._http) if isinstance(self._http, Mapping) else {}
            self._sessions = httpx2.AsyncClient(base_url=self._base, **options)
        return HttpLink(self._sessions, self.authorization, on_way, self._rhythm)


def _base_of(url: str) -> str:
    """An address that ends in a slash, over HTTP."""
    if url.startswith("ws"):
        url = "http" + url.removeprefix("ws")
    return url.rstrip("/") + "/"


def _query(
    text: str,
    reasoning_mode: str,
    room_id: str | None,
    model: str | None,
    document_ids: Sequence[str] | None,
    client_msg_id: str | None,
) -> dict[str, Any]:
    given = {
        "room_id": room_id,
        "model": model,
        "document_ids": document_ids,
        "client_msg_id": client_msg_id,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    return {"query": text, "reasoning_mode": reasoning_mode, **wanted}


def _only(kind: type[Accepted], reply: Mapping[str, Any]) -> dict[str, Any]:
    return {name: reply[name] for name in kind.__struct_fields__ if name in reply}


def _run_of(event: Delta | Event) -> str | None:
    return event.run if isinstance(event, Delta) else event.data.get("run_id")
