"""A chat as one writes it on the bare `websockets` library: rooms in memory, nothing is kept.

A client says `enter` with the rooms it is in, then `post`, `tell` or `ping`; each is answered.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


class Said(msgspec.Struct):
    """What a client sends."""

    op: str
    id: int = 0
    user: str = ""
    room: str = ""
    rooms: list[str] = []
    kind: str = ""
    text: str = ""


class Chat:
    """All rooms, and who is in them."""

    def __init__(self) -> None:
        self._rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)
        self._seqs: Counter[str] = Counter()
        self._decode = msgspec.json.Decoder(Said).decode

    async def serve(self, ready: Callable[[int], None]) -> None:
        """Serve until interrupted; the settings that BasicChat has, where there are such."""
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
                said = self._decode(text)
                if said.op == "enter":
                    user, mine = said.user, [*said.rooms, f"user:{said.user}"]
                    for room in mine:
                        self._rooms[room].add(connection)
                elif said.op != "ping":
                    broadcast(self._rooms[said.room], self._event(user, said))
                await connection.send(_json({"id": said.id, "at": datetime.now(UTC)}))
        except ConnectionClosed:
            pass
        finally:
            for room in mine:
                self._rooms[room].discard(connection)

    def _event(self, user: str, said: Said) -> str:
        self._seqs[said.room] += 1
        return _json(
            {
                "event": said.kind or "message",
                "room": said.room,
                "seq": self._seqs[said.room],
                "data": message(user, said.room, self._seqs[said.room], said.text),
            }
        )


def message(user: str, room: str, seq: int, text: str) -> dict[str, object]:
    """What is told of a message, about as much as BasicChat tells."""
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
