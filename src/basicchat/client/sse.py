"""Reads a text/event-stream (WHATWG HTML, 9.2)."""

import codecs
import re

import msgspec

_LINE = re.compile(r"([^:]*):? ?(.*)", re.DOTALL)
_END = re.compile(r"\r\n|\n|\r(?!\Z)")


class Sent(msgspec.Struct, frozen=True):
    """One event of the stream."""

    data: str
    id: str | None = None
    event: str | None = None


class EventStreamParser:
    """Takes the stream piece by piece, wherever it was cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._fields: dict[str, str] = {}

    def push(self, piece: bytes) -> list[Sent]:
        """Take a piece; answers the events that it completes."""
        lines = _END.split(self._rest + self._decoder.decode(piece))
        self._rest = lines.pop()
        return [sent for line in lines if (sent := self._line(line)) is not None]

    def _line(self, line: str) -> Sent | None:
        if not line:
            return self._dispatch()
        found = _LINE.fullmatch(line)
        field, value = found.groups() if found else ("", "")
        if field == "data":
            self._data.append(value)
        elif field in ("id", "event"):
            self._fields[field] = value
        return None

    def _dispatch(self) -> Sent | None:
        data, fields = self._data, self._fields
        self._data, self._fields = [], {}
        return Sent("\n".join(data), **fields) if data else None
