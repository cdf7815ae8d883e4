"""Users with roles, rooms and things, on a running server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from basicchat.api.internal_subscriber import InternalSubscriber
from basicchat.domain.rooms import RoomRole
from basicchat.domain.values import Actor, ServerRole, User
from support.servers import SECONDS, RunningServer, Talk, WireFailure, request

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody with an account, and what they have to show for it."""

    server: RunningServer
    user: User
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """Their Authorization header."""
        return {"authorization": f"Bearer {self.token}"}

    def http(self) -> httpx2.AsyncClient:
        """An HTTP client of theirs."""
        return self.server.http(headers=self.bearer)

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[Talk]:
        """A socket of theirs that has said hello."""
        async with self.server.socket() as talk:
            talk.welcome = await talk.call("session.hello", token=self.token)
            yield talk

    async def call(self, method: str, **params: Any) -> Any:
        """A method's result over plain HTTP. Raises WireFailure."""
        async with self.http() as client:
            return await rpc(client, method, params)

    async def fails(self, method: str, **params: Any) -> str:
        """The kind of error that a method answers with."""
        try:
            await self.call(method, **params)
        except WireFailure as failed:
            return failed.kind
        return "done"


async def rpc(client: httpx2.AsyncClient, method: str, params: Mapping[str, Any]) -> Any:
    """A method's result over plain HTTP."""
    answer = await client.post("/api/rpc", json=request(1, method, params))
    frame = answer.json()
    if "error" in frame:
        raise WireFailure(frame["error"])
    return frame["result"]


async def person(server: RunningServer, name: str, role: ServerRole = "member") -> Person:
    """Add a user."""
    services = server.app.services
    async with services.store.transaction() as change:
        user = await services.users.add(change, name, role, None)
    return Person(server, user, server.app.token(user))


def owner(server: RunningServer) -> Person:
    """The server's first owner."""
    return Person(server, server.app.owner, server.token())


async def key_of(whose: Person, *scopes: str) -> Person:
    """The same user, with an API key."""
    made = await whose.call("keys.create", label="test", scopes=scopes)
    return Person(whose.server, whose.user, made["secret"])


async def put_member(server: RunningServer, room_id: str, whose: Person, role: RoomRole) -> None:
    """Make somebody a member of a room."""
    async with server.app.services.hub.change() as change:
        await change.put_member(room_id, whose.user.id, role)


async def set_status(server: RunningServer, whose: Person, **changes: Any) -> None:
    """Change a user as the owner."""
    users = server.app.services.users
    actor = Actor(user=server.app.owner, session_id="s")
    await users.update(actor, whose.user.id, **changes)


async def upload(
    client: httpx2.AsyncClient, name: str, data: bytes, collection_id: str | None = None
) -> httpx2.Response:
    """Send a document."""
    files = {"file": (name, data, "text/plain")}
    fields = {} if collection_id is None else {"collection_id": collection_id}
    return await client.post("/api/documents", files=files, data=fields, timeout=SECONDS)


async def indexed(whose: Person, document_id: str) -> None:
    """Wait until a document of theirs is ready or has failed, on whichever node that happens."""
    services, heard = whose.server.app.services, asyncio.Event()
    actor = Actor(user=whose.user, session_id="s")
    subscriber = InternalSubscriber(services, actor, lambda delivery: heard.set())
    await subscriber.follow_user()
    try:
        async with asyncio.timeout(SECONDS):
            while (document := await services.store.document(document_id)) is not None:
                if document.status in ("ready", "failed"):
                    break
                await heard.wait()
                heard.clear()
    finally:
        subscriber.close()
