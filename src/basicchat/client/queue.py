"""Requests: those that wait to be sent, and those that wait for their reply."""

from collections.abc import Iterator, Mapping
from typing import Any

from basicchat.client.entries import Entry, Then, may_repeat, takes_client_msg_id
from basicchat.client.errors import ChatError, error_from
from basicchat.client.keeper import Keeper
from basicchat.protocol.errors import KINDS

MAX_IN_FLIGHT = 30
MAX_WAITING = 500
MAX_WAITING_BYTES = 16 << 20


class Requests:
    """The queue, in the order of asking; what is in it survives its connection.

    Args:
        keeper: keeps what is in it for longer than this program lives.
    """

    def __init__(
        self,
        keeper: Keeper | None = None,
        *,
        most: int = MAX_WAITING,
        in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        self._entries: dict[int, Entry] = {}
        self._keeper = keeper or Keeper(None, "")
        self._most = most
        self._in_flight = in_flight
        self._last = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        method: str,
        params: Mapping[str, Any],
        max_bytes: int,
        then: Then | None = None,
        *,
        user: str | None = None,
    ) -> Entry:
        """Queue a request.

        Args:
            user: whose request it is; None if nobody has logged in yet.

        Raises:
            ChatError: too much waits already (`queue_full`), or this one is `too_large`.
        """
        self._last += 1
        entry = Entry(self._last, method, params, then, user)
        if len(entry.frame) > max_bytes:
            code = KINDS["too_large"].code
            raise ChatError("This is too long to send", kind="too_large", code=code)
        full = self._bytes + len(entry.frame) > MAX_WAITING_BYTES
        if full or len(self._entries) >= self._most:
            raise ChatError("Too much is waiting to be sent", kind="queue_full", retryable=True)
        self._put(entry)
        self._keep(entry)
        return entry

    def _put(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        self._bytes += len(entry.frame)

    def _take(self, number: Any) -> Entry | None:
        entry = self._entries.pop(number, None)
        if entry is not None:
            self._bytes -= len(entry.frame)
        return entry

    def _keep(self, entry: Entry) -> None:
        # Nobody would be there for what a tool answers.
        worth = takes_client_msg_id(entry.method) and entry.method != "tool_execution"
        if entry.user is not None and worth:
            self._keeper.keep(entry.user, entry.method, entry.params)

    def _settled(self, entry: Entry) -> None:
        self._keeper.drop(entry.params.get("client_msg_id"))

    def _fail(self, entry: Entry, error: ChatError) -> None:
        self._take(entry.id)
        self._settled(entry)
        entry.fail(error)

    def has(self, client_msg_id: str) -> bool:
        """Whether a request with that `client_msg_id` is in it."""
        return any(
            each.params.get("client_msg_id") == client_msg_id for each in self._entries.values()
        )

    def to_send(self, connection: object, now: float) -> Iterator[Entry]:
        """What is to be sent now, marked as sent on this connection."""
        for entry in tuple(self._entries.values())[: self._in_flight]:
            if entry.sent_on is None and entry.not_before <= now:
                entry.sent_on, entry.sent_at = connection, now
                yield entry

    def answered(self, frame: Mapping[str, Any], now: float) -> Entry | None:
        """Take a reply; answers the request that it belongs to.

        It is settled then, unless it goes on waiting: it came back too soon from a queue, or
        nobody knows the asker any more.
        """
        entry = self._take(frame.get("id"))
        if entry is None:
            return None
        if "error" not in frame:
            self._settled(entry)
            entry.succeed(frame.get("result"))
        elif (error := error_from(frame["error"])) and not self._waits_on(entry, error, now):
            self._settled(entry)
            entry.fail(error)
        return entry

    def _waits_on(self, entry: Entry, error: ChatError, now: float) -> bool:
        # A token that has run out is no answer: it is asked again with the next one.
        unknown = error.kind == "unauthenticated"
        soon = entry.queued and error.retry_after_ms is not None
        if not (unknown or soon) or not may_repeat(entry.method):
            return False
        entry.sent_on, entry.queued = None, True
        entry.not_before = now + (error.retry_after_ms or 0) / 1000
        self._put(entry)
        return True

    def forget(self, entry: Entry) -> None:
        """Nobody waits for this one any more."""
        if self._take(entry.id) is not None:
            self._settled(entry)

    def identify(self, user: str) -> None:
        """Somebody has logged in: what nobody in particular asked is theirs.

        What somebody else asked is not sent in their name; it stays with the keeper.
        """
        error = ChatError("Somebody else is logged in now", kind="unauthenticated")
        for entry in tuple(self._entries.values()):
            if entry.user is None:
                entry.user = user
                self._keep(entry)
            elif entry.user != user:
                self._take(entry.id)
                entry.fail(error)

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
                self._fail(entry, error)

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
                self._fail(entry, error)

    def fail_all(self, error: ChatError, *, kept: bool = False) -> None:
        """Fail everything; what is kept is sent when its asker comes back."""
        for entry in tuple(self._entries.values()):
            if kept:
                self._take(entry.id)
                entry.fail(error)
            else:
                self._fail(entry, error)
