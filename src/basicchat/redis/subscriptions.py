"""Messages from other nodes: subscriptions to channels, kept over reconnections.

Redis confirms each subscription. From then on no message is missed, until the connection is lost;
then all are subscribed again, and confirmed again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from basicchat.domain.backoff import Backoff
from basicchat.redis.commands import RedisCommands
from basicchat.redis.lanes import Lane, Lanes, open_lanes

FIRST_PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 2.0
CONFIRMATIONS = frozenset({b"subscribe", b"ssubscribe", b"unsubscribe", b"sunsubscribe"})


class Listener(Protocol):
    """Takes the messages of a channel."""

    def heard(self, channel: str, payload: bytes) -> None:
        """Take a message. Never waits."""
        ...

    def listening(self, channel: str) -> None:
        """No message is missed from now on; earlier ones may have been. Never waits."""
        ...


class Subscriptions:
    """This node's listeners, by channel.

    Args:
        commands: its client knows the servers.
        prefix: of all channels.
        lost: called when the connection is lost, with the reason.

    Attributes:
        connected: whether messages arrive.
    """

    def __init__(
        self, commands: RedisCommands, prefix: str, lost: Callable[[BaseException], None]
    ) -> None:
        self._commands = commands
        self._lost = lost
        self._prefix = prefix.encode()
        self._listeners: dict[bytes, tuple[str, Listener]] = {}
        # Channels to subscribe to or to leave; the latest wish counts.
        self._wishes: dict[bytes, bool] = {}
        # How many commands about a channel are not answered yet.
        self._unconfirmed: Counter[bytes] = Counter()
        self._wake = asyncio.Event()
        self._confirmed = asyncio.Condition()
        self.connected = False

    def listen(self, channel: str, listener: Listener) -> None:
        """Subscribe to a channel; an earlier listener is replaced."""
        name = self._prefix + channel.encode()
        self._listeners[name] = channel, listener
        self._wishes[name] = True
        self._wake.set()

    def unlisten(self, channel: str) -> None:
        """Leave a channel."""
        name = self._prefix + channel.encode()
        if self._listeners.pop(name, None) is not None:
            self._wishes[name] = False
            self._wake.set()

    async def settled(self, channel: str, seconds: float) -> bool:
        """Wait until a channel's subscription is confirmed; False if that takes too long."""
        name = self._prefix + channel.encode()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._confirmed:
                await self._confirmed.wait_for(lambda: self._is_settled(name))
        return self._is_settled(name)

    async def all_settled(self, seconds: float) -> bool:
        """Wait until all channels that are awaited now are confirmed; False if it takes long."""
        pending = {*self._wishes, *self._unconfirmed} & self._listeners.keys()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._confirmed:
                await self._confirmed.wait_for(lambda: all(map(self._is_done, pending)))
        return all(map(self._is_done, pending))

    def _is_done(self, name: bytes) -> bool:
        return name not in self._listeners or self._is_settled(name)

    def _is_settled(self, name: bytes) -> bool:
        pending = name in self._wishes or name in self._unconfirmed
        return self.connected and name in self._listeners and not pending

    async def run(self) -> None:
        """Receive until cancelled, reconnecting after pauses that grow."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            try:
                await self._receive(backoff)
            # Whatever the reason is, the next attempt begins anew.
            except* Exception as errors:  # noqa: BLE001
                if self.connected:
                    self._lost(errors.exceptions[0])
            finally:
                self.connected = False
            await asyncio.sleep(backoff.failed())

    async def _receive(self, backoff: Backoff) -> None:
        lanes = await open_lanes(self._commands)
        try:
            self._unconfirmed.clear()
            self._wishes = dict.fromkeys(self._listeners, True)
            self._wake.set()
            async with asyncio.TaskGroup() as group:
                for lane in lanes.all:
                    group.create_task(self._read(lane))
                    group.create_task(lane.keep_alive())
                self.connected = True
                backoff.succeeded()
                await self._write(lanes)
        finally:
            await lanes.close()

    async def _write(self, lanes: Lanes) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            wishes, self._wishes = self._wishes, {}
            self._unconfirmed.update(wishes.keys())
            for lane, verb, channels in lanes.sort(wishes):
                await lane.send(verb, *channels)

    async def _read(self, lane: Lane) -> None:
        while True:
            kind, name, payload = await lane.receive()
            if kind in CONFIRMATIONS:
                await self._confirm(kind, name)
            elif kind != b"pong" and name in self._listeners:
                channel, listener = self._listeners[name]
                listener.heard(channel, payload)

    async def _confirm(self, kind: bytes, name: bytes) -> None:
        if name not in self._unconfirmed and name in self._listeners:
            raise ConnectionError("the channel has moved to another server of the cluster")
        async with self._confirmed:
            self._unconfirmed[name] -= 1
            if self._unconfirmed[name] <= 0:
                del self._unconfirmed[name]
            self._confirmed.notify_all()
        if kind.endswith(b"unsubscribe") or name not in self._listeners:
            return
        channel, listener = self._listeners[name]
        listener.listening(channel)
