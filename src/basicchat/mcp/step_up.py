"""Over HTTP, a call that an app's token lacks the scope for is refused before it is made.

The status tells the app what to ask its user for (MCP authorisation, "Scope Challenge Handling").
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from basicchat.api import protected
from basicchat.domain.values import Actor

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class _Params(msgspec.Struct):
    name: str = ""


class _Call(msgspec.Struct):
    method: str = ""
    params: _Params = msgspec.field(default_factory=_Params)


class StepUp:
    """Looks at what is called, for tokens that may not do everything.

    Args:
        scopes: the scope that each tool needs, by its name.
        max_bytes: of a body that is looked at.
    """

    def __init__(self, scopes: Mapping[str, str], max_bytes: int) -> None:
        self._scopes = scopes
        self._all = frozenset(filter(None, scopes.values()))
        self._max_bytes = max_bytes

    async def check(self, actor: Actor, scope: Message, receive: Receive) -> Receive:
        """What the server should receive from, now that the body may have been read.

        Raises:
            Forbidden: the token lacks a scope.
        """
        if actor.scopes is None or scope["method"] != "POST" or self._all <= set(actor.scopes):
            return receive
        seen, body = await self._read(receive)
        for call in _calls(body):
            needed = self._scopes.get(call.params.name) if call.method == "tools/call" else None
            if needed:
                protected.require_scope(actor, needed)

        async def again() -> Message:
            return seen.pop(0) if seen else await receive()

        return again

    async def _read(self, receive: Receive) -> tuple[list[Message], bytes]:
        """The messages of a body, and what they carry; of a long one only its beginning."""
        seen, body, more = [], bytearray(), True
        while more and len(body) <= self._max_bytes:
            message = await receive()
            seen.append(message)
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        return seen, bytes(body)


def _calls(body: bytes) -> list[_Call]:
    """What a body calls; what is not to be understood is for the server to answer."""
    try:
        return [msgspec.json.decode(body, type=_Call)]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    try:
        return msgspec.json.decode(body, type=list[_Call])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return []
