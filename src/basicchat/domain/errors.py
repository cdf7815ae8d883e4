"""The few errors of BasicChat.

Raised where the problem is understood, with a hint that tells the user what to do, and mapped to
the wire in one function (`basicchat.api.errors`).
"""

from typing import Any


class BasicChatError(Exception):
    """Base of all errors that a user may see; `message` is written for them."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(BasicChatError):
    """Something a caller sent cannot be used; `field` names it."""

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class Unauthenticated(BasicChatError):
    """No valid token came with the request."""


class Forbidden(BasicChatError):
    """The actor may see the resource but not do this to it.

    `scope` is the one that is missing, where all that stands in the way is what the actor's token
    was made for.
    """

    def __init__(self, message: str, *, hint: str | None = None, scope: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.scope = scope


class NotFound(BasicChatError):
    """There is no such thing, or the actor may not know of it."""


class Conflict(BasicChatError):
    """The request contradicts an earlier one or the present state."""


class TooLarge(BasicChatError):
    """Over a size limit."""


class RateLimited(BasicChatError):
    """Over a rate limit; `retry_after_ms` says when to come back."""

    def __init__(self, message: str, *, retry_after_ms: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_ms = retry_after_ms


class UpstreamUnavailable(BasicChatError):
    """A model provider, or another service behind this one, does not work; `provider` names it.

    `retryable` is false where trying again cannot help (an unknown model, a refused key).
    """

    def __init__(
        self, message: str, *, provider: str, hint: str | None = None, retryable: bool = True
    ) -> None:
        super().__init__(message, hint=hint)
        self.provider = provider
        self.retryable = retryable


class Cancelled(BasicChatError):
    """The run was cancelled before it ended."""


class JobFailed(BasicChatError):
    """A job failed, and `told` is all there is to say of it, for a program that asks; its task
    keeps that as its result."""

    def __init__(self, message: str, *, told: dict[str, Any]) -> None:
        super().__init__(message)
        self.told = told


class BadDocument(BasicChatError):
    """A document cannot be read: encrypted, empty, broken, disguised, or too large inside."""
