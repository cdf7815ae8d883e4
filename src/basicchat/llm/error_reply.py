"""A model server's reply that is an error, before it is mapped to an error for the user."""

from contextlib import suppress

import msgspec


class ErrorReply(Exception):
    """The server answered with an HTTP error; internal to this package.

    Args:
        status: the HTTP status, or the one that an error within a reply names.
        body: the first 64 KiB of the error's body.
        retry_after: the Retry-After header, if any.
        in_reply: the error came within a reply with the status 200.
    """

    def __init__(
        self, status: int, body: bytes, retry_after: str | None = None, *, in_reply: bool = False
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.text = _searchable(body)
        self.retry_after = retry_after
        self.in_reply = in_reply


def _searchable(body: bytes) -> str:
    """A body in lower case, without the escapes of its JSON."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = msgspec.json.encode(msgspec.json.decode(body))
    return body.decode(errors="replace").lower()
