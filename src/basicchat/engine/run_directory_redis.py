"""The directory of live runs in Redis, and requests between the nodes that own them.

A run is `run:ID`, with its node, and a member of `runs:USER`. Both expire, unless the node's
heartbeat renews them. Requests are messages: those about a run go to its owner, those about a
stream to all nodes. Redis returns how many listen, which is the number of answers to wait for.
While Redis is down, a node knows its own runs.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import msgspec

from basicchat.domain.events import Delta
from basicchat.domain.run_directory import Offsets, RunOwner
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import HEARTBEAT_SECONDS, RedisLink
from basicchat.redis.scripts import Script

ANSWER_SECONDS = 5.0
ALL = "runs"
MAX_WAITING = 10_000
BATCH = 500
# KEYS: a user's runs by time of expiry in milliseconds. ARGV: the run, its life, the limit.
# Returns whether the run is among them.
RESERVE = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3])
then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
""")
# Without renewal, in milliseconds: shorter than for other things, so that the readers of an answer
# soon know that it will not go on.
LIFE = int(3 * HEARTBEAT_SECONDS * 1000)
NO_LIMIT = 1_000_000_000


class _Request(msgspec.Struct, tag="request", omit_defaults=True):
    """A request about a run (to cancel it) or about a stream (its text after the offsets)."""

    node: str
    number: int
    run_id: str = ""
    stream: str = ""
    have: dict[str, dict[int, int]] = {}


class _Answer(msgspec.Struct, tag="answer", omit_defaults=True):
    number: int
    cancelled: bool = False
    deltas: tuple[Delta, ...] = ()


_decode = msgspec.json.Decoder(_Request | _Answer).decode


class _Waiting:
    """A request that waits for answers."""

    def __init__(self) -> None:
        self.answers: list[_Answer] = []
        self.changed = asyncio.Event()

    async def wait(self, expected: int) -> Sequence[_Answer]:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while len(self.answers) < expected:
                    self.changed.clear()
                    await self.changed.wait()
        return self.answers


class RedisRunDirectory:
    """Implements `domain.run_directory.RunDirectory`."""

    def __init__(self, link: RedisLink) -> None:
        self.link = link
        self._node = link.node
        # Run → user.
        self._own: dict[str, str] = {}
        self._owner: RunOwner | None = None
        self._numbers = count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._channel = _channel(link.node)
        link.listen(self._channel, self)
        link.on_heartbeat(self._renew)

    @property
    def alone(self) -> bool:
        """False: other nodes may come at any time."""
        return False

    async def reserve(self, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of this node; false if the user is at the limit."""
        try:
            if not await self.link.script(RESERVE, [_runs(user_id)], run_id, LIFE, limit):
                return False
            self._own[run_id] = user_id
            await self.link.call("SET", _run(run_id), self._node, "PX", LIFE)
        except RedisDown:
            users = list(self._own.values())
            if run_id not in self._own and users.count(user_id) >= limit:
                return False
            self._own[run_id] = user_id
        return True

    def release(self, run_id: str) -> None:
        """Remove a run of this node."""
        user_id = self._own.pop(run_id, None)
        if user_id is not None:
            self.link.post("ZREM", _runs(user_id), run_id)
            self.link.post("DEL", _run(run_id))

    async def owner(self, run_id: str) -> str | None:
        """The name of the node that owns a live run."""
        if run_id in self._own:
            return self._node
        try:
            node: bytes | None = await self.link.call("GET", _run(run_id))
        except RedisDown:
            return None
        return None if node is None else node.decode()

    async def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of the runs in a stream that other nodes own."""
        offsets = {run_id: dict(parts) for run_id, parts in have.items()}
        await self.link.subscribed()
        answers = await self._ask(ALL, stream=stream, have=offsets)
        return [delta for answer in answers for delta in answer.deltas]

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run on the other node that owns it; false if no other node does."""
        node = await self.owner(run_id)
        if node is None or node == self._node:
            return False
        answers = await self._ask(_channel(node), run_id=run_id)
        return any(answer.cancelled for answer in answers)

    async def _ask(self, channel: str, **more: Any) -> Sequence[_Answer]:
        """Send a request, and wait for the answers of all nodes that listen."""
        if len(self._waiting) >= MAX_WAITING:
            return ()
        number = next(self._numbers)
        waiting = self._waiting[number] = _Waiting()
        request = msgspec.json.encode(_Request(node=self._node, number=number, **more))
        try:
            # Otherwise the answer would be missed.
            await self.link.settled(self._channel)
            return await waiting.wait(await self.link.publish_counted(channel, request))
        except RedisDown:
            return ()
        finally:
            del self._waiting[number]

    async def serve(self, owner: RunOwner) -> None:
        """Answer the other nodes' requests until cancelled; this node's runs end with it."""
        self._owner = owner
        self.link.listen(ALL, self)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._owner = None
            self.link.unlisten(ALL)
            for run_id in tuple(self._own):
                self.release(run_id)

    def heard(self, channel: str, payload: bytes) -> None:
        """Answer a request, or take an answer."""
        try:
            message = _decode(payload)
        except msgspec.MsgspecError:
            # A notice that messages were lost: their senders wait no longer than they must.
            return
        if isinstance(message, _Answer):
            self._take(message)
        elif message.node == self._node:
            # Of its own request to all nodes, which counts it among the listeners.
            self._take(_Answer(number=message.number))
        else:
            answer = msgspec.json.encode(self._answer(message))
            self.link.publish(_channel(message.node), answer)

    def _take(self, answer: _Answer) -> None:
        waiting = self._waiting.get(answer.number)
        if waiting is not None:
            waiting.answers.append(answer)
            waiting.changed.set()

    def _answer(self, request: _Request) -> _Answer:
        if self._owner is None:
            return _Answer(number=request.number)
        if request.run_id:
            cancelled = self._owner.cancel(request.run_id)
            return _Answer(number=request.number, cancelled=cancelled)
        deltas = tuple(self._owner.missing_text(request.stream, request.have))
        return _Answer(number=request.number, deltas=deltas)

    def listening(self, channel: str) -> None:
        """Do nothing: requests that were missed have passed their deadline."""

    async def _renew(self, returned: bool) -> None:
        runs = list(self._own.items())
        for start in range(0, len(runs), BATCH):
            commands: list[Any] = []
            for run_id, user_id in runs[start : start + BATCH]:
                if run_id not in self._own:
                    continue
                commands.append(RESERVE.command([_runs(user_id)], run_id, LIFE, NO_LIMIT))
                commands.append(("SET", _run(run_id), self._node, "PX", LIFE))
            await self.link.call_all(commands)


def _run(run_id: str) -> str:
    return f"run:{run_id}"


def _runs(user_id: str) -> str:
    return f"runs:{user_id}"


def _channel(node: str) -> str:
    return f"runs:{node}"
