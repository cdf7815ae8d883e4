"""The protocols of the chats that are compared: BasicChat, `websockets`, Socket.IO."""

import os
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol

import msgspec

from bench.children import Child
from bench.people import Person
from bench.programs import peer
from bench.wsclient import Socket, frame

_json = msgspec.json.encode
EIO_PING, EIO_PONG = b"2", frame(b"3")
END = 2**53 - 1


class Dialect(Protocol):
    """A server's protocol.

    Attributes:
        name: the server's name in tables.
        kind: the class of its connections.
        answer: the prefix of its answers, which no other message of the server has.
        ping: the smallest request, framed.
    """

    name: str
    kind: type[Socket]
    answer: bytes
    ping: bytes

    def entering(self, person: Person) -> list[bytes]:
        """The frames that a user sends to enter, each one after the previous answer."""
        ...

    def post(self, room: str, text: str) -> bytes:
        """Post a message to a room."""
        ...

    def draft(self, person: Person, room: str, text: str) -> bytes:
        """Send a draft to the user's other devices."""
        ...

    def read(self, person: Person, room: str, text: str) -> bytes:
        """Send the read position to the user's other devices."""
        ...


class BasicChat:
    """JSON-RPC, as BasicChat's own clients use it."""

    name = "BasicChat"
    kind: type[Socket] = Socket
    answer = b'{"jsonrpc":"2.0","id":'

    def __init__(self) -> None:
        self._ids = count(1)
        self.ping = self.call("session.ping")

    def call(self, method: str, **params: Any) -> bytes:
        """A request, framed."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        return frame(_json(request))

    def hello(self, person: Person, resume: dict[str, Any] | None = None) -> bytes:
        """Open or resume a session."""
        return self.call("session.hello", token=person.token, resume=resume)

    def entering(self, person: Person) -> list[bytes]:
        """Open a session, and fetch a snapshot of each room."""
        joins = [self.call("rooms.join", room_id=room) for room in person.rooms]
        return [self.hello(person), *joins]

    def post(self, room: str, text: str) -> bytes:
        """Post a message; without `@assistant`, a shared room starts no run."""
        once = f"bench-{next(self._ids)}"
        return self.call("stream_request", query=text, room_id=room, client_msg_id=once)

    def draft(self, person: Person, room: str, text: str) -> bytes:
        """Store a draft."""
        return self.call("drafts.set", room_id=room, text=text)

    def read(self, person: Person, room: str, text: str) -> bytes:
        """Move the read position to the end."""
        return self.call("rooms.read", room_id=room, seq=END)


class Websockets:
    """The protocol of `bench.chat_websockets`."""

    name = "`websockets`"
    kind: type[Socket] = Socket
    answer = b'{"id":'

    def __init__(self) -> None:
        self._ids = count(1)
        self.ping = self._command("ping")

    def _command(self, op: str, **fields: Any) -> bytes:
        return frame(_json({"op": op, "id": next(self._ids), **fields}))

    def entering(self, person: Person) -> list[bytes]:
        """Send the user and the rooms."""
        return [self._command("enter", user=person.user_id, rooms=person.rooms)]

    def post(self, room: str, text: str) -> bytes:
        """Send to a room."""
        return self._command("post", room=room, text=text)

    def draft(self, person: Person, room: str, text: str) -> bytes:
        """Send to the user's own devices."""
        return self._command("tell", room=f"user:{person.user_id}", kind="draft", text=text)

    def read(self, person: Person, room: str, text: str) -> bytes:
        """Send to the user's own devices."""
        return self._command("tell", room=f"user:{person.user_id}", kind="read", text=text)


class SocketIoSocket(Socket):
    """Engine.IO 4 over WebSocket only: the two handshake packets, and replies to pings."""

    path = "/socket.io/?EIO=4&transport=websocket"

    def upgraded(self) -> None:
        """Wait for the open packet, then connect to the namespace."""
        self._then = self.received
        self.received = _greet

    def greeted(self) -> None:
        """Start the chat after the handshake."""
        self.received = self._then
        super().upgraded()

    def data_received(self, data: bytes) -> None:
        """Handle the most frequent case first: a single ping."""
        if data == b"\x81\x01" + EIO_PING:
            self.send(EIO_PONG)
        else:
            super().data_received(data)

    def _frame(self, head: int, payload: bytes) -> None:
        if payload == EIO_PING:
            self.send(EIO_PONG)
        else:
            super()._frame(head, payload)


def _greet(socket: Socket, message: bytes) -> None:
    if message.startswith(b"0"):
        socket.send(frame(b"40"))
    elif message.startswith(b"40") and isinstance(socket, SocketIoSocket):
        socket.greeted()


class SocketIo:
    """The protocol of `bench.chat_socketio`: events with acknowledgements."""

    name = "python-socketio"
    kind: type[Socket] = SocketIoSocket
    answer = b"43"

    def __init__(self) -> None:
        self._ids = count(1)
        self.ping = self._event("ping_now")

    def _event(self, name: str, **fields: Any) -> bytes:
        return frame(b"42%d%s" % (next(self._ids), _json([name, fields])))

    def entering(self, person: Person) -> list[bytes]:
        """Send the user and the rooms."""
        return [self._event("enter", user=person.user_id, rooms=person.rooms)]

    def post(self, room: str, text: str) -> bytes:
        """Send to a room."""
        return self._event("post", room=room, text=text)

    def draft(self, person: Person, room: str, text: str) -> bytes:
        """Send to the user's own devices."""
        return self._event("tell", room=f"user:{person.user_id}", kind="draft", text=text)

    def read(self, person: Person, room: str, text: str) -> bytes:
        """Send to the user's own devices."""
        return self._event("tell", room=f"user:{person.user_id}", kind="read", text=text)


def others() -> Iterator[tuple[Dialect, Child]]:
    """The other chats, each running until the next one; none if ALONE is set."""
    if "ALONE" not in os.environ:
        with peer("websockets") as server:
            yield Websockets(), server
        with peer("socketio") as server:
            yield SocketIo(), server
