"""The queue of requests: those to be sent, and those that await their reply."""

from collections.abc import Iterator, Mapping
from typing import Any

from basicchat.client.errors import ChatError, error_from
from basicchat.client.outbox_store import OutboxStore
from basicchat.client.pending_request import OnResult, PendingRequest
from basicchat.client.retry_rules import may_repeat, takes_client_msg_id
from basicchat.protocol.errors import KINDS

MAX_IN_FLIGHT = 30
MAX_WAITING = 500
MAX_WAITING_BYTES = 16 << 20


class RequestQueue:
    """Holds requests in the order in which they were made; they outlive their connection.

    Args:
        outbox: stores requests beyond the life of this program.
        max_waiting: how many requests it holds.
        max_in_flight: how many of them are sent without waiting for replies.
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
        self._last_id = 0
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
        """Add a request.

        Args:
            max_bytes: the longest frame that the server accepts.
            on_result: called with the result before any later frame is handled.
            user: the id of the user who made it; None if nobody has logged in yet.

        Raises:
            ChatError: the queue is full (`queue_full`), or the request is `too_large`.
        """
        self._last_id += 1
        request = PendingRequest(self._last_id, method, params, on_result, user)
        if len(request.frame) > max_bytes:
            code = KINDS["too_large"].code
            raise ChatError(
                "The request is too long to be sent",
                kind="too_large",
                code=code,
                hint="Shorten it.",
            )
        full = self._bytes + len(request.frame) > MAX_WAITING_BYTES
        if full or len(self._requests) >= self._max_waiting:
            raise ChatError(
                "Too many requests are waiting to be sent",
                kind="queue_full",
                retryable=True,
                hint="Try again once the server can be reached.",
            )
        self._insert(request)
        self._store(request)
        return request

    def _insert(self, request: PendingRequest) -> None:
        self._requests[request.id] = request
        self._bytes += len(request.frame)

    def _take(self, request_id: Any) -> PendingRequest | None:
        request = self._requests.pop(request_id, None)
        if request is not None:
            self._bytes -= len(request.frame)
        return request

    def _store(self, request: PendingRequest) -> None:
        # The output of a tool is of no use to a later program.
        worth_storing = takes_client_msg_id(request.method) and request.method != "tool_execution"
        if request.user is not None and worth_storing:
            self._outbox.put(request.user, request.method, request.params)

    def _settled(self, request: PendingRequest) -> None:
        self._outbox.remove(request.params.get("client_msg_id"))

    def _fail(self, request: PendingRequest, error: ChatError) -> None:
        self._take(request.id)
        self._settled(request)
        request.fail(error)

    def has(self, client_msg_id: str) -> bool:
        """Whether the queue holds a request with that `client_msg_id`."""
        return any(
            request.params.get("client_msg_id") == client_msg_id
            for request in self._requests.values()
        )

    def take_due(self, connection: object, now: float) -> Iterator[PendingRequest]:
        """Yield the requests to be sent now, and mark them as sent on this connection."""
        for request in tuple(self._requests.values())[: self._max_in_flight]:
            if request.sent_on is None and request.not_before <= now:
                request.sent_on, request.sent_at = connection, now
                yield request

    def on_reply(self, frame: Mapping[str, Any], now: float) -> PendingRequest | None:
        """Settle the request that a reply belongs to, and return it.

        If the error is temporary, the request returns to the queue instead.
        """
        request = self._take(frame.get("id"))
        if request is None:
            return None
        if "error" not in frame:
            self._settled(request)
            request.succeed(frame.get("result"))
        elif (error := error_from(frame["error"])) and not self._requeue(request, error, now):
            self._settled(request)
            request.fail(error)
        return request

    def _requeue(self, request: PendingRequest, error: ChatError, now: float) -> bool:
        """Queue a request again if its error is temporary; return whether it is."""
        # After an expired token the request is sent again with the next one.
        unauthenticated = error.kind == "unauthenticated"
        # A server that stops accepts it after the client has reconnected, perhaps to another one.
        stopping = error.reason == "server_stopping"
        too_early = (request.queued or stopping) and error.retry_after_ms is not None
        if not (unauthenticated or too_early) or not may_repeat(request.method):
            return False
        request.sent_on, request.queued = None, True
        request.not_before = now + (error.retry_after_ms or 0) / 1000
        self._insert(request)
        return True

    def discard(self, request: PendingRequest) -> None:
        """Remove a request whose caller does not wait any longer."""
        if self._take(request.id) is not None:
            self._settled(request)

    def assign_user(self, user: str) -> None:
        """Assign requests without a user to the one who has logged in, and fail those of others.

        A request of another user is not sent in this one's name; it stays in the outbox.
        """
        error = ChatError("Another user is logged in now", kind="unauthenticated")
        for request in tuple(self._requests.values()):
            if request.user is None:
                request.user = user
                self._store(request)
            elif request.user != user:
                self._take(request.id)
                request.fail(error)

    def connection_lost(self, connection: object, *, repeat: bool = True) -> None:
        """Queue again what a lost connection carried if it may be repeated, and fail the rest.

        Args:
            repeat: False if one of the requests caused the loss.
        """
        error = ChatError(
            "The connection was lost before the server replied",
            kind="connection_lost",
            retryable=True,
            hint="The server may have done it: look before you try again.",
        )
        for request in tuple(self._requests.values()):
            if request.sent_on is not connection:
                continue
            if repeat and may_repeat(request.method):
                request.sent_on, request.queued = None, True
            else:
                self._fail(request, error)

    def in_flight_on(self, connection: object) -> bool:
        """Whether a connection carries requests."""
        return any(request.sent_on is connection for request in self._requests.values())

    def expire(self, now: float, progress_at: float, seconds: float) -> None:
        """Fail requests in flight without progress for this many seconds."""
        error = ChatError(
            f"The server did not reply for {seconds:g} seconds", kind="timeout", retryable=True
        )
        for request in tuple(self._requests.values()):
            if request.sent_on is not None and now - max(request.sent_at, progress_at) >= seconds:
                self._fail(request, error)

    def fail_all(self, error: ChatError, *, keep_stored: bool = False) -> None:
        """Fail every request; with `keep_stored` the next client of the user sends them."""
        for request in tuple(self._requests.values()):
            if keep_stored:
                self._take(request.id)
                request.fail(error)
            else:
                self._fail(request, error)
