"""Exceptions to the wire, in one function."""

import asyncio
import secrets

import structlog

from basicchat.domain import errors as e
from basicchat.domain.values import RunError
from basicchat.protocol.errors import WireError, wire_error

log = structlog.get_logger(__name__)

KIND_OF: dict[type[e.BasicChatError], str] = {
    e.InvalidInput: "invalid_params",
    e.BadDocument: "invalid_params",
    e.Unauthenticated: "unauthenticated",
    e.Forbidden: "forbidden",
    e.NotFound: "not_found",
    e.Conflict: "conflict",
    e.TooLarge: "too_large",
    e.RateLimited: "rate_limited",
    e.UpstreamUnavailable: "upstream_unavailable",
    e.Cancelled: "cancelled",
    e.JobFailed: "internal",
}


class RunFailed(e.BasicChatError):
    """A run ended with an error, which its asker gets as the run has it."""

    def __init__(self, error: RunError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.error = error


def kind_of(error: BaseException) -> str:
    """The kind of an error, without a word in the log."""
    if isinstance(error, RunFailed):
        return error.error.kind
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    if isinstance(error, e.BasicChatError):
        return KIND_OF.get(type(error), "internal")
    return "internal"


def to_wire(error: BaseException) -> WireError:
    """Say an error in the wire's terms; what was not foreseen only by an incident id."""
    if isinstance(error, RunFailed):
        return _of_run(error.error)
    if type(error) is e.BasicChatError:
        return wire_error("internal", f"Processing error: {error.message}", hint=error.hint)
    kind = KIND_OF.get(type(error)) if isinstance(error, e.BasicChatError) else None
    if kind is None or not isinstance(error, e.BasicChatError):
        return _incident(error)
    return wire_error(
        kind,
        error.message,
        hint=error.hint,
        field=error.field if isinstance(error, e.InvalidInput) else None,
        retry_after_ms=error.retry_after_ms if isinstance(error, e.RateLimited) else None,
        retryable=error.retryable if isinstance(error, e.UpstreamUnavailable) else None,
    )


def _of_run(error: RunError) -> WireError:
    return wire_error(
        error.kind,
        error.message,
        hint=error.hint,
        retryable=error.retryable,
        retry_after_ms=1000 if error.kind == "rate_limited" else None,
        incident=error.incident,
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
    """An error as a run keeps it."""
    wire = to_wire(error)
    return RunError(
        code=wire.code,
        kind=wire.data.kind,
        message=wire.message,
        hint=wire.data.hint,
        retryable=wire.data.retryable,
        incident=wire.data.incident,
    )


def to_text(error: Exception) -> str:
    """An error as a task keeps it."""
    return to_wire(error).message
