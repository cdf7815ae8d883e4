"""Presence over all nodes, in Redis.

Each node has a hash of its users with their status, and one of its streams with the users who
follow them. Both expire unless the node's heartbeat renews them. Every node keeps the statuses of
all others in memory: changes come as numbered messages, and if one is missing, the hash is read.
"""

import asyncio
from collections.abc import Collection, Mapping, Set
from contextlib import suppress

import msgspec
import structlog

from basicchat.domain.presence import Status
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.redis.commands import Command, RedisDown
from basicchat.redis.link import DEAD_SECONDS, RedisLink

log = structlog.get_logger(__name__)
CHANNEL = "presence"
LIFE = int(DEAD_SECONDS)
# Every second heartbeat of the link is one of presence: five seconds.
BEAT_EVERY = 2
# The field of a node's hash with the number of its latest change; no user has this id.
NUMBER = ""
BATCH = 500


class _Message(msgspec.Struct, omit_defaults=True):
    """What a node tells the others: its latest changes and their number.

    Without changes it is a heartbeat. `asks`: the node wants to hear from the others.
    """

    node: str
    number: int
    changes: dict[str, Status | None] = {}
    asks: bool = False
    left: bool = False


_decode = msgspec.json.Decoder(_Message).decode
_decode_users = msgspec.json.Decoder(frozenset[str]).decode


class _Peer:
    """Another node, as this one knows it."""

    def __init__(self) -> None:
        self.statuses: dict[str, Status] = {}
        self.number = -1
        # In the event loop's time: when it is dead without another heartbeat.
        self.until = 0.0


