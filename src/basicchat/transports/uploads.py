"""Uploads: stream a multipart body to a temporary file, within the size limit."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from anyio import to_thread
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from basicchat.api.document_service import plain_name
from basicchat.domain.errors import InvalidInput, TooLarge

MAX_HEADERS = 16
# Forms have a file and a few short fields.
MAX_PARTS = 100
# How much the multipart framing may add to the size of the file.
FRAMING_BYTES = 64 * 1024
# Fields that forms may have beside the file, and the most bytes of their values.
FIELDS = ("collection_id",)
MAX_FIELD_BYTES = 200
MALFORMED = "The form is incomplete or malformed"


class Upload:
    """The one file of a multipart form, and the fields beside it.

    Args:
        content_type: the request's Content-Type.
        folder: holds the temporary file, which `close` deletes unless it was moved.
        max_bytes: the largest allowed file.

    Raises:
        InvalidInput: the request is not a multipart form.
    """

    def __init__(self, content_type: str, folder: Path, max_bytes: int) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidInput(
                "Send the document as multipart/form-data, in a field called file", field="file"
            )
        try:
            self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type]
        except FormParserError as wrong:
            raise InvalidInput(MALFORMED, field="file") from wrong
        handle, path = tempfile.mkstemp(dir=folder, prefix="upload-")
        self.path = Path(path)
        self._file = os.fdopen(handle, "wb")
        self._max = max_bytes
        self._headers: dict[str, str] = {}
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._in_file = False
        self._field: bytearray | None = None
        self._fields: dict[str, bytearray] = {}
        self._size = 0
        self._parts = 0
        self.name: str | None = None
        self.media_type = "application/octet-stream"
        self._complete = False

    def _callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._headers = {}
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise InvalidInput(MALFORMED, field="file", hint="Send one file, and few fields.")

    def _end_header(self) -> None:
        field, value = self._header
        if len(self._headers) < MAX_HEADERS:
            # The parser of header values expects and returns bytes as latin-1.
            self._headers[field.decode("latin-1").lower()] = value.decode("latin-1")
        self._header = (bytearray(), bytearray())

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name in FIELDS:
            self._field = self._fields[name] = bytearray()
        if name != "file":
            return
        if self.name is not None:
            raise InvalidInput("Send one document at a time", field="file", reason="one_file_only")
        self._in_file = True
        self.name = plain_name(options.get(b"filename", b"").decode("utf-8", "replace"))
        self.media_type = self._headers.get("content-type", self.media_type)[:200]

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            self._field.extend(data[start:end])
            if len(self._field) > MAX_FIELD_BYTES:
                raise InvalidInput(MALFORMED, field="file", hint="Its fields are too long.")
        if not self._in_file:
            return
        self._size += end - start
        if self._size > self._max:
            raise too_large(self._max)
        self._file.write(data[start:end])

    def _end_part(self) -> None:
        self._in_file, self._field = False, None

    def field(self, name: str) -> str | None:
        """The value of a field beside the file; None if it is missing or empty."""
        value = self._fields.get(name, b"").decode("utf-8", "replace").strip()
        return value or None

    def _end(self) -> None:
        self._complete = True

    async def receive(self, body: AsyncIterator[bytes]) -> None:
        """Read the body to its end.

        Raises:
            InvalidInput: the form is malformed or contains no file.
            TooLarge: the file is over the limit.
        """
        total = 0
        try:
            async for piece in body:
                total += len(piece)
                if total > self._max + FRAMING_BYTES:
                    raise too_large(self._max)
                await to_thread.run_sync(self._parser.write, piece)
            if not self._complete:
                raise InvalidInput(MALFORMED, field="file")
        except FormParserError as broken:
            raise InvalidInput(MALFORMED, field="file") from broken
        await to_thread.run_sync(self._file.close)
        if self.name is None:
            raise InvalidInput(
                "The form contains no file",
                field="file",
                hint="Name the form's field file.",
                reason="file_missing",
            )

    def close(self) -> None:
        """Delete the temporary file if it still exists."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def too_large(limit: int) -> TooLarge:
    """The error for a document over the limit."""
    return TooLarge(
        f"Documents may have at most {limit / (1 << 20):.0f} MiB",
        hint="Split the document, or raise the setting limits.max_upload_bytes.",
        reason="document_too_large",
        params={"max_bytes": limit},
    )
