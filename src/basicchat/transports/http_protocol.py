"""uvicorn's HTTP protocol with bounds on what a client may send, and on how slowly it reads.

Theory of operation
-------------------
Every connection begins here, those that become WebSockets included, so the limits of request heads
are in this one place. uvicorn's parser (httptools) has none: it would store a head of any size.

- *Head*: the bytes received since the last sign of progress are counted as they arrive. Progress
  is a complete head, a piece of a body, or the end of a request, so the count covers URL, fields,
  trailers and chunk extensions. Input is given to the parser in pieces that end at the limit.
  Fields are counted, those of trailers included; trailers are otherwise ignored.
- *Time*: `RequestProgress` has the deadlines. A request that arrives within one read needs no
  timer.
- *Turns*: input is held back, and the socket is not read, while a request waits for the response
  before it (pipelining), and until the loop's next turn after many small pieces of a body.
- *Number of connections*: `ConnectionGate` decides when the connection is made.

A refused client is answered, and what it still sends is discarded for a moment
(`LingeringClose`). A client that does not read its answer is dropped (`StalledOutput`).
"""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from basicchat.transports.connection_gate import ConnectionGate
from basicchat.transports.held_flow import HeldFlow
from basicchat.transports.http_refusals import Refusal, refusal
from basicchat.transports.lingering_close import LingeringClose
from basicchat.transports.request_progress import MAX_FIELDS, MAX_HEAD_BYTES, RequestProgress
from basicchat.transports.reserve import RESERVED
from basicchat.transports.stalled_output import StalledOutput
from basicchat.transports.wire_protocol import SEND_BUFFER

# The parser's callbacks for a piece must not keep others waiting for long.
PIECE_BYTES = 16 * 1024
# Pieces of bodies, such as chunks, that are taken in one turn of the loop.
BODIES_PER_TURN = 512


class TooManyFieldsError(Exception):
    """Stops the parser."""


class AmbiguousHostError(Exception):
    """Stops the parser: a proxy may have sent the request because of another host than ours."""


