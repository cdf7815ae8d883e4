"""Relays MCP between stdio and a running server; each line is one message.

The bridge reconnects after a lost connection, with as little effect on the client as possible.
Every request is answered in any case, if necessary with an error that says what happened.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import random

import msgspec

from basicchat.api.errors import to_wire
from basicchat.bridge.batches import MAX_MESSAGES, BatchedOutput
from basicchat.bridge.early_answers import Stdio
from basicchat.bridge.endings import LAST_SECONDS, end, first_of
from basicchat.bridge.errors import OUTCOME_UNKNOWN, TOO_MANY_PENDING, not_reachable, refusal_of
from basicchat.bridge.pending_queue import PendingQueue
from basicchat.bridge.relay import ConnectionEnd, Relay
from basicchat.bridge.signals import end_signal
from basicchat.bridge.transport_selection import TransportSelector
from basicchat.bridge.transports import Refused, ServerNotFound, Transport, server_url
from basicchat.client.retry_policy import recovery_after, sent_by_server
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, Unauthenticated
from basicchat.mcp.features.error_codes import code_of, message_with_hint
from basicchat.mcp.wire import frames
from basicchat.transports.lines import LinesIn, open_lines

# Clients time out after a minute, some after half of it, and should get an answer before.
PATIENCE_SECONDS = 20.0
TIMING = Timing(backoff_cap=8.0)
# A connection that lasted this long counts as working, even if nothing was received.
STEADY_SECONDS = 10.0


def run_bridge(
    server: str,
    token: Callable[[], str],
    settings: Settings,
    print_status: Callable[[str], None],
    claim: Callable[[], Stdio],
    *,
    own: bool = False,
) -> BasicChatError | None:
    """Relay messages between stdio and a server until stdin ends.

    Args:
        token: returns the access token; called in a thread, once for each connection.
        own: the server is that of this data folder. It must be reachable at the start, tokens can
            be issued for it, and the folder is opened in this process once the server has stopped.

    Returns:
        The reason if there was no connection at the end; it was shown to the user.

    Raises:
        ServerNotFound: an own server does not answer; stdin is untouched.
        BasicChatError: the address is invalid, or an own server refused the connection.
    """
    server_url(server, socket=True)
    bridge = Bridge(claim, settings.limits.mcp_body_bytes, print_status)
    return asyncio.run(_until_signal(bridge, server, token, settings if own else None))


async def _until_signal(
    bridge: "Bridge", server: str, token: Callable[[], str], folder: Settings | None
) -> BasicChatError | None:
    return await bridge.run(server, token, end_signal(), folder=folder)


class Bridge:
    """Connects a client on stdio with a server, over one connection after the other.

    Args:
        claim: reserves stdin and stdout.
        limit_bytes: the maximum length of a line.
        print_status: shows the user a line about the connection.
        timing: delays between attempts to reconnect.
        patience: seconds that a request waits while there is no connection.
    """

    def __init__(
        self,
        claim: Callable[[], Stdio],
        limit_bytes: int,
        print_status: Callable[[str], None],
        timing: Timing = TIMING,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._claim = claim
        self._limit = limit_bytes
        self._print_status = print_status
        self._timing = timing
        self._selector = TransportSelector("", str, None, self._tell)
        self._pending = PendingQueue(patience, self._expired)
        self._out = BatchedOutput()
        self._relay = Relay(
            self._out, self._pending, lambda asked: self._fail(asked, OUTCOME_UNKNOWN)
        )
        self._tasks = TaskGroup()
        # Why there is no connection; `_refused` if it is not tried again.
        self._problem: BasicChatError | None = None
        self._refused: BasicChatError | None = None
        self._tried = False
        self._failures = 0
        self._printed = ""

    async def run(
        self,
        server: str,
        token: Callable[[], str],
        stop: asyncio.Event,
        *,
        folder: Settings | None = None,
    ) -> BasicChatError | None:
        """Run until the client's input ends or `stop` is set; see `run_bridge`.

        Args:
            folder: the settings of the data folder whose own server this is.

        Returns:
            why there was no connection at the end, if there was none.
        """
        self._selector = TransportSelector(server, token, folder, self._tell)
        lines = LinesIn(self._on_line, self._limit)
        transport = None
        if folder is not None:
            try:
                transport = await self._selector.open()
            except Refused as refused:
                raise refused.error from refused
        stdio = self._claim()
        if stdio.handshake is not None:
            self._relay.adopt(stdio.handshake.params, stdio.handshake.result)
        await open_lines(stdio.source, stdio.target, lines, self._out, stdio.unread)
        self._tasks.spawn(self._keep(transport))
        try:
            await first_of(stop, lines.ended, self._out.ended)
            if lines.ended.is_set():
                await self._finish()
        finally:
            await self._tasks.cancel()
            self._relay.say_goodbye()
            await end(self._out)
        return None if stop.is_set() else self._problem

    def _on_line(self, line: bytes) -> None:
        message = frames.decode(line)
        if isinstance(message, frames.Batch) and self._relay.version == frames.BATCHING:
            parts = message.parts(MAX_MESSAGES)
            self._out.gather(parts)
            for part, frame in zip(parts, message.frames, strict=False):
                if not isinstance(part, frames.Broken):
                    self._on_message(part, bytes(frame))
        else:
            self._on_message(message, line)

    def _on_message(self, message: frames.Message, line: bytes) -> None:
        cancelled = _cancelled_by(message)
        if cancelled is not None:
            self._out.leave_out(cancelled)
        if isinstance(message, frames.Broken):
            # Not relayed, since the line may be too long for the server, or not text.
            self._out.write(frames.encode_error(message.id, message.code, message.message))
        elif isinstance(message, frames.Request) and self._refused is not None:
            self._fail(message, self._refused)
        elif cancelled is not None and self._pending.withdraw(cancelled):
            self._relay.give_up(cancelled)
        elif not self._pending.put(message, line) and isinstance(message, frames.Request):
            self._fail(message, TOO_MANY_PENDING)

    def _fail(self, request: frames.Request, error: BasicChatError) -> None:
        wire = to_wire(error)
        data = msgspec.to_builtins(wire.data)
        self._out.write(
            frames.encode_error(request.id, code_of(wire), message_with_hint(wire), data)
        )

    def _expired(self, request: frames.Request) -> None:
        self._fail(request, self._refused or self._problem or not_reachable(self._selector.server))

    async def _keep(self, transport: Transport | None) -> None:
        """Connect and reconnect, until the server refuses the client."""
        while self._refused is None:
            at_least = 0.0
            try:
                transport = transport or await self._selector.open()
                at_least = self._after(await self._relay.carry(transport, self._ready))
            except ServerNotFound as gone:
                self._failures += 1
                at_least = gone.retry_after
                self._problem = not_reachable(self._selector.server, str(gone))
                self._tell(message_with_hint(to_wire(self._problem)))
            except Refused as refused:
                self._refuse(refused.error)
            finally:
                self._settle()
                if transport is not None:
                    await transport.close()
                    transport = None
            if self._refused is None:
                delay = self._timing.backoff(self._failures - 1, random)
                await asyncio.sleep(max(at_least, delay))

    def _tell(self, text: str) -> None:
        """Print a line on stderr, unless it was the last one."""
        if text != self._printed:
            self._printed = text
            self._print_status(f"basicchat: {text}")

    def _refuse(self, error: BasicChatError) -> None:
        self._problem = self._refused = error
        self._tell(message_with_hint(to_wire(error)))
        self._relay.say_goodbye()
        self._pending.give_up()

    def _ready(self) -> None:
        if self._problem is not None:
            self._tell(f"Connected to {self._selector.where}")
        self._problem = None
        self._settle()

    def _settle(self) -> None:
        """Record that the state of the connection is known."""
        self._tried = True
        self._relay.settled.set()

    def _after(self, ending: ConnectionEnd) -> float:
        """Handle the end of a connection; returns the minimum delay before the next one."""
        lost, heard, seconds = ending
        steady = heard or seconds > STEADY_SECONDS
        self._selector.ended(silent=not steady and not sent_by_server(lost.code))
        if steady:
            self._failures = 0
        refusal = refusal_of(lost.code, lost.reason)
        if refusal is not None and not (
            self._selector.is_own and isinstance(refusal, Unauthenticated)
        ):
            self._refuse(refusal)
            return 0.0
        self._failures += 1
        why = lost.reason or "the connection was lost"
        self._problem = not_reachable(self._selector.server, why)
        self._tell(f"Reconnecting to {self._selector.server}: {why}")
        return max(recovery_after(lost.code, lost.reason).min_delay, lost.retry_after)

    @property
    def _owes(self) -> bool:
        return self._relay.owes or bool(self._pending)

    async def _finish(self) -> None:
        """Wait for the answers to requests that were read before the input ended."""
        self._relay.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while not self._tried or (self._refused is None and self._owes):
                    self._relay.settled.clear()
                    await self._relay.settled.wait()
        if self._problem is not None:
            self._pending.give_up()


def _cancelled_by(message: frames.Message) -> frames.Id | None:
    """The request that a notification cancels."""
    if isinstance(message, frames.Notification) and message.method == "notifications/cancelled":
        known = (message.params or {}).get("requestId")
        return known if isinstance(known, int | str) else None
    return None
