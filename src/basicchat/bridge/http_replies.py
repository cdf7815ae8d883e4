"""What the responses of a server, or of a proxy before it, say besides MCP messages."""

import re
from http import HTTPStatus
from typing import Any

import httpx2
import msgspec

from basicchat.bridge.errors import INVALID_TOKEN, access_denied
from basicchat.bridge.transports import Refused
from basicchat.client.sse import MAX_RETRY_SECONDS
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Request

MAX_ERROR_BYTES = 64 * 1024


def refusal(status_code: int, body: bytes) -> Refused:
    """The error for a status that denies access."""
    if status_code == 401:
        return Refused(INVALID_TOKEN)
    return Refused(access_denied(error_message(body)))


def _error_in(body: bytes) -> dict[str, Any]:
    """The JSON error of the server in a body; empty if there is none."""
    try:
        found = msgspec.json.decode(body[:MAX_ERROR_BYTES])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}


def error_message(body: bytes) -> str | None:
    """The message of a JSON error of the server."""
    message = _error_in(body).get("message")
    return message if isinstance(message, str) else None


def error_reason(body: bytes) -> object:
    """The reason of a JSON error of the server."""
    data = _error_in(body).get("data")
    return data.get("reason") if isinstance(data, dict) else None


def retry_after(answer: httpx2.Response) -> float:
    """How many seconds the server asks its clients to stay away (RFC 9110, 10.2.3)."""
    value = answer.headers.get("retry-after", "")
    return min(float(value), MAX_RETRY_SECONDS) if re.fullmatch(r"[0-9]{1,9}", value) else 0.0


def unexpected(asked: Request, answer: httpx2.Response, body: bytes) -> bytes:
    """The answer to a request for which the server did not send a JSON-RPC response."""
    message = error_message(body) or f"The server answered with {status(answer)}"
    return frames.encode_error(asked.id, frames.INVALID_REQUEST, message)


def status(answer: httpx2.Response) -> str:
    """The status of a response, for users."""
    try:
        return f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}"
    except ValueError:
        return str(answer.status_code)