class HttpProtocol(HttpToolsProtocol):
    """One HTTP connection with limits."""

    def __init__(self, *args: Any, gate: ConnectionGate, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gate = gate
        self._progress = RequestProgress()
        self._arrival_timer: asyncio.TimerHandle | None = None
        # Received since the last sign of progress, in bytes.
        self._unproductive = 0
        self._progressed = False
        self._head_complete = False
        self._trailers = 0
        self._served_one = False
        self._bodies = 0
        self._held = b""
        # The input is no longer HTTP, or no longer of interest.
        self._ended = False
        self._last_request = False

    # --- connections ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit a new connection, and limit its kernel's send buffer, which may grow to 4 MB."""
        super().connection_made(transport)
        self.flow: HeldFlow = HeldFlow(transport)
        self._stalled = StalledOutput(transport)
        self._lingering = LingeringClose(transport, self.flow, self._gate.discards)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        verdict = self._gate.admit(self, self._address, len(self.connections))
        if verdict == "dropped":
            self._ended = True
            transport.abort()
            return
        if verdict in ("address_full", "server_full"):
            self._refuse(verdict)
            return
        if verdict == "reserved":
            self._progress.hurry()
            self.app_state = {**self.app_state, RESERVED: True}
        self._progress.expect_head(self.loop.time())
        self._watch_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is lost."""
        self._stalled.stop()
        self._end_input()
        self._gate.release(self, self._address)
        super().connection_lost(exc)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def idle(self) -> bool:
        """Whether it waits for the first byte of another request."""
        answered = self.cycle is None or self.cycle.response_complete
        return self._served_one and answered and self._progress.state == "complete"

    @property
    def incomplete(self) -> bool:
        """Whether its first request has not arrived completely."""
        return not self._served_one

    def evict(self) -> None:
        """Close it, to make room for another."""
        self._end_input()
        self.transport.close()

    def end_after_response(self) -> None:
        """Close it after the response to its present or next request, which says so."""
        self._last_request = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def _end_input(self) -> None:
        """Read no more requests."""
        self._ended = True
        self._held = b""
        if self._arrival_timer is not None:
            self._arrival_timer.cancel()
            self._arrival_timer = None

    def _refuse(self, why: Refusal) -> None:
        """Answer with an error unless a response has begun, and close."""
        self._end_input()
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.transport.is_closing():
            return
        # Releases what the parser has gathered.
        self.headers, self.url, self.parser = [], b"", None  # type: ignore[assignment]
        answered = cycle is not None and cycle.response_started and not cycle.response_complete
        self._lingering.begin(b"" if answered else refusal(why))

    # --- input ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, piece by piece."""
        if self._ended:
            self._lingering.discard(len(data))
            return
        self._bodies = 0
        start = 0
        while start < len(data):
            if self.pipeline or self._bodies > BODIES_PER_TURN:
                self._hold(data[start:])
                return
            size = min(PIECE_BYTES, MAX_HEAD_BYTES - self._unproductive)
            self._feed(data[start : start + size] if start or size < len(data) else data)
            if self._ended or self.transport.is_closing():
                return
            start += size

    def _hold(self, data: bytes) -> None:
        """Parse this later: in the next turn, or after the response before it."""
        self._held = data
        self.flow.hold()
        if not self.pipeline:
            self.loop.call_soon(self._release_held)

    def _release_held(self) -> None:
        held, self._held = self._held, b""
        self.flow.held = False
        if self._ended or self.transport.is_closing():
            return
        self.data_received(held)
        cycle = self.cycle
        if not self.pipeline and (cycle.response_complete or len(cycle.body) <= HIGH_WATER_LIMIT):
            self.flow.resume_reading()

    def _feed(self, piece: bytes) -> None:
        self._progressed = False
        super().data_received(piece)
        if self._ended:
            return
        self._unproductive = 0 if self._progressed else self._unproductive + len(piece)
        if self._unproductive >= MAX_HEAD_BYTES:
            self._refuse("head_too_large")
        elif self._progress.state != "complete":
            self._watch_arrival()

    def send_400_response(self, msg: str) -> None:
        """Refuse malformed input, or too many fields, which stop the parser in the same way."""
        if not self._ended:
            too_many = len(self.headers or ()) + self._trailers > MAX_FIELDS
            self._refuse("head_too_large" if too_many else "malformed")

    def on_message_begin(self) -> None:
        """Another request begins."""
        super().on_message_begin()
        self._head_complete = False
        self._trailers = 0
        if self._progress.state == "complete":
            self._progress.expect_head(self.loop.time())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; those of trailers are only counted."""
        if self._head_complete:
            self._trailers += 1
        else:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            elif name == b"host" and any(known == b"host" for known, _ in self.headers):
                # RFC 9112, 3.2.
                raise AmbiguousHostError
            self.headers.append((name, value))
        if len(self.headers) + self._trailers > MAX_FIELDS:
            raise TooManyFieldsError

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._progressed = self._head_complete = True
        if not self.url.startswith((b"/", b"*")) and not names_host(self.url, self.headers):
            raise AmbiguousHostError
        self._progress.expect_body(self.loop.time())
        super().on_headers_complete()
        if self._last_request:
            self.end_after_response()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._progressed = True
        self._bodies += 1
        self._progress.received(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has arrived."""
        self._progressed = self._served_one = True
        self._progress.complete()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the socket over to the WebSocket protocol."""
        self._end_input()
        self._gate.release(self, self._address)
        super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """A response has been written; nothing else waits until the client has read it."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._stalled.watch()
        if self._progress.state == "body":
            self._progress.expect_rest(self.loop.time())
            self._watch_arrival()
        if self._held:
            self.loop.call_soon(self._release_held)

    # --- deadlines --------------------------------------------------------------------------

    def _watch_arrival(self) -> None:
        timer, deadline = self._arrival_timer, self._progress.deadline
        if timer is not None and timer.when() > deadline:
            timer.cancel()
            timer = None
        if timer is None:
            self._arrival_timer = self.loop.call_at(deadline, self._check_arrival)

    def _check_arrival(self) -> None:
        self._arrival_timer = None
        state = self._progress.state
        if state == "complete" or self._ended or self.transport.is_closing():
            return
        paused = self.flow.read_paused or bool(self._held)
        if not self._progress.late(self.loop.time(), paused=paused):
            self._watch_arrival()
        elif state == "rest" or (state == "head" and not self._unproductive):
            # Nobody waits for an answer.
            self._end_input()
            self.transport.close()
        else:
            self._refuse("too_slow")

    # --- output -----------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The socket is full."""
        super().pause_writing()
        self._stalled.watch()

    def resume_writing(self) -> None:
        """The socket takes more."""
        super().resume_writing()
        self._stalled.stop()


def names_host(url: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the host of an absolute URL is that of the field Host (RFC 9112, 3.2.2)."""
    authority = urlsplit(url).netloc
    return authority.lower() == dict(headers).get(b"host", b"").lower()
