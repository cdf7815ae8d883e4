"""Publishes the events of rooms to an MQTT broker, and posts messages from there.

Theory of operation
-------------------
Above: `basicchat mqtt`. Below: a client of the server, a broker, and a file (`bridge_state.py`).

A session holds a connection to the broker and one to the server, and ends when the broker's is
lost. The client reconnects to the server by itself. The next session follows each room from the
position up to which its events were acknowledged by the broker, so none is lost. An event is
published again only if the program is killed between the acknowledgement and the note of it;
subscribers recognise it by its `epoch` and `seq`.

A message from the broker is stored before it is acknowledged, and forgotten when the server has it.
The server answers a repeated `client_msg_id` with the first reply, so each stored message is posted
once. A publisher that gives its messages an `id` may repeat them.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basicchat.client import BasicChatClient, ChatError, Event, Snapshot, State
from basicchat.domain.backoff import Backoff
from basicchat.mqtt.bridge_state import BridgeState, Incoming
from basicchat.mqtt.broker import Broker, BrokerConnection, BrokerUnavailable
from basicchat.mqtt.topics import Topics, incoming_message
from basicchat.protocol.types import Cursor

# Events that wait for the broker. If there are more, the session ends and continues from the log.
MAX_WAITING = 10_000
MAX_PAUSE_SECONDS = 30.0
STOPPED = frozenset({"unauthenticated", "forbidden", "failed"})


class Outgoing(msgspec.Struct, frozen=True):
    """A message to publish, and the position of its room after it."""

    topic: str
    payload: bytes
    room_id: str | None = None
    position: Cursor | None = None


class MqttBridge:
    """Runs sessions until the server refuses the client.

    Args:
        make_client: makes a client that is not connected yet.
        report: called with a line for people when something happens.
    """

    def __init__(
        self,
        make_client: Callable[[], BasicChatClient],
        broker: Broker,
        state: BridgeState,
        topics: Topics,
        report: Callable[[str], None],
    ) -> None:
        self._make_client = make_client
        self._broker = broker
        self._state = state
        self._topics = topics
        self._report = report
        self._pause = Backoff(1.0, MAX_PAUSE_SECONDS)
        self._arrived = asyncio.Event()
        self._outgoing: asyncio.Queue[Outgoing] = asyncio.Queue(MAX_WAITING)

    async def run(self) -> None:
        """Bridge until cancelled.

        Raises:
            ChatError: the server refuses this client, or a room is not accessible.
        """
        while True:
            try:
                await self._session()
            except BrokerUnavailable as error:
                pause = self._pause.failed() * random.uniform(0.5, 1.0)
                self._report(f"{error.message}. Trying again in {pause:.0f} s.")
                await asyncio.sleep(pause)

    async def _session(self) -> None:
        """Bridge over one connection to the broker.

        Raises:
            BrokerUnavailable: it was lost.
            ChatError: as `run`.
        """
        topics = self._topics
        will = (topics.status, b"offline")
        self._outgoing = asyncio.Queue(MAX_WAITING)
        async with self._broker.connect([topics.incoming], self._receive, will) as connection:
            client = self._make_client()
            ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
            try:
                await self._follow(client, ended)
                await connection.publish(topics.status, b"online", retain=True)
                self._pause.succeeded()
                self._report("Connected to the server and the broker.")
                raise await self._until_one_ends(
                    ended, connection.closed(), self._publish(connection), self._post(client)
                )
            finally:
                await client.close()

    async def _until_one_ends(self, ended: "asyncio.Future[Exception]", *parts: Any) -> Exception:
        """Run the parts of a session until one of them fails or returns an error; returns that."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_outcome(part)) for part in (_result(ended), *parts)]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        return next(iter(done)).result()

    async def _follow(self, client: BasicChatClient, ended: "asyncio.Future[Exception]") -> None:
        """Connect to the server, and follow the rooms from where they were left."""

        def end(error: Exception) -> None:
            if not ended.done():
                ended.set_result(error)

        def on_event(event: Event) -> None:
            try:
                self._on_event(event)
            except asyncio.QueueFull:
                end(BrokerUnavailable("The broker takes messages more slowly than they are made"))

        def on_state(state: State) -> None:
            if state.status in STOPPED and state.error is not None:
                end(state.error)

        client.on("event", on_event)
        client.on("snapshot", self._on_snapshot)
        client.on("state", on_state)
        positions = self._state.positions()
        for room_id in self._topics.rooms:
            if (position := positions.get(room_id)) is not None:
                client.follow(room_id, position.epoch, position.seq)
        await client.connect()
        for room_id in self._topics.rooms:
            if room_id not in positions:
                await client.join(room_id)

    def _on_event(self, event: Event) -> None:
        room_id = event.stream.removeprefix("room:")
        if room_id not in self._topics.rooms or event.epoch is None or event.seq is None:
            return
        data = {"room_id": room_id, "epoch": event.epoch, "seq": event.seq, "type": event.type}
        payload = msgspec.json.encode({**data, "at": event.at, "data": event.data})
        position = Cursor(event.epoch, event.seq)
        topic = self._topics.events(room_id)
        self._outgoing.put_nowait(Outgoing(topic, payload, room_id, position))

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot; what the log no longer has is reported as a gap."""
        room_id, data = snapshot.room_id, snapshot.data
        if room_id not in self._topics.rooms:
            return
        position = Cursor(data["epoch"], data["seq"])
        if room_id not in self._state.positions():
            self._state.published(room_id, position)
            return
        gap = {"room_id": room_id, "epoch": position.epoch, "seq": position.seq, "type": "gap"}
        topic = self._topics.events(room_id)
        self._outgoing.put_nowait(Outgoing(topic, msgspec.json.encode(gap), room_id, position))

    async def _publish(self, connection: BrokerConnection) -> Exception:
        while True:
            item = await self._outgoing.get()
            await connection.publish(item.topic, item.payload)
            if item.room_id is not None and item.position is not None:
                self._state.published(item.room_id, item.position)

    def _receive(self, topic: str, payload: bytes) -> None:
        """Store a message from the broker, or refuse it for good."""
        room_id = self._topics.room_of(topic)
        if room_id is None:
            return
        try:
            text, message_id = incoming_message(payload)
        except ValueError as error:
            self._refuse(room_id, None, str(error))
            return
        self._state.receive(room_id, text, message_id)
        self._arrived.set()

    def _refuse(self, room_id: str, message_id: str | None, why: str) -> None:
        problem: Mapping[str, Any] = {"room_id": room_id, "id": message_id, "error": why}
        topic = self._topics.errors(room_id)
        if not self._outgoing.full():
            self._outgoing.put_nowait(Outgoing(topic, msgspec.json.encode(problem)))
        self._report(f"A message for {self._topics.rooms[room_id]} was refused: {why}")

    async def _post(self, client: BasicChatClient) -> Exception:
        pause = Backoff(1.0, MAX_PAUSE_SECONDS)
        while True:
            message = self._state.next()
            if message is None:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            try:
                await client.call("stream_request", _question(message))
            except ChatError as error:
                if error.kind in STOPPED:
                    return error
                if error.retryable:
                    wait = pause.failed()
                    await asyncio.sleep(max(wait, (error.retry_after_ms or 0) / 1000))
                    continue
                self._refuse(message.room_id, message.message_id, error.message)
            pause.succeeded()
            self._state.sent(message)


def _question(message: Incoming) -> dict[str, str]:
    return {
        "query": message.text,
        "room_id": message.room_id,
        "client_msg_id": message.client_msg_id,
    }


async def _result(ended: "asyncio.Future[Exception]") -> Exception:
    return await ended


async def _outcome(part: Any) -> Exception:
    """The error that a part of a session ends with."""
    try:
        error: Exception = await part
    except (BrokerUnavailable, ChatError) as raised:
        return raised
    return error
