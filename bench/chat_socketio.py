"""The chat of `bench.chat_websockets` as one writes it on python-socketio, by its documentation."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import socketio

from bench.chat_websockets import message


def app() -> Any:
    """The ASGI application."""
    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
    seqs: Counter[str] = Counter()

    async def enter(sid: str, said: dict[str, Any]) -> dict[str, str]:
        await server.save_session(sid, {"user": said["user"]})
        for room in (*said["rooms"], f"user:{said['user']}"):
            await server.enter_room(sid, room)
        return _reply()

    async def tell(sid: str, said: dict[str, Any]) -> dict[str, str]:
        user, room = (await server.get_session(sid))["user"], said["room"]
        seqs[room] += 1
        data = message(user, room, seqs[room], said["text"])
        await server.emit(said.get("kind") or "message", data, room=room)
        return _reply()

    async def ping(sid: str, said: dict[str, Any]) -> dict[str, str]:
        return _reply()

    server.on("enter", enter)
    server.on("post", tell)
    server.on("tell", tell)
    server.on("ping_now", ping)
    return socketio.ASGIApp(server)


def _reply() -> dict[str, str]:
    return {"at": datetime.now(UTC).isoformat()}