class RedisPresence:
    """Implements `domain.presence.PresenceStore`.

    Args:
        dead_seconds: a node without a heartbeat for this time is dead.
    """

    def __init__(self, link: RedisLink, *, dead_seconds: float = DEAD_SECONDS) -> None:
        self._link = link
        self._dead_seconds = dead_seconds
        self._own = MemoryPresence()
        self._peers: dict[str, _Peer] = {}
        # Peers whose hash has to be read.
        self._behind: dict[str, None] = {}
        self._number = 0
        self._changed_users: dict[str, None] = {}
        self._changed_streams: dict[str, None] = {}
        self._beats = 0
        # Whether Redis may lack everything.
        self._lost = True
        self._wake = asyncio.Event()
        link.on_heartbeat(self._beat)

    def put(self, user_id: str, status: Status | None) -> None:
        """Set a user's status on this node; None if they have no connection to it."""
        if status != self._own.status(user_id):
            self._own.put(user_id, status)
            self._changed_users[user_id] = None
            self._wake.set()

    def status(self, user_id: str) -> Status | None:
        """A user's merged status; None if they are absent."""
        best = self._own.status(user_id)
        for peer in self._peers.values():
            if best == "online":
                break
            best = peer.statuses.get(user_id, best)
        return best

    def follow(self, stream: str, user_id: str) -> None:
        """Count one more connection of a user of this node that follows a stream."""
        if user_id not in self._own.followers_here(stream):
            self._changed_streams[stream] = None
            self._wake.set()
        self._own.follow(stream, user_id)

    def unfollow(self, stream: str, user_id: str) -> None:
        """Count one less such connection."""
        self._own.unfollow(stream, user_id)
        if user_id not in self._own.followers_here(stream):
            self._changed_streams[stream] = None
            self._wake.set()

    async def followers(self, stream: str) -> Set[str]:
        """The users who follow a stream on any node."""
        here = await self._own.followers(stream)
        if not self._peers:
            return here
        commands: list[Command] = [("HGET", _following(peer), stream) for peer in self._peers]
        try:
            packed = await self._link.call_all(commands)
        except RedisDown:
            return here
        return set(here).union(*(_decode_users(each) for each in packed if each))

    async def changed(self) -> None:
        """Wait until the merged status of any user has changed since `take_changes`."""
        await self._own.changed()

    def take_changes(self) -> Collection[str]:
        """The users whose merged status has changed since the last call."""
        return self._own.take_changes()

    async def run(self) -> None:
        """Exchange statuses with the other nodes until cancelled, then leave them."""
        self._link.listen(CHANNEL, self)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._dead_seconds / 15 if self._peers else None):
                        await self._wake.wait()
                self._wake.clear()
                self._bury_dead()
                # When Redis is back, the heartbeat starts anew.
                with suppress(RedisDown):
                    await self._exchange()
        finally:
            self._link.unlisten(CHANNEL)
            self._link.post("DEL", _present(self._link.node))
            self._link.post("DEL", _following(self._link.node))
            self._tell(left=True)

    async def _beat(self, returned: bool) -> None:
        self._beats += 1
        if not returned and self._beats % BEAT_EVERY:
            return
        self._lost |= returned
        keys = [_present(self._link.node), _following(self._link.node)]
        renewed = await self._link.call_all([("EXPIRE", key, LIFE) for key in keys])
        self._lost |= not renewed[0]
        if self._lost:
            self._wake.set()
        self._tell(asks=returned)

    async def _exchange(self) -> None:
        """Write this node's changes, and read what others' messages did not say."""
        if self._lost:
            self._changed_users |= dict.fromkeys(self._own.statuses)
            self._changed_streams |= dict.fromkeys(self._own.followed)
            await self._link.call("DEL", _present(self._link.node))
            self._lost = False
            self._number += 1
            # So that the hash exists, and the heartbeat sees whether it was lost.
            await self._link.call("HSET", _present(self._link.node), NUMBER, self._number)
        users, self._changed_users = self._changed_users, {}
        streams, self._changed_streams = self._changed_streams, {}
        try:
            await self._write(list(users), list(streams))
        except RedisDown:
            self._lost = True
            raise
        behind, self._behind = self._behind, {}
        for node in behind:
            await self._read(node)

    async def _write(self, users: list[str], streams: list[str]) -> None:
        present, following = _present(self._link.node), _following(self._link.node)
        changes = {user_id: self._own.statuses.get(user_id) for user_id in users}
        self._number += bool(changes)
        commands = [_put(present, user_id, status) for user_id, status in changes.items()]
        for stream in streams:
            followers = self._own.followers_here(stream)
            packed = msgspec.json.encode(list(followers)) if followers else None
            commands.append(_put(following, stream, packed))
        if commands:
            # The number last: who reads it before gets the changes once more, by their message.
            commands.append(_put(present, NUMBER, self._number))
            commands += [("EXPIRE", key, LIFE) for key in (present, following)]
        for start in range(0, len(commands), BATCH):
            await self._link.call_all(commands[start : start + BATCH])
        if changes:
            self._tell(changes)

    def _tell(
        self,
        changes: dict[str, Status | None] | None = None,
        *,
        asks: bool = False,
        left: bool = False,
    ) -> None:
        message = _Message(
            node=self._link.node,
            number=self._number,
            changes=changes or {},
            asks=asks,
            left=left,
        )
        self._link.publish(CHANNEL, msgspec.json.encode(message))

    def heard(self, channel: str, payload: bytes) -> None:
        """Take another node's message."""
        try:
            message = _decode(payload)
        except msgspec.MsgspecError:
            # Messages were lost.
            self._tell(asks=True)
            return
        if message.node == self._link.node:
            return
        if message.left:
            self._forget(message.node)
            return
        peer = self._peers.setdefault(message.node, _Peer())
        peer.until = self._now() + self._dead_seconds
        if message.asks:
            self._tell()
        if message.changes and message.number == peer.number + 1:
            peer.number = message.number
            self._apply(peer, message.changes)
        elif message.number != peer.number:
            self._behind[message.node] = None
            self._wake.set()

    def listening(self, channel: str) -> None:
        """Ask the other nodes for signs of life, whose numbers tell what was missed."""
        self._tell(asks=True)

    async def _read(self, node: str) -> None:
        """Read the statuses of a node."""
        answer = await self._link.call("HGETALL", _present(node))
        peer = self._peers.get(node)
        if peer is None:
            return
        fields = {name.decode(): value.decode() for name, value in answer.items()}
        peer.number = int(fields.pop(NUMBER, -1))
        absent = dict.fromkeys(peer.statuses.keys() - fields.keys())
        self._apply(peer, msgspec.convert(fields | absent, dict[str, Status | None]))

    def _apply(self, peer: _Peer, changes: Mapping[str, Status | None]) -> None:
        for user_id, status in changes.items():
            before = self.status(user_id)
            if status is None:
                peer.statuses.pop(user_id, None)
            else:
                peer.statuses[user_id] = status
            if self.status(user_id) != before:
                self._own.note(user_id)

    def _bury_dead(self) -> None:
        now = self._now()
        for node in [node for node, peer in self._peers.items() if peer.until < now]:
            log.warning("node_dead", node=node)
            self._forget(node)

    def _forget(self, node: str) -> None:
        peer = self._peers.get(node)
        if peer is not None:
            self._apply(peer, dict.fromkeys(tuple(peer.statuses)))
            del self._peers[node]
        self._behind.pop(node, None)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _put(key: str, field: str, value: str | bytes | int | None) -> Command:
    return ("HDEL", key, field) if value is None else ("HSET", key, field, value)


def _present(node: str) -> str:
    return f"presence:{node}"


def _following(node: str) -> str:
    return f"following:{node}"
