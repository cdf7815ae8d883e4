"""One connection to the server: its transport, the hello on it, and the frames that arrive."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from basicchat.client.errors import ChatError, error_from
from basicchat.client.events import TransportName
from basicchat.client.liveness import LivenessMonitor
from basicchat.client.pending_request import encode_request
from basicchat.client.retry_policy import Recovery
from basicchat.client.transport import NO_CODE, Transport, TransportClosed
from basicchat.protocol.types import Cursor

_PROBE = "probe"


class ConnectionHandler(Protocol):
    """What a connection reports to."""

    def hello(self, *, resume: bool) -> dict[str, Any]:
        """Return the parameters of hello; with `resume` only if the last session may be resumed."""
        ...

    def on_welcome(self, connection: "Connection", welcome: Mapping[str, Any]) -> None:
        """Handle the reply to hello."""
        ...

    def on_refusal(self, connection: "Connection", error: ChatError) -> None:
        """Handle the refusal of hello."""
        ...

    def on_notification(
        self, connection: "Connection", method: str, params: dict[str, Any]
    ) -> None:
        """Handle a notification."""
        ...

    def on_reply(self, connection: "Connection", frame: Mapping[str, Any]) -> None:
        """Handle the reply to a request."""
        ...

    def on_transport(self, connection: "Connection", transport: TransportName) -> None:
        """Note how events arrive from now on."""
        ...


class Connection:
    """One connection, from opening its transport to its end.

    Attributes:
        http: whether its transport is the one over HTTP.
        is_open: whether its transport has been opened.
        welcomed: whether the server has answered hello with a welcome.
        since: since when it has been opening or, once open, has been open, in seconds awake.

    Args:
        number: makes the id of its hello unique.
        make: makes its transport.
    """

    def __init__(
        self,
        number: int,
        make: Callable[[Callable[[TransportName], None]], Transport],
        handler: ConnectionHandler,
        liveness: LivenessMonitor,
        *,
        http: bool,
    ) -> None:
        self._hello_id = f"hello-{number}"
        self._handler = handler
        self._liveness = liveness
        self._transport = make(lambda transport: handler.on_transport(self, transport))
        self._resuming = False
        self.http = http
        self.is_open = False
        self.welcomed = False
        self.since = liveness.now

    @property
    def transport(self) -> TransportName:
        """How events arrive."""
        return self._transport.transport

    async def run(self) -> TransportClosed:
        """Open the transport, say hello, and deliver what arrives; return how it was closed."""
        try:
            await self._transport.open()
            self.is_open, self.since = True, self._liveness.now
            self._say_hello(resume=True)
            async for frame in self._transport.frames():
                self._receive(frame)
        except TransportClosed as closed:
            return closed
        return TransportClosed(NO_CODE)

    def _say_hello(self, *, resume: bool) -> None:
        params = self._handler.hello(resume=resume)
        self._resuming = "resume" in params
        self.send(encode_request(self._hello_id, "session.hello", params))

    def _receive(self, frame: Any) -> None:
        self._liveness.heard()
        for one in frame if isinstance(frame, list) else (frame,):
            if one is None:
                continue
            if "method" in one:
                self._handler.on_notification(self, one["method"], one["params"])
            elif one.get("id") == self._hello_id:
                self._on_hello_reply(one)
            else:
                self._handler.on_reply(self, one)

    def _on_hello_reply(self, frame: Mapping[str, Any]) -> None:
        if "error" not in frame:
            self.welcomed = True
            self._handler.on_welcome(self, frame["result"])
            return
        error = error_from(frame["error"])
        # A server that cannot open sessions for now may still resume this one later.
        if self._resuming and not self.welcomed and not error.retryable:
            self._say_hello(resume=False)
        else:
            self._handler.on_refusal(self, error)

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        self._transport.send(frame)

    def probe(self) -> None:
        """Send a ping, because the server's own pings are not visible to a client."""
        self._liveness.probed()
        self.send(encode_request(_PROBE, "session.ping", {}))

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Follow exactly these streams."""
        self._transport.follow(cursors)

    async def close(self) -> None:
        """Close the transport; safe to repeat."""
        await self._transport.close()


class Outcome(msgspec.Struct, frozen=True):
    """How a connection ended, and how to go on.

    Attributes:
        blocked: it never reached the server.
        error: the server's refusal.
    """

    connection: Connection
    recovery: Recovery
    blocked: bool = False
    error: ChatError | None = None
