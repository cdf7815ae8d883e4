"""Frames of MCP: bytes in, messages out, and back. Nothing here awaits, and nothing raises.

A frame is one JSON-RPC 2.0 message, UTF-8. Unlike plain JSON-RPC, ids are never null and never
fractions, parameters are objects, and there are no batches (MCP 2026-07-28, basic, "Messages"),
but in the revision 2025-03-26.
What breaks these rules is answered with an error that says which.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
# The only revision that knows batches (basic, "Batching"); the next one took them back.
BATCHING = "2025-03-26"

Id = int | str
Params = dict[str, Any]


class Request(msgspec.Struct, frozen=True):
    """Something to be answered."""

    id: Id
    method: str
    params: Params | None


class Notification(msgspec.Struct, frozen=True):
    """Something that is only said."""

    method: str
    params: Params | None


class Reply(msgspec.Struct, frozen=True):
    """The answer to a request of ours: one of the two."""

    id: Id
    result: Params | None = None
    error: Params | None = None


class Broken(msgspec.Struct, frozen=True):
    """What was none of these, and what to say to it; the id is that of the request, if it told."""

    id: Id | None
    code: int
    message: str


class Batch(Broken, frozen=True):
    """Several frames in one; broken for all who do not know of batches."""

    frames: tuple[msgspec.Raw, ...]

    def parts(self, at_most: int) -> list["Message"]:
        """The messages; a handshake is none, nor is a batch (MCP 2025-03-26, basic/lifecycle)."""
        if len(self.frames) > at_most:
            return [_invalid(None, f"a batch has {at_most} messages at most")]
        return [_part(decode(bytes(each))) for each in self.frames]


class Stray(msgspec.Struct, frozen=True):
    """A response that answers nothing. It is not answered either: two could go on for ever."""


Message = Request | Notification | Reply | Broken | Stray


class _Wire(msgspec.Struct):
    jsonrpc: Literal["2.0"]
    method: str | UnsetType = UNSET
    id: Id | UnsetType = UNSET
    params: Params | UnsetType = UNSET
    result: Params | UnsetType = UNSET
    error: Params | UnsetType = UNSET


_decode_wire = msgspec.json.Decoder(_Wire).decode
_decode_list = msgspec.json.Decoder(tuple[msgspec.Raw, ...]).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(data: bytes | str) -> Message:
    """Read a frame."""
    try:
        if isinstance(data, bytes) and not data.isascii():
            # msgspec does not look into all strings.
            data.decode()
        wire = _decode_wire(data)
    except _MALFORMED:
        return _explained(data)
    if wire.method is not UNSET:
        params = None if wire.params is UNSET else wire.params
        if wire.id is UNSET:
            return Notification(wire.method, params)
        return Request(wire.id, wire.method, params)
    if wire.id is UNSET or (wire.result is UNSET) is (wire.error is UNSET):
        return _explained(data)
    if wire.error is not UNSET:
        return Reply(wire.id, error=wire.error)
    return Reply(wire.id, result=wire.result or {})


def _explained(data: bytes | str) -> Broken | Stray:
    """Say what is wrong with a frame; keep its id if that is one."""
    try:
        text = data if isinstance(data, str) else data.decode()
        if text.lstrip()[:1] == "[":
            return _batch(_decode_list(text))
        whole = _decode_any(text)
    except _MALFORMED:
        return Broken(None, PARSE_ERROR, "Parse error: the frame is no valid JSON in UTF-8")
    if not isinstance(whole, dict):
        return _invalid(None, "a message is a JSON object")
    if "method" not in whole and {"result", "error"} & whole.keys():
        return Stray()
    known = whole.get("id")
    known = known if isinstance(known, int | str) and not isinstance(known, bool) else None
    return _invalid(known, _fault(whole, known))


def _fault(whole: Mapping[str, Any], known: Id | None) -> str:
    if whole.get("jsonrpc") != "2.0":
        return 'every message says "jsonrpc": "2.0"'
    if "id" in whole and known is None:
        return "an id is a string or an integer, not null"
    if not isinstance(whole.get("method"), str):
        return "a request names its method, a string"
    return "params is an object"


def _batch(frames: tuple[msgspec.Raw, ...]) -> Broken:
    fault = _invalid(None, "MCP has no batches: send one message a frame")
    return Batch(fault.id, fault.code, fault.message, frames) if frames else fault


def _part(message: Message) -> Message:
    if isinstance(message, Request) and message.method == "initialize":
        return _invalid(message.id, "initialize is no part of a batch")
    if isinstance(message, Batch):
        return _invalid(None, "a batch is no part of a batch")
    return message


def _invalid(known: Id | None, fault: str) -> Broken:
    return Broken(known, INVALID_REQUEST, f"Invalid request: {fault}")


def encode_result(request_id: Id, result: Mapping[str, Any] | msgspec.Struct) -> bytes:
    """The frame that answers a request."""
    return _encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def encode_error(request_id: Id | None, code: int, message: str, data: Any = None) -> bytes:
    """The frame that answers a request, or what was none, with an error (JSON-RPC 2.0, 5.1)."""
    error = {"code": code, "message": message}
    told: dict[str, Any] = error if data is None else {**error, "data": data}
    return _encode({"jsonrpc": "2.0", "id": request_id, "error": told})


def encode_request(request_id: Id, method: str, params: Mapping[str, Any] | None) -> bytes:
    """The frame of a request of ours."""
    said = {"jsonrpc": "2.0", "id": request_id, "method": method}
    return _encode({**said, "params": params} if params else said)


def encode_notification(method: str, params: Mapping[str, Any] | None) -> bytes:
    """The frame of something that we only say."""
    said = {"jsonrpc": "2.0", "method": method}
    return _encode(said if params is None else {**said, "params": params})
