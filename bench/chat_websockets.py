"""A typical chat on the bare `websockets` library: rooms in memory, no storage.

A client sends `enter` with its rooms, then `post`, `tell` or `ping`; each is answered.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


class Command(msgspec.Struct):
    """What a client sends."""

    op: str
    id: int = 0
    user: str = ""
    room: str = ""
    rooms: list[str] = []
    kind: str = ""
    text: str = ""


class Chat:
    """All rooms, and their members."""

    def __init__(self) -> None:
        self._rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)
        self._seqs: Counter[str] = Counter()
        self._decode = msgspec.json.Decoder(Command).decode

    async def serve(self, ready: Callable[[int], None]) -> None:
        """Serve until interrupted, with BasicChat's settings where the library has them."""
        async with serve(
            self._attend,
            "127.0.0.1",
            0,
            compression=None,
            ping_interval=25,
            ping_timeout=25,
            backlog=4096,
        ) as server:
            ready(next(iter(server.sockets)).getsockname()[1])
            await server.serve_forever()

    async def _attend(self, connection: ServerConnection) -> None:
        mine: list[str] = []
        user = ""
        try:
            async for text in connection:
                command = self._decode(text)
                if command.op == "enter":
                    user, mine = command.user, [*command.rooms, f"user:{command.user}"]
                    for room in mine:
                        self._rooms[room].add(connection)
                elif command.op != "ping":
                    broadcast(self._rooms[command.room], self._event(user, command))
                await connection.send(_json({"id": command.id, "at": datetime.now(UTC)}))
        except ConnectionClosed:
            pass
        finally:
            for room in mine:
                self._rooms[room].discard(connection)

    def _event(self, user: str, command: Command) -> str:
        self._seqs[command.room] += 1
        return _json(
            {
                "event": command.kind or "message",
                "room": command.room,
                "seq": self._seqs[command.room],
                "data": message(user, command.room, self._seqs[command.room], command.text),
            }
        )


def message(user: str, room: str, seq: int, text: str) -> dict[str, object]:
    """The payload of a message, about as large as BasicChat's."""
    return {
        "message_id": f"m_{uuid4().hex}",
        "room_id": room,
        "seq": seq,
        "author": {"id": user, "name": f"Person {user}", "kind": "user"},
        "text": text,
        "created_at": datetime.now(UTC).isoformat(),
    }


def _json(value: dict[str, object]) -> str:
    return msgspec.json.encode(value).decode()
