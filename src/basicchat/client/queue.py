"""Requests: those that wait to be sent, and those that wait for their reply."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from basicchat.client.errors import ChatError, error_from
from basicchat.protocol.errors import KINDS

MAX_IN_FLIGHT = 30
MAX_WAITING = 500
_ONCE = re.compile(r"query|stream_request|tool_execution|messages\.(send|edit|delete|regenerate)")
_READS = re.compile(r".*\.(list|get|search|join|leave|cancel)|session\.ping")


Then = Callable[[Any], None]


def encode_request(request_id: int | str, method: str, params: Mapping[str, Any]) -> bytes:
    """Encode a JSON-RPC request."""
    request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return msgspec.json.encode(request)


def takes_client_msg_id(method: str) -> bool:
    """Whether repeating a method under the same `client_msg_id` does nothing twice."""
    return _ONCE.fullmatch(method) is not None


def may_repeat(method: str) -> bool:
    """Whether a request can be sent again when its reply was lost with the connection."""
    return takes_client_msg_id(method) or _READS.fullmatch(method) is not None


class Entry:
    """One request. `sent_on` is the connection that carries it, None while it waits.

    Args:
        then: is given the result at once, before anything that came behind it is looked at.
    """

    __slots__ = (
        "frame",
        "id",
        "method",
        "not_before",
        "queued",
        "reply",
        "sent_at",
        "sent_on",
        "then",
    )

    def __init__(
        self, number: int, method: str, params: Mapping[str, Any], then: Then | None
    ) -> None:
        self.id = number
        self.method = method
        self.then = then
        given = dict(params)
        if takes_client_msg_id(method) and given.get("client_msg_id") is None:
            given["client_msg_id"] = uuid4().hex
        self.frame = encode_request(number, method, given)
        self.reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # Somebody who was offline is not to be refused for what gathered meanwhile.
        self.queued = False
        self.not_before = 0.0
        self.sent_at = 0.0
        self.sent_on: object | None = None

    def succeed(self, result: Any) -> None:
        """Hand the result over."""
        if self.then is not None:
            self.then(result)
        if not self.reply.done():
            self.reply.set_result(result)

    def fail(self, error: ChatError) -> None:
        """Let the one who waits know, if they still do."""
        if not self.reply.done():
            self.reply.set_exception(error.again())


class Requests:
    """The queue, in the order of asking; what is in it survives its connection."""

    def __init__(self, most: int = MAX_WAITING, in_flight: int = MAX_IN_FLIGHT) -> None:
        self._entries: dict[int, Entry] = {}
        self._most = most
        self._in_flight = in_flight
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, method: str, params: Mapping[str, Any], max_bytes: int, then: Then | None = None
    ) -> Entry:
        """Queue a request.

        Raises:
            ChatError: too many wait already (`queue_full`), or this one is `too_large`.
        """
        if len(self._entries) >= self._most:
            raise ChatError("Too much is waiting to be sent", kind="queue_full", retryable=True)
        self._last += 1
        entry = Entry(self._last, method, params, then)
        if len(entry.frame) > max_bytes:
            code = KINDS["too_large"].code
            raise ChatError("This is too long to send", kind="too_large", code=code)
        self._entries[entry.id] = entry
        return entry

    def to_send(self, connection: object, now: float) -> Iterator[Entry]:
        """What is to be sent now, marked as sent on this connection."""
        for entry in tuple(self._entries.values())[: self._in_flight]:
            if entry.sent_on is None and entry.not_before <= now:
                entry.sent_on, entry.sent_at = connection, now
                yield entry

    def answered(self, frame: Mapping[str, Any], now: float) -> Entry | None:
        """Take a reply; answers the request that it belongs to.

        It is settled then, unless it came back too soon from a queue: it goes on waiting.
        """
        entry = self._entries.pop(frame.get("id"), None)  # type: ignore[arg-type]
        if entry is None:
            return None
        if "error" in frame:
            error = error_from(frame["error"])
            if entry.queued and error.retry_after_ms is not None and may_repeat(entry.method):
                entry.sent_on, entry.not_before = None, now + error.retry_after_ms / 1000
                self._entries[entry.id] = entry
            else:
                entry.fail(error)
        else:
            entry.succeed(frame.get("result"))
        return entry

    def forget(self, entry: Entry) -> None:
        """Nobody waits for this one any more."""
        self._entries.pop(entry.id, None)

    def lost(self, connection: object, *, repeat: bool = True) -> None:
        """A connection has ended: what it carried waits again, if sending it twice does no harm.

        Args:
            repeat: false if one of the requests was what ended it.
        """
        error = ChatError(
            "The connection broke before the server answered",
            kind="connection_lost",
            retryable=True,
        )
        for entry in tuple(self._entries.values()):
            if entry.sent_on is not connection:
                continue
            if repeat and may_repeat(entry.method):
                entry.sent_on, entry.queued = None, True
            else:
                del self._entries[entry.id]
                entry.fail(error)

    def carried_by(self, connection: object) -> bool:
        """Whether a connection still carries requests."""
        return any(entry.sent_on is connection for entry in self._entries.values())

    def expire(self, now: float, progress_at: float, seconds: float) -> None:
        """Fail what was sent and has made no progress for so long."""
        error = ChatError(
            f"The server did not answer for {seconds:g} seconds", kind="timeout", retryable=True
        )
        for entry in tuple(self._entries.values()):
            if entry.sent_on is not None and now - max(entry.sent_at, progress_at) >= seconds:
                del self._entries[entry.id]
                entry.fail(error)

    def fail_all(self, error: ChatError) -> None:
        """Fail everything."""
        for entry in tuple(self._entries.values()):
            entry.fail(error)
        self._entries.clear()
