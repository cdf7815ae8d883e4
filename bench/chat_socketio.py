"""The chat of `bench.chat_websockets` on python-socketio, following its documentation."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import socketio

from bench.chat_websockets import message


def app() -> Any:
    """The ASGI application."""
    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
    seqs: Counter[str] = Counter()

    async def enter(sid: str, command: dict[str, Any]) -> dict[str, str]:
        await server.save_session(sid, {"user": command["user"]})
        for room in (*command["rooms"], f"user:{command['user']}"):
            await server.enter_room(sid, room)
        return _reply()

    async def tell(sid: str, command: dict[str, Any]) -> dict[str, str]:
        user, room = (await server.get_session(sid))["user"], command["room"]
        seqs[room] += 1
        data = message(user, room, seqs[room], command["text"])
        await server.emit(command.get("kind") or "message", data, room=room)
        return _reply()

    async def ping(sid: str, command: dict[str, Any]) -> dict[str, str]:
        return _reply()

    server.on("enter", enter)
    server.on("post", tell)
    server.on("tell", tell)
    server.on("ping_now", ping)
    return socketio.ASGIApp(server)


def _reply() -> dict[str, str]:
    return {"at": datetime.now(UTC).isoformat()}
