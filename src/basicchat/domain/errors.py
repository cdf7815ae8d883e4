"""The errors that users see.

Raised where the problem is understood, with a hint that says what to do, and mapped to the wire in
one function (`api.errors.to_wire`). `reason` is a stable name of the message, with the values in
it as `params`, so that clients can show it in other languages: `domain.error_reasons` lists all.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from basicchat.domain.values import ErrorDetail


class BasicChatError(Exception):
    """Base of all errors that a user may see.

    Args:
        message: in English: what happened, and why.
        hint: what to do.
        reason: a name in `domain.error_reasons`, if the class alone does not determine the message.
        params: the values in the message, by the names that the reason lists.

    Attributes:
        kind: the class of the error on the wire.
    """

    kind: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        reason: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason = reason
        self.params = dict(params or {})

    @property
    def detail(self) -> ErrorDetail:
        """All but the message, as tasks and documents keep it."""
        return ErrorDetail(kind=self.kind, reason=self.reason, params=self.params, hint=self.hint)


class InvalidInput(BasicChatError):
    """The caller sent something that cannot be used; `field` names it."""

    kind = "invalid_params"

    def __init__(self, message: str, *, field: str | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.field = field


class Unauthenticated(BasicChatError):
    """The request has no valid token."""

    kind = "unauthenticated"


class Forbidden(BasicChatError):
    """The actor may see the resource but not do this to it.

    `scope` names the missing scope, if the actor's token lacks it and nothing else is in the way.
    """

    kind = "forbidden"

    def __init__(self, message: str, *, scope: str | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.scope = scope


class NotFound(BasicChatError):
    """The resource does not exist, or the actor may not know of it."""

    kind = "not_found"


class Conflict(BasicChatError):
    """The request contradicts an earlier one or the present state."""

    kind = "conflict"


class TooLarge(BasicChatError):
    """Over a size limit."""

    kind = "too_large"


class RateLimited(BasicChatError):
    """Over a rate limit; `retry_after_ms` says when to retry."""

    kind = "rate_limited"

    def __init__(self, message: str, *, retry_after_ms: int, **more: Any) -> None:
        super().__init__(message, **more)
        self.retry_after_ms = retry_after_ms


class UpstreamUnavailable(BasicChatError):
    """A model provider, or another upstream service, does not work.

    `provider` is its name. `retryable` is false if retrying cannot help (an unknown model, a
    rejected key).
    """

    kind = "upstream_unavailable"

    def __init__(self, message: str, *, provider: str, retryable: bool = True, **more: Any) -> None:
        super().__init__(message, **more)
        self.provider = provider
        self.retryable = retryable


class DatabaseUnavailable(UpstreamUnavailable):
    """The database cannot be used, at least for now; nothing of the change was stored."""

    kind = "upstream_unavailable"

    def __init__(self, message: str | None = None, **more: Any) -> None:
        if message is not None:
            super().__init__(message, provider="database", **more)
            return
        super().__init__(
            "The database cannot be reached",
            provider="database",
            hint="Try again in a moment. If this persists, ask the administrator to check that "
            "the database server runs.",
            reason="database_unavailable",
        )


class DatabaseLocked(DatabaseUnavailable):
    """Another program keeps the database from being written to."""

    kind = "upstream_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The database is locked by another program",
            hint="Try again. If this persists, find out which other program uses the data folder.",
            reason="database_locked",
        )


class DatabaseBusy(DatabaseUnavailable):
    """The database did not do its work in time, or preferred another transaction."""

    kind = "upstream_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The database is too busy",
            hint="Try again in a moment.",
            reason="database_busy",
        )


class OriginalsUnavailable(UpstreamUnavailable):
    """The store of uploaded files cannot be reached, at least for now."""

    kind = "upstream_unavailable"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The store of originals {place} cannot be reached",
            provider="files",
            hint="Try again in a moment. If this persists, ask the administrator to check that the "
            "store runs, and the settings `originals` and `originals_endpoint`.",
            reason="originals_unavailable",
            params={"place": place},
        )


class StorageFull(BasicChatError):
    """Nothing more can be stored, because the disk is full or a quota is used up."""

    kind = "storage_full"

    def __init__(self) -> None:
        super().__init__(
            "The server's disk is full, so nothing more can be stored",
            hint="Free some space on the server's disk, then try again. Administrators can see in "
            "`basicchat doctor` which folder is full.",
            reason="storage_full",
        )


class Cancelled(BasicChatError):
    """The run was cancelled before it ended."""

    kind = "cancelled"


class JobFailed(BasicChatError):
    """A job failed; `result` is stored with its task, for programs."""

    def __init__(self, message: str, *, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.result = result


class BadDocument(BasicChatError):
    """A document cannot be read: encrypted, empty, broken, disguised, or too large inside."""

    kind = "invalid_params"
