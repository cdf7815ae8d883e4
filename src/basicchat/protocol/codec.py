"""The codec: bytes in, requests out; replies and notifications in, bytes out.

Both envelopes of the wire contract are here: JSON-RPC 2.0, and the compact form, which a client
chooses for its whole connection with its first frame. Nothing here awaits or keeps a connection.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from basicchat.protocol.errors import WireError, wire_error

SUBPROTOCOL = "basicchat.v1"
MAX_BATCH = 64

Envelope = Literal["jsonrpc", "compact"]
RequestId = int | str | float | None


class Request(msgspec.Struct, frozen=True):
    """A call of a method. A notification (`notify`) gets no reply."""

    id: RequestId
    method: str
    params: Raw
    notify: bool = False


class Invalid(msgspec.Struct, frozen=True):
    """An invalid request, and the error that answers it."""

    id: RequestId
    error: WireError


class Frame(msgspec.Struct, frozen=True):
    """The content of one frame, in order; a batch is answered by one array."""

    items: Sequence[Request | Invalid]
    batch: bool
    envelope: Envelope


class _Call(msgspec.Struct):
    jsonrpc: str | UnsetType = UNSET
    id: int | str | float | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    type: str | UnsetType = UNSET


NO_PARAMS = Raw(b"{}")
_encode = msgspec.json.Encoder().encode
_decode_call = msgspec.json.Decoder(_Call).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_array = msgspec.json.Decoder(list[Raw]).decode
_decode_any = msgspec.json.Decoder(Raw).decode
_decode_id = msgspec.json.Decoder(int | str | float | None).decode
# What msgspec raises for malformed JSON, invalid UTF-8, and too deep nesting.
MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(data: bytes | str, envelope: Envelope | None) -> Frame:
    """Decode a frame; never raises.

    Args:
        data: the frame, in UTF-8.
        envelope: the connection's envelope; None for its first frame, which selects it.
    """
    raw = _checked(data)
    if raw is None:
        return Frame((_parse_error(),), False, envelope or "jsonrpc")
    if raw.lstrip(b" \t\r\n")[:1] == b"[":
        return _decode_batch(raw, envelope)
    item, chosen = _decode_item(raw, envelope)
    return Frame((item,), False, chosen)


def _checked(data: bytes | str) -> bytes | None:
    """The frame's bytes, or None if they are not UTF-8; msgspec does not check all strings."""
    try:
        if isinstance(data, str):
            return data.encode()
        if not data.isascii():
            data.decode()
    except UnicodeError:
        return None
    return data


def _decode_batch(raw: bytes, envelope: Envelope | None) -> Frame:
    try:
        parts = _decode_array(raw)
    except MALFORMED:
        return Frame((_parse_error(),), False, envelope or "jsonrpc")
    if not 0 < len(parts) <= MAX_BATCH:
        message = f"A batch holds 1 to {MAX_BATCH} requests; {len(parts)} came"
        return Frame((_invalid(None, message),), False, envelope or "jsonrpc")
    items: list[Request | Invalid] = []
    for part in parts:
        item, envelope = _decode_item(bytes(part), envelope)
        items.append(item)
    return Frame(items, True, envelope or "jsonrpc")


def _decode_item(raw: bytes, envelope: Envelope | None) -> tuple[Request | Invalid, Envelope]:
    try:
        call = _decode_call(raw)
    except MALFORMED:
        return _explain(raw, envelope)
    if envelope is None:
        envelope = _chosen(call.type is not UNSET, call.jsonrpc is not UNSET)
    if envelope == "compact":
        return _compact_request(call, raw), envelope
    return _jsonrpc_request(call), envelope


def _jsonrpc_request(call: _Call) -> Request | Invalid:
    request_id = None if call.id is UNSET else call.id
    if call.jsonrpc != "2.0":
        return _invalid(request_id, 'Every request says "jsonrpc": "2.0"', field="jsonrpc")
    if call.method is UNSET:
        return _invalid(request_id, "A request names its method", field="method")
    params = NO_PARAMS if call.params is UNSET else call.params
    return Request(request_id, call.method, params, notify=call.id is UNSET)


def _compact_request(call: _Call, raw: bytes) -> Request | Invalid:
    request_id = None if call.id is UNSET else call.id
    if call.type is UNSET:
        return _invalid(request_id, "A request names its method", field="type")
    try:
        fields = _decode_object(raw)
    except MALFORMED:
        return _parse_error()
    fields.pop("type", None)
    fields.pop("id", None)
    return Request(request_id, call.type, Raw(_encode(fields)))


def _chosen(has_type: bool, has_jsonrpc: bool) -> Envelope:
    """The envelope of a client, by its first frame."""
    return "compact" if has_type and not has_jsonrpc else "jsonrpc"


def _explain(raw: bytes, envelope: Envelope | None) -> tuple[Invalid, Envelope]:
    """Explain why an item could not be decoded; keeps its id if that can be read."""
    try:
        _decode_any(raw)
        fields = _decode_object(raw)
    except msgspec.ValidationError:
        return _invalid(None, "A request is a JSON object"), envelope or "jsonrpc"
    except MALFORMED:
        return _parse_error(), envelope or "jsonrpc"
    envelope = envelope or _chosen("type" in fields, "jsonrpc" in fields)
    try:
        request_id = _decode_id(fields.get("id", b"null"))
    except MALFORMED:
        return _invalid(None, "An id is a string, a number or null", field="id"), envelope
    return _invalid(request_id, "jsonrpc, method and type are strings"), envelope


def _parse_error() -> Invalid:
    return Invalid(None, wire_error("parse", "Invalid JSON"))


def _invalid(request_id: RequestId, message: str, field: str | None = None) -> Invalid:
    return Invalid(request_id, wire_error("invalid_request", message, field=field))


def encode_result(envelope: Envelope, request_id: RequestId, result: Any) -> bytes:
    """Encode the reply to a request; `result` is anything msgspec encodes."""
    if envelope == "compact":
        return _encode({"type": "response", "id": request_id, "result": result})
    return _encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def encode_error(envelope: Envelope, request_id: RequestId, error: WireError) -> bytes:
    """Encode the error that answers a request."""
    if envelope == "compact":
        return _encode({"type": "error", "id": request_id, "error": error})
    return _encode({"jsonrpc": "2.0", "id": request_id, "error": error})


def notifier(envelope: Envelope, name: str) -> Callable[[Any], bytes]:
    """An encoder of notifications with one name; their parameters must encode as objects."""
    head = _encode(name)
    if envelope == "compact":
        head = b'{"type":%b' % head

        def encode(params: Any) -> bytes:
            fields = _encode(params)[1:]
            return b"%b,%b" % (head, fields) if len(fields) > 1 else head + fields

        return encode
    head = b'{"jsonrpc":"2.0","method":%b,"params":' % head
    return lambda params: b"%b%b}" % (head, _encode(params))


def encode_notification(envelope: Envelope, name: str, params: Any) -> bytes:
    """Encode a notification."""
    return notifier(envelope, name)(params)


def encode_batch(replies: Sequence[bytes]) -> bytes:
    """Join the encoded replies to a batch into one array."""
    return b"[" + b",".join(replies) + b"]"
