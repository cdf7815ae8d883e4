"""Presence and typing: who is here, who has fallen silent, who writes, and until when."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from basicchat.domain.errors import DatabaseUnavailable
from basicchat.domain.events import room_stream, user_stream
from basicchat.domain.values import User
from basicchat.hub.connections import (
    LINGER_SECONDS,
    MIN_USERS_PER_SWEEP,
    SWEEPS_PER_ROUND,
    Connections,
)
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.outbox import Outbox
from basicchat.hub.presence import Presence
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.hub.typing import LAPSE_SECONDS, MAX_INDICATORS, REPEAT_SECONDS, Typing
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.hub_clients import USERS, Open, encode, subscriber

STREAM = room_stream("c1")
ANN, BEN = USERS


@dataclass
class House:
    """Ann follows the room and reads what is told in it."""

    store: SqlStore
    hub: Hub
    clock: FakeClock
    users: Connections
    presence: Presence
    spawn: Supervisor
    wire: Open

    def connect(self, user_id: str = "ben", **how: Any) -> Subscriber:
        outbox = Outbox(
            Open(), encode, self.spawn, lambda: None, limit_bytes=10**6, send_seconds=60
        )
        connection = Subscriber(outbox, user_id, how.pop("session_id", "s"), **how)
        self.hub.subscribe(connection, user_stream(user_id))
        return connection

    async def told(self) -> list[Any]:
        """The signals that Ann got since she was asked last, once all is told."""
        async with asyncio.timeout(60):
            await self.presence.announce_changes()
        frames, self.wire.frames[:] = list(self.wire.frames), []
        signals = [msgspec.json.decode(frame) for frame in frames]
        return [signal["data"] for signal in signals if signal["stream"] == STREAM]


@pytest.fixture
async def house(store: SqlStore) -> AsyncIterator[House]:
    async with Supervisor() as spawn, asyncio.timeout(60):
        statuses, clock = MemoryPresence(), FakeClock()
        users = Connections(statuses, clock, silent_seconds=28)
        hub = Hub(store, observer=users)
        presence = Presence(hub, store, statuses, spawn)
        reader, wire = subscriber(spawn)
        position = await store.position(STREAM)
        assert position is not None
        hub.activate(hub.subscribe(reader, STREAM), position)
        here = House(store, hub, clock, users, presence, spawn, wire)
        assert await here.told() == [{"joined": {"ann": {"status": "online"}}, "left": []}]
        yield here


def joined(status: str) -> dict[str, Any]:
    return {"joined": {"ben": {"status": status}}, "left": []}


LEFT = {"joined": {}, "left": ["ben"]}


async def test_a_user_is_here_while_any_connection_is(house: House) -> None:
    first, second = house.connect(), house.connect(session_id="t")
    assert await house.told() == [joined("online")]
    house.hub.unsubscribe_all(first)
    assert await house.told() == []
    house.hub.unsubscribe_all(second)
    assert await house.told() == [LEFT]
    assert house.presence.shown(["ann", "ben"]) == {"ann": {"status": "online"}}


async def test_the_best_of_all_connections_is_shown(house: House) -> None:
    first, _ = house.connect(), house.connect(session_id="t")
    await house.told()
    house.users.set_status("ben", "s", "away")
    assert await house.told() == []
    house.users.set_status("ben", "t", "away")
    assert await house.told() == [joined("away")]
    house.hub.unsubscribe_all(first)
    assert await house.told() == []
    house.users.set_status("ben", "t", "online")
    assert await house.told() == [joined("online")]


async def test_a_change_that_is_reverted_at_once_is_not_sent(house: House) -> None:
    connection = house.connect()
    await house.told()
    house.hub.unsubscribe_all(connection)
    house.connect()
    assert await house.told() == []


async def test_changes_are_announced_once_the_store_works_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(user_id: str) -> tuple[str, ...]:
        raise DatabaseUnavailable

    house.connect()
    with monkeypatch.context() as away:
        away.setattr(house.store, "room_ids", unavailable)
        with pytest.raises(DatabaseUnavailable):
            await house.told()
    assert await house.told() == [joined("online")]


def named(n: int) -> User:
    return User(id=f"u{n}", name=f"User {n}", role="member")


async def test_many_arrivals_at_once_make_one_signal(house: House) -> None:
    async with house.store.transaction() as change:
        for n in range(50):
            await change.put_user(named(n), house.clock.now())
            await change.put_member("c1", f"u{n}", "member")
    for n in range(50):
        house.connect(f"u{n}")
    (signal,) = await house.told()
    assert len(signal["joined"]) == 50


async def test_a_silent_client_is_absent_until_it_sends(house: House) -> None:
    silent = 0.0
    connection = house.connect(silent_for=lambda: silent)
    assert await house.told() == [joined("online")]
    for silent, expected in ((28.0, []), (28.5, [LEFT]), (29.5, []), (0.1, [joined("online")])):  # noqa: B007
        house.users.sweep()
        assert await house.told() == expected
    silent = 40.0
    house.users.sweep()
    house.hub.unsubscribe_all(connection)
    assert await house.told() == [LEFT]


async def test_many_silent_clients_are_all_noticed(house: House) -> None:
    """Of many a sweep looks at some, and a round at all."""
    count = MIN_USERS_PER_SWEEP * 2
    async with house.store.transaction() as change:
        for n in range(count):
            await change.put_user(named(n), house.clock.now())
            await change.put_member("c1", f"u{n}", "member")
    silent = 0.0
    for n in range(count):
        house.connect(f"u{n}", silent_for=lambda: silent)
    await house.told()
    silent = 30.0
    gone: list[str] = []
    for _ in range(SWEEPS_PER_ROUND):
        house.users.sweep()
        for signal in await house.told():
            gone += signal["left"]
    assert sorted(gone) == sorted(f"u{n}" for n in range(count))


async def test_a_client_stays_present_between_two_polls(house: House) -> None:
    house.hub.unsubscribe_all(house.connect(lingers=True))
    assert await house.told() == [joined("online")]
    house.clock.advance(LINGER_SECONDS - 1)
    house.users.sweep()
    house.hub.unsubscribe_all(house.connect(lingers=True))
    house.clock.advance(LINGER_SECONDS - 1)
    house.users.sweep()
    assert await house.told() == []
    house.clock.advance(2)
    house.users.sweep()
    assert await house.told() == [LEFT]


async def test_a_new_member_is_announced(house: House) -> None:
    async with house.hub.change() as change:
        await change.remove_member("c1", "ben")
    house.connect()
    assert await house.told() == []
    async with house.hub.change() as change:
        await change.put_member("c1", "ben", "member")
    await house.presence.announce("ben")
    assert await house.told() == [joined("online")]


async def test_a_former_member_receives_nothing_more(house: House) -> None:
    ben, wire = subscriber(house.spawn, "ben")
    position = await house.store.position(STREAM)
    assert position is not None
    house.hub.activate(house.hub.subscribe(ben, STREAM), position)
    await house.told()
    wire.frames.clear()
    async with house.hub.change() as change:
        await change.remove_member("c1", "ben")
        await change.record(STREAM, "member.left", "ben", lambda seq: BEN)
    assert len(await house.told()) == 1
    assert wire.frames == []
    assert await house.presence.followers(STREAM) == {"ann"}


async def test_typing_expires_by_itself(house: House) -> None:
    typing = Typing(house.hub, house.clock)

    async def told() -> list[bool]:
        return [data["typing"] for data in await house.told()]

    steps = [
        (0.0, True, [True]),
        (REPEAT_SECONDS - 0.5, True, []),
        (1.0, True, [True]),
        (LAPSE_SECONDS - 0.5, None, []),
        (1.0, None, [False]),
        (LAPSE_SECONDS, None, []),
        (0.0, True, [True]),
        (0.0, False, [False]),
        (0.0, False, []),
    ]
    for seconds, set_to, expected in steps:
        house.clock.advance(seconds)
        if set_to is None:
            typing.lapse()
        else:
            typing.set("c1", BEN, typing=set_to)
        assert await told() == expected, (seconds, set_to)


async def test_typing_is_bounded_and_expires_in_order(house: House) -> None:
    typing = Typing(house.hub, house.clock)
    for n in range(MAX_INDICATORS + 5):
        typing.set(f"c{n}", BEN, typing=True)
    assert len(typing._indicators) == MAX_INDICATORS
    house.clock.advance(3)
    typing.set("c1", BEN, typing=True)
    house.clock.advance(3.5)
    typing.lapse()
    assert list(typing._indicators) == [("c1", "ben")]
    house.clock.advance(3)
    typing.lapse()
    assert not typing._indicators


async def test_the_timer_ends_expired_entries(house: House) -> None:
    typing = Typing(house.hub, house.clock, lapse_seconds=0.0)
    typing.set("c1", BEN, typing=True)
    async with asyncio.timeout(60):
        while typing._indicators:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)
    assert [data["typing"] for data in await house.told()] == [True, False]
