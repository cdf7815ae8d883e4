"""Error codes and close codes of `basicchat.v1`."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec


class Kind(NamedTuple):
    """A kind of error: its code, and whether repeating the request unchanged can help."""

    code: int
    retryable: bool


KINDS: dict[str, Kind] = {
    "parse": Kind(-32700, False),
    "invalid_request": Kind(-32600, False),
    "unknown_method": Kind(-32601, False),
    "invalid_params": Kind(-32602, False),
    "internal": Kind(-32603, True),
    "unauthenticated": Kind(-32001, False),
    "forbidden": Kind(-32003, False),
    "not_found": Kind(-32004, False),
    "conflict": Kind(-32009, False),
    "too_large": Kind(-32010, False),
    "storage_full": Kind(-32011, True),
    "rate_limited": Kind(-32029, True),
    "upstream_unavailable": Kind(-32050, True),
    "cancelled": Kind(-32051, False),
}


class Close(IntEnum):
    """WebSocket close codes, and what a client should do."""

    DRAINING = 1001  # reconnect, with jitter
    TOO_BIG = 1009
    PROTOCOL = 4400  # do not retry
    UNAUTHENTICATED = 4401  # retry with a new token
    FORBIDDEN = 4403
    SLOW = 4408  # resume
    TOO_MANY = 4429  # retry later


class ErrorData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The machine-readable part of an error.

    `kind` is its class. `reason` identifies the message, and `params` are the values in it, so that
    a client can show it in its own words: docs/errors.md lists all reasons.
    """

    kind: str
    retryable: bool
    reason: str | None = None
    params: dict[str, Any] = {}
    retry_after_ms: int | None = None
    field: str | None = None
    hint: str | None = None
    incident: str | None = None


class WireError(msgspec.Struct, frozen=True, kw_only=True):
    """An error in its wire format."""

    code: int
    message: str
    data: ErrorData


def wire_error(
    kind: str,
    message: str,
    *,
    retryable: bool | None = None,
    retry_after_ms: int | None = None,
    field: str | None = None,
    hint: str | None = None,
    incident: str | None = None,
    reason: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> WireError:
    """Make an error of a kind in `KINDS`, which supplies its code and default `retryable`."""
    defaults = KINDS[kind]
    return WireError(
        code=defaults.code,
        message=message,
        data=ErrorData(
            kind=kind,
            retryable=defaults.retryable if retryable is None else retryable,
            retry_after_ms=retry_after_ms,
            field=field,
            hint=hint,
            incident=incident,
            reason=reason,
            params=dict(params or {}),
        ),
    )
