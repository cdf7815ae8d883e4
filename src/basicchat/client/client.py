"""The Python client: asynchronous, and it heals itself."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from basicchat.client.aliases import with_aliases
from basicchat.client.base_client import BaseClient
from basicchat.client.emitter import EventBuffer, Handler, failure_of
from basicchat.client.events import (
    FINAL,
    NAMES,
    Accepted,
    ClientEvent,
    Delta,
    Event,
    State,
    TurnEvent,
)
from basicchat.client.run_text import Part


@with_aliases
class BasicChatClient(BaseClient):
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
        timing: how long to wait for what.
        random: a number in [0, 1), for the jitter of waits.
        websocket: False never uses WebSocket. A mapping is given to
            `websockets.asyncio.client.connect` (for example `ssl`, `proxy`).
        http: False never falls back to HTTP. A mapping is given to `httpx2.AsyncClient`.
        queue: where what waits to be sent outlives this program, such as a `FileQueue`.
        transport: makes the only kind of transport to be used, in place of both.

    Raises:
        ValueError: the address is that of no server, or no way to one is left.
    """

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
        with EventBuffer(self._emitter, ("delta", "event", "state")) as buffer:
            accepted = Accepted(
                **_only(Accepted, await self.call("stream_request", asked)),
            )
            yield accepted
            while accepted.run_id is not None:
                event = await buffer.next()
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
        try:
            result: dict[str, Any] = await self.call("rooms.leave", {"room_id": room_id})
        finally:
            # What was on its way has brought it up again.
            self._streams.forget(room_id)
        return result

    async def typing(self, room_id: str, typing: bool = True) -> Any:
        """Let the others in a room see that one is typing; it lapses after 6 seconds.

        Args:
            typing: False says that one is no more.

        Raises:
            ChatError: as `call`.
        """
        return await self.call("typing.set", {"room_id": room_id, "typing": typing})

    # --- what happens -----------------------------------------------------------------------

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Have a handler told of everything of a name; answers what ends that.

        Args:
            name: `state`, `event`, `delta`, `signal`, `snapshot`, `stale` or `restored`.
            handler: a plain function; it is called in the order of what happens.
        """
        return self._emitter.on(name, handler)

    async def events(self, *names: str) -> AsyncIterator[ClientEvent]:
        """Everything that happens from now on, or what has one of the names of `on`.

        Ends when the client is closed.

        Raises:
            ChatError: the connection ended for good otherwise, or this was read too slowly.
        """
        wanted = names or tuple(NAMES.values())
        with EventBuffer(self._emitter, tuple({*wanted, "state"})) as buffer:
            while True:
                event = await buffer.next()
                if not isinstance(event, State) or "state" in wanted:
                    yield event
                if isinstance(event, State) and (failure := failure_of(event)) is not None:
                    if failure.kind == "closed":
                        return
                    raise failure

    def parts(self, run_id: str) -> list[Part]:
        """The texts of a run that is being written."""
        return self._streams.runs.book.parts(run_id)


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
