"""Maps exceptions to errors on the wire, in one function."""

import asyncio
import errno
import secrets

import structlog

from basicchat.domain import errors as e
from basicchat.domain.runs import RunError
from basicchat.domain.values import ErrorDetail
from basicchat.protocol.errors import WireError, wire_error

# The disk is full, a quota is used up, or a file has reached the size that it may have.
FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
log = structlog.get_logger(__name__)


class RunFailed(e.BasicChatError):
    """A run ended with an error, which its requester gets."""

    def __init__(self, error: RunError) -> None:
        super().__init__(error.message, hint=error.hint, reason=error.reason, params=error.params)
        self.error = error
        self.kind = error.kind  # type: ignore[misc]


def kind_of(error: BaseException) -> str:
    """The kind of an error, without logging it."""
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    if isinstance(error, OSError) and error.errno in FULL:
        return e.StorageFull.kind
    return error.kind if isinstance(error, e.BasicChatError) else "internal"


def to_wire(error: BaseException) -> WireError:
    """An error in its wire format; an unexpected one reveals only an incident id."""
    if isinstance(error, RunFailed):
        return _of_run(error.error)
    if isinstance(error, OSError) and error.errno in FULL:
        log.error("disk_full", exc_info=error)
        error = e.StorageFull()
    if not isinstance(error, e.BasicChatError):
        return _incident(error)
    internal = type(error) is e.BasicChatError
    return wire_error(
        error.kind,
        f"Processing error: {error.message}" if internal else error.message,
        hint=error.hint,
        field=error.field if isinstance(error, e.InvalidInput) else None,
        retry_after_ms=error.retry_after_ms if isinstance(error, e.RateLimited) else None,
        retryable=error.retryable if isinstance(error, e.UpstreamUnavailable) else None,
        reason=error.reason,
        params=error.params,
    )


def _of_run(error: RunError) -> WireError:
    return wire_error(
        error.kind,
        error.message,
        hint=error.hint,
        retryable=error.retryable,
        retry_after_ms=1000 if error.kind == "rate_limited" else None,
        incident=error.incident,
        reason=error.reason,
        params=error.params,
    )


def _incident(error: BaseException) -> WireError:
    incident = secrets.token_hex(6)
    log.error("unexpected_error", incident=incident, exc_info=error)
    return wire_error(
        "internal",
        f"Processing error (incident {incident})",
        hint="Try again. If it happens again, look for the incident's id in the server's log.",
        incident=incident,
    )


def to_run_error(error: Exception) -> RunError:
    """An error as stored with a run."""
    wire = to_wire(error)
    return RunError(
        code=wire.code,
        kind=wire.data.kind,
        message=wire.message,
        hint=wire.data.hint,
        retryable=wire.data.retryable,
        incident=wire.data.incident,
        reason=wire.data.reason,
        params=wire.data.params,
    )


def describe(error: Exception) -> tuple[str, ErrorDetail]:
    """An error as stored with a task: its message, and its other parts."""
    wire = to_wire(error)
    data = wire.data
    detail = ErrorDetail(kind=data.kind, reason=data.reason, params=data.params, hint=data.hint)
    return wire.message, detail
