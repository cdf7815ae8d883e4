"""Frames of MCP: bytes in, messages out, and back. Nothing here awaits, and nothing raises.

A frame is one JSON-RPC 2.0 message in UTF-8 (`protocol/jsonrpc.py`). Unlike plain JSON-RPC, ids are
never null and never fractions, parameters are objects, and there are no batches (MCP 2026-07-28,
basic, "Messages"), except in revision 2025-03-26. A frame that breaks these rules is answered with
an error that names the rule.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from basicchat.protocol import jsonrpc

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
# The only revision that has batches (basic, "Batching"); the next one removed them.
BATCHING = "2025-03-26"
# A frame with more values is refused before it is decoded.
MAX_VALUES = 100_000

Id = int | str
Params = dict[str, Any]


class Request(msgspec.Struct, frozen=True):
    """A request, which is answered."""

    id: Id
    method: str
    params: Params | None


class Notification(msgspec.Struct, frozen=True):
    """A notification, which is not answered."""

    method: str
    params: Params | None


class Reply(msgspec.Struct, frozen=True):
    """A response to a request of this side: a result or an error."""

    id: Id
    result: Params | None = None
    error: Params | None = None


class Broken(msgspec.Struct, frozen=True):
    """An invalid message, and the error that answers it; `id` is the message's, if it is known."""

    id: Id | None
    code: int
    message: str


class Batch(Broken, frozen=True):
    """An array of frames; invalid in all revisions but one."""

    frames: Sequence[msgspec.Raw]

    def parts(self, limit: int) -> list["Message"]:
        """The messages; neither a handshake nor a batch may be part of one (MCP 2025-03-26,
        basic/lifecycle)."""
        if len(self.frames) > limit:
            return [_invalid(None, f"a batch has {limit} messages at most")]
        return [_part(decode(bytes(each))) for each in self.frames]


class Stray(msgspec.Struct, frozen=True):
    """An invalid response. It is not answered, because two sides could then go on for ever."""


Message = Request | Notification | Reply | Broken | Stray


class _Wire(msgspec.Struct):
    jsonrpc: Literal["2.0"]
    method: str | UnsetType = UNSET
    id: Id | UnsetType = UNSET
    params: Params | UnsetType = UNSET
    result: Params | UnsetType = UNSET
    error: Params | UnsetType = UNSET


_decode_wire = msgspec.json.Decoder(_Wire).decode
encode_result = jsonrpc.encode_result


NOT_JSON = Broken(None, PARSE_ERROR, "Parse error: the frame is not valid JSON in UTF-8")


TOO_COMPLEX = Broken(
    None, INVALID_REQUEST, f"Invalid request: a message has at most {MAX_VALUES:,} values"
)


def is_too_complex(data: bytes | str) -> bool:
    """Whether a frame has so many values that it takes long to decode."""
    return jsonrpc.find_excess(data, MAX_VALUES) is not None


def decode(data: bytes | str) -> Message:
    """Decode a frame."""
    if len(data) >= jsonrpc.MIN_COMPLEX_BYTES:
        excess = jsonrpc.find_excess(data, MAX_VALUES)
        if excess is not None:
            return NOT_JSON if excess == "not_json" else TOO_COMPLEX
    wire = jsonrpc.read(data, _decode_wire)
    if not isinstance(wire, _Wire):
        return _explain(wire)
    if wire.method is not UNSET:
        params = None if wire.params is UNSET else wire.params
        if wire.id is UNSET:
            return Notification(wire.method, params)
        return Request(wire.id, wire.method, params)
    if wire.id is UNSET or (wire.result is UNSET) is (wire.error is UNSET):
        return _explain(jsonrpc.inspect(data))
    if wire.error is not UNSET:
        return Reply(wire.id, error=wire.error)
    return Reply(wire.id, result=wire.result or {})


def _explain(found: jsonrpc.Unreadable) -> Broken | Stray:
    """Explain why a frame is invalid; keeps its id if that is valid."""
    if isinstance(found, jsonrpc.NotJson):
        return NOT_JSON
    if isinstance(found, jsonrpc.Batch):
        return _batch(found.frames)
    fields = found.fields
    if fields is None:
        return _invalid(None, "a message is a JSON object")
    if "method" not in fields and {"result", "error"} & fields.keys():
        return Stray()
    known = found.value("id")
    known = known if isinstance(known, int | str) and not isinstance(known, bool) else None
    return _invalid(known, _fault(found, known))


def _fault(found: jsonrpc.Mismatch, known: Id | None) -> str:
    if found.value("jsonrpc") != jsonrpc.VERSION:
        return 'every message says "jsonrpc": "2.0"'
    if "id" in (found.fields or {}) and known is None:
        return "an id is a string or an integer, not null"
    if not isinstance(found.value("method"), str):
        return "a request names its method, a string"
    return "params is an object"


def _batch(frames: Sequence[msgspec.Raw]) -> Broken:
    fault = _invalid(None, "MCP has no batches: send one message a frame")
    return Batch(fault.id, fault.code, fault.message, frames) if frames else fault


def _part(message: Message) -> Message:
    if isinstance(message, Request) and message.method == "initialize":
        return _invalid(message.id, "initialize cannot be part of a batch")
    if isinstance(message, Batch):
        return _invalid(None, "a batch cannot be part of a batch")
    return message


def _invalid(known: Id | None, fault: str) -> Broken:
    return Broken(known, INVALID_REQUEST, f"Invalid request: {fault}")


def encode_error(request_id: Id | None, code: int, message: str, data: Any = None) -> bytes:
    """Encode the error that answers a request, or an invalid message."""
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return jsonrpc.encode_error(request_id, error)


def encode_request(request_id: Id, method: str, params: Mapping[str, Any] | None) -> bytes:
    """Encode a request of this side."""
    message = {"jsonrpc": jsonrpc.VERSION, "id": request_id, "method": method}
    return jsonrpc.encode({**message, "params": params} if params else message)


def encode_notification(method: str, params: Mapping[str, Any] | None) -> bytes:
    """Encode a notification."""
    message = {"jsonrpc": jsonrpc.VERSION, "method": method}
    return jsonrpc.encode(message if params is None else {**message, "params": params})
