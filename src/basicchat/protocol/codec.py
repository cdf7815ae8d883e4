"""The codec: bytes in, requests out; replies and notifications in, bytes out.

Both envelopes of the wire contract are here: JSON-RPC 2.0, and the compact form, which a client
chooses for its whole connection with its first frame. Nothing here awaits or keeps a connection.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from basicchat.protocol import jsonrpc
from basicchat.protocol.errors import WireError, wire_error
from basicchat.protocol.jsonrpc import (
    MIN_COMPLEX_BYTES,
    Batch,
    Mismatch,
    NotJson,
    find_excess,
)

SUBPROTOCOL = "basicchat.v1"
MAX_BATCH = 64
# A frame with more is refused before it is decoded, which would delay others.
MAX_VALUES = 20_000

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
_encode = jsonrpc.encode
_decode_call = msgspec.json.Decoder(_Call).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_id = msgspec.json.Decoder(int | str | float | None).decode


def decode(data: bytes | str, envelope: Envelope | None) -> Frame:
    """Decode a frame; never raises.

    Args:
        data: the frame, in UTF-8.
        envelope: the connection's envelope; None for its first frame, which selects it.
    """
    if len(data) >= MIN_COMPLEX_BYTES and (excess := find_excess(data, MAX_VALUES)) is not None:
        too_many = _invalid(None, f"A frame holds at most {MAX_VALUES:,} values")
        refused = _parse_error() if excess == "not_json" else too_many
        return Frame((refused,), False, envelope or "jsonrpc")
    call = jsonrpc.read(data, _decode_call)
    if isinstance(call, Batch):
        return _decode_batch(call.frames, envelope)
    item, chosen = _item(call, data, envelope)
    return Frame((item,), False, chosen)


def _decode_batch(parts: Sequence[Raw], envelope: Envelope | None) -> Frame:
    if not 0 < len(parts) <= MAX_BATCH:
        message = f"A batch holds 1 to {MAX_BATCH} requests; {len(parts)} came"
        return Frame((_invalid(None, message),), False, envelope or "jsonrpc")
    items: list[Request | Invalid] = []
    for part in parts:
        raw = bytes(part)
        item, envelope = _item(jsonrpc.read(raw, _decode_call), raw, envelope)
        items.append(item)
    return Frame(items, True, envelope or "jsonrpc")


def _item(
    call: _Call | jsonrpc.Unreadable, raw: bytes | str, envelope: Envelope | None
) -> tuple[Request | Invalid, Envelope]:
    if not isinstance(call, _Call):
        return _explain(call, envelope)
    if envelope is None:
        envelope = _chosen(call.type is not UNSET, call.jsonrpc is not UNSET)
    if envelope == "compact":
        return _compact_request(call, raw), envelope
    return _jsonrpc_request(call), envelope


def _jsonrpc_request(call: _Call) -> Request | Invalid:
    request_id = None if call.id is UNSET else call.id
    if call.jsonrpc != jsonrpc.VERSION:
        return _invalid(request_id, 'Every request says "jsonrpc": "2.0"', field="jsonrpc")
    if call.method is UNSET:
        return _invalid(request_id, "A request names its method", field="method")
    params = NO_PARAMS if call.params is UNSET else call.params
    return Request(request_id, call.method, params, notify=call.id is UNSET)


def _compact_request(call: _Call, raw: bytes | str) -> Request | Invalid:
    request_id = None if call.id is UNSET else call.id
    if call.type is UNSET:
        return _invalid(request_id, "A request names its method", field="type")
    try:
        fields = _decode_object(raw)
    except jsonrpc.MALFORMED:
        return _parse_error()
    fields.pop("type", None)
    fields.pop("id", None)
    return Request(request_id, call.type, Raw(_encode(fields)))


def _chosen(has_type: bool, has_jsonrpc: bool) -> Envelope:
    """The envelope of a client, by its first frame."""
    return "compact" if has_type and not has_jsonrpc else "jsonrpc"


def _explain(found: jsonrpc.Unreadable, envelope: Envelope | None) -> tuple[Invalid, Envelope]:
    """Explain why an item could not be decoded; keeps its id if that can be read."""
    if isinstance(found, NotJson):
        return _parse_error(), envelope or "jsonrpc"
    fields = found.fields if isinstance(found, Mismatch) else None
    if fields is None:
        return _invalid(None, "A request is a JSON object"), envelope or "jsonrpc"
    envelope = envelope or _chosen("type" in fields, "jsonrpc" in fields)
    try:
        request_id = _decode_id(fields.get("id", b"null"))
    except jsonrpc.MALFORMED:
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
    return jsonrpc.encode_result(request_id, result)


def encode_error(envelope: Envelope, request_id: RequestId, error: WireError) -> bytes:
    """Encode the error that answers a request."""
    if envelope == "compact":
        return _encode({"type": "error", "id": request_id, "error": error})
    return jsonrpc.encode_error(request_id, error)


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
