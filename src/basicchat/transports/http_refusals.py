"""Responses to clients that are refused before the application sees their request."""

from functools import cache
from http import HTTPStatus
from typing import Literal

from basicchat.domain.errors import BasicChatError, InvalidInput, RateLimited, TooLarge
from basicchat.transports.requests import error_response

Refusal = Literal["address_full", "server_full", "head_too_large", "too_slow", "malformed"]
RETRY_MS = 5000


def error_of(why: Refusal) -> BasicChatError:
    """The error that a refused client is told."""
    match why:
        case "address_full":
            return RateLimited(
                "Too many connections from this address",
                retry_after_ms=RETRY_MS,
                hint="Close some, or raise the setting limits.connections_per_address.",
                reason="too_many_connections",
            )
        case "server_full":
            return RateLimited(
                "The server has as many connections as it can hold",
                retry_after_ms=RETRY_MS,
                hint="Try again later. Administrators: raise the limit of open files (ulimit -n).",
                reason="server_full",
            )
        case "head_too_large":
            return TooLarge(
                "The head of the request is larger than 64 KiB or 100 fields",
                hint="Send shorter URLs and fewer header fields, for example by deleting cookies.",
                reason="request_head_too_large",
            )
        case "too_slow":
            return RateLimited(
                "The request arrived too slowly",
                retry_after_ms=RETRY_MS,
                hint="Send it again, over a faster connection if possible.",
                reason="request_too_slow",
            )
        case "malformed":
            return InvalidInput(
                "The request does not follow HTTP/1.1",
                hint="Check that the client speaks HTTP, and not HTTPS, on this port.",
                reason="request_malformed",
            )


STATUS = {
    "address_full": 429,
    "server_full": 503,
    "head_too_large": 431,
    "too_slow": 408,
    "malformed": 400,
}


@cache
def refusal(why: Refusal) -> bytes:
    """The whole response, as it is sent."""
    response = error_response(error_of(why))
    status = STATUS[why]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + bytes(response.body)
