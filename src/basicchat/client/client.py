"""The asynchronous client, which reconnects by itself."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from basicchat.client.aliases import with_aliases
from basicchat.client.base_client import BaseClient
from basicchat.client.emitter import EventBuffer, Handler, terminal_error
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
from basicchat.protocol.types import Cursor


@with_aliases
class BasicChatClient(BaseClient):
    """A connection to a BasicChat server that reconnects by itself.

        async with BasicChatClient("http://127.0.0.1:8765", token) as client:
            async for event in client.stream_query("What is in my documents?"):
                …

    It uses `basicchat.v1` over WebSocket. Where that is blocked it falls back to HTTP with
    server-sent events or long polling, and returns to WebSocket when it can. A lost connection is
    resumed without duplicate or missing text. Requests made meanwhile are queued, up to 500 of
    them. A request fails after 30 seconds without progress. Every method also has a camelCase name.

    Attributes:
        state: the state of the connection; see `State`.
        user: the user that the token belongs to, once connected: `id`, `name`, `role`.
        server: the name and version of the server.
        limits: the limits of the server.

    Args:
        url: the server's address, `http://…` or `https://…`.
        token: a JWT or API key.
        name: the name of this program.
        version: the version of this program.
        timing: delays and timeouts.
        random: returns a number in [0, 1), for the jitter of delays.
        websocket: False never uses WebSocket. A mapping is given to
            `websockets.asyncio.client.connect` (for example `ssl`, `proxy`).
        http: False never falls back to HTTP. A mapping is given to `httpx2.AsyncClient`.
        queue: a storage in which queued requests outlive this program, such as a `FileQueue`.
        transport: makes the transport to use in place of WebSocket and HTTP.

    Raises:
        ValueError: the address is invalid, or every transport is disabled.
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
        """Ask a question, and wait for the finished turn.

        Raises:
            ChatError: the turn failed, or the server rejected the request.
        """
        params = _query(text, reasoning_mode, room_id, model, document_ids, client_msg_id)
        result: dict[str, Any] = await self.call("query", params)
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
        can_approve: bool = False,
    ) -> AsyncIterator[TurnEvent]:
        """Ask a question, and yield the turn as it happens.

        `Accepted` comes first, then a `Delta` for each piece of text and an `Event` for everything
        else of the run. The last event is `run.completed`, `run.failed`, `run.cancelled` or
        `run.interrupted`; its `data` is the whole run.

        Args:
            can_approve: this program shows the tool calls that wait for approval, which are in
                `awaiting` of the events `run.step`, and decides by the method `runs.approve`.
                Otherwise such calls are refused.

        Raises:
            ChatError: the server rejected the request, or the connection ended for good.
        """
        params = _query(text, reasoning_mode, room_id, model, document_ids, client_msg_id)
        if can_approve:
            params["can_approve"] = True
        with EventBuffer(self._emitter, ("delta", "event", "state")) as buffer:
            accepted = _accepted(await self.call("stream_request", params))
            yield accepted
            while accepted.run_id is not None:
                event = await buffer.next()
                if isinstance(event, State):
                    if (error := terminal_error(event)) is not None:
                        raise error
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
        """Return the snapshot of a room, and follow the room from there on.

        Raises:
            ChatError: the room does not exist, or is not visible to this user.
        """
        return await self._streams.join(room_id)

    def follow(self, room_id: str, epoch: str, seq: int) -> None:
        """Follow a room from a position that an earlier program stored. Call it before `connect`.

        The events after the position are emitted. If the server does not have all of them any more,
        a snapshot of the room is emitted in their place.

        Args:
            epoch: the epoch of the last known event.
            seq: its number.
        """
        self._streams.follow(room_id, Cursor(epoch, seq))

    async def leave(self, room_id: str) -> dict[str, Any]:
        """Stop following a room; the user stays a member.

        Raises:
            ChatError: as `call`.
        """
        self._streams.forget(room_id)
        try:
            result: dict[str, Any] = await self.call("rooms.leave", {"room_id": room_id})
        finally:
            # Events that arrived meanwhile may have added the room again.
            self._streams.forget(room_id)
        return result

    async def typing(self, room_id: str, typing: bool = True) -> Any:
        """Show the other members that the user is typing; this expires after 6 seconds.

        Args:
            typing: False ends it at once.

        Raises:
            ChatError: as `call`.
        """
        return await self.call("typing.set", {"room_id": room_id, "typing": typing})

    # --- events -----------------------------------------------------------------------------

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Call a handler for every event of a name; return the function that removes it.

        Args:
            name: `state`, `event`, `delta`, `signal`, `snapshot`, `stale` or `restored`.
            handler: a plain function; it is called with the events in order.
        """
        return self._emitter.on(name, handler)

    async def events(self, *names: str) -> AsyncIterator[ClientEvent]:
        """Yield every event from now on, or those with the given names (see `on`).

        The iterator ends when the client is closed.

        Raises:
            ChatError: the connection ended for good, or events were read too slowly.
        """
        wanted = names or tuple(NAMES.values())
        with EventBuffer(self._emitter, tuple({*wanted, "state"})) as buffer:
            while True:
                event = await buffer.next()
                if not isinstance(event, State) or "state" in wanted:
                    yield event
                if isinstance(event, State) and (error := terminal_error(event)) is not None:
                    if error.kind == "closed":
                        return
                    raise error

    def parts(self, run_id: str) -> list[Part]:
        """The texts so far of a run in progress."""
        return self._streams.runs.texts.parts(run_id)


def _query(
    text: str,
    reasoning_mode: str,
    room_id: str | None,
    model: str | None,
    document_ids: Sequence[str] | None,
    client_msg_id: str | None,
) -> dict[str, Any]:
    optional = {
        "room_id": room_id,
        "model": model,
        "document_ids": document_ids,
        "client_msg_id": client_msg_id,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    return {"query": text, "reasoning_mode": reasoning_mode, **given}


def _accepted(reply: Mapping[str, Any]) -> Accepted:
    return Accepted(**{name: reply[name] for name in Accepted.__struct_fields__ if name in reply})


def _run_of(event: Delta | Event) -> str | None:
    return event.run if isinstance(event, Delta) else event.data.get("run_id")
