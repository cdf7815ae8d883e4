"""The errors of a client: error replies of the server, and failures to get a reply."""

from collections.abc import Mapping
from typing import Any


class ChatError(Exception):
    """An error reply of the server (PROTOCOL, section 6), or a failure to get a reply.

    Attributes:
        message: a text for people.
        code: the server's error code; 0 for an error of the client itself.
        kind: a name for programs: one of the server's kinds, or one of the client's own,
            `closed`, `connection_lost`, `timeout`, `queue_full`, `overflow`, `too_large`,
            `forbidden`, `unauthenticated`, `failed`.
        retryable: whether the same request may succeed later.
        retry_after_ms: how long to wait before that, in milliseconds.
        hint: what the user can do about it.
        reason: the name of the message, for translations (docs/errors.md).
        params: the values in the message, by name.
        field: the parameter that is invalid.
        incident: the id of the entry in the server's log.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "client",
        code: int = 0,
        retryable: bool = False,
        retry_after_ms: int | None = None,
        hint: str | None = None,
        reason: str | None = None,
        params: Mapping[str, Any] | None = None,
        field: str | None = None,
        incident: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.code = code
        self.retryable = retryable
        self.retry_after_ms = retry_after_ms
        self.hint = hint
        self.reason = reason
        self.params = params
        self.field = field
        self.incident = incident

    def copy(self) -> "ChatError":
        """Return an equal error, so that each waiter raises one of its own."""
        return ChatError(
            self.message,
            kind=self.kind,
            code=self.code,
            retryable=self.retryable,
            retry_after_ms=self.retry_after_ms,
            hint=self.hint,
            reason=self.reason,
            params=self.params,
            field=self.field,
            incident=self.incident,
        )


def error_from(error: Mapping[str, Any]) -> ChatError:
    """Make a ChatError from the `error` member of a JSON-RPC reply."""
    data = error.get("data") or {}
    return ChatError(
        error.get("message", ""),
        kind=data.get("kind", "internal"),
        code=error.get("code", 0),
        retryable=data.get("retryable", False),
        retry_after_ms=data.get("retry_after_ms"),
        hint=data.get("hint"),
        reason=data.get("reason"),
        params=data.get("params"),
        field=data.get("field"),
        incident=data.get("incident"),
    )
