"""The TLS handshake of a connection, which is counted and has a deadline like all that follows.

The event loop's own TLS server shows a connection to its protocol only after the handshake. Until
then, nobody would count it, and it could stay for a minute. So the server listens for plain
connections and starts TLS on each.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from basicchat.transports.connection_gate import ConnectionGate
from basicchat.transports.http_protocol import HttpProtocol
from basicchat.transports.lingering_close import LINGER_SECONDS
from basicchat.transports.request_progress import HEAD_SECONDS, RESERVED_HEAD_SECONDS


class TlsHandshake(asyncio.Protocol):
    """A connection until its handshake is complete; then `HttpProtocol` takes over.

    Args:
        context: the certificate.
        gate: counts the connection.
        then: makes the protocol that follows, from the same `options`.
        options: those of uvicorn's protocols.
    """

    idle = False
    incomplete = True

    def __init__(
        self,
        *,
        context: ssl.SSLContext,
        gate: ConnectionGate,
        then: Callable[..., HttpProtocol],
        server_state: ServerState,
        **options: Any,
    ) -> None:
        self._context = context
        self._gate = gate
        self._then = partial(then, server_state=server_state, **options)
        self._connections: set[Any] = server_state.connections
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._handshake: Coroutine[asyncio.Future[Any], None, asyncio.Transport | None]
        self._deadline: asyncio.TimerHandle | None = None
        self._address = ""
        # What arrives along with the end of the handshake.
        self._early: list[bytes] = []
        self._successor: HttpProtocol | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count a new connection, and start its handshake."""
        self._transport = transport
        client = get_remote_addr(transport)
        self._address = client[0] if client else ""
        self._connections.add(self)
        verdict = self._gate.admit(self, self._address, len(self._connections))
        if verdict == "dropped":
            self.evict()
            return
        # A client beyond a limit has to be told by HTTP, after the handshake.
        seconds = HEAD_SECONDS if verdict == "served" else RESERVED_HEAD_SECONDS
        self._deadline = self._loop.call_later(seconds, self.evict)
        self._handshake = self._loop.start_tls(
            transport,
            self,
            self._context,
            server_side=True,
            # The deadline above is the shorter one.
            ssl_handshake_timeout=2 * HEAD_SECONDS,
            ssl_shutdown_timeout=LINGER_SECONDS,
        )
        self._advance()

    def _advance(self, _: object = None) -> None:
        """Run the handshake until it waits for the client.

        A task would begin too late: `start_tls` has to replace this protocol before the first
        bytes arrive.
        """
        try:
            client = self._handshake.send(None)
        except StopIteration as complete:
            self._hand_over(complete.value)
        except OSError:
            # The client does not speak TLS, or has gone.
            self.evict()
        else:
            client.add_done_callback(self._advance)

    def _hand_over(self, transport: asyncio.Transport | None) -> None:
        """Let the next protocol have the connection, unless it has been lost."""
        if transport is None or transport.is_closing():
            self.evict()
            return
        self._end()
        successor = self._successor = self._then()
        transport.set_protocol(successor)
        successor.connection_made(transport)
        for data in self._early:
            successor.data_received(data)

    def data_received(self, data: bytes) -> None:
        """Keep what the client has sent along with the end of its handshake."""
        self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is lost."""
        self._end()
        if self._successor is not None:
            self._successor.connection_lost(exc)

    def evict(self) -> None:
        """Close the connection now."""
        self._end()
        self._transport.abort()

    def shutdown(self) -> None:
        """Close the connection, because the server stops."""
        self.evict()

    def _end(self) -> None:
        """Stop counting the connection."""
        self._connections.discard(self)
        self._gate.release(self, self._address)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
