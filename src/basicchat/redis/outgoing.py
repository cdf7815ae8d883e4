"""All commands of this node, in the order in which they were given; those that wait go together.

While Redis is down, messages to other nodes wait in a bounded buffer. If that is full, the oldest
are dropped, and when Redis is back, the listeners of their channels are told that they missed some.
Other commands fail or are dropped: what they would have written is restored by the heartbeat.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from basicchat.domain.backoff import Backoff
from basicchat.redis.commands import Command, RedisCommands, RedisDown

BATCH = 500
MAX_WAITING_BYTES = 16 * 1024 * 1024
# The memory of a message besides its payload.
MESSAGE_BYTES = 400
MAX_WAITING_COMMANDS = 50_000
MAX_LOSING_CHANNELS = 10_000
# The message that tells the listeners of a channel that messages were lost.
LOST = b"!"
FIRST_PAUSE_SECONDS = 0.02
MAX_PAUSE_SECONDS = 1.0


class _Entry:
    """A command that waits.

    Attributes:
        size: the memory of a message; 0 for other commands.
        answer: takes the answer, if somebody waits for it.
    """

    __slots__ = ("answer", "command", "size")

    def __init__(
        self, command: Command, *, size: int = 0, answer: asyncio.Future[Any] | None = None
    ) -> None:
        self.command = command
        self.size = size
        self.answer = answer

    def fail(self) -> None:
        """Tell the waiting caller that there is no answer."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(RedisDown())


class Outgoing:
    """A queue of commands with one sender.

    Args:
        publish: the command that publishes a message: PUBLISH, or SPUBLISH on a cluster.
        max_bytes: of messages that wait.

    Attributes:
        idle: set while nothing waits and nothing is being sent.
    """

    def __init__(
        self, commands: RedisCommands, publish: str, *, max_bytes: int = MAX_WAITING_BYTES
    ) -> None:
        self._commands = commands
        self._publish = publish
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiting: deque[_Entry] = deque()
        self._losing: dict[str | bytes | int | float, None] = {}
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        """How many commands wait."""
        return len(self._waiting)

    def publish(self, channel: str, message: bytes) -> None:
        """Send a message to a channel. Never waits."""
        entry = _Entry((self._publish, channel, message), size=len(message) + MESSAGE_BYTES)
        self._bytes += entry.size
        self._add(entry)
        while self._bytes > self._max_bytes:
            self._drop_oldest()

    def post(self, *command: str | bytes | int | float) -> None:
        """Send a command, or drop it while Redis is down. Never waits."""
        if self._commands.up and len(self._waiting) < MAX_WAITING_COMMANDS:
            self._add(_Entry(command))

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to commands; one may be an exception of the library.

        Raises:
            RedisDown: Redis does not answer.
        """
        if not self._commands.up or len(self._waiting) >= MAX_WAITING_COMMANDS:
            raise RedisDown
        loop = asyncio.get_running_loop()
        answers = [loop.create_future() for _ in commands]
        for command, answer in zip(commands, answers, strict=True):
            self._add(_Entry(command, answer=answer))
        return await asyncio.gather(*answers)

    def _add(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self.idle.clear()
        self._wake.set()

    def _drop_oldest(self) -> None:
        entry = self._waiting.popleft()
        entry.fail()
        self._bytes -= entry.size
        if entry.size and len(self._losing) < MAX_LOSING_CHANNELS:
            self._losing[entry.command[1]] = None

    async def run(self) -> None:
        """Send until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        try:
            while True:
                await self._wake.wait()
                if self._commands.up and await self._send():
                    backoff.succeeded()
                else:
                    self._keep_messages()
                    await asyncio.sleep(backoff.failed())
                if not self._waiting:
                    self._wake.clear()
                    self.idle.set()
        finally:
            self._keep_messages()

    def _keep_messages(self) -> None:
        """Drop everything but messages."""
        waiting, self._waiting = self._waiting, deque()
        self._bytes = 0
        self._put_back(waiting)

    async def _send(self) -> bool:
        """Send the first commands; False if messages have to be sent again, perhaps twice."""
        losing, self._losing = self._losing, {}
        batch = [_Entry((self._publish, channel, LOST), size=MESSAGE_BYTES) for channel in losing]
        for _ in range(min(BATCH, len(self._waiting))):
            entry = self._waiting.popleft()
            self._bytes -= entry.size
            batch.append(entry)
        try:
            answers = await self._commands.send_all([entry.command for entry in batch])
        except RedisDown:
            self._put_back(batch)
            return False
        except asyncio.CancelledError:
            self._put_back(batch)
            raise
        return self._take(batch, answers)

    def _take(self, batch: Sequence[_Entry], answers: Sequence[Any]) -> bool:
        unsent = []
        for entry, answer in zip(batch, answers, strict=True):
            if entry.answer is not None and not entry.answer.done():
                entry.answer.set_result(answer)
            elif entry.size and isinstance(answer, Exception):
                unsent.append(entry)
        self._put_back(unsent)
        return not unsent

    def _put_back(self, entries: Iterable[_Entry]) -> None:
        """Let the messages among some entries be the next; the others fail."""
        messages = []
        for entry in entries:
            entry.fail()
            if entry.size:
                messages.append(entry)
                self._bytes += entry.size
        self._waiting.extendleft(reversed(messages))
