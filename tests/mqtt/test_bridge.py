"""The bridge between a room and a broker, over everything that can be lost in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basicchat.app import App
from basicchat.cli.memory_transport import MemoryTransport
from basicchat.client import BasicChatClient, ChatError, Timing
from basicchat.client.transport import TransportClosed
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, Conflict
from basicchat.mqtt.bridge import MqttBridge
from basicchat.mqtt.bridge_state import BridgeState
from basicchat.mqtt.topics import Topics
from support.quick_app import open_quick_app

SECONDS = 60
QUICK = Timing(backoff_base=0.01, backoff_cap=0.05)


class Transport(MemoryTransport):
    """A transport to a server that can be away."""

    server_is_away = False

    async def open(self) -> None:
        if Transport.server_is_away:
            raise TransportClosed(1006, "the server is away")
        await super().open()


class BridgedRoom:
    """A room, a bridge, and what a subscriber of the broker sees of it."""

    def __init__(self, app: App, broker: Any, root: str, room_id: str, file: Path) -> None:
        self.app = app
        self.broker = broker
        self.root = root
        self.room_id = room_id
        self.reports: list[str] = []
        self.seen: list[tuple[str, Any]] = []
        self._changed = asyncio.Event()
        self._file = file

    def receive(self, topic: str, payload: bytes) -> None:
        """Note what the subscriber sees."""
        name = topic.removeprefix(f"{self.root}/")
        status = name == "status"
        self.seen.append((name, payload.decode() if status else msgspec.json.decode(payload)))
        self._changed.set()

    def log(self) -> list[dict[str, Any]]:
        """The events that the subscriber has seen, each once.

        The last one comes again if the bridge ends before it has noted the acknowledgement.
        """
        seen = [data for topic, data in self.seen if topic == "rooms/Garden/events"]
        return list({(each["epoch"], each["seq"]): each for each in seen}.values())

    def events(self, kind: str = "message.created") -> list[dict[str, Any]]:
        """The events of a type that the subscriber has seen."""
        return [event for event in self.log() if event["type"] == kind]

    def texts(self) -> list[str]:
        """The questions that the subscriber has seen."""
        messages = [event["data"] for event in self.events()]
        return [message["text"] for message in messages if message["author"]["kind"] == "user"]

    def errors(self) -> list[dict[str, Any]]:
        """What was refused."""
        return [data for topic, data in self.seen if topic.endswith("/errors")]

    async def until(self, *texts: str) -> None:
        """Wait until the subscriber has seen exactly these questions."""
        await self.wait(lambda: self.texts() == list(texts))

    async def wait(self, condition: Any) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(SECONDS):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(f"seen: {self.seen}, reported: {self.reports}")

    async def post(self, *texts: str) -> None:
        """Post to the room, as someone on the page."""
        client = self.app.memory_client()
        await client.call("session.hello", {})
        for text in texts:
            await client.call("messages.post", {"room_id": self.room_id, "text": text})
        await client.close()

    async def publish(self, *payloads: bytes) -> None:
        """Publish messages for the room, as a device."""
        topic = f"{self.root}/rooms/Garden/messages"
        device = self.broker.client(f"{self.root}-device")
        async with device.connect([], lambda *_: None) as connection:
            for payload in payloads:
                await connection.publish(topic, payload)

    @asynccontextmanager
    async def bridge(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Run the bridge."""
        state = BridgeState(self._file)
        topics = Topics(self.root, {self.room_id: "Garden"})
        bridge = MqttBridge(
            lambda: BasicChatClient(transport=lambda: Transport(self.app), timing=QUICK),
            self.broker.client(self.root),
            state,
            topics,
            self._report,
        )
        running = asyncio.create_task(bridge.run())
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.wait([running])
            state.close()

    def _report(self, text: str) -> None:
        self.reports.append(text)
        self._changed.set()

    async def online(self, times: int = 1) -> None:
        """Wait until the bridge has connected."""
        await self.wait(lambda: sum("Connected" in text for text in self.reports) >= times)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Subscribe to all topics of the bridge, except those that it takes messages from."""
        topics = [
            f"{self.root}/status",
            f"{self.root}/rooms/+/events",
            f"{self.root}/rooms/+/errors",
        ]
        async with self.broker.client(f"{self.root}-watcher").connect(topics, self.receive):
            yield


@pytest.fixture
async def bridged(
    broker: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[BridgedRoom]:
    Transport.server_is_away = False
    root = f"home{abs(hash(request.node.nodeid))}"
    async with open_quick_app(Settings(data_dir=tmp_path, provider="extractive")) as app:
        client = app.memory_client()
        await client.call("session.hello", {})
        room = await client.call("rooms.create", {"name": "Garden"})
        await client.close()
        yield BridgedRoom(app, broker, root, room["room_id"], tmp_path / "mqtt.sqlite")


def is_ascending(events: Sequence[dict[str, Any]]) -> bool:
    numbers = [event["seq"] for event in events]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_rooms_events_and_a_devices_messages(bridged: BridgedRoom) -> None:
    async with bridged.watching(), bridged.bridge():
        await bridged.online()
        await bridged.post("Is it raining?")
        await bridged.until("Is it raining?")
        await bridged.publish(b"The rain barrel is full.", b'{"text": "It overflows.", "id": "7"}')
        await bridged.until("Is it raining?", "The rain barrel is full.", "It overflows.")
        # The answers of the assistant are events, too.
        await bridged.wait(lambda: len(bridged.events("run.completed")) == 2)
    assert ("status", "online") in bridged.seen
    assert {event["room_id"] for event in bridged.events()} == {bridged.room_id}
    assert all(event["epoch"] and event["at"] for event in bridged.events())


async def test_a_message_that_is_repeated_is_posted_once(bridged: BridgedRoom) -> None:
    async with bridged.watching(), bridged.bridge():
        await bridged.online()
        again = b'{"text": "The gate is open.", "id": "gate-1"}'
        closed = b'{"text": "The gate is closed.", "id": "gate-2"}'
        await bridged.publish(again, again, closed, again)
        # Without an id, two equal messages are two.
        await bridged.publish(b"Ding", b"Ding", b"Done")
        await bridged.until("The gate is open.", "The gate is closed.", "Ding", "Ding", "Done")


async def test_nothing_is_lost_while_the_broker_is_away(bridged: BridgedRoom) -> None:
    async with bridged.bridge():
        async with bridged.watching():
            await bridged.online()
            await bridged.post("one")
            await bridged.until("one")
        bridged.broker.stop()
        try:
            await bridged.wait(lambda: any("Trying again" in text for text in bridged.reports))
            await bridged.post("two", "three")
        finally:
            bridged.broker.start()
        async with bridged.watching():
            await bridged.online(2)
            await bridged.post("four")
            await bridged.until("one", "two", "three", "four")
            assert is_ascending(bridged.log())


async def test_nothing_is_lost_while_the_server_or_the_bridge_is_away(bridged: BridgedRoom) -> None:
    async with bridged.watching():
        async with bridged.bridge():
            await bridged.online()
            await bridged.post("one")
            await bridged.until("one")
        await bridged.post("two")
        await bridged.publish(b"three")
        Transport.server_is_away = True
        async with bridged.bridge():
            await bridged.publish(b"four")
            Transport.server_is_away = False
            await bridged.until("one", "two", "three", "four")
        assert is_ascending(bridged.log())


async def test_events_missing_from_the_log_are_reported_as_a_gap(bridged: BridgedRoom) -> None:
    async with bridged.watching():
        async with bridged.bridge():
            await bridged.online()
            await bridged.post("one")
            await bridged.until("one")
        await bridged.post("two", "three", "four")
        await bridged.app.store.trim(keep_events=1, receipts_before=datetime.now(UTC))
        async with bridged.bridge():
            await bridged.wait(lambda: bridged.events("gap"))
            await bridged.post("five")
            await bridged.until("one", "five")
        (gap,) = bridged.events("gap")
        assert gap["seq"] == bridged.events()[-1]["seq"] - 1


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"   ", "no text"),
        (b'{"text": 5}', "not valid"),
        (b"{", "not valid"),
        (b"x" * 100_001, "longer than"),
    ],
)
async def test_messages_that_are_refused(bridged: BridgedRoom, payload: bytes, why: str) -> None:
    async with bridged.watching(), bridged.bridge():
        await bridged.online()
        await bridged.publish(payload, b"Still there?")
        await bridged.until("Still there?")
        await bridged.wait(bridged.errors)
    (problem,) = bridged.errors()
    assert problem["room_id"] == bridged.room_id
    assert why in problem["error"]


async def test_an_id_that_is_used_again_for_another_text_is_refused(bridged: BridgedRoom) -> None:
    async with bridged.watching(), bridged.bridge():
        await bridged.online()
        await bridged.publish(b'{"text": "The gate is open.", "id": "gate"}')
        await bridged.until("The gate is open.")
        await bridged.publish(b'{"text": "The gate is shut.", "id": "gate"}')
        await bridged.wait(bridged.errors)
    assert bridged.errors()[0]["id"] == "gate"
    assert bridged.texts() == ["The gate is open."]


async def test_a_bridge_without_access_ends(bridged: BridgedRoom) -> None:
    client = bridged.app.memory_client()
    await client.call("session.hello", {})
    await client.call("rooms.delete", {"room_id": bridged.room_id})
    await client.close()
    async with bridged.bridge() as running, asyncio.timeout(SECONDS):
        with pytest.raises(ChatError):
            await running


async def test_a_broker_that_is_away_at_the_start_is_tried_again(bridged: BridgedRoom) -> None:
    bridged.broker.stop()
    async with bridged.bridge():
        try:
            await bridged.wait(lambda: bridged.reports)
            assert "Trying again" in bridged.reports[0]
        finally:
            bridged.broker.start()
        await bridged.online()


def test_a_second_bridge_on_one_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mqtt.sqlite"
    first = BridgeState(path)
    try:
        with pytest.raises(Conflict, match="Another bridge uses") as refused:
            BridgeState(path)
        assert "--data-dir" in (refused.value.hint or "")
    finally:
        first.close()
    BridgeState(path).close()


def test_a_damaged_file_is_reported_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mqtt.sqlite"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(BasicChatError, match="cannot be used"):
        BridgeState(path)
