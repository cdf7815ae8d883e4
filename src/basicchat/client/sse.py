"""Parses a text/event-stream (WHATWG HTML, 9.2)."""

import codecs
import re

import msgspec

# A server that asks for more is not believed.
MAX_RETRY_SECONDS = 30.0
_DIGITS = re.compile(r"[0-9]{1,9}")
_LINE = re.compile(r"([^:]*):? ?(.*)", re.DOTALL)
_END = re.compile(r"\r\n|\n|\r(?!\Z)")


class ServerSentEvent(msgspec.Struct, frozen=True):
    """One event of the stream."""

    data: str
    id: str | None = None
    event: str | None = None


class EventStreamParser:
    """Parses the stream incrementally; it may be cut anywhere.

    Attributes:
        retry_seconds: how long the server asks its clients to wait before they reconnect.
    """

    def __init__(self) -> None:
        self.retry_seconds = 0.0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._fields: dict[str, str] = {}

    def push(self, piece: bytes) -> list[ServerSentEvent]:
        """Add a piece; return the events that it completes."""
        lines = _END.split(self._rest + self._decoder.decode(piece))
        self._rest = lines.pop()
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        match = _LINE.fullmatch(line)
        field, value = match.groups() if match else ("", "")
        if field == "data":
            self._data.append(value)
        elif field in ("id", "event"):
            self._fields[field] = value
        elif field == "retry" and _DIGITS.fullmatch(value):
            self.retry_seconds = min(int(value) / 1000, MAX_RETRY_SECONDS)
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        data, fields = self._data, self._fields
        self._data, self._fields = [], {}
        return ServerSentEvent("\n".join(data), **fields) if data else None
