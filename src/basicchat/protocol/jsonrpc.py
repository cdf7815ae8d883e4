"""JSON-RPC 2.0 frames, as basicchat.v1 and the Model Context Protocol share them. Pure.

The two differ in what they allow (null ids, batches, the types of parameters), so each has its own
type of message and its own errors. How a frame is read and classified is decided here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Raw

VERSION = "2.0"
# What msgspec raises for malformed JSON, invalid UTF-8, and too deep nesting.
MALFORMED = (msgspec.MsgspecError, UnicodeError, RecursionError)

# Frames that are smaller than this cannot cost much.
MIN_COMPLEX_BYTES = 64 * 1024
# Whether larger ones are JSON at all is not worth the time.
MAX_BALANCED_BYTES = 1024 * 1024

Excess = Literal["too_many_values", "not_json"]
M = TypeVar("M")
encode = msgspec.json.Encoder().encode
_decode_array = msgspec.json.Decoder(list[Raw]).decode
_decode_any = msgspec.json.Decoder().decode
_decode_raw = msgspec.json.Decoder(Raw).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode


class Batch(msgspec.Struct, frozen=True):
    """An array of frames."""

    frames: list[Raw]


class Mismatch(msgspec.Struct, frozen=True):
    """JSON that is not a message; `fields` are those of the object, if it is one."""

    fields: dict[str, Raw] | None

    def value(self, name: str) -> Any:
        """The value of a field; None if it is missing, or a number out of range."""
        try:
            return _decode_any((self.fields or {}).get(name, b"null"))
        except MALFORMED:
            return None


class NotJson(msgspec.Struct, frozen=True):
    """A frame that is not JSON in UTF-8."""


Unreadable = Batch | Mismatch | NotJson


def find_excess(data: bytes | str, max_values: int) -> Excess | None:
    """Why a frame is not worth decoding, which would take long; None if it is.

    Eight megabytes of `[]` are millions of lists. The text of a document may contain as many
    brackets, so those within strings do not count.

    Args:
        max_values: how many values it may have; it may have twice as many strings.
    """
    if len(data) < MIN_COMPLEX_BYTES:
        return None
    text = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
    if _values(text) <= max_values and text.count(b'"') <= 2 * max_values:
        return None
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = text.count(b'"')
    if strings > 4 * max_values:
        return "too_many_values"
    outside = b"".join(text.split(b'"')[::2]) if strings else text
    if strings and _values(outside) <= max_values:
        return None
    if len(outside) > MAX_BALANCED_BYTES:
        return "too_many_values"
    same = outside.count(b"[") == outside.count(b"]") and outside.count(b"{") == outside.count(b"}")
    return "too_many_values" if same else "not_json"


def _values(text: bytes) -> int:
    """The number of arrays, objects and further items in JSON without strings."""
    # Faster than to count, which takes long if there are many.
    return len(text) - len(text.translate(None, b"[{,"))


def read(data: bytes | str, decode: Callable[[bytes | str], M]) -> M | Unreadable:
    """Read a frame; never raises.

    Args:
        decode: decodes a message of the caller's type.
    """
    try:
        # msgspec does not check all strings.
        if isinstance(data, bytes) and not data.isascii():
            data.decode()
        return decode(data)
    except MALFORMED:
        return inspect(data)


def inspect(data: bytes | str) -> Unreadable:
    """What a frame is that could not be decoded as a message."""
    try:
        text = data if isinstance(data, str) else data.decode()
        if text.lstrip(" \t\r\n")[:1] == "[":
            return Batch(_decode_array(text))
        _decode_raw(text)
        return Mismatch(_decode_object(text))
    except msgspec.ValidationError:
        return Mismatch(None)
    except MALFORMED:
        return NotJson()


def encode_result(request_id: Any, result: Any) -> bytes:
    """Encode the response to a request; `result` is anything msgspec encodes."""
    return encode({"jsonrpc": VERSION, "id": request_id, "result": result})


def encode_error(request_id: Any, error: Any) -> bytes:
    """Encode the error that answers a request; the id is null if it is unknown (5.1)."""
    return encode({"jsonrpc": VERSION, "id": request_id, "error": error})


def encode_batch(responses: Sequence[bytes]) -> bytes:
    """Join the encoded responses to a batch into one array (6)."""
    return b"[%b]" % b",".join(responses)
