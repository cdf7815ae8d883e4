"""Readers of a room that keep a log of it, as a client of BasicChat does."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec

from bench.children import Child
from bench.dialects import BasicChat
from bench.people import Person
from bench.wsclient import Socket, connect_one

# The largest page of messages that the server returns.
PAGE = 200
SECONDS = 30.0


class Log:
    """The messages of a room that a connection received: by seq, each one's id and text."""

    def __init__(self) -> None:
        self.messages: dict[int, tuple[str, str]] = {}
        self._raw: list[bytes] = []

    def received(self, socket: Socket, message: bytes) -> None:
        """Store a message, to be decoded later."""
        self._raw.append(message)

    def note(self, message: dict[str, Any]) -> None:
        """Add one message of the room."""
        self.messages[message["seq"]] = (message["message_id"], message["text"])

    def settle(self) -> dict[int, tuple[str, str]]:
        """Decode everything that arrived."""
        raw, self._raw = self._raw, []
        for each in map(msgspec.json.decode, raw):
            if each.get("method") == "events" and each["params"]["stream"].startswith("room:"):
                for event in each["params"]["events"]:
                    if event["type"] == "message.created":
                        self.note(event["data"])
        return self.messages

    def since(self, seq: int) -> dict[int, tuple[str, str]]:
        """The messages after a seq."""
        return {at: message for at, message in self.settle().items() if at > seq}


async def until_lost(socket: Socket, seconds: float) -> bool:
    """Whether the server drops a connection within some time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(socket.gone.wait(), seconds)
    return socket.lost is not None


async def recover(
    dialect: BasicChat, server: Child, person: Person, welcome: dict[str, Any], log: Log
) -> tuple[Socket, str]:
    """Reconnect as a client does: resume, or if too much was missed, fetch a snapshot and pages.

    Args:
        welcome: the reply to the first hello.
        log: what the lost connection had received; the rest is added.

    Returns:
        the connection, which continues the log, and how it recovered.
    """
    socket = await connect_one(server.port, log.received)
    room = person.rooms[0]
    newest, stream = max(log.settle()), f"room:{room}"
    cursor = {"epoch": welcome["room_epoch"], "seq": newest}
    resume = {
        "session_id": welcome["session_id"],
        "resume_token": welcome["resume_token"],
        "cursors": {stream: cursor},
    }
    again = await _call(dialect, socket, log, dialect.hello(person, resume))
    if again["streams"][stream]["recovered"]:
        return socket, "resumed"
    snapshot = await _call(dialect, socket, log, dialect.call("rooms.join", room_id=room))
    page, pages = snapshot["messages"], 0
    while page and page[-1]["seq"] > newest:
        for message in page:
            log.note(message)
        pages += 1
        request = dialect.call("messages.list", room_id=room, before=page[0]["seq"], limit=PAGE)
        page = (await _call(dialect, socket, log, request))["messages"]
    return socket, f"snapshot and {pages - 1} pages"


async def _call(dialect: BasicChat, socket: Socket, log: Log, sent: bytes) -> dict[str, Any]:
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def received(_: Socket, message: bytes) -> None:
        if message.startswith(dialect.answer) and not answered.done():
            answered.set_result(message)
        else:
            log.received(socket, message)

    socket.received = received
    socket.send(sent)
    try:
        async with asyncio.timeout(SECONDS):
            reply = msgspec.json.decode(await answered)
    finally:
        socket.received = log.received
    if "error" in reply:
        raise ConnectionError(str(reply["error"]))
    result: dict[str, Any] = reply["result"]
    return result
