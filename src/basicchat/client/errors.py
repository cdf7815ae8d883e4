"""What goes wrong for a client: an error reply, or a failure on the way to it."""

from collections.abc import Mapping
from typing import Any


class ChatError(Exception):
    """An error reply of the server (PROTOCOL, section 6), or a failure on the way to it.

    Attributes:
        message: for people.
        code: the server's error code; 0 if the error arose in the client.
        kind: which error it is, for programs. The server's kinds, and of the client's own:
            `closed`, `connection_lost`, `timeout`, `queue_full`, `overflow`, `too_large`,
            `forbidden`, `unauthenticated`, `failed`.
        retryable: whether the same request may succeed later.
        retry_after_ms: how long to wait before that, in milliseconds.
        hint: what to do about it.
        field: which parameter is wrong.
        incident: the id under which the server's log says more.
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
        self.field = field
        self.incident = incident

    def again(self) -> "ChatError":
        """An equal error, so that each waiter raises one of its own."""
        return ChatError(
            self.message,
            kind=self.kind,
            code=self.code,
            retryable=self.retryable,
            retry_after_ms=self.retry_after_ms,
            hint=self.hint,
            field=self.field,
            incident=self.incident,
        )


def error_from(error: Mapping[str, Any]) -> ChatError:
    """Make a ChatError of the `error` member of a JSON-RPC reply."""
    data = error.get("data") or {}
    return ChatError(
        error.get("message", ""),
        kind=data.get("kind", "internal"),
        code=error.get("code", 0),
        retryable=data.get("retryable", False),
        retry_after_ms=data.get("retry_after_ms"),
        hint=data.get("hint"),
        field=data.get("field"),
        incident=data.get("incident"),
    )
