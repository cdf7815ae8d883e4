"""Commands to Redis, which fail at once while it cannot be reached."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.redis_url import RedisAddress
from basicchat.redis.client import ANSWER_SECONDS, open_client

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

log = structlog.get_logger(__name__)
Command = tuple[str | bytes | int | float, ...]
# Time to connect, perhaps to two servers, and to get the answers.
SEND_SECONDS = 3 * ANSWER_SECONDS
ALIVE_KEY = "basicchat:alive"
ALIVE_SECONDS = 60


class RedisDown(UpstreamUnavailable):
    """Redis cannot be reached, or refuses commands."""

    kind = "upstream_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Redis does not answer",
            provider="redis",
            hint="Try again. Until Redis is back, every node works on its own.",
            reason="redis_unavailable",
        )


class RedisCommands:
    """Sends commands; a failure closes the way until `check` has succeeded.

    Args:
        lost: called when the way is closed.

    Attributes:
        client: the library's client.
        up: whether the way is open.
        problem: why it is closed: the name of an error.
    """

    def __init__(self, address: RedisAddress, lost: Callable[[], None]) -> None:
        self.address = address
        self.client: Redis | RedisCluster = open_client(address)
        from redis import exceptions  # noqa: PLC0415

        self.up = False
        self.problem = "NotConnected"
        self._lost = lost
        self._failures = (exceptions.RedisError, OSError, TimeoutError)
        # Answers about one command, which tell nothing of the server.
        self._of_command = (exceptions.NoScriptError,)

    async def send_all(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands in order, and return their answers; one may be an exception.

        Raises:
            RedisDown: not all were sent, or answers are missing.
        """
        pipeline = self.client.pipeline(transaction=False)
        try:
            for command in commands:
                pipeline.execute_command(*command)
            async with asyncio.timeout(SEND_SECONDS):
                answers: list[Any] = await pipeline.execute(raise_on_error=False)
        except self._failures as error:
            self.close_way(error)
            raise RedisDown from error
        for answer in answers:
            if isinstance(answer, self._failures) and not isinstance(answer, self._of_command):
                self.close_way(answer)
        return answers

    async def check(self) -> bool:
        """Find out whether Redis takes commands; returns whether it did not before.

        Raises:
            RedisDown: it does not.
        """
        was_up = self.up
        try:
            async with asyncio.timeout(SEND_SECONDS):
                # A write, because a server that answers may be full, or a replica by now.
                await self.client.set(ALIVE_KEY, 1, ex=ALIVE_SECONDS)
        except self._failures as error:
            self.close_way(error)
            raise RedisDown from error
        self.up, self.problem = True, ""
        return not was_up

    def close_way(self, error: BaseException) -> None:
        """Refuse commands from now on, because of an error."""
        # A refused login or database is the cause of a connection's error.
        cause = error.__cause__ if isinstance(error.__cause__, self._failures) else error
        self.problem = type(cause).__name__
        if self.up:
            self.up = False
            log.warning("redis_lost", place=self.address.place, error=str(error))
            self._lost()

    async def close(self) -> None:
        """Close all connections; commands fail from now on."""
        self.up = False
        await self.client.aclose()
