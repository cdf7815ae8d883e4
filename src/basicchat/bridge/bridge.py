"""MCP over stdin and stdout, for a running server: each line is a message to it, or from it.

The connection may be lost, and is made anew; the client notices as little of that as can be. What
it asks is answered in any case, if need be with an error that says what happened.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from random import random
from typing import BinaryIO

import msgspec

from basicchat.api.errors import to_wire
from basicchat.bridge.batches import MAX_MESSAGES, BatchedOutput
from basicchat.bridge.errors import OUTCOME_UNKNOWN, TOO_MANY_PENDING, not_reachable, refusal_of
from basicchat.bridge.pending_queue import PendingQueue
from basicchat.bridge.relay import ConnectionEnd, Relay
from basicchat.bridge.stdio_server import LAST_SECONDS, end, first_of
from basicchat.bridge.transport_selection import TransportSelector
from basicchat.bridge.transports import Refused, ServerNotFound, Transport, server_url
from basicchat.client.retry_policy import recovery_after, sent_by_server
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, Unauthenticated
from basicchat.mcp.features.error_codes import code_of, message_with_hint
from basicchat.mcp.wire import frames
from basicchat.transports.lines import LinesIn, claim_stdio, open_lines

# Clients wait for a minute, some for half of it, and should hear from us before.
PATIENCE_SECONDS = 20.0
TIMING = Timing(backoff_cap=8.0)
# A connection that lasted so long was a good one, even if nothing came.
STEADY_SECONDS = 10.0


def run_bridge(
    server: str,
    token: Callable[[], str],
    settings: Settings,
    print_status: Callable[[str], None],
    *,
    own: bool = False,
) -> BasicChatError | None:
    """Relay messages between stdio and a server until stdin ends.

    Args:
        token: returns the access token; called in a thread, once for each connection.
        print_status: shows the user a line about the connection, on stderr.
        own: the server is that of this data folder. It must be reachable at the start, tokens can
            be issued for it, and the folder is opened in this process once the server has stopped.

    Returns:
        The reason if there was no connection at the end; it was shown to the user.

    Raises:
        ServerNotFound: an own server does not answer; stdin is untouched.
        BasicChatError: the address is invalid, or an own server refused the connection.
    """
    server_url(server, socket=True)
    return asyncio.run(_until_signal(server, token, settings, print_status, own))


async def _until_signal(
    server: str,
    token: Callable[[], str],
    settings: Settings,
    print_status: Callable[[str], None],
    own: bool,
) -> BasicChatError | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Windows has no such handlers: there the process just ends.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    bridge = Bridge(claim_stdio, settings.limits.mcp_body_bytes, print_status)
    return await bridge.run(server, token, stop, folder=settings if own else None)


class Bridge:
    """A client's end, and the connection to the server, which may be another one after a while.

    Args:
        claim: gives what to read lines from and to write them to.
        limit_bytes: of a line.
        print_status: shows the user a line about the connection.
        timing: delays between attempts to reconnect.
        patience: seconds that a request waits while there is no connection.
    """

    def __init__(
        self,
        claim: Callable[[], tuple[BinaryIO, BinaryIO]],
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
        # Why there is no connection, if there is none; `_refused` if there will be none.
        self._problem: BasicChatError | None = None
        self._refused: BasicChatError | None = None
        self._tried = False
        self._failures = 0
        self._told = ""

    async def run(
        self,
        server: str,
        token: Callable[[], str],
        stop: asyncio.Event,
        *,
        folder: Settings | None = None,
    ) -> BasicChatError | None:
        """Bridge until the client's input ends, or it is stopped; why there is no connection then,
        if there is none. See `run_bridge`; `folder` is whose server it is, if it is an own one."""
        self._selector = TransportSelector(server, token, folder, self._tell)
        lines = LinesIn(self._take, self._limit)
        transport = None
        if folder is not None:
            try:
                transport = await self._selector.open()
            except Refused as refused:
                raise refused.error from refused
        await open_lines(*self._claim(), lines, self._out)
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

    def _take(self, line: bytes) -> None:
        message = frames.decode(line)
        if isinstance(message, frames.Batch) and self._relay.version == frames.BATCHING:
            parts = message.parts(MAX_MESSAGES)
            self._out.gather(parts)
            for part, frame in zip(parts, message.frames, strict=False):
                if not isinstance(part, frames.Broken):
                    self._take_message(part, bytes(frame))
        else:
            self._take_message(message, line)

    def _take_message(self, message: frames.Message, line: bytes) -> None:
        cancelled = _withdraws(message)
        if cancelled is not None:
            self._out.leave_out(cancelled)
        if isinstance(message, frames.Broken):
            # It may be too long for the server, or no text.
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
        """Connect, and connect again, until that makes no sense."""
        while self._refused is None:
            at_least = 0.0
            try:
                transport = transport or await self._selector.open()
                at_least = self._after(await self._relay.carry(transport, self._ready))
            except ServerNotFound as gone:
                self._failures += 1
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
        """Say something on stderr, once."""
        if text != self._told:
            self._told = text
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
        """It is known whether there is a connection."""
        self._tried = True
        self._relay.settled.set()

    def _after(self, ending: ConnectionEnd) -> float:
        """Take in that the connection is lost; the least seconds to wait before the next."""
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
        self._tell(f"Connecting to {self._selector.server} again: {why}")
        return recovery_after(lost.code).min_delay

    @property
    def _owes(self) -> bool:
        return self._relay.owes or bool(self._pending)

    async def _finish(self) -> None:
        """What was asked before the input ended is still answered."""
        self._relay.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while not self._tried or (self._refused is None and self._owes):
                    self._relay.settled.clear()
                    await self._relay.settled.wait()
        if self._problem is not None:
            self._pending.give_up()


def _withdraws(message: frames.Message) -> frames.Id | None:
    """The request that a notification cancels."""
    if isinstance(message, frames.Notification) and message.method == "notifications/cancelled":
        known = (message.params or {}).get("requestId")
        return known if isinstance(known, int | str) else None
    return None
