"""Which requests may be sent again when their reply was lost with the connection."""

from basicchat.client.retry_table import ONCE, SAFE


def takes_client_msg_id(method: str) -> bool:
    """Whether repeating a method under the same `client_msg_id` has no further effect."""
    return method in ONCE


def may_repeat(method: str) -> bool:
    """Whether a request may be sent again; a method that is not known may not."""
    return method in ONCE or method in SAFE
