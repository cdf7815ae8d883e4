"""One node's link to Redis: commands, messages between nodes, and the node's heartbeat.

Whatever a node writes to Redis expires, unless its heartbeat renews it. When Redis is back after a
failure, perhaps empty, each implementation writes its state again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.redis_url import RedisAddress
from basicchat.redis.commands import SEND_SECONDS, Command, RedisCommands, RedisDown
from basicchat.redis.outgoing import MAX_WAITING_BYTES, Outgoing
from basicchat.redis.scripts import Script
from basicchat.redis.subscriptions import Listener, Subscriptions

log = structlog.get_logger(__name__)
HEARTBEAT_SECONDS = 2.5
# A node whose heartbeat was not renewed for this time is dead.
DEAD_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 1.0
# After Redis is back, every living node has found it and written its state again in this time:
# an attempt that hangs, the pause after it, and half a second for the next one.
RECOVERY_SECONDS = SEND_SECONDS + MAX_PAUSE_SECONDS + 0.5
SETTLE_SECONDS = 2.0
# How long the end of a link waits until everything is sent.
FLUSH_SECONDS = 1.0
CANCEL_SECONDS = 0.2
# Called with True if Redis is back, perhaps empty, so that everything has to be written again.
Beat = Callable[[bool], Awaitable[None]]


class RedisLink:
    """A node's link, which works within `running`.

    Args:
        node: the node's name, which no other node ever had.
        max_waiting_bytes: of messages, while Redis is down.
    """

    def __init__(
        self,
        address: RedisAddress,
        *,
        node: str | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self.node = node or uuid4().hex[:16]
        self.place = address.place
        self._heartbeat_seconds = heartbeat_seconds
        self._due = asyncio.Event()
        self._commands = RedisCommands(address, self._note_loss)
        self._publish = "SPUBLISH" if address.kind == "cluster" else "PUBLISH"
        # Redis has one set of channels for all its databases.
        self._prefix = f"basicchat:{address.db}:"
        self._outgoing = Outgoing(self._commands, self._publish, max_bytes=max_waiting_bytes)
        self._subscriptions = Subscriptions(
            self._commands, self._prefix, lost=self._commands.close_way
        )
        self._beats: list[Beat] = []
        self._beaten = asyncio.Event()
        # In the event loop's time: when Redis was back last.
        self._since = 0.0

    @property
    def up(self) -> bool:
        """Whether commands are answered."""
        return self._commands.up

    @property
    def healthy(self) -> bool:
        """Whether commands are answered, messages arrive, and this node's state is written."""
        return self._beaten.is_set() and self._subscriptions.connected

    @property
    def complete(self) -> bool:
        """Whether the state of all living nodes is in Redis: it was there for long enough."""
        seconds = asyncio.get_running_loop().time() - self._since
        return self._beaten.is_set() and seconds > RECOVERY_SECONDS

    @property
    def problem(self) -> str:
        """Why Redis cannot be used, as the name of an error; empty if it can."""
        return self._commands.problem

    @property
    def waiting(self) -> int:
        """How many commands and messages to other nodes wait."""
        return self._outgoing.waiting

    async def call(self, *command: str | bytes | int | float) -> Any:
        """The answer to a command.

        Raises:
            RedisDown: there is none.
        """
        return (await self.call_all([command]))[0]

    async def call_all(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to commands that are sent together.

        Raises:
            RedisDown: one is missing.
        """
        answers = await self._outgoing.ask(commands)
        if any(isinstance(answer, Exception) for answer in answers):
            raise RedisDown
        return answers

    async def script(
        self, script: Script, keys: Sequence[str], *arguments: str | bytes | int | float
    ) -> Any:
        """The result of a script, whose keys are in one slot.

        Raises:
            RedisDown: there is none.
        """
        command = ("EVALSHA", script.sha, len(keys), *keys, *arguments)
        answer = (await self._outgoing.ask([command]))[0]
        if not isinstance(answer, Exception):
            return answer
        # Redis does not know the script yet.
        return await self.call(*script.command(keys, *arguments))

    async def publish_counted(self, channel: str, message: bytes) -> int:
        """Send a message; returns how many nodes listen.

        Raises:
            RedisDown: it was not sent.
        """
        return int(await self.call(self._publish, self._prefix + channel, message))

    def post(self, *command: str | bytes | int | float) -> None:
        """Send a command without waiting for its answer; it is dropped while Redis is down."""
        self._outgoing.post(*command)

    def post_script(
        self, script: Script, keys: Sequence[str], *arguments: str | bytes | int | float
    ) -> None:
        """Run a script without waiting for its result; it is dropped while Redis is down."""
        self._outgoing.post(*script.command(keys, *arguments))

    def publish(self, channel: str, message: bytes) -> None:
        """Send a message to a channel. Never waits; messages are kept while Redis is down."""
        self._outgoing.publish(self._prefix + channel, message)

    def publish_now(self, channel: str, message: bytes) -> None:
        """Send a message that is of no use later, or drop it while Redis is down. Never waits."""
        self._outgoing.post(self._publish, self._prefix + channel, message)

    def listen(self, channel: str, listener: Listener) -> None:
        """Take the messages of a channel."""
        self._subscriptions.listen(channel, listener)

    def unlisten(self, channel: str) -> None:
        """Stop taking the messages of a channel."""
        self._subscriptions.unlisten(channel)

    async def settled(self, channel: str, seconds: float = SETTLE_SECONDS) -> bool:
        """Wait until a subscription is confirmed; False if that takes too long."""
        return await self._subscriptions.settled(channel, seconds)

    async def subscribed(self, seconds: float = SETTLE_SECONDS) -> bool:
        """Wait until all subscriptions that were begun are confirmed, and others know of them."""
        return await self._subscriptions.all_settled(seconds)

    def on_heartbeat(self, beat: Beat) -> None:
        """Call a function at every heartbeat, and as soon as Redis is back."""
        self._beats.append(beat)

    async def flushed(self, seconds: float) -> bool:
        """Wait until everything given before is sent; False if that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._outgoing.idle.wait()
        return self._outgoing.idle.is_set()

    async def connected(self, seconds: float) -> bool:
        """Wait until Redis can be used; False if that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._beaten.wait()
        return self._beaten.is_set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["RedisLink"]:
        """Keep the link; at the end, send what waits, and close it."""
        work = (self._outgoing.run(), self._subscriptions.run(), self._keep_alive())
        tasks = [asyncio.create_task(each) for each in work]
        for task in tasks:
            task.add_done_callback(_report_failure)
        try:
            yield self
            if self.up:
                await self.flushed(FLUSH_SECONDS)
        finally:
            pending = set(tasks)
            # The library may swallow a cancellation while it connects.
            while pending:
                for task in pending:
                    task.cancel()
                _, pending = await asyncio.wait(pending, timeout=CANCEL_SECONDS)
            await self._commands.close()

    def _note_loss(self) -> None:
        self._beaten.clear()
        self._due.set()

    async def _keep_alive(self) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            self._due.clear()
            try:
                await self._beat(returned=await self._commands.check())
            except RedisDown:
                self._beaten.clear()
                await asyncio.sleep(backoff.failed())
                continue
            if backoff.failures:
                log.info("redis_back", place=self.place)
            backoff.succeeded()
            if not self._beaten.is_set():
                self._beaten.set()
                self._since = asyncio.get_running_loop().time()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_seconds):
                    await self._due.wait()

    async def _beat(self, *, returned: bool) -> None:
        for beat in self._beats:
            try:
                await beat(returned)
            except RedisDown:
                raise
            # A fault in one part must not let the others expire.
            except Exception as error:
                log.error("heartbeat_failed", exc_info=error)


def _report_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("redis_link_failed", exc_info=task.exception())
