"""Which requests may be sent again when their reply was lost with the connection."""

import re

_ONCE = frozenset(
    {
        "feedback.set",
        "messages.delete",
        "messages.edit",
        "messages.post",
        "messages.regenerate",
        "query",
        "runs.continue",
        "stream_request",
        "tool_execution",
    }
)
_SAFE = re.compile(r".*\.(list|get|search|join|leave|cancel|read)|session\.ping")


def takes_client_msg_id(method: str) -> bool:
    """Whether repeating a method under the same `client_msg_id` has no further effect."""
    return method in _ONCE


def may_repeat(method: str) -> bool:
    """Whether a request may be sent again when its reply was lost with the connection."""
    return takes_client_msg_id(method) or _SAFE.fullmatch(method) is not None
