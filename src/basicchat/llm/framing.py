"""Splits a streamed response into JSON documents, whatever their framing. Pure: no I/O.

Model servers send server-sent events (`data: {…}`), one document per line, or, although a stream
was requested, a single document, which may span lines.

Source: the HTML standard, "Server-sent events"; NDJSON.
"""

from typing import Generic, TypeVar

import msgspec

from basicchat.llm.lenient import LenientDecoder

T = TypeVar("T", bound=msgspec.Struct)
DONE = b"[DONE]"
MAX_DOCUMENT_BYTES = 4 << 20
_BOM = b"\xef\xbb\xbf"
# The other fields of server-sent events.
_FIELDS = (b":", b"event:", b"id:", b"retry:")


class Unreadable(Exception):
    """The response cannot be decoded; internal to this package."""


class JsonStream(Generic[T]):
    """Decodes the documents of one response.

    Attributes:
        done: `[DONE]` was received.
        failed: the latest document was sent as an error (`event: error`, or `error: {…}`).
    """

    def __init__(self, decoder: LenientDecoder[T]) -> None:
        self.done = False
        self.failed = False
        self._decoder = decoder
        self._event = b""
        # The pieces of a document that spans lines.
        self._pieces: list[bytes] = []
        self._size = 0
        self._in_event = False

    def feed(self, line: bytes) -> T | None:
        """Take a line; returns the document that it completes.

        Raises:
            Unreadable: the line is not part of a document.
        """
        if not self._pieces and line.startswith(b"data:"):
            return self._data(line[5:].strip())
        line = line.strip().removeprefix(_BOM)
        if self._pieces:
            return self._continue(line)
        if not line:
            self._event = b""
        elif line.startswith(b"data:"):
            return self._data(line[5:].strip())
        elif line.startswith(b"event:"):
            self._event = line[6:].strip()
        elif line.startswith(b"error:"):
            return self._error(line[6:].strip())
        elif not line.startswith(_FIELDS):
            return self._plain(line)
        return None

    def end(self) -> T | None:
        """The document that the end of the response completes.

        Raises:
            Unreadable: it is incomplete.
        """
        if not self._pieces:
            return None
        data, self._pieces = b"\n".join(self._pieces), []
        return self._decode(data)

    def _data(self, data: bytes) -> T | None:
        if not data:
            return None
        if data == DONE:
            self.done = True
            return None
        self.failed = self._event == b"error"
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError:
            raise Unreadable from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # The event may continue on the next line; an empty line ends it.
            self._in_event = True
            self._keep(data)
            return None

    def _plain(self, line: bytes) -> T | None:
        """A line that is no field of an event: a whole document, or the beginning of one."""
        if line == DONE:
            self.done = True
            return None
        if not line.startswith((b"{", b"[")):
            raise Unreadable
        self.failed, self._in_event = False, False
        if line.endswith((b"}", b"]")):
            return self._decode(line)
        self._keep(line)
        return None

    def _continue(self, line: bytes) -> T | None:
        if self._in_event:
            if not line:
                self._event = b""
                return self.end()
            line = line.removeprefix(b"data:").strip()
        self._keep(line)
        return None

    def _error(self, data: bytes) -> T | None:
        self.failed = True
        return self._decode(b'{"error":%b}' % data)

    def _keep(self, line: bytes) -> None:
        self._pieces.append(line)
        self._size += len(line)
        if self._size > MAX_DOCUMENT_BYTES:
            raise Unreadable

    def _decode(self, data: bytes) -> T:
        try:
            return self._decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable from None
