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
import typer

from basicchat.api.errors import to_wire
from basicchat.cli.mcp_batches import MAX_MESSAGES, BatchedOut
from basicchat.cli.mcp_conversation import Conversation, Ending
from basicchat.cli.mcp_links import Link, NotThere, Refused, server_url
from basicchat.cli.mcp_problems import TOO_MANY, UNKNOWN, absent, refusal_of
from basicchat.cli.mcp_stdio import LAST_SECONDS, end, first_of
from basicchat.cli.mcp_waiting import Waiting
from basicchat.cli.mcp_way import Way
from basicchat.cli.terminal import note
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing, is_servers, on_close_code
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


def bridge(server: str, token: Callable[[], str], settings: Settings, *, own: bool = False) -> None:
    """Carry messages between stdio and a server until stdin ends.

    Args:
        token: finds it; called for each connection anew, in a thread.
        own: it is this folder's server: it must be there at first, tokens can be made, and the
            folder itself takes its place once it has stopped.

    Raises:
        NotThere: nothing answers, and it had to be there; stdin was not touched.
        BasicChatError: that is no address; or it refuses, and had to be there.
        Exit: with code 1, if there was no connection in the end; why was said on stderr.
    """
    server_url(server, socket=True)
    if asyncio.run(_until_signal(server, token, settings, own)):
        raise typer.Exit(1)


async def _until_signal(
    server: str, token: Callable[[], str], settings: Settings, own: bool
) -> BasicChatError | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Windows has no such handlers: there the process just ends.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    bridge = Bridge(claim_stdio, settings.limits.mcp_body_bytes)
    return await bridge.run(server, token, stop, folder=settings if own else None)


class Bridge:
    """A client's end, and the connection to the server, which may be another one after a while.

    Args:
        claim: gives what to read lines from and to write them to.
        limit_bytes: of a line.
        timing: of coming again.
        patience: seconds that a request waits while there is no connection.
    """

    def __init__(
        self,
        claim: Callable[[], tuple[BinaryIO, BinaryIO]],
        limit_bytes: int,
        timing: Timing = TIMING,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._claim = claim
        self._limit = limit_bytes
        self._timing = timing
        self._way = Way("", str, None, self._tell)
        self._waiting = Waiting(patience, self._late)
        self._out = BatchedOut()
        self._talk = Conversation(
            self._out, self._waiting, lambda asked: self._fail(asked, UNKNOWN)
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
        if there is none. See `bridge`; `folder` is whose server it is, if it is an own one."""
        self._way = Way(server, token, folder, self._tell)
        lines = LinesIn(self._take, self._limit)
        link = None
        if folder is not None:
            try:
                link = await self._way.open()
            except Refused as refused:
                raise refused.error from refused
        await open_lines(*self._claim(), lines, self._out)
        self._tasks.spawn(self._keep(link))
        try:
            await first_of(stop, lines.ended, self._out.ended)
            if lines.ended.is_set():
                await self._finish()
        finally:
            await self._tasks.end()
            self._talk.say_goodbye()
            await end(self._out)
        return None if stop.is_set() else self._problem

    def _take(self, line: bytes) -> None:
        message = frames.decode(line)
        if isinstance(message, frames.Batch) and self._talk.version == frames.BATCHING:
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
        elif cancelled is not None and self._waiting.withdraw(cancelled):
            self._talk.give_up(cancelled)
        elif not self._waiting.put(message, line) and isinstance(message, frames.Request):
            self._fail(message, TOO_MANY)

    def _fail(self, request: frames.Request, error: BasicChatError) -> None:
        wire = to_wire(error)
        data = msgspec.to_builtins(wire.data)
        self._out.write(
            frames.encode_error(request.id, code_of(wire), message_with_hint(wire), data)
        )

    def _late(self, request: frames.Request) -> None:
        self._fail(request, self._refused or self._problem or absent(self._way.server))

    async def _keep(self, link: Link | None) -> None:
        """Connect, and connect again, until that makes no sense."""
        while self._refused is None:
            at_least = 0.0
            try:
                link = link or await self._way.open()
                at_least = self._after(await self._talk.carry(link, self._ready))
            except NotThere as gone:
                self._failures += 1
                self._problem = absent(self._way.server, str(gone))
                self._tell(message_with_hint(to_wire(self._problem)))
            except Refused as refused:
                self._refuse(refused.error)
            finally:
                self._settle()
                if link is not None:
                    await link.close()
                    link = None
            if self._refused is None:
                delay = self._timing.delay(self._failures - 1, random)
                await asyncio.sleep(max(at_least, delay))

    def _tell(self, text: str) -> None:
        """Say something on stderr, once."""
        if text != self._told:
            self._told = text
            note(f"basicchat: {text}")

    def _refuse(self, error: BasicChatError) -> None:
        self._problem = self._refused = error
        self._tell(message_with_hint(to_wire(error)))
        self._talk.say_goodbye()
        self._waiting.give_up()

    def _ready(self) -> None:
        if self._problem is not None:
            self._tell(f"Connected to {self._way.where}")
        self._problem = None
        self._settle()

    def _settle(self) -> None:
        """It is known whether there is a connection."""
        self._tried = True
        self._talk.settled.set()

    def _after(self, ending: Ending) -> float:
        """Take in that the connection is lost; the least seconds to wait before the next."""
        lost, heard, seconds = ending
        steady = heard or seconds > STEADY_SECONDS
        self._way.ended(silent=not steady and not is_servers(lost.code))
        if steady:
            self._failures = 0
        refusal = refusal_of(lost.code, lost.reason)
        if refusal is not None and not (self._way.is_own and isinstance(refusal, Unauthenticated)):
            self._refuse(refusal)
            return 0.0
        self._failures += 1
        why = lost.reason or "the connection was lost"
        self._problem = absent(self._way.server, why)
        self._tell(f"Connecting to {self._way.server} again: {why}")
        return on_close_code(lost.code).at_least

    @property
    def _owes(self) -> bool:
        return self._talk.owes or bool(self._waiting)

    async def _finish(self) -> None:
        """What was asked before the input ended is still answered."""
        self._talk.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while not self._tried or (self._refused is None and self._owes):
                    self._talk.settled.clear()
                    await self._talk.settled.wait()
        if self._problem is not None:
            self._waiting.give_up()


def _withdraws(message: frames.Message) -> frames.Id | None:
    """The request that a notification cancels."""
    if isinstance(message, frames.Notification) and message.method == "notifications/cancelled":
        known = (message.params or {}).get("requestId")
        return known if isinstance(known, int | str) else None
    return None
