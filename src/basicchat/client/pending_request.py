"""One request: what it says, whose it is, and what repeating it would do."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from basicchat.client.errors import ChatError

_ONCE = frozenset(
    {
        "feedback.set",
        "messages.delete",
        "messages.edit",
        "messages.post",
        "messages.regenerate",
        "query",
        "runs.continue",
        "stream_request",
        "tool_execution",
    }
)
_HARMLESS = re.compile(r".*\.(list|get|search|join|leave|cancel|read)|session\.ping")

OnResult = Callable[[Any], None]


def encode_request(request_id: int | str, method: str, params: Mapping[str, Any]) -> bytes:
    """Encode a JSON-RPC request."""
    request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return msgspec.json.encode(request)


def takes_client_msg_id(method: str) -> bool:
    """Whether repeating a method under the same `client_msg_id` does nothing twice."""
    return method in _ONCE


def may_repeat(method: str) -> bool:
    """Whether a request can be sent again when its reply was lost with the connection."""
    return takes_client_msg_id(method) or _HARMLESS.fullmatch(method) is not None


class PendingRequest:
    """One request. `sent_on` is the connection that carries it, None while it waits.

    Args:
        on_result: is given the result at once, before anything that came behind it is looked at.
        user: whose request it is, as far as that is known.
    """

    __slots__ = (
        "frame",
        "id",
        "method",
        "not_before",
        "on_result",
        "params",
        "queued",
        "reply",
        "sent_at",
        "sent_on",
        "user",
    )

    def __init__(
        self,
        number: int,
        method: str,
        params: Mapping[str, Any],
        on_result: OnResult | None,
        user: str | None,
    ) -> None:
        self.id = number
        self.method = method
        self.on_result = on_result
        self.user = user
        self.params = dict(params)
        if takes_client_msg_id(method) and self.params.get("client_msg_id") is None:
            self.params["client_msg_id"] = uuid4().hex
        self.frame = encode_request(number, method, self.params)
        self.reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # Somebody who was offline is not to be refused for what gathered meanwhile.
        self.queued = False
        self.not_before = 0.0
        self.sent_at = 0.0
        self.sent_on: object | None = None

    def succeed(self, result: Any) -> None:
        """Hand the result over."""
        if self.on_result is not None:
            self.on_result(result)
        if not self.reply.done():
            self.reply.set_result(result)

    def fail(self, error: ChatError) -> None:
        """Let the one who waits know, if they still do."""
        if not self.reply.done():
            self.reply.set_exception(error.again())
