"""Outlook messages as text: headers, body and attachments ([MS-OXMSG], [MS-OXCMSG])."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from struct import unpack_from

from basicchat.documents.cleaning import decode_text
from basicchat.documents.formats.html import page_text
from basicchat.documents.ole.compound_file import CompoundFile
from basicchat.documents.ole.compressed_rtf import decompress
from basicchat.domain.errors import BadDocument

Path = tuple[str, ...]

_TEXT, _TEXT_8_BIT, _BINARY = "001F", "001E", "0102"
_SUBJECT, _TO, _CC = "0037", "0E04", "0E03"
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_BODY, _HTML, _RTF = "1000", "1013", "1009"
_FILE_NAME, _LONG_FILE_NAME = "3704", "3707"
_EMBEDDED_MESSAGE = "__substg1.0_3701000D"
_SENT, _RECEIVED = 0x0039_0040, 0x0E06_0040
# Of an HTML body, and of 8-bit strings.
_HTML_CODE_PAGE, _STRING_CODE_PAGE = 0x3FDE_0003, 0x3FFD_0003
_UTF_8 = 65001
_TOP_HEADER_BYTES, _EMBEDDED_HEADER_BYTES = 32, 24
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_DEPTH = 8


class OutlookMessage:
    """A message in a file, or one that is attached to another.

    Args:
        file: the file.
        path: the folder of the message; empty for the outermost one.
    """

    def __init__(self, file: CompoundFile, path: Path = ()) -> None:
        self._file = file
        self._path = path
        self._numbers = self._fixed_properties()

    @property
    def subject(self) -> str:
        """The subject."""
        return self._string(_SUBJECT)

    def texts(self) -> Iterator[str]:
        """The headers, the body, and each attachment's name or, if it is a message, its text."""
        headers = {
            "Subject": self.subject,
            "From": self._sender(),
            "To": self._string(_TO),
            "Cc": self._string(_CC),
            "Date": self._date(),
        }
        yield "\n".join(f"{name}: {value}" for name, value in headers.items() if value)
        yield self._body()
        for folder in self._file.folders(*self._path):
            if folder[-1].startswith("__attach_version1.0_"):
                yield from self._attachment(folder)

    def _attachment(self, folder: Path) -> Iterator[str]:
        embedded = (*folder, _EMBEDDED_MESSAGE)
        if self._file.has(*embedded) and len(self._path) < 2 * _MAX_DEPTH:
            yield "Attached message:"
            yield from OutlookMessage(self._file, embedded).texts()
        elif name := self._string(_LONG_FILE_NAME, folder) or self._string(_FILE_NAME, folder):
            yield f"Attachment: {name}"

    def _sender(self) -> str:
        name = self._string(_SENDER_NAME)
        address = self._string(_SENDER_SMTP) or self._string(_SENDER_ADDRESS)
        # Within an organisation the address is a path in its directory.
        if "@" not in address or address.startswith("/") or address == name:
            return name
        return f"{name} <{address}>" if name else address

    def _date(self) -> str:
        ticks = self._numbers.get(_SENT) or self._numbers.get(_RECEIVED)
        if not ticks:
            return ""
        try:
            return (_EPOCH + timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%d %H:%M UTC")
        except OverflowError:
            return ""

    def _body(self) -> str:
        if text := self._string(_BODY).strip():
            return text
        html = self._stream(_HTML + _BINARY) or self._string(_HTML).encode()
        if html:
            try:
                return page_text(decode_text(html, self._encoding(_HTML_CODE_PAGE)))
            except BadDocument:
                return ""
        return _rtf_text(self._stream(_RTF + _BINARY))

    def _string(self, tag: str, path: Path | None = None) -> str:
        if data := self._stream(tag + _TEXT, path):
            return data.decode("utf-16-le", errors="replace").rstrip("\0")
        data = self._stream(tag + _TEXT_8_BIT, path)
        return self._decoded(data).rstrip("\0")

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._encoding(_STRING_CODE_PAGE))
        except UnicodeDecodeError:
            # A message may state the encoding of its HTML alone.
            return data.decode("cp1252", errors="replace")

    def _stream(self, tag: str, path: Path | None = None) -> bytes:
        return self._file.stream(*(self._path if path is None else path), f"__substg1.0_{tag}")

    def _encoding(self, wanted: int) -> str:
        known = (self._numbers.get(tag) for tag in (wanted, _STRING_CODE_PAGE, _HTML_CODE_PAGE))
        number = next(filter(None, known), None)
        name = "utf-8" if number == _UTF_8 else f"cp{number}"
        try:
            "".encode(name)
        except LookupError:
            return "cp1252"
        return name

    def _fixed_properties(self) -> dict[int, int]:
        """The values of fixed length, by their tags ([MS-OXMSG] 2.4)."""
        data = self._file.stream(*self._path, "__properties_version1.0")
        at = _EMBEDDED_HEADER_BYTES if self._path else _TOP_HEADER_BYTES
        found: dict[int, int] = {}
        for place in range(at, len(data) - 15, 16):
            tag, _, value = unpack_from("<IIQ", data, place)
            found[tag] = value if tag & 0xFFFF == _SENT & 0xFFFF else value & 0xFFFFFFFF
        return found


def _rtf_text(compressed: bytes) -> str:
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415

    if not compressed:
        return ""
    source = decompress(compressed).decode("latin-1")
    text: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    return text
