"""A request that waits to be sent, or for its reply."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from basicchat.client.errors import ChatError
from basicchat.client.retry_rules import takes_client_msg_id

OnResult = Callable[[Any], None]


def encode_request(request_id: int | str, method: str, params: Mapping[str, Any]) -> bytes:
    """Encode a JSON-RPC request."""
    request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return msgspec.json.encode(request)


class PendingRequest:
    """A request.

    Attributes:
        reply: resolves with the result, or fails with a ChatError.
        sent_on: the connection that carries it; None while it waits to be sent.
        sent_at: when it was sent, in seconds awake.
        queued: whether it waited for a connection. A `rate_limited` error is not final then, as
            requests that piled up offline are all sent at once.
        not_before: when it may be sent, in seconds awake.

    Args:
        on_result: called with the result before any later frame is handled.
        user: the id of the user who made it; None if nobody has logged in yet.
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
        self.queued = False
        self.not_before = 0.0
        self.sent_at = 0.0
        self.sent_on: object | None = None

    def succeed(self, result: Any) -> None:
        """Deliver the result."""
        if self.on_result is not None:
            self.on_result(result)
        if not self.reply.done():
            self.reply.set_result(result)

    def fail(self, error: ChatError) -> None:
        """Deliver an error, unless the caller has given up waiting."""
        if not self.reply.done():
            self.reply.set_exception(error.copy())
