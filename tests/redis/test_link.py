"""A node's link to Redis, on a real server that is stopped, restarted and emptied."""

import asyncio
from dataclasses import dataclass, field

import pytest

from basicchat.domain.redis_url import parse_redis_url
from basicchat.redis import lanes
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import RedisLink
from basicchat.redis.outgoing import LOST
from basicchat.redis.scripts import Script
from support.redis_server import RedisServer, linked, redis_server

ECHO = Script("return {KEYS[1], ARGV[1]}")


@dataclass
class Ear:
    """A listener that keeps what it hears."""

    heard_messages: list[bytes] = field(default_factory=list)
    times: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, channel: str, payload: bytes) -> None:
        self.heard_messages.append(payload)
        self.changed.set()

    def listening(self, channel: str) -> None:
        self.times += 1
        self.changed.set()

    async def until(self, count: int, *, times: int = 0) -> list[bytes]:
        async with asyncio.timeout(60):
            while len(self.heard_messages) < count or self.times < times:
                self.changed.clear()
                await self.changed.wait()
        return self.heard_messages


async def test_commands_and_scripts_are_answered_in_order(redis: RedisServer) -> None:
    async with linked(redis.url) as link:
        await link.call("SET", "a", b"\x00\xff")
        link.post("SET", "b", 1)
        assert await link.call_all([("GET", "a"), ("GET", "b")]) == [b"\x00\xff", b"1"]
        for _ in range(2):
            assert await link.script(ECHO, ["a"], "x") == [b"a", b"x"]
        with pytest.raises(RedisDown):
            await link.call("GET")


async def test_messages_reach_listeners_in_order(redis: RedisServer) -> None:
    async with linked(redis.url) as one, linked(redis.url) as other:
        ear = Ear()
        other.listen("c", ear)
        assert await other.settled("c")
        for number in range(2000):
            one.publish("c", b"%d" % number)
        assert await ear.until(2000) == [b"%d" % number for number in range(2000)]
        assert await one.publish_counted("c", b"x") == 1
        other.unlisten("c")
        other.listen("d", ear)
        assert await other.settled("d")
        assert await one.publish_counted("c", b"x") == 0


async def test_everything_returns_after_a_restart_that_empties_redis() -> None:
    with redis_server() as server:
        async with linked(server.url) as one, linked(server.url) as other:
            ear, returned = Ear(), asyncio.Event()

            async def beat(came_back: bool) -> None:
                await one.call("SET", "state", 1)
                if came_back:
                    returned.set()

            one.on_heartbeat(beat)
            other.listen("c", ear)
            assert await other.settled("c")
            assert one.healthy
            server.stop()
            async with asyncio.timeout(60):
                while one.up or other.up:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0)
            with pytest.raises(RedisDown):
                await one.call("GET", "state")
            for number in range(100):
                one.publish("c", b"%d" % number)
            one.post("SET", "dropped", 1)
            server.start()
            await ear.until(0, times=2)
            async with asyncio.timeout(60):
                await returned.wait()
            assert await one.flushed(60)
            one.publish("c", b"last")
            heard = await ear.until(1)
            while heard[-1] != b"last":
                await ear.until(len(heard) + 1)
            assert await one.call_all([("GET", "state"), ("GET", "dropped")]) == [b"1", None]


async def test_a_full_buffer_loses_the_oldest_and_tells_their_listeners() -> None:
    with redis_server() as server:
        async with linked(server.url) as other:
            ear = Ear()
            other.listen("c", ear)
            assert await other.settled("c")
            async with linked(server.url, max_waiting_bytes=10_000) as one:
                # Before the sender has its turn.
                for number in range(100):
                    one.publish("c", b"%d" % number)
                assert one.waiting <= 25
                heard = await ear.until(2)
                while heard[-1] != b"99":
                    await ear.until(len(heard) + 1)
                assert heard[0] == LOST
                assert heard[1:] == [b"%d" % number for number in range(100 - len(heard) + 1, 100)]


async def test_a_server_that_is_missing_is_reported() -> None:
    link = RedisLink(parse_redis_url("unix:///none/redis.sock"))
    async with link.running():
        assert not await link.connected(0.05)
        with pytest.raises(RedisDown):
            await link.call("PING")
        assert (link.up, link.healthy) == (False, False)


async def test_a_connection_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PING_SECONDS", 0.2)
    with redis_server() as server:
        async with linked(server.url) as link:
            ear = Ear()
            link.listen("c", ear)
            assert await link.settled("c", 60)
            server.pause()
            async with asyncio.timeout(60):
                while link.healthy:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0.01)
            server.resume()
            await ear.until(0, times=2)
            assert await link.connected(60)
