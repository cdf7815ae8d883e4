"""The queue of requests: those to be sent, and those that await their reply."""

from collections.abc import Iterator, Mapping
from typing import Any

from basicchat.client.errors import ChatError, error_from
from basicchat.client.outbox_store import OutboxStore
from basicchat.client.pending_request import (
    OnResult,
    PendingRequest,
    may_repeat,
    takes_client_msg_id,
)
from basicchat.protocol.errors import KINDS

MAX_IN_FLIGHT = 30
MAX_WAITING = 500
MAX_WAITING_BYTES = 16 << 20


class RequestQueue:
    """The queue, in the order of asking; what is in it survives its connection.

    Args:
        outbox: keeps what is in it for longer than this program lives.
    """

    def __init__(
        self,
        outbox: OutboxStore | None = None,
        *,
        max_waiting: int = MAX_WAITING,
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        self._requests: dict[int, PendingRequest] = {}
        self._outbox = outbox or OutboxStore(None, "")
        self._max_waiting = max_waiting
        self._max_in_flight = max_in_flight
        self._last = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._requests)

    def add(
        self,
        method: str,
        params: Mapping[str, Any],
        max_bytes: int,
        on_result: OnResult | None = None,
        *,
        user: str | None = None,
    ) -> PendingRequest:
        """Queue a request.

        Args:
            user: whose request it is; None if nobody has logged in yet.

        Raises:
            ChatError: too much waits already (`queue_full`), or this one is `too_large`.
        """
        self._last += 1
        request = PendingRequest(self._last, method, params, on_result, user)
        if len(request.frame) > max_bytes:
            code = KINDS["too_large"].code
            raise ChatError("This is too long to send", kind="too_large", code=code)
        full = self._bytes + len(request.frame) > MAX_WAITING_BYTES
        if full or len(self._requests) >= self._max_waiting:
            raise ChatError("Too much is waiting to be sent", kind="queue_full", retryable=True)
        self._put(request)
        self._keep(request)
        return request

    def _put(self, request: PendingRequest) -> None:
        self._requests[request.id] = request
        self._bytes += len(request.frame)

    def _take(self, number: Any) -> PendingRequest | None:
        request = self._requests.pop(number, None)
        if request is not None:
            self._bytes -= len(request.frame)
        return request

    def _keep(self, request: PendingRequest) -> None:
        # Nobody would be there for what a tool answers.
        worth = takes_client_msg_id(request.method) and request.method != "tool_execution"
        if request.user is not None and worth:
            self._outbox.keep(request.user, request.method, request.params)

    def _settled(self, request: PendingRequest) -> None:
        self._outbox.drop(request.params.get("client_msg_id"))

    def _fail(self, request: PendingRequest, error: ChatError) -> None:
        self._take(request.id)
        self._settled(request)
        request.fail(error)

    def has(self, client_msg_id: str) -> bool:
        """Whether a request with that `client_msg_id` is in it."""
        return any(
            each.params.get("client_msg_id") == client_msg_id for each in self._requests.values()
        )

    def to_send(self, connection: object, now: float) -> Iterator[PendingRequest]:
        """What is to be sent now, marked as sent on this connection."""
        for request in tuple(self._requests.values())[: self._max_in_flight]:
            if request.sent_on is None and request.not_before <= now:
                request.sent_on, request.sent_at = connection, now
                yield request

    def answered(self, frame: Mapping[str, Any], now: float) -> PendingRequest | None:
        """Take a reply; answers the request that it belongs to.

        It is settled, unless it goes on waiting: it came back too soon from a queue, or
        nobody knows the asker any more.
        """
        request = self._take(frame.get("id"))
        if request is None:
            return None
        if "error" not in frame:
            self._settled(request)
            request.succeed(frame.get("result"))
        elif (error := error_from(frame["error"])) and not self._waits_on(request, error, now):
            self._settled(request)
            request.fail(error)
        return request

    def _waits_on(self, request: PendingRequest, error: ChatError, now: float) -> bool:
        # A token that has run out is no answer: it is asked again with the next one.
        unknown = error.kind == "unauthenticated"
        soon = request.queued and error.retry_after_ms is not None
        if not (unknown or soon) or not may_repeat(request.method):
            return False
        request.sent_on, request.queued = None, True
        request.not_before = now + (error.retry_after_ms or 0) / 1000
        self._put(request)
        return True

    def forget(self, request: PendingRequest) -> None:
        """Nobody waits for this one any more."""
        if self._take(request.id) is not None:
            self._settled(request)

    def identify(self, user: str) -> None:
        """Somebody has logged in: what nobody in particular asked is theirs.

        What somebody else asked is not sent in their name; it stays with the outbox.
        """
        error = ChatError("Somebody else is logged in now", kind="unauthenticated")
        for request in tuple(self._requests.values()):
            if request.user is None:
                request.user = user
                self._keep(request)
            elif request.user != user:
                self._take(request.id)
                request.fail(error)

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
        for request in tuple(self._requests.values()):
            if request.sent_on is not connection:
                continue
            if repeat and may_repeat(request.method):
                request.sent_on, request.queued = None, True
            else:
                self._fail(request, error)

    def carried_by(self, connection: object) -> bool:
        """Whether a connection still carries requests."""
        return any(request.sent_on is connection for request in self._requests.values())

    def expire(self, now: float, progress_at: float, seconds: float) -> None:
        """Fail what was sent and has made no progress for so long."""
        error = ChatError(
            f"The server did not answer for {seconds:g} seconds", kind="timeout", retryable=True
        )
        for request in tuple(self._requests.values()):
            if request.sent_on is not None and now - max(request.sent_at, progress_at) >= seconds:
                self._fail(request, error)

    def fail_all(self, error: ChatError, *, kept: bool = False) -> None:
        """Fail everything; what is kept is sent when its asker comes back."""
        for request in tuple(self._requests.values()):
            if kept:
                self._take(request.id)
                request.fail(error)
            else:
                self._fail(request, error)
